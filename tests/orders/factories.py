"""Channels, prices, taxes and orders. An order is made by the services themselves, so that its books are right."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import factory
from django.db import transaction

from inventory.catalog.models import Sku
from inventory.reservations import queries as availability
from inventory.reservations import services as reservations
from inventory.reservations.models import Allocation
from inventory.reservations.services import Promise
from oms.accounts import services as accounts
from oms.accounts.models import ApiClient, Scope
from oms.core import clock
from oms.core.actors import SYSTEM, Actor
from oms.core.address import Address
from oms.core.ids import uuid7
from orders.channels.models import Channel, ChannelGrant
from orders.ordering import services as ordering
from orders.ordering.models import Order, OrderLine
from orders.ordering.services.lines import DEMAND
from orders.ordering.states import PaymentStatus
from orders.payments import services as payments
from orders.payments.models import Payment
from orders.pricing import rules as pricing
from orders.pricing.models import Price, PriceList
from orders.routing import rules as routing
from orders.tax.models import TaxRate
from tests.inventory.factories import LevelFactory, SkuFactory

CLERK = Actor("staff", "7", "Grace Clerk")
BERLIN = Address(
    name="Ada Lovelace",
    street=("Torstr. 12",),
    city="Berlin",
    postcode="10119",
    country="DE",
)


class PriceListFactory(factory.django.DjangoModelFactory[PriceList]):
    """A list in euro."""

    class Meta:
        model = PriceList

    code = factory.Sequence(lambda n: f"list-{n}")
    name = factory.LazyAttribute(lambda prices: f"Prices {prices.code}")
    currency = "EUR"


class PriceFactory(factory.django.DjangoModelFactory[Price]):
    """11.90 since 2020, of a SKU of its own on a list of its own."""

    class Meta:
        model = Price

    price_list = factory.SubFactory(PriceListFactory)
    sku = factory.SubFactory(SkuFactory)
    amount = Decimal("11.90")
    valid_from = date(2020, 1, 1)


class TaxRateFactory(factory.django.DjangoModelFactory[TaxRate]):
    """German VAT of 19 % since 2020."""

    class Meta:
        model = TaxRate

    name = "VAT"
    country = "DE"
    rate = Decimal("0.19")
    valid_from = date(2020, 1, 1)

    class Params:
        reduced = factory.Trait(tax_class="reduced", rate=Decimal("0.07"))


class ChannelFactory(factory.django.DjangoModelFactory[Channel]):
    """A web shop in euro, prices with tax, 4.90 for shipping, a price list of its own, no backorders."""

    class Meta:
        model = Channel

    code = factory.Sequence(lambda n: f"web-{n}")
    name = factory.LazyAttribute(lambda channel: f"Shop {channel.code}")
    currency = "EUR"
    number_prefix = "WEB"
    price_list = factory.SubFactory(PriceListFactory, currency=factory.SelfAttribute("..currency"))
    shipping_fee = Decimal("4.90")

    class Params:
        backorders = factory.Trait(backorder_policy="allow")
        lenient = factory.Trait(address_strictness="lenient")
        net_prices = factory.Trait(prices_include_tax=False)
        on_terms = factory.Trait(release_unpaid=True)


class ApiClientFactory(factory.django.DjangoModelFactory[ApiClient]):
    """A client with every scope; `channels` grants it some."""

    class Meta:
        model = ApiClient
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"client {n}")
    scopes = factory.LazyFunction(lambda: [str(scope) for scope in Scope])

    @factory.post_generation
    def channels(client: ApiClient, create: bool, extracted: Any, **_: Any) -> None:  # noqa: N805  # factory-boy's form
        """Grant the channels handed in."""
        for channel in extracted or ():
            ChannelGrant.objects.create(client=client, channel=channel)


def api_key(*channels: Channel, **changes: Any) -> str:
    """Return a key of a new client that serves `channels`; `changes` go to the client."""
    client = ApiClientFactory.create(channels=channels, **changes)
    return accounts.issue_key(client, actor=SYSTEM)


def stocked_sku(*levels: int, **changes: Any) -> Sku:
    """Return a SKU of which each number in `levels` lies at a warehouse of its own. It is on no price list."""
    sku: Sku = SkuFactory.create(**changes)
    for units in levels:
        LevelFactory.create(sku=sku, on_hand=units)
    return sku


@transaction.atomic
def place_order(
    lines: Sequence[tuple[Sku, int]] | Mapping[Sku, int] | None = None,
    *,
    channel: Channel | None = None,
    unit_price: Decimal | str = "11.90",
    rates: Sequence[pricing.Rate] = (pricing.Rate("VAT", Decimal("0.19")),),
    discount: Decimal | str = "0",
    ship_to: Address = BERLIN,
    confirmed: bool = False,
    released: bool = False,
    **changes: Any,
) -> Order:
    """Place an order through pricing, routing, the order and the reservation, as placing does, without its front.

    `lines` are SKUs and units (default: two units of a SKU of which ten lie somewhere); what is not in stock is
    backordered. No event is published and no payment row written: use it where the order is only the surroundings.
    """
    channel = channel or ChannelFactory.create()
    wanted = list(lines.items() if isinstance(lines, Mapping) else lines or [])
    if not wanted:
        wanted = [(stocked_sku(10), 2)]
    price = Decimal(unit_price)
    amounts = pricing.compute(
        [pricing.PricedLine(units, price, Decimal(0), tuple(rates)) for _, units in wanted],
        discount=Decimal(discount),
        shipping=channel.shipping_fee,
        shipping_rates=rates,
        prices_include_tax=channel.prices_include_tax,
        currency=channel.currency,
    )
    plan = routing.plan(
        [routing.Demand(index, sku.pk, units) for index, (sku, units) in enumerate(wanted)],
        [
            routing.Candidate(
                level.sku_id,
                level.location_id,
                level.location_code,
                level.available_to_sell,
                level.priority,
                level.country,
                level.region,
                level.postcode,
            )
            for level in availability.availability(sku_ids=[sku.pk for sku, _ in wanted])
        ],
        routing.Destination(ship_to.country, ship_to.region, ship_to.postcode),
    )
    taken = [sum(t.quantity for t in plan.takes if t.line == i) for i in range(len(wanted))]
    at = clock.now()
    values: dict[str, Any] = {
        "channel": channel,
        "external_id": f"ext-{uuid7()}",
        "fingerprint": "0" * 64,
        "currency": channel.currency,
        "language": channel.language,
        "customer_name": ship_to.name,
        "email": "ada@example.com",
        "phone": "",
        "ship_to": ship_to.to_dict(),
        "bill_to": ship_to.to_dict(),
        "placed_at": at,
        "payment_method": "",
        "payment_status": PaymentStatus.UNPAID,
        "pays_on_terms": False,
        "on_hold": False,
        "routing": dict(plan.why),
    }
    order, rows, _ = ordering.create(
        ordering.NewOrder(
            **{**values, **changes},
            amounts=amounts,
            lines=[
                ordering.NewLine(
                    sku_id=sku.pk,
                    sku_code=sku.code,
                    name=sku.name,
                    tax_class=sku.tax_class,
                    quantity=units,
                    allocated=taken[index],
                    backordered=units - taken[index],
                    unit_price=price,
                    amounts=amounts.lines[index],
                )
                for index, (sku, units) in enumerate(wanted)
            ],
        )
    )
    reservations.allocate(
        demand=DEMAND,
        promises=[
            Promise(rows[take.line].pk, take.sku_id, take.location_id, take.quantity)
            for take in plan.takes
        ],
        document=order.number,
        cause=f"place:{order.number}",
        actor=SYSTEM,
    )
    if confirmed or released:
        ordering.confirm(order, actor=SYSTEM)
    if released:
        ordering.mark_released(order, actor=SYSTEM)
    return order


def lines_of(order: Order) -> list[OrderLine]:
    """Return the order's lines as stored now, by position."""
    return list(OrderLine.objects.filter(order=order).order_by("position"))


