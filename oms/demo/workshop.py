"""The workshop: candles that are rolled in Berlin, and one production order in each state."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from inventory.catalog import services as catalog
from inventory.catalog.models import Sku, Tracking
from inventory.catalog.services import NewSku
from inventory.lots.rules import LotUnits
from inventory.production import services as production
from inventory.production.models import (
    ProductionOrder,
    ProductionPosting,
    WorkCenter,
    WorkCenterClosure,
)
from inventory.production.rules import Byproduct, Part, Used, Way
from inventory.production.services import Content, Report, Wish
from inventory.stock import services as stock
from inventory.stock.services import Delivered
from oms.core import clock
from oms.core.actors import Actor
from oms.demo import people, wishes, worker
from oms.demo.last_day import Life
from oms.demo.world import BOUND_TO, SINCE, World
from orders.making import services as making
from orders.ordering.models import OrderLine
from orders.placing.drafts import DraftLine
from orders.pricing.models import Price, PriceList

PILLAR, TRIO = "PILLAR-HONEY", "PILLAR-TRIO"
SHEET, WICK, BOX, TRIM = "WAX-SHEET", "WICK-M", "BOX-KRAFT", "WAX-TRIM"
_GOODS = (
    ("Rolled beeswax candle", "Imkerei Alte Linde", "Home",
     ((PILLAR, "Rolled beeswax candle, honey", 210), (TRIO, "Rolled beeswax candles, three in a box", 690))),
    ("Workshop material", "Imkerei Alte Linde", "Material",
     ((SHEET, "Beeswax sheet", 95), (WICK, "Cotton wick, medium", 3), (BOX, "Kraft box for three", 60),
      (TRIM, "Beeswax trimmings", 20))),
)  # fmt: skip
_PRICES = {"shop": {PILLAR: "9.90", TRIO: "27.90"}, "trade": {PILLAR: "4.20", TRIO: "11.90"}}
_MATERIAL = {SHEET: 420, WICK: 600, BOX: 4}
COSTS = {SHEET: "0.62", WICK: "0.04", BOX: "0.35"}
_SHEET_LOTS = (LotUnits("BW-118", 60), LotUnits("BW-119", 360))


def work(life: Life) -> None:
    """Set the workshop up, and bring one production order to each state."""
    world = life.world
    _learn_goods(world)
    _set_up(world)
    manager, packer = world.staff["manager"], world.packers(BOUND_TO)
    today = clock.today("Europe/Berlin")

    def draft(sku: str, units: int, note: str, due_on: date | None = None) -> ProductionOrder:
        wish = Wish(sku_code=sku, location_code=BOUND_TO, quantity=units, due_on=due_on, note=note)
        return production.create(wish=wish, actor=manager)

    def confirmed(order: ProductionOrder) -> ProductionOrder:
        return production.confirm(order_id=order.pk, with_shortages=True, actor=manager)

    done = confirmed(draft(PILLAR, 24, "First of the season"))
    _post(done, Report(produced=23, scrapped=1), packer, finish=True)
    begun = confirmed(draft(PILLAR, 48, "For the shelf", today + timedelta(days=6)))
    production.start(order_id=begun.pk, actor=packer)
    _post(begun, Report(produced=14, inspect=2), packer)
    _post(
        begun, Report(produced=3, used=[Used(SHEET, 8)], reason="Two sheets were brittle"), packer
    )
    confirmed(draft(PILLAR, 60, "Christmas market", today + timedelta(days=1)))  # cannot be in time
    confirmed(draft(TRIO, 12, "Boxes are on their way"))
    cancelled = confirmed(draft(PILLAR, 12, "Ordered twice"))
    production.cancel(order_id=cancelled.pk, reason="There is another one.", actor=manager)
    draft(PILLAR, 36, "If the weather turns")
    worker.settle()
    worker.if_possible(partial(_to_order, life))
    worker.settle()


def _post(order: ProductionOrder, report: Report, actor: Actor, *, finish: bool = False) -> None:
    count = ProductionPosting.objects.filter(order=order).count()
    production.post(
        order_id=order.pk,
        report=report,
        key=f"demo-posting:{order.pk}:{count}",
        actor=actor,
        finish=finish,
    )


def _to_order(life: Life) -> None:
    """Take an order for more than there is, and have the rest made for it."""
    wanted = (DraftLine(sku=PILLAR, quantity=70),)
    person = people.shopper(life.wishes.chance)
    order = life.take("web", wishes.draft(person, wanted, payment=wishes.PAID))
    if order is None:
        return
    manager = life.world.staff["manager"]
    line = OrderLine.objects.filter(order=order, backordered__gt=0).first()
    if line is not None:
        made = making.make_to_order(
            order_id=order.pk, line_id=line.pk, location_code=BOUND_TO, actor=manager
        )
        production.confirm(order_id=made.pk, with_shortages=True, actor=manager)


def _learn_goods(world: World) -> None:
    for name, brand, category, skus in _GOODS:
        catalog.create_product(
            name=name,
            brand=brand,
            category=category,
            description=f"{name} by {brand}.",
            skus=[NewSku(code=code, name=words, weight_g=grams) for code, words, grams in skus],
            actor=world.staff["manager"],
        )
    for list_code, prices in _PRICES.items():
        price_list = PriceList.objects.get(code=list_code)
        for code, amount in prices.items():
            Price.objects.create(
                price_list=price_list,
                sku=Sku.objects.get(code=code),
                amount=Decimal(amount),
                valid_from=SINCE,
            )


def _set_up(world: World) -> None:
    """Make the bench, its closed day, the bills and the first material."""
    manager = world.staff["manager"]
    bench = WorkCenter.objects.create(
        code="candle-bench",
        name="Candle bench",
        location=world.locations[BOUND_TO],
        capacity=420,
    )
    WorkCenterClosure.objects.create(
        work_center=bench,
        day=clock.today("Europe/Berlin") + timedelta(days=9),
        name="Stocktaking",
    )
    rolled = Content(
        batch=12,
        parts=[Part(SHEET, 24, Decimal("2.5")), Part(WICK, 12)],
        byproducts=[Byproduct(TRIM, 1)],
        ways=[Way("candle-bench", 150, 1)],
        valid_from=SINCE,
    )
    boxed = Content(parts=[Part(PILLAR, 3), Part(BOX, 1)], lead_days=1, valid_from=SINCE)
    for code, content in ((PILLAR, rolled), (TRIO, boxed)):
        bill = production.write_bill(sku_code=code, content=content, actor=manager)
        production.release_bill(bill_id=bill.pk, actor=manager)
    thicker: Sequence[Part] = [Part(SHEET, 25, Decimal(2)), Part(WICK, 12)]
    production.write_bill(
        sku_code=PILLAR,
        content=Content(
            batch=12, parts=thicker, ways=rolled.ways, valid_from=clock.today(), note="Thicker"
        ),
        actor=manager,
    )
    for code in (SHEET, PILLAR):
        stock.track(
            sku_id=Sku.objects.get(code=code).pk,
            tracking=Tracking.LOT,
            expires=False,
            shelf_life_days=None,
            actor=manager,
        )
    stock.receive_delivery(
        location_code=BOUND_TO,
        lines=[
            Delivered(code, units, _SHEET_LOTS if code == SHEET else ())
            for code, units in _MATERIAL.items()
        ],
        document="WORKSHOP",
        cause="demo-workshop",
        actor=world.packers(BOUND_TO),
    )
