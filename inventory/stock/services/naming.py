"""Say which lots or serial numbers units are that come in: checked for all lines at once, before anything moves."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from inventory.catalog.models import Sku
from inventory.lots import rules
from inventory.lots import services as lots
from inventory.lots.errors import InvalidLots
from inventory.lots.models import Lot
from inventory.lots.rules import LotUnits
from inventory.lots.services import NewLot
from inventory.lots.states import LotStatus
from inventory.stock.models import BinMove, Content, Movement
from inventory.stock.services.contents import Spot
from inventory.stock.states import BinMoveKind, MovementKind
from oms.core import clock
from oms.core.errors import FieldProblem

# A serial number that left like this comes back as what it is: a return, or the arrival of a transfer.
_COMES_BACK = {
    MovementKind.SHIPMENT: "it was shipped to a customer: receive it as a return",
    MovementKind.TRANSFER_OUT: "it is on its way to another location: receive the transfer",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """Units of a SKU that come in, and what is said of their lots. `sells`: they may be sold at once."""

    sku: Sku
    quantity: int
    lots: Sequence[LotUnits] = ()
    pointer: str = ""
    sells: bool = True
    is_new: bool = True


def name_lots(asks: Sequence[Ask], *, origin: str = "") -> list[tuple[Spot, ...]]:
    """Return for each ask which lots its units are, made where they are new; nothing for a SKU that is not tracked.

    Constant in statements, none when nothing is tracked. Raises InvalidLots with everything that is wrong in any line:
    units without a lot, a day of expiry that is missing or another one than is known or named before, a serial number
    that is in stock or has to come back another way, a lot that may not be sold.
    """
    problems = [problem for ask in asks for problem in _unclear(ask)]
    tracked = [ask for ask in asks if ask.sku.is_tracked]
    found = _known(tracked)
    elsewhere = _serials_elsewhere(tracked, found)
    twice = _repeated(tracked)
    days = _days(tracked, found)
    for ask in tracked:
        for index, named in enumerate(ask.lots):
            problems += [
                FieldProblem(f"{ask.pointer}/lots/{index}/{field}", code, words)
                for field, code, words in _faults(
                    ask, named, found.get((ask.sku.pk, named.number)), elsewhere, twice, days
                )
            ]
    _refuse(problems)
    made = lots.known(
        [
            NewLot(
                ask.sku.pk,
                named.number,
                named.made_on,
                days[ask.sku.pk, named.number],
                named.best_before,
                origin[:100],
            )
            for ask in tracked
            for named in ask.lots
        ]
    )
    # Somebody else may have made one of them meanwhile.
    _refuse(
        [
            FieldProblem(f"{ask.pointer}/lots/{index}/expires_on", "expiry_differs", words)
            for ask in tracked
            for index, named in enumerate(ask.lots)
            if (words := _differing(ask, named, made[ask.sku.pk, named.number].expires_on))
        ]
    )
    return [
        tuple(
            Spot(lot_id=made[ask.sku.pk, named.number].pk, quantity=named.quantity)
            for named in (ask.lots if ask.sku.is_tracked else ())
        )
        for ask in asks
    ]


def _refuse(problems: Sequence[FieldProblem]) -> None:
    if problems:
        words = "; ".join(problem.message for problem in problems[:3])
        raise InvalidLots(words, problems=problems)


def _unclear(ask: Ask) -> list[FieldProblem]:
    """Return what is wrong about how many units are named."""
    code = ask.sku.code
    if not ask.sku.is_tracked:
        if ask.lots:
            return [
                FieldProblem(f"{ask.pointer}/lots", "not_tracked", f"{code} is not tracked by lot.")
            ]
        return []
    what = "serial number" if ask.sku.is_serial else "lot"
    if not ask.lots:
        words = f"Say which {what}s the {ask.quantity} units of {code} are."
        return [FieldProblem(f"{ask.pointer}/lots", "lot_missing", words)]
    named = sum(each.quantity for each in ask.lots)
    if named != ask.quantity:
        words = f"{ask.quantity} units of {code} come, {named} of them have a {what}."
        return [FieldProblem(f"{ask.pointer}/lots", "lot_units_differ", words)]
    return []


def _faults(
    ask: Ask,
    named: LotUnits,
    lot: Lot | None,
    elsewhere: dict[int, str],
    twice: set[tuple[int, str]],
    days: dict[tuple[int, str], date | None],
) -> Iterable[tuple[str, str, str]]:
    """Yield field, code and words of everything that is wrong about one lot."""
    sku, number = ask.sku, named.number
    if not number.strip() or len(number) > rules.LONGEST_NUMBER:
        yield "number", "text_length", f"A number has 1 to {rules.LONGEST_NUMBER} characters."
    if named.quantity < 1:
        yield "quantity", "number_range", "At least one unit."
    if sku.is_serial:
        if named.quantity > 1 or (sku.pk, number) in twice:
            yield "number", "serial_repeated", f"Serial number {number} is named twice."
        if lot is not None and lot.pk in elsewhere:
            yield "number", "serial_elsewhere", f"Serial number {number}: {elsewhere[lot.pk]}."
    expiry = days[sku.pk, number]
    if sku.expires and expiry is None:
        yield "expires_on", "expiry_missing", f"Say when {number} of {sku.code} expires."
    if words := _differing(ask, named, expiry):
        yield "expires_on", "expiry_differs", words
    if lot is not None and ask.sells and lot.status != LotStatus.RELEASED:
        yield (
            "number",
            "lot_not_released",
            f"{number} of {sku.code} is {lot.get_status_display()}: put it aside.",
        )
    if ask.sells and sku.expires and expiry is not None and expiry < clock.now().date():
        yield (
            "expires_on",
            "lot_expired",
            f"{number} of {sku.code} expired on {expiry}: put it aside.",
        )


def _differing(ask: Ask, named: LotUnits, expiry: date | None) -> str:
    """Return what is wrong about the day that is named of a lot, nothing when it is the lot's."""
    if named.expires_on in (None, expiry):
        return ""
    return f"{named.number} of {ask.sku.code} expires on {expiry}, as was said before."


