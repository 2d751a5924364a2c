"""Products, places and stock. What lies somewhere has a ledger that says how it came there."""

from typing import Any

import factory

from inventory.catalog.models import Product, Sku
from inventory.locations.models import Location, LocationKind
from inventory.stock.models import Level, Movement
from inventory.stock.states import Bucket, MovementKind
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
