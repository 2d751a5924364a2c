"""Planning: what the shop sold before this system, policies, forecasts, and proposals in each state."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from inventory.catalog.models import Sku
from inventory.planning import services as planning
from inventory.planning.models import Policy, Promotion, Proposal
from inventory.planning.services import Demand
from oms.core import clock
from oms.demo import workshop
from oms.demo.world import BOUND_TO, SETUP, World
from orders.demand import services as demand

_WEEKS_BEFORE = 40
_CHANCES = (0.35, 0.12, 0.04)  # that a SKU is sold on a day
_APPROVED, _REJECTED = 3, 1
_POLICIES = (
    {"name": "Everything", "percent": "95.0", "cover_days": 21},
    {"name": "Kitchen: always there", "category": "Kitchen", "percent": "98.0", "cover_days": 14},
)


def plan(world: World, codes: Sequence[str], *, began: date) -> None:
    """Set planning up, forecast everything, propose, and decide some of it; `began` is the day of the first orders."""
    _set_up(world, codes)
    former = list(_former_sales(world, codes, until=began))
    planning.record_demand(days={each.day for each in former}, demand=former)
    demand.rebuild()
    planning.run(job_id=planning.start_forecasts(actor=SETUP).pk)
    # A wish that is given up again leaves a proposal that is not needed any more.
    wish = Policy.objects.create(
        name="Window display",
        sku=world.skus[codes[1]],
        location=world.locations[BOUND_TO],
        least=900,
    )
    _propose()
    Policy.objects.filter(pk=wish.pk).update(is_active=False)
    _propose()
    _decide(world)


def _propose() -> None:
    planning.run(job_id=planning.start_proposals(actor=SETUP).pk)


def _set_up(world: World, codes: Sequence[str]) -> None:
    for each in _POLICIES:
        Policy.objects.get_or_create(name=each["name"], defaults=each)
    today = clock.today("Europe/Berlin")
    for name, sku, begins, days, percent in (
        ("Spring sale", None, -60, 5, 0),
        ("Mug of the month", codes[0], 10, 7, 40),
    ):
        Promotion.objects.get_or_create(
            name=name,
            defaults={
                "sku": world.skus[sku] if sku else None,
                "starts_on": today + timedelta(days=begins),
                "ends_on": today + timedelta(days=begins + days - 1),
                "expected_percent": percent,
            },
        )


def _former_sales(world: World, codes: Sequence[str], *, until: date) -> Iterator[Demand]:
    """Yield what a former system sold in Berlin, some SKUs steadily and some now and then, and what is made there."""
    dice = random.Random(20)
    place = world.locations[BOUND_TO]
    wanted = [
        (world.skus[code], _CHANCES[number % len(_CHANCES)], 3) for number, code in enumerate(codes)
    ]
    # Candles, which are made, are sold by the dozen.
    wanted += [(made, _CHANCES[0], 48) for made in Sku.objects.filter(code=workshop.PILLAR)]
    for sku, chance, most in wanted:
        for back in range(7 * _WEEKS_BEFORE, 0, -1):
            if dice.random() < chance:
                yield Demand(
                    sku_id=sku.pk,
                    location_id=place.pk,
                    day=until - timedelta(days=back),
                    units=dice.randint(1, most),
                )


def _decide(world: World) -> None:
    """Approve some, reject one, leave the rest to be decided."""
    rows = list(Proposal.objects.open().order_by("kind", "supplier_id", "pk"))
    bought = [each.pk for each in rows if each.supplier_id is not None]
    moved = [each.pk for each in rows if each.source_id is not None]
    chosen = [*moved[:_APPROVED], *bought[:_APPROVED]]
    if chosen:
        planning.approve(proposal_ids=chosen, actor=world.staff["manager"])
    others = [each.pk for each in rows if each.pk not in chosen and not each.work_center_id]
    others = others[:_REJECTED]
    if others:
        planning.reject(
            proposal_ids=others,
            reason="It leaves the range in spring.",
            quiet_days=60,
            actor=world.staff["manager"],
        )
