"""The data that a run starts from: a catalog with prices, taxes and stock, and orders placed before.

The first hundred orders are placed by the service itself; the others are copies of them, table by table, so that the
books are as right as if each had been placed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection, models

from inventory.catalog.models import Product, Sku
from inventory.locations.models import Location
from inventory.reservations.models import Allocation
from inventory.stock.models import Level, Movement
from inventory.stock.states import Bucket, MovementKind
from oms.accounts import services as accounts
from oms.accounts.models import ApiClient, Scope
from oms.core import numbering
from oms.core.actors import SYSTEM
from oms.core.address import Address
from oms.core.outbox.models import Event
from oms.core.outbox.states import EventState
from oms.core.timeline.models import Entry
from orders.channels.models import Channel, ChannelGrant
from orders.ordering.models import Order, OrderLine
from orders.placing import services as placing
from orders.placing.drafts import Draft, DraftLine
from orders.pricing.models import Price, PriceList
from orders.tax.models import TaxRate

STOCK = 1_000_000
_ORIGINALS = 100
_LINES = 3
_SHIP_TO = Address(
    name="Ada Lovelace", street=("Torstr. 12",), city="Berlin", postcode="10119", country="DE"
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much lies in the database before a run."""

    orders: int
    skus: int
    locations: int


SIZES = {
    "S": Size(10_000, 1_000, 1),
    "M": Size(100_000, 10_000, 3),
    "L": Size(1_000_000, 100_000, 10),
}


@dataclass(frozen=True, slots=True)
class World:
    """What the load needs to know: an API key, SKU codes, and order numbers to read."""

    key: str
    skus: list[str]
    numbers: list[str]


