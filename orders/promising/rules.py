"""Which day can be promised. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain

from orders.ordering.rules import Lasting, lasts_for

# So many days a supply that is overdue is still believed to come any day; after that nobody knows when.
PATIENCE = 2


@dataclass(frozen=True, slots=True)
class Supply:
    """Units that come, and the day; None when nobody knows it. What is in stock comes today.

    `supply` and `supply_id` name the line that brings them; stock has none.
    """

    units: int
    on: date | None
    supply: str = ""
    supply_id: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Units that can be promised for a day; None: for no day that is known."""

    units: int
    on: date | None


def promise(supplies: Iterable[Supply], *, ahead: int, units: int, today: date) -> Sequence[Part]:
    """Say when `units` come, behind `ahead` units that were ordered before; earliest first, a day at most once.

    Supplies serve by day, those without a day last. A supply that is overdue is expected tomorrow for a few days, then
    it has no day. The parts add up to `units`; what no supply covers, or one without a day, is one last part without
    a day.
    """
    parts: list[Part] = []
    missing = units
    for supply in in_order(supplies, today=today):
        if supply.on is None or not missing:
            break
        passed = min(ahead, supply.units)
        ahead -= passed
        taken = min(missing, supply.units - passed)
        if taken:
            missing -= taken
            parts.append(Part(taken, supply.on))
    if missing:
        parts.append(Part(missing, None))
    return parts


@dataclass(frozen=True, slots=True)
class Claimant:
    """Units of a line; what expires has to last for `life_days`."""

    units: int
    life_days: int = 0


def rest_on(
    supplies: Iterable[Supply],
    waiting: Iterable[Claimant],
    *,
    today: date,
    lasting: Lasting | None = None,
) -> list[Sequence[Supply]]:
    """Say on which portions of which supplies the units of lines rest, for lines in turn.

    Each line rests on what those before it leave over, and of what is in stock on what lasts as long as it demands
    (`lasting`; None: nothing expires). What comes is taken to last. Its portions add up to its units; what nothing
    brings is a last one without a day and without a supply.
    """
    known = sorted(
        (replace(one, on=_expected(one.on, today)) for one in supplies if one.units),
        key=lambda one: (one.on is None, one.on or today, one.supply, one.supply_id),
    )
    left = [one.units for one in known]
    lives: Counter[int] = Counter()
    first = 0
    found: list[Sequence[Supply]] = []
    for claimant in waiting:
        portions: list[Supply] = []
        missing = claimant.units
        for index in range(first, len(known)):
            if not missing:
                break
            taken = min(missing, left[index])
            if lasting is not None and not known[index].supply:
                most = lasts_for(claimant.life_days, lasting, lives)
                taken = taken if most is None else min(taken, most)
                lives[claimant.life_days] += taken
            if taken:
                portions.append(replace(known[index], units=taken))
                left[index] -= taken
                missing -= taken
        while first < len(known) and not left[first]:
            first += 1
        if missing:
            portions.append(Supply(missing, None))
        found.append(portions)
    return found


def together(*parts: Iterable[Supply]) -> Sequence[Supply]:
    """Return portions as one for each supply and day, by day, those without a day last."""
    units: dict[Supply, int] = {}
    for portion in chain(*parts):
        one = replace(portion, units=0)
        units[one] = units.get(one, 0) + portion.units
    return sorted(
        (replace(one, units=count) for one, count in units.items()),
        key=lambda one: (one.on is None, one.on or date.min, one.supply, one.supply_id),
    )


def until_release(
    portions: Sequence[Supply], kind: str, preorder: int, released_on: date | None, *, today: date
) -> Sequence[Supply]:
    """Let what of a line sold in advance nothing brings yet rest on the day of release, while that is to come."""
    if released_on is None or released_on < today:
        return portions
    return [
        replace(one, on=released_on, supply=kind, supply_id=preorder)
        if one.on is None and not one.supply
        else one
        for one in portions
    ]


def by_day(portions: Iterable[Supply]) -> Sequence[Part]:
    """Return the units of a line by day, those without a day last."""
    units: dict[date | None, int] = {}
    for portion in portions:
        units[portion.on] = units.get(portion.on, 0) + portion.units
    return [Part(count, day) for day, count in units.items()]


def promised_on(portions: Iterable[Supply]) -> date | None:
    """Return the day on which all units of a line have come; None when nobody knows it of some."""
    days = [portion.on for portion in portions]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None


DELAY, NEW_PROMISE = "delay", "new_promise"


def worth_telling(told: date | None, now: date | None, *, tolerance: int) -> str:
    """Return how a customer who was told one day hears of another: DELAY, NEW_PROMISE; "" when it is not worth a mail.

    Days are compared with what was told, not with what was known last, so that small changes add up.
    """
    if told == now:
        return ""
    if now is None:
        return DELAY
    if told is None:
        return NEW_PROMISE
    later = (now - told).days
    if abs(later) <= tolerance:
        return ""
    return DELAY if later > 0 else NEW_PROMISE


def free(supplies: Iterable[Supply], *, ahead: int, today: date) -> Sequence[Part]:
    """Return the units that a new order could be promised, by day; units without a day come last, if there are any."""
    known = in_order(supplies, today=today)
    total = sum(supply.units for supply in known)
    dated = sum(supply.units for supply in known if supply.on is not None)
    parts = [
        part
        for part in promise(known, ahead=ahead, units=max(0, dated - ahead), today=today)
        if part.on is not None
    ]
    rest = total - max(dated, ahead)
    return [*parts, Part(rest, None)] if rest > 0 else parts


def in_order(supplies: Iterable[Supply], *, today: date) -> Sequence[Supply]:
    """Return the supplies by day, one for each, those just overdue tomorrow, the one without a day last."""
    by_day: dict[date | None, int] = {}
    for supply in supplies:
        day = _expected(supply.on, today)
        by_day[day] = by_day.get(day, 0) + supply.units
    return [
        Supply(units, day)
        for day, units in sorted(
            by_day.items(), key=lambda item: (item[0] is None, item[0] or today)
        )
        if units
    ]


def of_kit(parts: Sequence[tuple[int, Sequence[Part]]]) -> Sequence[Part]:
    """Return the kits that a new order could be promised, by day.

    `parts` are the units of each part in a kit, and what could be promised of it alone. A kit is there when its last
    part is.
    """
    days = sorted({part.on for _, promised in parts for part in promised if part.on is not None})
    found: list[Part] = []
    before = 0
    for day in [*days, None]:
        kits = min(
            sum(
                part.units
                for part in promised
                if day is None or (part.on is not None and part.on <= day)
            )
            // units
            for units, promised in parts
        )
        if kits > before:
            found.append(Part(kits - before, day))
            before = kits
    return found


def _expected(day: date | None, today: date) -> date | None:
    if day is None or day >= today:
        return day
    return today + timedelta(days=1) if (today - day).days <= PATIENCE else None
