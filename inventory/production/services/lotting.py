"""Which lots go into a posting and which come out of it; nothing is asked where nothing is tracked."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from inventory.catalog.models import Sku
from inventory.lots import rules
from inventory.lots.errors import SerialElsewhere
from inventory.lots.rules import Batch, LotUnits, Need
from inventory.production import errors
from inventory.production.models import PostedLot, ProductionComponent, ProductionPostingLine
from inventory.stock import services as stock
from inventory.stock.models import Content, Level
from inventory.stock.services import Ask, Spot
from inventory.stock.states import Bucket, Condition
from oms.core import clock
from oms.core.errors import FieldProblem


@dataclass(frozen=True, slots=True)
class Made:
    """Units that come out, what is said of their lots, and where in the report. `sells`: they need no inspection."""

    sku: Sku
    quantity: int
    lots: Sequence[LotUnits]
    pointer: str
    sells: bool = True


def of_components(
    used: Sequence[tuple[ProductionComponent, int]],
    named: Mapping[str, Sequence[LotUnits]],
    levels: Mapping[int, Level],
    *,
    time_zone: str,
) -> dict[int, list[Spot]]:
    """Return by SKU the lots that units are taken of: those that are named, then what expires first.

    Units of an unknown lot come last. Serial numbers have to be named. Raises LotsRefused with everything that is
    wrong: lots that are not there, recalled, quarantined or expired, and too few units of lots that may be used.
    """
    tracked = [(row, units) for row, units in used if units and row.sku.is_tracked]
    if not tracked:
        return {}
    free = stock.free_batches([levels[row.sku_id].pk for row, _ in tracked])
    today = clock.today(time_zone)
    found: dict[int, list[Spot]] = {}
    problems: list[FieldProblem] = []
    for row, units in tracked:
        takes, refused = _chosen(
            row.sku,
            units,
            named.get(row.sku.code, ()),
            free[levels[row.sku_id].pk],
            Need(today, expires=row.sku.expires),
        )
        problems += [FieldProblem("/used", "lot_refused", each) for each in refused]
        found[row.sku_id] = [
            Spot(
                lot_id=take.batch.lot_id,
                quantity=take.quantity,
                is_nameless=take.batch.lot_id is None,
            )
            for take in takes
        ]
    if problems:
        words = "; ".join(each.message for each in problems[:3])
        raise errors.LotsRefused(words, problems=problems)
    return found


def _chosen(
    sku: Sku, units: int, named: Sequence[LotUnits], batches: Sequence[Batch], need: Need
) -> tuple[list[rules.Take], list[str]]:
    left = {batch.lot_id: batch for batch in batches}
    by_number = {batch.number: batch.lot_id for batch in batches if batch.lot_id is not None}
    takes: list[rules.Take] = []
    problems = []

    def take(batch: Batch, count: int) -> None:
        takes.append(rules.Take(batch, count))
        left[batch.lot_id] = replace(batch, quantity=left[batch.lot_id].quantity - count)

    for each in rules.merged(named):
        lot_id = by_number.get(each.number)
        batch = left[lot_id] if lot_id is not None else None
        if batch is None:
            problems.append(f"{each.number} of {sku.code} is not in stock here")
        elif each.quantity < 1:
            problems.append(f"{each.number} of {sku.code}: at least one unit")
        elif why := rules.refusal(batch, need):
            problems.append(f"{each.number} of {sku.code}: {why}")
        elif each.quantity > batch.quantity:
            problems.append(f"{each.number} of {sku.code} has {batch.quantity} units left")
        else:
            take(batch, each.quantity)
    rest = units - sum(each.quantity for each in named)
    if rest < 0:
        problems.append(f"{units} units of {sku.code} are used, {units - rest} have a lot")
    elif rest and sku.is_serial:
        problems.append(f"Name {rest} serial numbers of {sku.code}")
    elif rest:
        more = rules.propose(left.values(), rest, need)
        takes += more
        if missing := rest - sum(each.quantity for each in more):
            problems.append(f"{missing} units of {sku.code} have no lot that may be used")
    return takes, problems


def divided(spots: Sequence[Spot], held: int) -> tuple[list[Spot], list[Spot]]:
    """Return the lots of the first `held` units, and those of the others."""
    first: list[Spot] = []
    rest: list[Spot] = []
    for spot in spots:
        count = spot.quantity or 0
        units = min(held, count)
        held -= units
        if units:
            first.append(replace(spot, quantity=units))
        if count > units:
            rest.append(replace(spot, quantity=count - units))
    return first, rest


def of_goods(
    made: Sequence[Made], *, number: str, time_zone: str, origin: str
) -> list[tuple[Spot, ...]]:
    """Return which lots units are that come out, made where they are new: made today, unless said otherwise.

    Units of which nobody says the lot are of one that bears the number of the posting; serial numbers have to be named.
    Raises InvalidLots with everything that is wrong.
    """
    today = clock.today(time_zone)
    return stock.name_lots(
        [
            Ask(
                each.sku,
                each.quantity,
                [
                    replace(lot, made_on=lot.made_on or today)
                    for lot in (each.lots or _by_number(each, number))
                ],
                each.pointer,
                sells=each.sells,
            )
            for each in made
        ],
        origin=origin,
    )


def keep(lines: Iterable[tuple[ProductionPostingLine, Sequence[Spot]]]) -> None:
    """Keep which lots lines used or brought; no statement where nothing is tracked."""
    found: Counter[tuple[int, int]] = Counter()
    for line, spots in lines:
        for spot in spots:
            if spot.lot_id is not None:
                found[line.pk, spot.lot_id] += spot.quantity or 0
    if found:
        PostedLot.objects.bulk_create(
            PostedLot(line_id=line_id, lot_id=lot_id, quantity=units)
            for (line_id, lot_id), units in found.items()
        )


def _by_number(made: Made, number: str) -> list[LotUnits]:
    if not made.sku.is_tracked or made.sku.is_serial:
        return []
    return [LotUnits(number, made.quantity)]


def came_as(line: ProductionPostingLine, cause: str) -> tuple[Spot, ...]:
    """Return which lots a line brought or took, nothing when its SKU is not tracked."""
    return stock.spots_of_cause(cause) if line.sku.is_tracked else ()


def check_not_back(lines: Iterable[ProductionPostingLine]) -> None:
    """Raise SerialElsewhere with every serial number that lines used and that lies somewhere again."""
    serials = [line.pk for line in lines if line.sku.is_serial]
    if not serials:
        return
    used = PostedLot.objects.filter(line__in=serials)
    rows = Content.objects.filter(lot__in=used.values("lot")).order_by("lot__number")
    problems = [
        FieldProblem(
            "/posting",
            SerialElsewhere.code,
            f"{row.lot} of {row.level.sku.code} is in stock again at {row.level.location.name}.",
        )
        for row in rows.select_related("lot", "level__sku", "level__location")
    ]
    if problems:
        raise SerialElsewhere(problems[0].message, problems=problems)


def still_there(level: Level, bucket: str, spots: Sequence[Spot]) -> int:
    """Return how many units of these lots are where a posting put them, and nobody has taken them."""
    if bucket == Bucket.AVAILABLE:
        there = {batch.lot_id: batch.quantity for batch in stock.free_batches([level.pk])[level.pk]}
    else:
        there = {}
        rows = Content.objects.filter(level=level, condition=Condition.QUALITY_CONTROL)
        for lot_id, units in rows.values_list("lot_id", "quantity"):
            there[lot_id] = there.get(lot_id, 0) + units
    return sum(min(spot.quantity or 0, there.get(spot.lot_id, 0)) for spot in spots)
