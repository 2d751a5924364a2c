"""Products, places and stock. What lies somewhere has a ledger that says how it came there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import factory

from inventory.bins.models import Bin
from inventory.bins.states import BinKind
from inventory.catalog.models import Product, Sku, Tracking
from inventory.kits import services as kits
from inventory.kits.rules import Part
from inventory.locations.models import Location, LocationKind
from inventory.lots.models import Lot
from inventory.lots.rules import LotUnits
from inventory.stock import services as stock
from inventory.stock.models import Level, Movement
from inventory.stock.states import Bucket, MovementKind
from inventory.storing import services as storing
from inventory.transfers import services as transfers
from inventory.transfers.models import TransferLine, TransferOrder
from inventory.transfers.rules import Wanted
from oms.core import clock
from oms.core.actors import Actor
from oms.core.ids import uuid7


class ProductFactory(factory.django.DjangoModelFactory[Product]):
    """A product without SKUs."""

    class Meta:
        model = Product

    name = factory.Sequence(lambda n: f"Product {n}")
    brand = "Northwind"
    category = "Home"


class SkuFactory(factory.django.DjangoModelFactory[Sku]):
    """A SKU of its own product: 500 g, 20 x 15 x 10 cm."""

    class Meta:
        model = Sku

    product = factory.SubFactory(ProductFactory)
    code = factory.Sequence(lambda n: f"SKU-{n:05d}")
    name = factory.Sequence(lambda n: f"Thing {n}")
    barcode = factory.LazyAttribute(lambda sku: f"BC-{sku.code}")
    weight_g = 500
    length_mm = 200
    width_mm = 150
    height_mm = 100
    hs_code = "691200"
    origin_country = "DE"

    class Params:
        inactive = factory.Trait(is_active=False)


class LocationFactory(factory.django.DjangoModelFactory[Location]):
    """A warehouse in Berlin that ships orders."""

    class Meta:
        model = Location

    code = factory.Sequence(lambda n: f"wh-{n}")
    name = factory.LazyAttribute(lambda place: f"Warehouse {place.code}")
    street = "Hafenstr. 1"
    city = "Berlin"
    postcode = "10115"
    country = "DE"
    phone = "+49301234567"
    time_zone = "Europe/Berlin"

    class Params:
        store = factory.Trait(
            kind=LocationKind.STORE,
            code=factory.Sequence(lambda n: f"store-{n}"),
            name=factory.LazyAttribute(lambda place: f"Store {place.code}"),
        )
        inactive = factory.Trait(is_active=False)
        closed_to_orders = factory.Trait(ships_orders=False)


class LevelFactory(factory.django.DjangoModelFactory[Level]):
    """Ten units of a SKU, received, in a bin; `on_hand=0` has no ledger. `damaged=n` sets some of them aside."""

    class Meta:
        model = Level
        skip_postgeneration_save = True

    sku = factory.SubFactory(SkuFactory)
    location = factory.SubFactory(LocationFactory)
    on_hand = 10
    damaged = 0
    bin_code = "A-01-01"

    class Params:
        empty = factory.Trait(on_hand=0)

    @factory.post_generation
    def ledger(level: Level, create: bool, extracted: Any, **_: Any) -> None:  # noqa: N805  # factory-boy's own form
        """Write the movements that the counters are folded from."""
        if not create:
            return
        moves = [
            (MovementKind.RECEIPT, Bucket.SUPPLIER, Bucket.AVAILABLE, level.on_hand),
            (MovementKind.STATE_CHANGE, Bucket.AVAILABLE, Bucket.DAMAGED, level.damaged),
        ]
        Movement.objects.bulk_create(
            Movement(
                level=level,
                kind=kind,
                source=source,
                target=target,
                quantity=quantity,
                document="OPENING",
                cause=f"opening:{uuid7()}",
                actor="system:system",
            )
            for kind, source, target, quantity in moves
            if quantity
        )


class BinFactory(factory.django.DjangoModelFactory[Bin]):
    """A storage bin without limits, each farther away than the one before."""

    class Meta:
        model = Bin

    location = factory.SubFactory(LocationFactory)
    code = factory.Sequence(lambda n: f"A-{n:04d}")
    barcode = factory.LazyAttribute(lambda place: f"B:{place.code}")
    kind = BinKind.STORAGE
    walk_order = factory.Sequence(lambda n: 1000 + n)


MOVER = Actor("staff", "8", "Mary Mover")


def with_bins(location: Location | None = None, **kinds: str) -> Location:
    """Return a location with bins: DOCK, OUT, and one of each code and kind in `kinds`, as one walks.

    What lies there already comes to lie at the dock.
    """
    location = location or LocationFactory.create()
    for place, (code, kind) in enumerate(
        {"DOCK": BinKind.RECEIVING, **kinds, "OUT": BinKind.OUTBOUND}.items(), start=1
    ):
        BinFactory.create(location=location, code=code, kind=kind, walk_order=place)
    return storing.switch_on(location_id=location.pk, actor=MOVER)


def bin_of(location: Location, code: str) -> Bin:
    """Return a bin by its code."""
    return Bin.objects.get(location=location, code=code)


def lying(level: Level) -> dict[str, int]:
    """Return what lies in which bin; the condition is said of what is not good."""
    return {
        row.bin.code if row.condition == "good" else f"{row.bin.code} {row.condition}": row.quantity
        for row in level.contents.select_related("bin").order_by("bin__walk_order", "condition")
    }


@dataclass(frozen=True)
class Came:
    """Units of a lot that came in; the day of expiry is counted from today."""

    units: int
    life: int | None = None


def lots_level(
    lots: Mapping[str, Came | int],
    *,
    sku: Sku | None = None,
    location: Location | None = None,
    **changes: Any,
) -> Level:
    """Return the level of a SKU that is tracked by lot, of which `lots` were received; `changes` go to the SKU."""
    sku = sku or SkuFactory.create(**{"tracking": Tracking.LOT, **changes})
    location = location or LocationFactory.create()
    for number, came in lots.items():
        each = came if isinstance(came, Came) else Came(came)
        receive_lots(sku, location, {number: each})
    return Level.objects.get(sku=sku, location=location)


def receive_lots(sku: Sku, location: Location, lots: Mapping[str, Came]) -> None:
    """Receive units of lots as one delivery line."""
    stock.receive_delivery(
        location_code=location.code,
        lines=[
            stock.Delivered(
                sku.code,
                sum(each.units for each in lots.values()),
                [
                    LotUnits(
                        number,
                        each.units,
                        None
                        if each.life is None
                        else clock.now().date() + timedelta(days=each.life),
                    )
                    for number, each in lots.items()
                ],
            )
        ],
        document="DN-1",
        cause=f"test:{uuid7()}",
        actor=MOVER,
    )


def lot_of(sku: Sku, number: str) -> Lot:
    """Return a lot by its number."""
    return Lot.objects.get(sku=sku, number=number)


def by_lot(level: Level) -> dict[str, int]:
    """Return the units of a level by lot; the condition is said of what is not good."""
    return {
        f"{row.lot or 'unknown'}"
        + ("" if row.condition == "good" else f" {row.condition}"): row.quantity
        for row in level.contents.select_related("lot").order_by("lot__number", "condition")
    }


def draft_transfer(
    units: Mapping[Sku, int] | None = None,
    *,
    source: Location | None = None,
    destination: Location | None = None,
    stocked: int = 10,
    **changes: Any,
) -> TransferOrder:
    """Return a draft of 4 units of a new SKU (or of `units`), of which `stocked` lie at the source."""
    source = source or LocationFactory.create()
    destination = destination or LocationFactory.create()
    wanted = units or {SkuFactory.create(): 4}
    for sku in wanted:
        if not Level.objects.filter(sku=sku, location=source).exists():
            LevelFactory.create(sku=sku, location=source, on_hand=stocked)
    return transfers.create(
        source_code=source.code,
        destination_code=destination.code,
        lines=[Wanted(sku.code, quantity) for sku, quantity in wanted.items()],
        actor=MOVER,
        **changes,
    )


def released_transfer(units: Mapping[Sku, int] | None = None, **changes: Any) -> TransferOrder:
    """Return a transfer whose units are allocated at the source."""
    drafted = draft_transfer(units, **changes)
    return transfers.release(transfer_id=drafted.pk, actor=MOVER)


def shipped_transfer(units: Mapping[Sku, int] | None = None, **changes: Any) -> TransferOrder:
    """Return a transfer that has left the source as a whole."""
    found = released_transfer(units, **changes)
    return transfers.ship(transfer_id=found.pk, units=None, key=f"test:{uuid7().hex}", actor=MOVER)


def transfer_line(transfer: TransferOrder) -> TransferLine:
    """Return the only line as it is now."""
    return TransferLine.objects.select_related("sku").get(transfer=transfer)


def kit_of(parts: Mapping[Sku, int], *, shares: Sequence[int] = (), **changes: Any) -> Sku:
    """Return a SKU that is a kit of so many units of each part; `shares` weigh their parts of its price, in order."""
    taxed_as = changes.pop("taxed_as", "parts")
    sku: Sku = SkuFactory.create(**changes)
    kits.define(
        sku_id=sku.pk,
        parts=[
            Part(part.pk, units, shares[index] if shares else None)
            for index, (part, units) in enumerate(parts.items())
        ],
        taxed_as=taxed_as,
        actor=Actor("staff", "1", "Ada Keeper"),
    )
    return sku
