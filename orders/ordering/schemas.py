"""What the API shows of an order. Amounts are decimal strings in the order's currency, instants RFC 3339 in UTC."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from customers.profiles.models import Priority
from oms.core import money
from oms.core.api.schemas import Answer
from orders.ordering.models import Order, OrderKit, OrderLine


class KitOut(Answer):
    """A kit as it was sold. Its amounts are the sums of the lines of its parts, which name it as `kit_id`."""

    id: UUID
    position: int
    sku: str
    name: str
    external_line_id: str
    quantity: int
    unit_price: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal


class LineOut(Answer):
    """A line with its counters in units: each unit is in exactly one of the first seven places.

    The part of a kit names it, with its units in each; its `unit_price` is its share of the kit's, rounded. A line that
    was ordered in packs names them in `unit`, with `unit_quantity` packs of `units_per_pack` at `pack_price`; its
    `unit_price` is rounded. `substitute_for` is the line whose units it stands for. All counters are base units.
    """

    id: UUID
    position: int
    sku: str
    name: str
    external_line_id: str
    ordered: int
    cancelled: int
    unallocated: int
    backordered: int
    allocated: int
    picked: int
    packed: int
    shipped: int
    delivered: int
    return_requested: int
    returned: int
    preordered: int
    promised_on: date | None
    cancel_on: date | None
    unit_price: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal
    taxes: list[dict[str, Any]]
    kit_id: UUID | None
    units_per_kit: int | None
    unit: str
    unit_quantity: int | None
    substitute_for: UUID | None
    units_per_pack: int | None
    pack_price: Decimal | None


class OrderSummary(Answer):
    """An order as it stands in a list."""

    id: UUID
    number: str
    channel: str
    external_id: str
    po_number: str
    status: str
    payment_status: str
    fulfillment_status: str
    return_status: str
    on_hold: bool
    version: int
    customer_name: str
    email: str
    currency: str
    total: Decimal
    due: Decimal
    placed_at: datetime
    updated_at: datetime


class OrderOut(OrderSummary):
    """An order with its lines, and the kits that some of them are parts of."""

    language: str
    phone: str
    ship_to: dict[str, Any]
    bill_to: dict[str, Any]
    note: str
    priority: str
    prices_include_tax: bool
    subtotal: Decimal
    discount_total: Decimal
    shipping_total: Decimal
    tax_total: Decimal
    credited_total: Decimal
    authorized_total: Decimal
    captured_total: Decimal
    refunded_total: Decimal
    declared: dict[str, Any] | None
    expected_on: date | None
    released_at: datetime | None
    completed_at: datetime | None
    lines: list[LineOut]
    kits: list[KitOut]


_PLAIN = tuple(
    name for name in OrderSummary.model_fields if name not in ("id", "channel", "total", "due")
)


class OrderPage(Answer):
    """A page of orders, newest first; `next` is the cursor of the page after it."""

    results: list[OrderSummary]
    next: str | None
    limit: int


def summary(row: dict[str, Any]) -> OrderSummary:
    """Return the list row made of the values that `queries.summaries` reads."""
    currency = row["currency"]
    due = row["total"] - row["credited_total"] - row["captured_total"] + row["refunded_total"]
    return OrderSummary.made(
        id=row["uuid"],
        channel=row["channel__code"],
        total=money.written(row["total"], currency),
        due=money.written(due, currency),
        **{name: row[name] for name in _PLAIN},
    )


def full(order: Order, lines: Iterable[OrderLine], kits: Collection[OrderKit]) -> OrderOut:
    """Return an order whose channel is loaded, with its lines and kits in order."""
    currency = order.currency
    lines = list(lines)
    known = {kit.pk: kit.uuid for kit in kits}
    originals = {line.pk: line.uuid for line in lines}
    return OrderOut.made(
        **_head(order),
        language=order.language,
        phone=order.phone,
        ship_to=order.ship_to,
        bill_to=order.bill_to,
        note=order.note,
        priority=Priority(order.priority).label,
        prices_include_tax=order.prices_include_tax,
        subtotal=money.written(order.subtotal, currency),
        discount_total=money.written(order.discount_total, currency),
        shipping_total=money.written(order.shipping_total, currency),
        tax_total=money.written(order.tax_total, currency),
        credited_total=money.written(order.credited_total, currency),
        authorized_total=money.written(order.authorized_total, currency),
        captured_total=money.written(order.captured_total, currency),
        refunded_total=money.written(order.refunded_total, currency),
        declared=order.declared,
        expected_on=order.expected_on,
        released_at=order.released_at,
        completed_at=order.completed_at,
        lines=[_line(line, currency, known, originals) for line in lines],
        kits=[_kit(kit, currency) for kit in kits],
    )


def _head(order: Order) -> dict[str, Any]:
    return {
        "id": order.uuid,
        "number": order.number,
        "channel": order.channel.code,
        "external_id": order.external_id,
        "po_number": order.po_number,
        "status": order.status,
        "payment_status": order.payment_status,
        "fulfillment_status": order.fulfillment_status,
        "return_status": order.return_status,
        "on_hold": order.on_hold,
        "version": order.version,
        "customer_name": order.customer_name,
        "email": order.email,
        "currency": order.currency,
        "total": money.written(order.total, order.currency),
        "due": money.written(order.due_total, order.currency),
        "placed_at": order.placed_at,
        "updated_at": order.updated_at,
    }


def _kit(kit: OrderKit, currency: str) -> KitOut:
    return KitOut.made(
        id=kit.uuid,
        position=kit.position,
        sku=kit.sku_code,
        name=kit.name,
        external_line_id=kit.external_line_id,
        quantity=kit.quantity,
        unit_price=money.written(kit.unit_price, currency),
        discount=money.written(kit.discount, currency),
        net=money.written(kit.net, currency),
        tax=money.written(kit.tax, currency),
        total=money.written(kit.total, currency),
    )


def _line(
    line: OrderLine, currency: str, kits: Mapping[int, UUID], originals: Mapping[int, UUID]
) -> LineOut:
    return LineOut.made(
        id=line.uuid,
        position=line.position,
        sku=line.sku_code,
        name=line.name,
        external_line_id=line.external_line_id,
        ordered=line.ordered,
        cancelled=line.cancelled,
        unallocated=line.unallocated,
        backordered=line.backordered,
        allocated=line.allocated,
        picked=line.picked,
        packed=line.packed,
        shipped=line.shipped,
        delivered=line.delivered,
        return_requested=line.return_requested,
        returned=line.returned,
        preordered=line.preordered,
        promised_on=line.promised_on,
        cancel_on=line.cancel_on,
        unit_price=money.written(line.unit_price, currency),
        discount=money.written(line.discount, currency),
        net=money.written(line.net, currency),
        tax=money.written(line.tax, currency),
        total=money.written(line.total, currency),
        taxes=line.tax_lines,
        kit_id=None if line.kit_id is None else kits[line.kit_id],
        units_per_kit=line.units_per_kit,
        substitute_for=None
        if line.substitute_for_id is None
        else originals[line.substitute_for_id],
        unit=line.pack,
        unit_quantity=line.ordered // line.pack_units if line.pack_units else None,
        units_per_pack=line.pack_units,
        pack_price=None if line.pack_price is None else money.written(line.pack_price, currency),
    )
