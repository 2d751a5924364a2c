"""The lots of the demo: honey cake that expires, a speaker with serial numbers, and a lot that somebody looks into."""

from datetime import timedelta
from decimal import Decimal

from fulfillment.recalls import services as recalls
from inventory.catalog import services as catalog
from inventory.catalog.models import Sku, Tracking
from inventory.catalog.services import NewSku
from inventory.expiring.models import ExpiryWatch
from inventory.locations.models import Location
from inventory.lots.models import Lot
from inventory.lots.rules import LotUnits
from inventory.stock import services as stock
from inventory.stock.services import Delivered
from oms.core import clock
from oms.core.actors import Actor
from orders.pricing.models import Price, PriceList

CAKE, SPEAKER = "CAKE-HONEY", "SPEAKER-01"
QUARANTINED = "HC-2203"


def make(*, location_code: str, actor: Actor) -> None:
    """Make two tracked articles with a price on each list and stock at a location, once."""
    if Sku.objects.filter(code=CAKE).exists():
        return
    today = clock.today()
    for code, name, category, tracking, expires, price in (
        (CAKE, "Honey cake", "Food", Tracking.LOT, True, "9.90"),
        (SPEAKER, "Portable speaker", "Devices", Tracking.SERIAL, False, "79.00"),
    ):
        product = catalog.create_product(
            name=name,
            brand="Fjellvik",
            category=category,
            skus=[NewSku(code=code, name=name, weight_g=400)],
            actor=actor,
        )
        sku = product.skus.get()
        stock.track(
            sku_id=sku.pk,
            tracking=tracking,
            expires=expires,
            shelf_life_days=None,
            actor=actor,
        )
        for prices in PriceList.objects.all():
            Price.objects.create(
                price_list=prices, sku=sku, amount=Decimal(price), valid_from=today
            )
    lots = [
        LotUnits("HC-2201", 24, today + timedelta(days=12)),
        LotUnits("HC-2202", 60, today + timedelta(days=75)),
        LotUnits(QUARANTINED, 18, today + timedelta(days=90)),
    ]
    serials = [LotUnits(f"FS-{number:05d}") for number in range(10_401, 10_413)]
    stock.receive_delivery(
        location_code=location_code,
        lines=[
            Delivered(CAKE, sum(lot.quantity for lot in lots), lots),
            Delivered(SPEAKER, len(serials), serials),
        ],
        document="DN-LOTS",
        cause="demo:lots",
        actor=actor,
    )
    ExpiryWatch.objects.create(
        location=Location.objects.get(code=location_code),
        email="lager@example.com",
        days=30,
        language="de",
    )
    recalls.quarantine(
        lot_id=Lot.objects.get(sku__code=CAKE, number=QUARANTINED).pk,
        reason="The seal of some boxes is open.",
        actor=actor,
    )
