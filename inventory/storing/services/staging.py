"""Picked units are brought to the outbound dock, and back; what is not where it should be is noted there."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.db import transaction

from inventory.bins import queries as bins
from inventory.bins.states import BinKind
from inventory.stock import rules as stock_rules
from inventory.stock import services as stock
from inventory.stock.errors import NotInBin
from inventory.stock.models import BinMove, Content
from inventory.stock.rules import Pile
from inventory.stock.services import Carry, Spot
from inventory.stock.services.contents import pile_of
from inventory.stock.states import BinMoveKind, Condition
from inventory.storing.errors import NotThere
from oms.core.actors import Actor

_OUT = BinKind.OUTBOUND
NO_LOTS: Mapping[int, Mapping[int | None, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Picked:
    """Units of a SKU that were fetched; `staged` are those at the outbound dock that were fetched before.

    Of what is tracked, they are of one lot (None: nobody knows which), and so are those.
    """

    sku_id: int
    quantity: int
    staged: int = 0
    is_by_lot: bool = False
    lot_id: int | None = None


@transaction.atomic
def stage(
    *,
    location_id: int,
    picked: list[Picked],
    document: str,
    cause: str,
    actor: Actor,
    bin_id: int | None = None,
) -> None:
    """Bring fetched units to the outbound dock: out of the bin that is named, or by the removal rule.

    What lies at the dock for nobody yet, because it never went to a shelf, is taken first and stays there. `cause`
    names the act: repeated, it is refused by the database. Raises NotInBin, BinMissing, NoDock.
    """
    levels = {
        level.sku_id: level
        for level in stock.lock_levels_at(
            location_ids=[location_id], sku_ids=[each.sku_id for each in picked]
        )
    }
    out = bins.dock(location_id, _OUT)
    piles = _good([level.pk for level in levels.values()])
    carries: list[Carry] = []
    for each in picked:
        level = levels[each.sku_id]
        fitting = [
            pile for pile in piles[level.pk] if not each.is_by_lot or pile.lot_id == each.lot_id
        ]
        ordered = fetchable(fitting, staged=each.staged, removal=level.location.removal)
        if bin_id is not None:
            ordered = [pile for pile in ordered if pile.bin_id == bin_id]
        drawn = stock_rules.draw(ordered, each.quantity)
        count = sum(taken.quantity for taken in drawn)
        if count < each.quantity:
            raise NotInBin(
                f"{each.quantity} units are needed, {count} lie there.",
                requested=each.quantity,
                found=count,
            )
        carries += [
            Carry(
                level,
                taken.quantity,
                f"{cause}:{level.pk}",
                source_id=taken.pile.bin_id,
                target_id=out.pk,
                lot_id=taken.pile.lot_id,
                part=part,
            )
            for part, taken in enumerate(drawn, start=len(carries))
            if taken.pile.kind != _OUT
        ]
    if carries:
        stock.carry(carries=carries, kind=BinMoveKind.PICK, document=document, actor=actor)


@transaction.atomic
def unstage(
    *,
    location_id: int,
    units: Mapping[int, int],
    document: str,
    cause: str,
    actor: Actor,
    lots: Mapping[int, Mapping[int | None, int]] = NO_LOTS,
) -> None:
    """Bring fetched units of SKUs back to the bins that this document took them from, the latest first.

    Of what is tracked, `lots` say by SKU how many units of which lot. What was taken at the outbound dock itself stays
    there. Raises NotInBin.
    """
    levels = {
        level.sku_id: level
        for level in stock.lock_levels_at(location_ids=[location_id], sku_ids=[*units, *lots])
    }
    moves = BinMove.objects.filter(
        document=document,
        level__in=levels.values(),
        kind__in=[BinMoveKind.PICK, BinMoveKind.UNPICK],
    ).order_by("pk")
    taken: defaultdict[int, dict[tuple[int, int, int | None], int]] = defaultdict(dict)
    for move in moves:
        is_pick = move.kind == BinMoveKind.PICK
        source, target = (
            (move.source_id, move.target_id) if is_pick else (move.target_id, move.source_id)
        )
        if source is None or target is None:
            continue
        key = (source, target, move.lot_id)
        net = taken[move.level_id].pop(key, 0) + (move.quantity if is_pick else -move.quantity)
        taken[move.level_id][key] = net  # last in the order again
    wanted: list[tuple[int, int, tuple[int | None, ...] | None]] = [
        *((sku_id, count, None) for sku_id, count in units.items()),
        *(
            (sku_id, count, (lot_id,))
            for sku_id, of_sku in lots.items()
            for lot_id, count in of_sku.items()
        ),
    ]
    carries: list[Carry] = []
    for sku_id, count, of_lots in wanted:
        level, left = levels[sku_id], count
        for (source, target, lot_id), net in reversed(taken[level.pk].items()):
            back = min(left, net)
            if back > 0 and (of_lots is None or lot_id in of_lots):
                left -= back
                carries.append(
                    Carry(
                        level,
                        back,
                        f"{cause}:{level.pk}",
                        source_id=target,
                        target_id=source,
                        lot_id=lot_id,
                        part=len(carries),
                    )
                )
    if carries:
        stock.carry(carries=carries, kind=BinMoveKind.UNPICK, document=document, actor=actor)


@transaction.atomic
def note_missing(
    *,
    location_id: int,
    sku_id: int,
    bin_id: int,
    quantity: int,
    staged: int,
    document: str,
    cause: str,
    actor: Actor,
    reason: str,
) -> bool:
    """Take units that are not in a bin off it and off the stock, if other bins have as many to fetch instead.

    Returns False, and does nothing, when they have not, or when those are promised: then it is a short of the order.
    Raises NotThere when the bin has fewer by the books, and what `stock.adjust` raises.
    """
    (level,) = stock.lock_levels_at(location_ids=[location_id], sku_ids=[sku_id])
    ordered = fetchable(_good([level.pk])[level.pk], staged=staged, removal=level.location.removal)
    here = sum(pile.quantity for pile in ordered if pile.bin_id == bin_id)
    if quantity > here:
        raise NotThere(f"By the books {here} lie there.", found=here)
    elsewhere = sum(pile.quantity for pile in ordered) - here
    if elsewhere < quantity or level.available < quantity:
        return False
    stock.adjust(
        sku_id=sku_id,
        location_id=location_id,
        delta=-quantity,
        document=document,
        cause=cause,
        actor=actor,
        reason=reason,
        spots=[Spot(bin_id)],
    )
    return True


def fetchable(piles: list[Pile], *, staged: int, removal: str) -> list[Pile]:
    """Return the piles that units are fetched from, in order: what waits at docks for orders, faces, storage, the rest.

    Of what lies at outbound docks, `staged` units belong to orders already.
    """
    at_dock = []
    for pile in stock_rules.in_order(
        (pile for pile in piles if pile.kind == _OUT), kinds=(), removal=removal
    ):
        gone = min(staged, pile.quantity)
        staged -= gone
        if pile.quantity > gone:
            at_dock.append(stock_rules.without(pile, gone))
    ordered = stock_rules.in_order(
        (pile for pile in piles if pile.kind != _OUT),
        kinds=(BinKind.CROSSDOCK, *stock_rules.FETCHED_FROM),
        removal=removal,
    )
    return [*at_dock, *ordered]


def _good(level_ids: list[int]) -> defaultdict[int, list[Pile]]:
    found: defaultdict[int, list[Pile]] = defaultdict(list)
    rows = Content.objects.filter(level_id__in=level_ids, condition=Condition.GOOD)
    for row in rows.select_related("bin", "lot"):
        found[row.level_id].append(pile_of(row))
    return found
