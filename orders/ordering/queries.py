"""Finding orders and reading their bill."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from inventory.stock.models import Level
from oms.core import numbering
from oms.core.errors import FieldProblem, Invalid
from oms.core.money import Money
from orders.ordering import errors, rules, statements
from orders.ordering.models import Order, OrderKit, OrderLine
from orders.ordering.rules import Waiter
from orders.ordering.states import OrderStatus


def summaries(channel_ids: Collection[int]) -> QuerySet[Order, dict[str, Any]]:
    """Return the list rows of some channels' orders: plain values, for `schemas.summary`."""
    return Order.objects.filter(channel_id__in=channel_ids).values(*SUMMARY)


def find(reference: str, *, channel_ids: Collection[int]) -> Order:
    """Return the order with this id (UUID) or OMS number, as written or as typed by a person.

    Raises OrderMissing, also for an order of another channel.
    """
    try:
        found = statements.find("uuid", UUID(reference), channel_ids=channel_ids)
    except ValueError:
        number = numbering.normalize(reference)
        found = statements.find("number", number, channel_ids=channel_ids)
    return _there(found)


def find_external(external_id: str, *, channel_ids: Collection[int]) -> Order:
    """Return the order that a channel knows under `external_id`. Raises OrderMissing.

    Two channels of one client may use the same id; the newest order wins then, the number tells them apart.
    """
    return _there(statements.find("external_id", external_id, channel_ids=channel_ids))


SUMMARY = (
    "pk",
    "uuid",
    "number",
    "channel__code",
    "external_id",
    "po_number",
    "status",
    "payment_status",
    "fulfillment_status",
    "return_status",
    "on_hold",
    "version",
    "customer_name",
    "email",
    "currency",
    "total",
    "credited_total",
    "captured_total",
    "refunded_total",
    "placed_at",
    "updated_at",
)


def lines_of(order: Order) -> list[OrderLine]:
    """Return the lines of an order in order."""
    return statements.lines_of(order.pk)


def kits_of(lines: Iterable[OrderLine]) -> list[OrderKit]:
    """Return the kits of an order, by its lines, in order. No statement when there are none."""
    ids = {line.kit_id for line in lines if line.kit_id is not None}
    return list(OrderKit.objects.filter(pk__in=ids).order_by("position")) if ids else []


def grouped(
    lines: Iterable[OrderLine], kits: Iterable[OrderKit]
) -> list[tuple[OrderKit | None, list[OrderLine]]]:
    """Return the lines of an order as they were sold: those of a kit together, each other one alone."""
    by_key = {kit.pk: kit for kit in kits}
    found: list[tuple[OrderKit | None, list[OrderLine]]] = []
    for line in lines:
        kit = by_key.get(line.kit_id) if line.kit_id is not None else None
        if kit is not None and found and found[-1][0] is kit:
            found[-1][1].append(line)
        else:
            found.append((kit, [line]))
    return found


def units_by_line(
    order: Order, asked: Iterable[tuple[UUID, int]], kits: Iterable[tuple[UUID, int]] = ()
) -> dict[int, int]:
    """Return units asked for by the lines' ids, keyed by their inside keys; `kits` are asked for by theirs, whole.

    Raises Invalid, everything at once, for what is not of this order or is named twice.
    """
    rows = list(
        OrderLine.objects.filter(order_id=order.pk).values_list(
            "uuid", "pk", "kit__uuid", "units_per_kit"
        )
    )
    keys = {uuid: key for uuid, key, _, _ in rows}
    units: dict[int, int] = {}
    problems = []
    for index, (line, count) in enumerate(asked):
        pointer = f"/lines/{index}/line_id"
        if line not in keys:
            problems.append(FieldProblem(pointer, "unknown_reference", "No line of this order."))
        elif keys[line] in units:
            problems.append(FieldProblem(pointer, "repeated", "This line is named twice."))
        else:
            units[keys[line]] = count
    seen: set[UUID] = set()
    for index, (kit, count) in enumerate(kits):
        pointer = f"/kits/{index}/kit_id"
        parts = [(key, each) for _, key, of, each in rows if of == kit and each is not None]
        if not parts:
            problems.append(FieldProblem(pointer, "unknown_reference", "No kit of this order."))
        elif kit in seen:
            problems.append(FieldProblem(pointer, "repeated", "This kit is named twice."))
        seen.add(kit)
        for key, each in parts:
            units[key] = units.get(key, 0) + count * each
    if problems:
        raise Invalid(problems=problems)
    return units


def _there(order: Order | None) -> Order:
    if order is None:
        raise errors.OrderMissing
    return order


def waiting() -> "QuerySet[OrderLine]":
    """Return the lines that wait for stock, in no particular order."""
    return OrderLine.objects.filter(
        backordered__gt=0, order__status__in=[OrderStatus.PENDING, OrderStatus.CONFIRMED]
    ).order_by()


