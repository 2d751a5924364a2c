"""What goes in, what comes out, and on which days: pure decisions."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from inventory.lots.rules import LotUnits

MOST_UNITS = 1_000_000
MOST_LINES = 200
MOST_LEAD_DAYS = 730
MOST_LOAD = 1_000_000
HORIZON = 730  # days; no work is planned beyond
COMPONENTS, BYPRODUCTS, ROUTINGS = "/components", "/byproducts", "/routings"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was asked: where, a code, and words."""

    pointer: str
    code: str
    words: str


# Bills --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """Units of a SKU that go into a batch, and the percentage that is spoilt on top."""

    sku_code: str
    quantity: int
    scrap: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Byproduct:
    """Units of a SKU that come out of a batch beside the goods."""

    sku_code: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Way:
    """What a batch takes of a work center, and the days from the last work to the finished goods."""

    work_center: str
    load: int
    lead_days: int = 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """A bill as computing with it needs it."""

    batch: int
    parts: Sequence[Part]


def needed(per_batch: int, *, batch: int, units: int, scrap: Decimal = Decimal(0)) -> int:
    """Return the whole units of a component for `units` of the goods, spoilt ones included.

    A part of a batch needs its part of the component; what is no whole unit is rounded up, once.
    """
    return math.ceil(Fraction(per_batch * units, batch) * (100 + Fraction(scrap)) / 100)


def yielded(per_batch: int, *, batch: int, units: int) -> int:
    """Return the whole units of a by-product that come with `units` of the goods: no more than are sure."""
    return per_batch * units // batch