def _days(
    asks: Sequence[Ask], found: dict[tuple[int, str], Lot]
) -> dict[tuple[int, str], date | None]:
    """Return when lots expire: what is known, else the first day that is named, else the earliest by shelf life."""
    named_days: dict[tuple[int, str], date] = {}
    earliest: dict[tuple[int, str], date] = {}
    today = clock.now().date()
    keys = set()
    for ask in asks:
        for named in ask.lots:
            keys.add(key := (ask.sku.pk, named.number))
            if named.expires_on is not None:
                named_days.setdefault(key, named.expires_on)
            day = rules.expiry_of(named, shelf_life_days=ask.sku.shelf_life_days, received_on=today)
            if day is not None:
                earliest[key] = min(day, earliest.get(key, day))
    known = {key: lot.expires_on for key, lot in found.items()}
    return {key: known.get(key) or named_days.get(key) or earliest.get(key) for key in keys}


def _repeated(asks: Sequence[Ask]) -> set[tuple[int, str]]:
    counted = Counter(
        (ask.sku.pk, named.number) for ask in asks if ask.sku.is_serial for named in ask.lots
    )
    return {key for key, count in counted.items() if count > 1}


def _known(asks: Sequence[Ask]) -> dict[tuple[int, str], Lot]:
    if not asks:
        return {}
    rows = Lot.objects.filter(
        sku_id__in={ask.sku.pk for ask in asks},
        number__in={named.number for ask in asks for named in ask.lots},
    )
    return {(lot.sku_id, lot.number): lot for lot in rows}


