"""Write a new order and its lines."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from oms.core import bulk, clock, numbering, rows
from oms.core.bulk import Insertion
from orders.channels.models import Channel
from orders.ordering import rules
from orders.ordering.models import Order, OrderKit, OrderLine
from orders.ordering.states import OrderStatus
from orders.pricing.rules import LineAmounts, OrderAmounts


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKit:
    """A kit that was sold; its amounts are the sums of the lines of its parts."""

    sku_id: int
    sku_code: str
    name: str
    external_line_id: str
    quantity: int
    unit_price: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A line whose amounts and stock plan are known. allocated + backordered = quantity.

    Backordered units are sold in advance by the `preorder`, if one is named. The part of a kit names its place among
    the order's kits, and its units in each.
    """

    sku_id: int
    sku_code: str
    name: str
    tax_class: str
    quantity: int
    allocated: int
    backordered: int
    unit_price: Decimal
    amounts: LineAmounts
    external_line_id: str = ""
    kit: int | None = None
    units_per_kit: int | None = None
    preorder: int | None = None
    pack: str = ""
    pack_units: int | None = None
    pack_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order that has been validated, priced and planned. Amounts are in `currency`."""

    channel: Channel
    external_id: str
    fingerprint: str
    currency: str
    language: str
    customer_name: str
    email: str
    phone: str
    ship_to: dict[str, Any]
    bill_to: dict[str, Any]
    amounts: OrderAmounts
    lines: Sequence[NewLine]
    placed_at: datetime
    payment_method: str
    payment_status: str
    pays_on_terms: bool
    on_hold: bool
    kits: Sequence[NewKit] = ()
    customer_id: int | None = None
    authorized: Decimal = Decimal(0)
    captured: Decimal = Decimal(0)
    po_number: str = ""
    note: str = ""
    ship_complete: bool = False
    minimum_life_days: int = 0
    priority: int | None = None
    declared: dict[str, Any] | None = None
    routing: dict[str, Any] = field(default_factory=dict)
    wait_until: date | None = None


def create(new: NewOrder) -> tuple[Order, list[OrderLine], list[OrderKit]]:
    """Write the order and its lines: one statement (on SQLite two) however many lines; with kits, three.

    The caller is `placing.place`: it allocates, records and publishes in the same transaction.
    """
    at = clock.now()
    order, lines = _order(new, at), _lines(new, at)
    if not new.kits:
        bulk.insert_family(order, lines, link="order_id")
        return order, lines, []
    kits = [
        rows.new(
            OrderKit,
            position=position,
            sku_id=kit.sku_id,
            sku_code=kit.sku_code,
            name=kit.name,
            external_line_id=kit.external_line_id,
            quantity=kit.quantity,
            unit_price=kit.unit_price,
            discount=kit.discount,
            net=kit.net,
            tax=kit.tax,
            total=kit.total,
        )
        for position, kit in enumerate(new.kits, start=1)
    ]
    bulk.insert_family(order, kits, link="order_id")
    for line, written in zip(new.lines, lines, strict=True):
        written.order_id = order.pk
        written.kit_id = None if line.kit is None else kits[line.kit].pk
    bulk.insert(lines)
    return order, lines, kits


def prepare(
    new: NewOrder, *, order_id: int, line_ids: Sequence[int]
) -> tuple[Order, list[OrderLine], list[Insertion]]:
    """Return an order without kits and its lines, whose keys are known, with what writes them."""
    at = clock.now()
    order, lines = _order(new, at), _lines(new, at)
    order.pk = order_id
    for line, key in zip(lines, line_ids, strict=True):
        line.pk = key
        line.order_id = order_id
    return order, lines, [bulk.insertion([order]), bulk.insertion(lines)]


def _order(new: NewOrder, at: datetime) -> Order:
    number = numbering.new_number(new.channel.number_prefix)
    amounts = new.amounts
    counters = [
        rules.Units(line.quantity, 0, 0, line.backordered, line.allocated, 0, 0, 0, 0, 0, 0)
        for line in new.lines
    ]
    order = rows.new(
        Order,
        number=number,
        channel_id=new.channel.pk,
        external_id=new.external_id,
        fingerprint=new.fingerprint,
        origin=new.channel.origin,
        po_number=new.po_number,
        status=OrderStatus.PENDING,
        payment_status=new.payment_status,
        fulfillment_status=rules.fulfillment_status(counters),
        on_hold=new.on_hold,
        has_backorder=any(line.backordered for line in new.lines),
        ship_complete=new.ship_complete,
        minimum_life_days=new.minimum_life_days,
        priority=new.priority or new.channel.priority,
        customer_id=new.customer_id,
        customer_name=new.customer_name,
        email=new.email,
        phone=new.phone,
        language=new.language,
        ship_to=new.ship_to,
        bill_to=new.bill_to,
        ship_country=new.ship_to["country"],
        ship_postcode=new.ship_to["postcode"],
        note=new.note,
        currency=new.currency,
        prices_include_tax=new.channel.prices_include_tax,
        subtotal=amounts.subtotal,
        discount_total=amounts.discount_total,
        shipping_total=amounts.shipping_total,
        shipping_tax=amounts.shipping_tax,
        tax_total=amounts.tax_total,
        total=amounts.total,
        authorized_total=new.authorized,
        captured_total=new.captured,
        declared=new.declared,
        payment_method=new.payment_method,
        pays_on_terms=new.pays_on_terms,
        routing=new.routing,
        placed_at=new.placed_at,
        # When it was placed at the channel may be long ago; who asks for what is new asks by this.
        updated_at=at,
        search=_search_words(number, new),
    )
    order.channel = new.channel
    return order


def _lines(new: NewOrder, at: datetime) -> list[OrderLine]:
    return [
        rows.new(
            OrderLine,
            position=position,
            sku_id=line.sku_id,
            sku_code=line.sku_code,
            name=line.name,
            external_line_id=line.external_line_id,
            ordered=line.quantity,
            allocated=line.allocated,
            backordered=line.backordered,
            unit_price=line.unit_price,
            discount=line.amounts.discount,
            tax_class=line.tax_class,
            tax_lines=[
                {"name": tax.name, "rate": str(tax.rate), "amount": str(tax.amount)}
                for tax in line.amounts.taxes
            ],
            net=line.amounts.net,
            tax=line.amounts.tax,
            total=line.amounts.total,
            shipping_share=line.amounts.shipping_share,
            units_per_kit=line.units_per_kit,
            cancel_on=_cancel_on(new, line, at),
            preorder_id=line.preorder,
            preordered=0 if line.preorder is None else line.backordered,
            pack=line.pack,
            pack_units=line.pack_units,
            pack_price=line.pack_price,
        )
        for position, line in enumerate(new.lines, start=1)
    ]


def _cancel_on(new: NewOrder, line: NewLine, at: datetime) -> date | None:
    """Return the day after which what waits of a line is cancelled: the one given, or by the channel's rule.

    What is sold in advance is to wait for its release, however long that is.
    """
    if not line.backordered or new.wait_until is not None:
        return new.wait_until if line.backordered else None
    days = new.channel.backorder_days
    return None if days is None or line.preorder is not None else at.date() + timedelta(days=days)


def _search_words(number: str, new: NewOrder) -> str:
    """Return the lower-case words by any part of which the order is found."""
    words = [
        number,
        number.replace("-", ""),
        new.external_id,
        new.po_number,
        new.customer_name,
        new.email,
        new.phone,
        *dict.fromkeys(
            [*(kit.sku_code for kit in new.kits), *(line.sku_code for line in new.lines)]
        ),
    ]
    return " ".join(word for word in words if word).lower()
