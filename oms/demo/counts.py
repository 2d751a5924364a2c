"""Counts on the last day: one in each state, so that every tab of the list has something in it."""

from collections.abc import Iterator

from django.db.models import F

from fulfillment.counting import services
from inventory.counting import services as counting
from inventory.counting.models import CountOrder
from inventory.counting.rules import Choice, Tolerance
from inventory.locations.models import Location
from inventory.stock.models import Level
from oms.core.actors import Actor
from oms.demo import worker
from oms.demo.world import World

SITE = "BER"
_LINES = 3
# How far each count comes, and what its note says.
STAGES = {
    "draft": "Before the season",
    "to_count": "Top shelf",
    "to_recount": "Aisle behind the door",
    "to_review": "After the move of the shelf",
    "posted": "Monthly count",
    "cancelled": "Wrong aisle",
}


def count(world: World) -> None:
    """Bring one count to each stage; a house with few goods has fewer."""
    site = world.locations[SITE]
    codes = _codes(site)
    for stage, note in STAGES.items():
        chosen = [code for _, code in zip(range(_LINES), codes, strict=False)]
        if len(chosen) == _LINES:
            _bring_to(stage, note, site, chosen, world)
    worker.settle()


def _codes(site: Location) -> Iterator[str]:
    """Yield SKUs that lie there, those with most to give first."""
    levels = Level.objects.filter(location=site).annotate(
        free=F("on_hand") - F("committed") - F("reserved") - F("damaged") - F("quality_control")
    )
    yield from (
        levels.filter(free__gte=4)
        .order_by("-free", "sku__code")
        .values_list("sku__code", flat=True)
    )


def _bring_to(stage: str, note: str, site: Location, codes: list[str], world: World) -> None:
    manager, packer = world.staff["manager"], world.packers(site.code)
    made = counting.create(
        location_code=site.code,
        choice=Choice("skus", skus=codes),
        tolerance=Tolerance("units", 1),
        note=note,
        actor=manager,
    )
    if stage == "draft":
        return
    counting.start(count_id=made.pk, actor=manager)
    if stage == "cancelled":
        counting.cancel(count_id=made.pk, reason="This is the next aisle.", actor=manager)
        return
    if stage == "to_count":
        _count(made, codes[0], 0, packer)
        return
    # One fits, one lacks a unit, of one more lies there than the tolerance believes.
    for code, more in zip(codes, (0, -1, 2), strict=True):
        _count(made, code, more, packer)
    if stage == "to_recount":
        return
    _count(made, codes[2], 2, manager)
    counting.finish(count_id=made.pk, actor=packer)
    counting.explain(
        count_id=made.pk,
        causes={codes[1]: "damaged", codes[2]: "misplaced"},
        actor=manager,
    )
    if stage == "posted":
        services.post(count_id=made.pk, actor=manager)


def _count(made: CountOrder, code: str, more: int, actor: Actor) -> None:
    """Count what the books say, and some more or less."""
    level = Level.objects.get(sku__code=code, location=made.location)
    shelf = level.on_hand - services.off_shelf(level.sku_id, level.location_id)
    services.record(count_id=made.pk, sku_code=code, counted=max(0, shelf + more), actor=actor)
