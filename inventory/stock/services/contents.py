"""What lies in which bin, and of which lot, follows every movement of units in the movement's transaction.

Contents of a level are changed only by who holds the level's lock, so that their sums are those of the level. Nobody
but this module writes them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from inventory.bins import queries as bins
from inventory.bins import services as bin_services
from inventory.bins.errors import BinFull
from inventory.bins.models import Bin
from inventory.bins.rules import Goods, room
from inventory.bins.states import BinKind
from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.stock import errors, rules
from inventory.stock.models import BinMove, Content, Level
from inventory.stock.services.claiming import claimed_units
from inventory.stock.states import BinMoveKind, Condition, MovementKind
from oms.core import clock, locking
from oms.core.actors import Actor


@dataclass(frozen=True, slots=True)
class Spot:
    """Where units of a movement come to lie, or are taken from: a bin, a lot, or both; None leaves it to the rules.

    `quantity` None means all units that no other spot names. Several spots divide a movement. `is_nameless` takes units
    of which nobody knows the lot.
    """

    bin_id: int | None = None
    lot_id: int | None = None
    quantity: int | None = None
    is_nameless: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """Units of a locked level, its location at hand, that move from bucket to bucket."""

    level: Level
    kind: MovementKind
    source: str
    target: str
    quantity: int
    cause: str
    reason: str = ""
    spots: Sequence[Spot] = ()


@dataclass(frozen=True, slots=True)
class Carry:
    """Units of a locked level that go from a bin to another, or come to be known in one, or are known in none."""

    level: Level
    quantity: int
    cause: str
    source_id: int | None = None
    target_id: int | None = None
    lot_id: int | None = None
    condition: str = Condition.GOOD
    part: int = 0
    reason: str = ""


_Key = tuple[int, int, int | None, str]
# What was taken out of a bin may always go back.
_MUST_GO = frozenset({BinMoveKind.UNPICK, BinMoveKind.SWITCH, BinMoveKind.NAMED})
# What comes in like this has a lot that somebody knows.
_IS_NAMED = frozenset({MovementKind.RECEIPT, MovementKind.PRODUCTION_OUTPUT})
# What is found in a bin lies there, whatever the bin's limits say.
_IS_SO = frozenset({MovementKind.COUNT, MovementKind.ADJUSTMENT})


def follow(*, flows: Iterable[Flow], document: str, actor: Actor) -> None:
    """Let contents follow movements of levels at locations with bins; the caller has locked and changed the levels.

    What comes goes to the bin that is named, or to the receiving dock. What goes is taken from the bin or lot that is
    named, or by the removal rule of the location. What changes its condition does so where it lies. Constant in
    statements, none for movements that change nothing here.

    Of a SKU that is tracked, the units of each lot are known at every location: without bins, they lie in what stands
    for it as a whole. What a supplier delivers of it, or we make, has a lot; what turns up otherwise may have none that
    is known. Raises NotInBin, BinMissing, NoDock, LotNeeded.
    """
    moved = [
        flow
        for flow in flows
        if _is_known(flow.level) and len(set(rules.conditions(flow.source, flow.target))) > 1
    ]
    if not moved:
        return
    known = _Places.of(moved)
    book = _Book({flow.level.pk: flow.level for flow in moved})
    moves = []
    for flow in moved:
        before, after = rules.conditions(flow.source, flow.target)
        if before is None and after is not None:
            parts = [
                _Part(None, bin_id, lot_id, after, after, units)
                for bin_id, lot_id, units in known.divide(flow)
            ]
            if flow.kind in _IS_NAMED and flow.level.sku.is_tracked:
                _check_named(flow, parts)
        else:
            parts = [
                _Part(
                    drawn.pile.bin_id,
                    None if after is None else drawn.pile.bin_id,
                    drawn.pile.lot_id,
                    before or Condition.GOOD,
                    after or before or Condition.GOOD,
                    drawn.quantity,
                )
                for drawn in book.find(flow, before or Condition.GOOD)
            ]
        for number, part in enumerate(parts):
            if part.source_id is None and part.target_id and flow.kind not in _IS_SO:
                known.admit(flow.level, part.target_id, part.lot_id, part.quantity)
            book.apply(flow.level.pk, part)
            moves.append(
                BinMove(
                    level=flow.level,
                    lot_id=part.lot_id,
                    kind=BinMoveKind.FOLLOWS,
                    source_id=part.source_id,
                    target_id=part.target_id,
                    condition=part.condition,
                    became=part.became,
                    quantity=part.quantity,
                    document=document,
                    cause=flow.cause,
                    part=number,
                    actor=str(actor),
                    reason=flow.reason,
                    at=book.at,
                )
            )
    book.write(moves)


def _is_known(level: Level) -> bool:
    """Say whether it is known of the units of a level where they lie; SKU and location are at hand."""
    return level.location.uses_bins or level.sku.is_tracked


def carry(*, carries: Sequence[Carry], kind: BinMoveKind, document: str, actor: Actor) -> None:
    """Move units between bins; the caller has locked the levels and checked the bins. The level itself stays as it is.

    Raises NotInBin, and BinMissing and BinFull for the bins that they go to.
    """
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    if kind not in _MUST_GO:
        for each in carries:
            if each.target_id is not None:
                wanted[each.level.location_id].add(each.target_id)
    known = _Places(wanted)
    book = _Book({each.level.pk: each.level for each in carries})
    moves = []
    for each in carries:
        if each.target_id is not None:
            known.admit(each.level, each.target_id, each.lot_id, each.quantity)
        book.apply(
            each.level.pk,
            _Part(
                each.source_id,
                each.target_id,
                each.lot_id,
                each.condition,
                each.condition,
                each.quantity,
            ),
        )
        moves.append(
            BinMove(
                level=each.level,
                lot_id=each.lot_id,
                kind=kind,
                source_id=each.source_id,
                target_id=each.target_id,
                condition=each.condition,
                became=each.condition,
                quantity=each.quantity,
                document=document,
                cause=each.cause,
                part=each.part,
                actor=str(actor),
                reason=each.reason,
                at=book.at,
            )
        )
    book.write(moves)


@dataclass(frozen=True, slots=True)
class _Part:
    """The units of an act that take one way."""

    source_id: int | None
    target_id: int | None
    lot_id: int | None
    condition: str
    became: str
    quantity: int


def _check_named(flow: Flow, parts: Sequence[_Part]) -> None:
    """Refuse what comes without a lot."""
    nameless = sum(part.quantity for part in parts if part.lot_id is None)
    if nameless:
        raise errors.LotNeeded(
            f"{nameless} units of {flow.level.sku.code} come without a lot or serial number.",
            sku=flow.level.sku.code,
            units=nameless,
        )


class _Book:
    """The contents of some levels, changed in memory and written at once."""

    def __init__(self, levels: dict[int, Level]) -> None:
        self.at = clock.now()
        self.levels = levels
        self._rows: dict[_Key, Content] = {
            (row.level_id, row.bin_id, row.lot_id, row.condition): row
            for row in Content.objects.filter(level_id__in=levels).select_related("bin", "lot")
        }
        self._before = {key: row.quantity for key, row in self._rows.items()}
        self._claims = self._claimed()

    def _claimed(self) -> dict[tuple[int, int | None], int]:
        """Return what is taken from the shelf already, by level and lot: nobody else gets it by rule."""
        tracked = [level_id for level_id, level in self.levels.items() if level.sku.is_tracked]
        if not tracked:
            return {}
        return claimed_units(tracked)

    def find(self, flow: Flow, condition: str) -> list[rules.Drawn]:
        """Return the piles that the units of a flow are taken from. Raises NotInBin."""
        ordered = rules.in_order(
            self._piles(flow.level.pk, condition),
            kinds=rules.sought(flow.kind),
            removal=flow.level.location.removal,
        )
        found: list[rules.Drawn] = []
        rest = {pile.key: pile.quantity for pile in ordered}
        left = flow.quantity
        for spot in (*flow.spots, Spot()):
            units = left if spot.quantity is None else min(left, spot.quantity)
            fitting = [
                replace(pile, quantity=rest[pile.key])
                for pile in ordered
                if spot.bin_id in (None, pile.bin_id)
                and (
                    pile.lot_id is None if spot.is_nameless else spot.lot_id in (None, pile.lot_id)
                )
            ]
            if (
                spot.lot_id is None
                and not spot.is_nameless
                and self._claims
                and condition == Condition.GOOD
            ):
                fitting = rules.unclaimed(
                    fitting,
                    {
                        lot_id: claimed
                        for (level_id, lot_id), claimed in self._claims.items()
                        if level_id == flow.level.pk
                    },
                )
            drawn = rules.draw(fitting, units)
            count = sum(each.quantity for each in drawn)
            for each in drawn:
                rest[each.pile.key] -= each.quantity
            if count < units:
                raise errors.NotInBin(
                    f"{units} units are needed, {count} lie there.", requested=units, found=count
                )
            found += drawn
            left -= count
        return found

    def apply(self, level_id: int, part: _Part) -> None:
        """Take units from one bin and put them into another. Raises NotInBin."""
        if part.source_id is not None:
            row = self._rows.get((level_id, part.source_id, part.lot_id, part.condition))
            if row is None or row.quantity < part.quantity:
                raise errors.NotInBin(
                    f"{part.quantity} units are needed, {row.quantity if row else 0} lie there.",
                    requested=part.quantity,
                    found=row.quantity if row else 0,
                )
            row.quantity -= part.quantity
        if part.target_id is not None:
            key = (level_id, part.target_id, part.lot_id, part.became)
            row = self._rows.get(key)
            if row is None:
                row = self._rows[key] = Content(
                    level_id=level_id,
                    bin_id=part.target_id,
                    lot_id=part.lot_id,
                    condition=part.became,
                    quantity=0,
                    is_serial=part.lot_id is not None and self.levels[level_id].sku.is_serial,
                    since=self.at,
                )
            row.quantity += part.quantity

    def write(self, moves: Sequence[BinMove]) -> None:
        """Write what has changed, and how."""
        emptied, changed, new = [], [], []
        for key, row in self._rows.items():
            before = self._before.get(key, 0)
            if row.quantity == before:
                continue
            if not before:
                new.append(row)
            elif row.quantity:
                changed.append(row)
            else:
                emptied.append(row.pk)
        if emptied:
            Content.objects.filter(pk__in=emptied).delete()
        if changed:
            Content.objects.bulk_update(changed, ["quantity"])
        Content.objects.bulk_create(row for row in new)
        BinMove.objects.bulk_create(moves)

    def _piles(self, level_id: int, condition: str) -> list[rules.Pile]:
        return [
            pile_of(row)
            for (owner, _, _, state), row in self._rows.items()
            if owner == level_id and state == condition and row.quantity
        ]


def pile_of(row: Content) -> rules.Pile:
    """Return what the rules see of a row that has its bin and its lot at hand."""
    return rules.Pile(
        bin_id=row.bin_id,
        kind=row.bin.kind,
        walk_order=row.bin.walk_order,
        bin_code=row.bin.code,
        lot_id=row.lot_id,
        condition=row.condition,
        quantity=row.quantity,
        since=row.since,
        expires_on=row.lot.expires_on if row.lot else None,
    )


class _Places:
    """The bins that units go to: those that are named, and the docks where the rest of what comes goes."""

    def __init__(self, wanted: Mapping[int, set[int]]) -> None:
        found: dict[int, Bin] = {}
        for location_id, bin_ids in wanted.items():
            if bin_ids:
                found |= bins.by_id(location_id, bin_ids)
        self._docks: dict[int, Bin] = {}
        self._limited = {key: each for key, each in found.items() if each.limits.any}
        self._lying: defaultdict[int, list[Goods]] = defaultdict(list)
        if not self._limited:
            return
        # Two who fill one bin hold different levels, so the bin decides who is second.
        locking.lock(Bin.objects.filter(pk__in=self._limited))
        rows = Content.objects.filter(bin_id__in=self._limited).select_related("level__sku")
        for row in rows:
            goods = goods_of(row.level.sku, lot_id=row.lot_id, quantity=row.quantity)
            self._lying[row.bin_id].append(goods)

    @classmethod
    def of(cls, flows: Iterable[Flow]) -> "_Places":
        """Look at the bins that flows into a location name."""
        named: defaultdict[int, set[int]] = defaultdict(set)
        for flow in flows:
            named[flow.level.location_id] |= {
                spot.bin_id for spot in flow.spots if spot.bin_id is not None
            }
        return cls(named)

    def divide(self, flow: Flow) -> list[tuple[int, int | None, int]]:
        """Return bin, lot and units of what comes."""
        parts: list[tuple[int, int | None, int]] = []
        left = flow.quantity
        for spot in (*flow.spots, Spot()):
            units = left if spot.quantity is None else min(left, spot.quantity)
            if units:
                bin_id = spot.bin_id or self._dock(flow.level.location).pk
                parts.append((bin_id, spot.lot_id, units))
                left -= units
        return parts

    def admit(self, level: Level, bin_id: int, lot_id: int | None, quantity: int) -> None:
        """Count units as lying in a bin. Raises BinFull when that would break its limits."""
        limited = self._limited.get(bin_id)
        if limited is None:
            return
        coming = goods_of(level.sku, lot_id=lot_id, quantity=quantity)
        found = room(limited.limits, self._lying[bin_id], coming)
        if found.units is not None and found.units < quantity:
            raise BinFull(
                f"{limited.code} takes {found.units} of {level.sku.code}: {found.why}.",
                bin=limited.code,
                room=found.units,
            )
        self._lying[bin_id].append(coming)

    def _dock(self, location: Location) -> Bin:
        if location.pk not in self._docks:
            self._docks[location.pk] = (
                bins.dock(location.pk, BinKind.RECEIVING)
                if location.uses_bins
                else bin_services.whole(location.pk)
            )
        return self._docks[location.pk]


def goods_of(sku: Sku, *, lot_id: int | None, quantity: int) -> Goods:
    """Return what the limits of bins see of units of a SKU."""
    volume = sku.length_mm * sku.width_mm * sku.height_mm
    return Goods(sku.pk, lot_id, quantity, sku.weight_g, volume)