def load_of(per_batch: int, *, batch: int, units: int) -> int:
    """Return the capacity that `units` take, rounded up."""
    return -(-per_batch * units // batch)


def circle(contents: Mapping[str, Collection[str]], sku_code: str) -> Sequence[str]:
    """Return the way on which a SKU contains itself, from it and back to it; empty when it does not.

    `contents` are the components of each SKU that is made.
    """
    ways: list[tuple[str, ...]] = [(sku_code,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for part in sorted(contents.get(way[-1], ())):
            if part == sku_code:
                return (*way, part)
            if part not in seen:
                seen.add(part)
                ways.append((*way, part))
    return ()


def explode(recipes: Mapping[str, Recipe], sku_code: str, units: int) -> Mapping[str, int]:
    """Return the units of every SKU, on all levels, that `units` of `sku_code` need.

    What several parts need of one SKU is added up before it is rounded. Raises ValueError when a SKU contains itself.
    """
    wanted = {sku_code: units}
    for code in _from_the_top(recipes, sku_code):
        recipe = recipes.get(code)
        if recipe is None:
            continue
        for part in recipe.parts:
            more = needed(
                part.quantity, batch=recipe.batch, units=wanted.get(code, 0), scrap=part.scrap
            )
            wanted[part.sku_code] = wanted.get(part.sku_code, 0) + more
    del wanted[sku_code]
    return wanted


def _from_the_top(recipes: Mapping[str, Recipe], sku_code: str) -> Sequence[str]:
    """Return the SKUs below `sku_code`, and itself, each before everything that it contains."""
    done: dict[str, None] = {}
    open_: set[str] = set()
    stack: list[tuple[str, bool]] = [(sku_code, False)]
    while stack:
        code, is_left = stack.pop()
        if is_left:
            open_.discard(code)
            done[code] = None
            continue
        if code in done:
            continue
        if code in open_:
            raise ValueError(f"{code} contains itself.")
        open_.add(code)
        stack.append((code, True))
        recipe = recipes.get(code)
        for part in recipe.parts if recipe else ():
            if part.sku_code in open_:
                raise ValueError(f"{part.sku_code} contains itself.")
            stack.append((part.sku_code, False))
    return list(reversed(done))


def faults_of_bill(
    *,
    sku_code: str,
    batch: int,
    lead_days: int,
    parts: Sequence[Part],
    byproducts: Sequence[Byproduct],
    ways: Sequence[Way],
    known: Collection[str],
    work_centers: Collection[str],
    kits: Collection[str] = (),
) -> list[Fault]:
    """Return everything wrong with a draft; `known` are codes of SKUs, `work_centers` those of work centers.

    `kits` are SKUs that lie nowhere, so that they can neither be made nor be used.
    """
    found = []
    if sku_code not in known:
        found.append(Fault("/sku", "unknown_sku", "There is no such SKU."))
    elif sku_code in kits:
        found.append(Fault("/sku", "kit", "This is a kit: it has no stock of its own."))
    if not 1 <= batch <= MOST_UNITS:
        found.append(Fault("/batch", "number_range", f"1 to {MOST_UNITS} units."))
    if not 0 <= lead_days <= MOST_LEAD_DAYS:
        found.append(Fault("/lead_days", "number_range", f"0 to {MOST_LEAD_DAYS} days."))
    if not parts:
        found.append(Fault(COMPONENTS, "no_lines", "At least one component is needed."))
    for pointer, rows in ((COMPONENTS, parts), (BYPRODUCTS, byproducts), (ROUTINGS, ways)):
        if len(rows) > MOST_LINES:
            found.append(Fault(pointer, "too_many_lines", f"At most {MOST_LINES} lines."))
    if any(fault.code == "too_many_lines" for fault in found):
        return found
    seen = {sku_code: "goods"}
    listed: tuple[tuple[str, Sequence[Part | Byproduct]], ...] = (
        (COMPONENTS, parts),
        (BYPRODUCTS, byproducts),
    )
    for pointer, lines in listed:
        for index, line in enumerate(lines):
            at = f"{pointer}/{index}"
            found += _faults_of_line(at, line.sku_code, known=known, kits=kits, seen=seen)
            seen.setdefault(line.sku_code, "line")
            if not 1 <= line.quantity <= MOST_UNITS:
                found.append(Fault(f"{at}/quantity", "number_range", f"1 to {MOST_UNITS} units."))
            if isinstance(line, Part) and not _is_percent(line.scrap):
                found.append(
                    Fault(f"{at}/scrap", "number_range", "0 to 100 percent, at most two decimals.")
                )
    return found + _faults_of_ways(ways, work_centers)


def _faults_of_line(
    at: str, code: str, *, known: Collection[str], kits: Collection[str], seen: Mapping[str, str]
) -> list[Fault]:
    if code not in known:
        return [Fault(f"{at}/sku", "unknown_sku", "There is no such SKU.")]
    if code in kits:
        return [Fault(f"{at}/sku", "kit", "This is a kit: name its parts instead.")]
    if seen.get(code) == "goods":
        return [Fault(f"{at}/sku", "contains_itself", "This is what the bill is of.")]
    if code in seen:
        return [Fault(f"{at}/sku", "repeated", "This SKU comes twice.")]
    return []


def _is_percent(scrap: Decimal) -> bool:
    if not scrap.is_finite() or not 0 <= scrap <= 100:
        return False
    return scrap == scrap.quantize(Decimal("0.01"))


def _faults_of_ways(ways: Sequence[Way], work_centers: Collection[str]) -> list[Fault]:
    found = []
    seen: set[str] = set()
    for index, way in enumerate(ways):
        at = f"{ROUTINGS}/{index}"
        if way.work_center not in work_centers:
            found.append(
                Fault(f"{at}/work_center", "unknown_reference", "There is no such work center.")
            )
        elif way.work_center in seen:
            found.append(Fault(f"{at}/work_center", "repeated", "This work center comes twice."))
        seen.add(way.work_center)
        if not 1 <= way.load <= MOST_LOAD:
            found.append(Fault(f"{at}/load", "number_range", f"1 to {MOST_LOAD}."))
        if not 0 <= way.lead_days <= MOST_LEAD_DAYS:
            found.append(Fault(f"{at}/lead_days", "number_range", f"0 to {MOST_LEAD_DAYS} days."))
    return found


# Days ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a work center can do: capacity on each of its working days (Monday is 0) that is not closed."""

    capacity: int
    work_days: Collection[int]
    closed: Collection[date] = ()

    def capacity_on(self, day: date) -> int:
        """Return the capacity of a day."""
        return self.capacity if day.weekday() in self.work_days and day not in self.closed else 0


@dataclass(frozen=True, slots=True)
class Slot:
    """Capacity that is taken on a day."""

    day: date
    load: int


def schedule(
    load: int, *, start: date, calendar: Calendar, booked: Mapping[date, int]
) -> Sequence[Slot] | None:
    """Return the days from `start` on that take `load`, each as much as is left of it beside what is booked.

    The earliest end there is: every day before it is full. None when it does not fit into the horizon.
    """
    slots = []
    for passed in range(HORIZON):
        if not load:
            break
        day = start + timedelta(days=passed)
        taken = min(load, max(0, calendar.capacity_on(day) - booked.get(day, 0)))
        if taken:
            slots.append(Slot(day, taken))
            load -= taken
    return None if load else slots


@dataclass(frozen=True, slots=True)
class Coming:
    """Units that come on a day; None: nobody knows it."""

    units: int
    on: date | None


def ready_on(
    units: int, *, free: int, coming: Sequence[Coming], claimed: int, today: date
) -> date | None:
    """Return the first day on which `units` are there, from what is `free` now and what comes.

    `claimed` units of what comes are waited for by others before. What is overdue comes tomorrow at the earliest; what
    has no day does not count. None: on no day that is known.
    """
    left = units - free
    if left <= 0:
        return today
    for each in sorted(
        (max(each.on, today + timedelta(days=1)) if each.on < today else each.on, each.units)
        for each in coming
        if each.on is not None
    ):
        day, brought = each
        passed = min(claimed, brought)
        claimed -= passed
        left -= brought - passed
        if left <= 0:
            return day
    return None


# Postings -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Used:
    """Units of a component, or by-product, that a posting says were used or came out, and of which lots."""

    sku_code: str
    quantity: int
    lots: Sequence[LotUnits] = ()


def to_consume(planned: int, *, quantity: int, made: int, consumed: int) -> int:
    """Return the units of a component that the plan takes once `made` of `quantity` units have come out in all.

    Counted over all postings, so that many small ones take no more than one large one.
    """
    return max(0, -(-planned * made // quantity) - consumed)


def to_yield(planned: int, *, quantity: int, made: int, produced: int) -> int:
    """Return the units of a by-product that come once `made` of `quantity` units have come out in all."""
    return max(0, planned * made // quantity - produced)


def faults_of_used(
    used: Sequence[Used], known: Collection[str], *, pointer: str, least: int = 0
) -> list[Fault]:
    """Return what is senseless about stated units; `known` are the SKUs of the order."""
    found = []
    if len(used) > 2 * MOST_LINES:
        return [Fault(pointer, "too_many_lines", f"At most {2 * MOST_LINES} lines.")]
    seen: set[str] = set()
    for index, each in enumerate(used):
        at = f"{pointer}/{index}"
        if each.sku_code not in known:
            found.append(Fault(f"{at}/sku", "unknown_reference", "Not in this production order."))
        elif each.sku_code in seen:
            found.append(Fault(f"{at}/sku", "repeated", "This SKU comes twice."))
        seen.add(each.sku_code)
        if not least <= each.quantity <= MOST_UNITS:
            found.append(Fault(f"{at}/quantity", "number_range", f"{least} to {MOST_UNITS} units."))
    return found
