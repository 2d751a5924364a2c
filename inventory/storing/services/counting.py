"""Count what lies in one bin, and make the books of the bin and of its levels say it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import Max

from inventory.bins.errors import BinMissing
from inventory.bins.models import Bin
from inventory.catalog import queries as catalog
from inventory.stock import services as stock
from inventory.stock.errors import InsufficientStock, InvalidQuantity, UnknownSkus
from inventory.stock.models import Content, Level
from inventory.stock.services import MAX_UNITS, Spot
from inventory.stock.states import Bucket, Condition, MovementKind
from inventory.storing import errors, queries
from oms.core import clock, locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.timeline import services as timeline

REASON = "counted in its bin"


@dataclass(frozen=True, slots=True)
class Figure:
    """How many good units of a SKU somebody counted in a bin."""

    sku_code: str
    counted: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Units of a SKU more (or less) in the bin than the books said."""

    sku_code: str
    units: int


@transaction.atomic
def count(
    *, bin_id: int, figures: Sequence[Figure], seen: int, key: str, actor: Actor
) -> list[Difference]:
    """Post what a bin really holds: each good SKU in it is counted, and what is found besides is added.

    `seen` is the last move of the bin when the counter began (`last_move`): goods that moved since make the count void.
    Missing units are taken from what nobody is promised. `key` names the call. Raises BinMissing, NoBins, UnknownSkus,
    InvalidQuantity, StillInBin (naming what is not counted), MovedMeanwhile, CountTakesPromised, LevelFull. Publishes
    StockReceived for what was found.
    """
    place = Bin.objects.usable().select_related("location").filter(pk=bin_id).first()
    if place is None:
        raise BinMissing
    if not place.location.uses_bins:
        raise errors.NoBins
    known = catalog.ids_by_code({figure.sku_code for figure in figures})
    _check(figures, known)
    there = set(_good(place.pk).values_list("level__sku_id", flat=True))
    levels = {
        level.sku_id: level
        for level in stock.lock_levels_at(
            location_ids=[place.location_id], sku_ids={*known.values(), *there}
        )
    }
    locking.lock(Bin.objects.filter(pk=place.pk))
    # Again under the locks: what moved while the counter counted, or while we waited, voids the count.
    if last_move(place.pk) != seen:
        raise errors.MovedMeanwhile
    books: dict[int, int] = {}
    codes = {level_id: code for code, level_id in known.items()}
    for row in _good(place.pk).select_related("level__sku"):
        books[row.level.sku_id] = books.get(row.level.sku_id, 0) + row.quantity
        codes[row.level.sku_id] = row.level.sku.code
    counted = {known[figure.sku_code]: figure.counted for figure in figures}
    if left := sorted(codes[sku_id] for sku_id in books if sku_id not in counted):
        raise errors.StillInBin(f"Not counted yet: {', '.join(left[:5])}.", skus=left[:50])
    found = []
    for sku_id in sorted(counted, key=lambda sku_id: levels[sku_id].pk):
        units = counted[sku_id] - books.get(sku_id, 0)
        if units:
            _post(levels[sku_id], place, units, codes[sku_id], key=key, actor=actor)
            found.append(Difference(codes[sku_id], units))
    place.counted_at = clock.now()
    place.save(update_fields=["counted_at"])
    timeline.record(
        place,
        "bin.counted",
        actor=actor,
        data={"articles": len(counted), "differences": {d.sku_code: d.units for d in found}},
    )
    return found


def last_move(bin_id: int) -> int:
    """Return the key of the last move into or out of a bin, 0 when there was none; its past costs nothing."""
    return max(moves.aggregate(last=Max("pk"))["last"] or 0 for moves in queries.moves_of(bin_id))


def _good(bin_id: int) -> "models.QuerySet[Content]":
    return Content.objects.filter(bin_id=bin_id, condition=Condition.GOOD)


def _check(figures: Sequence[Figure], known: dict[str, int]) -> None:
    problems = [
        FieldProblem(f"/figures/{index}/sku", "unknown_sku", f"There is no SKU {each.sku_code}.")
        for index, each in enumerate(figures)
        if each.sku_code not in known
    ]
    if problems:
        raise UnknownSkus(problems[0].message, problems=problems)
    if len(known) < len(figures):
        raise InvalidQuantity("An article is counted twice.")
    if any(not 0 <= each.counted <= MAX_UNITS for each in figures):
        raise InvalidQuantity(f"A counted quantity is 0 to {MAX_UNITS}.")


def _post(level: Level, place: Bin, units: int, code: str, *, key: str, actor: Actor) -> None:
    ends = (Bucket.ADJUSTMENT, Bucket.AVAILABLE)
    source, target = ends if units > 0 else ends[::-1]
    try:
        stock.move(
            level=level,
            kind=MovementKind.COUNT,
            source=source,
            target=target,
            quantity=abs(units),
            document=place.code,
            cause=f"bin-count:{key}:{level.sku_id}",
            actor=actor,
            reason=REASON,
            spots=[Spot(place.pk)],
        )
    except InsufficientStock as error:
        raise errors.CountTakesPromised(
            f"{-units} of {code} are missing, and orders are promised some of them. Count the article, so that the"
            " orders are planned anew.",
            sku=code,
        ) from error