def _serials_elsewhere(asks: Sequence[Ask], found: dict[tuple[int, str], Lot]) -> dict[int, str]:
    """Return why serial numbers cannot come in like this, by lot."""
    wanted = {
        lot.pk: ask
        for ask in asks
        if ask.sku.is_serial
        for named in ask.lots
        if (lot := found.get((ask.sku.pk, named.number))) is not None
    }
    if not wanted:
        return {}
    words = {
        row.lot_id: f"it is in stock at {row.level.location.name} already"
        for row in Content.objects.filter(lot_id__in=wanted).select_related("level__location")
        if row.lot_id is not None
    }
    new = [lot_id for lot_id, ask in wanted.items() if ask.is_new and lot_id not in words]
    for lot_id, kind in last_left(new).items():
        if kind in _COMES_BACK:
            words[lot_id] = _COMES_BACK[MovementKind(kind)]
    return words


def last_left(lot_ids: Sequence[int]) -> dict[int, str]:
    """Return the kind of movement with which serial numbers that lie nowhere left last, by lot. Two statements."""
    if not lot_ids:
        return {}
    rows = BinMove.objects.filter(
        lot_id__in=lot_ids, kind=BinMoveKind.FOLLOWS, target=None
    ).order_by("id")
    # Of several rows of a lot, the latest stays.
    last = dict(rows.values_list("lot_id", "cause"))
    kinds = dict(Movement.objects.filter(cause__in=last.values()).values_list("cause", "kind"))
    return {lot_id: kinds[cause] for lot_id, cause in last.items() if cause in kinds}


def spots_of_cause(cause: str) -> tuple[Spot, ...]:
    """Return which lots came in, or left, by the movement of a cause: what undoes it moves the very same."""
    rows = BinMove.objects.filter(cause=cause, lot__isnull=False).order_by("part")
    return tuple(
        Spot(lot_id=lot_id, quantity=units)
        for lot_id, units in rows.values_list("lot_id", "quantity")
    )


def with_lots(places: Sequence[Spot], lots: Sequence[Spot], quantity: int) -> tuple[Spot, ...]:
    """Return where units go that have lots: the places (bins) are filled one after the other, lot by lot.

    Without lots it is the places, without places the lots alone.
    """
    if not lots or not places:
        return tuple(lots or places)
    found = []
    left = quantity
    rest = [[spot.lot_id, spot.quantity or 0] for spot in lots]
    for place in (*places, Spot()):
        room = left if place.quantity is None else min(left, place.quantity)
        while room and rest:
            units = min(room, rest[0][1] or 0)
            if units:
                found.append(Spot(place.bin_id, rest[0][0], units))
                rest[0][1] = (rest[0][1] or 0) - units
                room -= units
                left -= units
            else:
                rest.pop(0)
    return tuple(found)


def in_transit(document: str) -> dict[int, list[Spot]]:
    """Return by SKU the lots that left by a transfer and have not arrived, what expires first before the others."""
    left: defaultdict[tuple[int, int], int] = defaultdict(int)
    moves = BinMove.objects.filter(
        document=document, kind=BinMoveKind.FOLLOWS, lot__isnull=False
    ).select_related("level")
    for move in moves.order_by("lot__expires_on", "lot_id", "pk"):
        if move.lot_id is not None and (move.source_id is None or move.target_id is None):
            came = move.target_id is not None
            left[move.level.sku_id, move.lot_id] += -move.quantity if came else move.quantity
    found: defaultdict[int, list[Spot]] = defaultdict(list)
    for (sku_id, lot_id), units in left.items():
        if units > 0:
            found[sku_id].append(Spot(lot_id=lot_id, quantity=units))
    return dict(found)


def take_spots(lots: list[Spot], quantity: int) -> list[Spot]:
    """Take so many units off the front of lots, which get shorter by them."""
    taken = []
    while quantity and lots:
        first = lots[0]
        units = min(quantity, first.quantity or 0)
        taken.append(Spot(lot_id=first.lot_id, quantity=units))
        quantity -= units
        if units == first.quantity:
            lots.pop(0)
        else:
            lots[0] = Spot(lot_id=first.lot_id, quantity=(first.quantity or 0) - units)
    return taken