def build(size: Size) -> World:
    """Fill an empty database."""
    prices = PriceList.objects.create(code="web", name="Web", currency="EUR")
    channel = Channel.objects.create(
        code="web",
        name="Web shop",
        currency="EUR",
        number_prefix="WEB",
        price_list=prices,
        shipping_fee=Decimal("4.90"),
    )
    for tax_class, rate in (("standard", "0.19"), ("reduced", "0.07")):
        TaxRate.objects.create(
            name="VAT",
            country="DE",
            tax_class=tax_class,
            rate=Decimal(rate),
            valid_from=date(2020, 1, 1),
        )
    client = ApiClient.objects.create(name="benchmark", scopes=[str(scope) for scope in Scope])
    ChannelGrant.objects.create(client=client, channel=channel)
    for number in range(size.locations):
        Location.objects.create(
            code=f"wh-{number}",
            name=f"Warehouse {number}",
            street="Hafenstr. 1",
            city="Berlin",
            postcode="10115",
            country="DE",
            priority=number + 1,
        )
    skus = [f"SKU-{number:06d}" for number in range(size.skus)]
    add_skus(skus, units=STOCK)
    _place_originals(channel, skus)
    _copy_orders(size.orders // _ORIGINALS - 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    numbers = list(Order.objects.order_by("?").values_list("number", flat=True)[:500])
    return World(accounts.issue_key(client), skus, numbers)


def add_skus(codes: list[str], *, units: int) -> None:
    """Add SKUs at 11.90 of which `units` lie at each location, with the receipts that brought them there."""
    product = Product.objects.create(name="Thing", brand="Northwind", category="Home")
    skus = Sku.objects.bulk_create(
        [Sku(product=product, code=code, name=f"Thing {code}") for code in codes], batch_size=1000
    )
    prices = PriceList.objects.get(code="web")
    Price.objects.bulk_create(
        [
            Price(price_list=prices, sku=sku, amount=Decimal("11.90"), valid_from=date(2020, 1, 1))
            for sku in skus
        ],
        batch_size=1000,
    )
    for location in Location.objects.all():
        levels = Level.objects.bulk_create(
            [Level(sku=sku, location=location, on_hand=units) for sku in skus], batch_size=1000
        )
        Movement.objects.bulk_create(
            [
                Movement(
                    level=level,
                    kind=MovementKind.RECEIPT,
                    source=Bucket.SUPPLIER,
                    target=Bucket.AVAILABLE,
                    quantity=units,
                    document="OPENING",
                    cause=f"opening:{level.pk}",
                    actor=str(SYSTEM),
                )
                for level in levels
            ],
            batch_size=1000,
        )


def _place_originals(channel: Channel, skus: list[str]) -> None:
    for number in range(_ORIGINALS):
        placing.place(
            channel=channel,
            draft=Draft(
                external_id=f"original-{number}",
                customer_name=_SHIP_TO.name,
                email="ada@example.com",
                ship_to=_SHIP_TO,
                lines=tuple(
                    DraftLine(sku=skus[(number * 37 + line * 11) % len(skus)], quantity=1)
                    for line in range(_LINES)
                ),
            ),
            actor=SYSTEM,
        )


def _copy_orders(copies: int) -> None:
    """Copy the originals so many times. Their keys are 1 to `_ORIGINALS`, those of the copies follow."""
    numbers = [numbering.new_number("WEB") for _ in range(copies * _ORIGINALS)]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE copy AS"
            f" SELECT o.number AS original, (n.at - 1) / {_ORIGINALS} + 1 AS c, n.number"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS n (number, at)"
            f" JOIN orders_order o ON o.id = (n.at - 1) %% {_ORIGINALS} + 1",
            [numbers],
        )
        cursor.execute("CREATE UNIQUE INDEX ON copy (original, c)")
    number = "(SELECT copy.number FROM copy WHERE copy.original = t.{} AND copy.c = g.c)"
    order = f"t.{{}} + g.c * {_ORIGINALS}"
    line = f"t.{{}} + g.c * {_ORIGINALS * _LINES}"
    _copy(
        Order,
        copies,
        id=order.format("id"),
        uuid="gen_random_uuid()",
        number=number.format("number"),
        external_id="t.external_id || '-' || g.c",
        placed_at="t.placed_at - g.c * interval '7 minutes'",
        updated_at="t.updated_at - g.c * interval '7 minutes'",
    )
    _copy(
        OrderLine,
        copies,
        id=line.format("id"),
        uuid="gen_random_uuid()",
        order_id=order.format("order_id"),
    )
    _copy(Allocation, copies, id=line.format("id"), demand_id=line.format("demand_id"))
    _copy(
        Movement,
        copies,
        where="t.kind = 'allocation'",
        id="nextval(pg_get_serial_sequence('inventory_movement', 'id'))",
        document=number.format("document"),
        cause="t.cause || ':' || g.c",
    )
    _copy(
        Event,
        copies,
        id=order.format("id"),
        event_id="gen_random_uuid()",
        aggregate_id=f"(t.aggregate_id::bigint + g.c * {_ORIGINALS})::text",
        payload=f"jsonb_build_object('order_id', t.aggregate_id::bigint + g.c * {_ORIGINALS})",
    )
    Event.objects.update(state=EventState.RELAYED)
    _copy(
        Entry,
        copies,
        where="t.document = 'orders.order'",
        id="nextval(pg_get_serial_sequence('core_entry', 'id'))",
        document_id=order.format("document_id"),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_level l SET committed = a.quantity FROM (SELECT level_id, sum(quantity) AS quantity"
            " FROM inventory_allocation GROUP BY level_id) a WHERE a.level_id = l.id"
        )
        for model in (Order, OrderLine, Allocation, Event):
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            )


def _copy(model: type[models.Model], copies: int, *, where: str = "true", **changes: str) -> None:
    """Copy the rows `t` of a table so many times, as copy `g.c`; `changes` are expressions by column."""
    columns = [str(field.column) for field in model._meta.concrete_fields]
    expressions: Mapping[str, str] = {f"{name}": f"t.{name}" for name in columns} | changes
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)})"
            f" SELECT {', '.join(expressions[name] for name in columns)}"
            f" FROM {model._meta.db_table} t, generate_series(1, {copies}) AS g (c)"
            f" WHERE {where} ORDER BY g.c, t.id"
        )