def units_of(line: OrderLine) -> dict[str, int]:
    """Return the counters of a line that are not zero, read anew; `ordered` is left out."""
    line.refresh_from_db()
    names = (
        "cancelled",
        "unallocated",
        "backordered",
        "allocated",
        "picked",
        "packed",
        "shipped",
        "delivered",
        "return_requested",
        "returned",
        "written_off",
        "credited",
    )
    return {name: count for name in names if (count := getattr(line, name))}


def pay(
    order: Order, gateway: str = "channel", *, amount: Decimal | str | None = None, token: str = ""
) -> Payment:
    """Start a payment of what is due, or of `amount`; a gateway that is online is asked at once."""
    payment = payments.start(
        order_id=order.pk,
        gateway=gateway,
        amount=None if amount is None else Decimal(amount),
        reference=token,
        actor=CLERK,
    )
    payments.carry_out_due()
    payment.refresh_from_db()
    order.refresh_from_db()
    return payment


def ship(order: Order, units: Mapping[int, int] | None = None, *, number: str = "S-1") -> None:
    """Pick, pack and ship allocated units (default: all), from where they are allocated; stock falls."""
    wanted = dict(units or {line.pk: line.allocated for line in lines_of(order) if line.allocated})
    for step in (ordering.record_picked, ordering.record_packed):
        step(order_id=order.pk, units=wanted, actor=CLERK)
    promises = []
    for line_id, count in wanted.items():
        rest = count
        held = Allocation.objects.filter(demand=DEMAND, demand_id=line_id).select_related("level")
        for allocation in held.order_by("pk"):
            taken = min(rest, allocation.quantity)
            if taken:
                promises.append(
                    Promise(line_id, allocation.level.sku_id, allocation.level.location_id, taken)
                )
                rest -= taken
    reservations.issue(
        demand=DEMAND, units=promises, document=number, cause=f"ship:{number}", actor=CLERK
    )
    ordering.record_shipped(order_id=order.pk, units=wanted, shipment_number=number, actor=CLERK)
    order.refresh_from_db()