def line_keys(ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the inside keys of lines by their ids; unknown ids are not in it."""
    return dict(OrderLine.objects.filter(uuid__in=ids).values_list("uuid", "pk"))


def units_waiting(sku_ids: Collection[int]) -> dict[int, int]:
    """Return how many units of SKUs the lines that wait for stock want; one statement."""
    rows = waiting().filter(sku_id__in=sku_ids).values_list("sku_id")
    return dict(rows.annotate(units=Sum("backordered")))


def in_turn(sku_ids: Collection[int]) -> Mapping[int, list[Waiter]]:
    """Return the lines that wait for SKUs in the order in which they are served, by SKU; one statement."""
    rows = (
        waiting()
        .filter(sku_id__in=sku_ids)
        .values_list(
            "pk",
            "order_id",
            "sku_id",
            "backordered",
            "order__priority",
            "promised_on",
            "pinned",
            "pin_rank",
            Coalesce("preorder_id", 0),
            "preorder__released_on",
            "order__minimum_life_days",
        )
    )
    by_sku: defaultdict[int, list[Waiter]] = defaultdict(list)
    for row in rows:
        waiter = Waiter(*row)
        by_sku[waiter.sku_id].append(waiter)
    return {sku_id: rules.in_turn(by_sku[sku_id]) for sku_id in sku_ids}


def skus_that_can_be_filled(*, at_most: int = 500) -> list[int]:
    """Return SKUs that open orders wait for and of which some shipping location has free units."""
    waiting_for = waiting().values("sku_id")
    free = Level.objects.filter(
        location__is_active=True,
        location__ships_orders=True,
        on_hand__gt=F("committed")
        + F("reserved")
        + F("damaged")
        + F("quality_control")
        + F("safety_stock"),
    )
    return list(
        free.filter(sku_id__in=waiting_for)
        .order_by("sku_id")
        .values_list("sku_id", flat=True)
        .distinct()[:at_most]
    )


@dataclass(frozen=True, slots=True)
class BillPart:
    """Units of a part in all kits of a line."""

    sku: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class BillLine:
    """A line as the customer ordered it; `amount` is unit price times quantity. A kit has parts.

    Of a line in packs, `quantity` counts packs of `pack_units` each, called `pack`.
    """

    sku: str
    name: str
    quantity: int
    amount: Money
    parts: tuple[BillPart, ...] = ()
    pack: str = ""
    pack_units: int = 1


@dataclass(frozen=True, slots=True)
class Bill:
    """What an order costs and what of it is paid, as the customer reads it.

    Prices with tax: subtotal - discount + shipping = total, and `tax` is contained in it. Prices without:
    subtotal - discount + shipping + tax = total. `due` is negative when money is to be given back.
    """

    lines: tuple[BillLine, ...]
    subtotal: Money
    discount: Money
    shipping: Money
    tax: Money
    tax_included: bool
    total: Money
    credited: Money
    authorized: Money
    paid: Money
    refunded: Money
    due: Money


def bill(order: Order, lines: Iterable[OrderLine], kits: Iterable[OrderKit]) -> Bill:
    """Return the bill of an order; `lines` and `kits` are its own, in order. No statement."""

    def amount(value: Decimal) -> Money:
        return Money(value, order.currency).quantized()

    included = order.prices_include_tax
    return Bill(
        lines=tuple(
            BillLine(
                kit.sku_code,
                kit.name,
                kit.quantity,
                amount(kit.unit_price * kit.quantity),
                tuple(BillPart(part.sku_code, part.name, part.ordered) for part in parts),
            )
            if kit
            else _bill_line(parts[0], order)
            for kit, parts in grouped(lines, kits)
        ),
        subtotal=amount(order.subtotal),
        discount=amount(order.discount_total),
        shipping=amount(order.shipping_total - (0 if included else order.shipping_tax)),
        tax=amount(order.tax_total),
        tax_included=included,
        total=amount(order.total),
        credited=amount(order.credited_total),
        authorized=amount(order.authorized_total),
        paid=amount(order.captured_total),
        refunded=amount(order.refunded_total),
        due=amount(order.due_total),
    )


def _bill_line(line: OrderLine, order: Order) -> BillLine:
    if line.substitute_for_id is not None:  # it costs what was agreed, not so many times a price
        cost = line.total if order.prices_include_tax else line.net
        amount = Money(cost, order.currency).quantized()
        return BillLine(line.sku_code, line.name, line.ordered, amount)
    if line.pack_units is None or line.pack_price is None:
        count, price, each = line.ordered, line.unit_price, 1
    else:
        count, price, each = line.ordered // line.pack_units, line.pack_price, line.pack_units
    return BillLine(
        line.sku_code,
        line.name,
        count,
        Money(price * count, order.currency).quantized(),
        pack=line.pack,
        pack_units=each,
    )
