"""Which day can be promised. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Supply:
    """Units that come, and the day; None when nobody knows it. What is in stock comes today."""

    units: int
    on: date | None


@dataclass(frozen=True, slots=True)
class Part:
    """Units that can be promised for a day; None: for no day that is known."""

    units: int
    on: date | None


def promise(supplies: Iterable[Supply], *, ahead: int, units: int, today: date) -> Sequence[Part]:
    """Say when `units` come, behind `ahead` units that were ordered before; earliest first, a day at most once.

    Supplies serve by day, those without a day last. An overdue supply is expected tomorrow at the earliest. The parts
    add up to `units`; what no supply covers, or one without a day, is one last part without a day.
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


def promise_all(
    supplies: Iterable[Supply], waiting: Iterable[int], *, today: date
) -> list[Sequence[Part]]:
    """Say when the units of lines come, for lines in turn; each is promised what those before it leave over."""
    left = [supply for supply in in_order(supplies, today=today) if supply.on is not None]
    index, passed = 0, 0
    found: list[Sequence[Part]] = []
    for units in waiting:
        parts: list[Part] = []
        missing = units
        while missing and index < len(left):
            taken = min(missing, left[index].units - passed)
            parts.append(Part(taken, left[index].on))
            missing -= taken
            passed += taken
            if passed == left[index].units:
                index, passed = index + 1, 0
        if missing:
            parts.append(Part(missing, None))
        found.append(parts)
    return found


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
    """Return the supplies by day, one for each, overdue ones tomorrow, the one without a day last."""
    by_day: dict[date | None, int] = {}
    for supply in supplies:
        day = supply.on
        if day is not None and day < today:
            day = today + timedelta(days=1)
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
