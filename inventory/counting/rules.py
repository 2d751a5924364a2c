"""Which SKUs are of which class, and whether a count is near enough to the books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# Posting changes as many levels while orders wait for them.
MOST_LINES = 500
MOST_UNITS = 1_000_000
MOST_DAYS = 3_650
CLASSES = ("A", "B", "C")
# Share of all units moved, in percent, up to which a SKU is of the class.
_UP_TO = (("A", 80), ("B", 95))


@dataclass(frozen=True, slots=True)
class Choice:
    """Which SKUs are to be counted: by one of the four ways, the fields of the others are empty."""

    by: str
    skus: Sequence[str] = field(default=())
    bins: str = ""
    abc: str = ""
    days: int = 0

    @property
    def detail(self) -> str:
        """Return the choice in few words."""
        return {"bins": self.bins, "abc": self.abc, "age": str(self.days)}.get(self.by, "")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """By how much a first count may differ without being doubted."""

    kind: str = "units"
    value: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was asked: where, a code, and words."""

    pointer: str
    code: str
    words: str


def classes(moved: Mapping[int, int]) -> dict[int, str]:
    """Return the class of each key by the units that it moved: A makes up the first 80 percent, B up to 95, C the rest.

    The ranking is by units, then by key. What moved nothing is C.
    """
    total = sum(moved.values())
    found: dict[int, str] = {}
    before = 0
    for key, units in sorted(moved.items(), key=lambda item: (-item[1], item[0])):
        share = before * 100
        found[key] = next(
            (name for name, most in _UP_TO if units and share < most * total), CLASSES[-1]
        )
        before += units
    return found


def difference(*, counted: int, off_shelf: int, book: int) -> int:
    """Return how many units more (or less) there are than the books say: `off_shelf` are on hand, but picked."""
    return counted + off_shelf - book


def is_within(tolerance: Tolerance, *, difference: int, book: int) -> bool:
    """Say whether a difference is small enough to be believed at the first count."""
    if tolerance.kind == "percent":
        return abs(difference) * 100 <= tolerance.value * book
    return abs(difference) <= tolerance.value


def faults(choice: Choice, tolerance: Tolerance) -> list[Fault]:
    """Return what is senseless about a choice and a tolerance."""
    found = []
    if choice.by == "skus":
        if not choice.skus:
            found.append(Fault("/skus", "no_lines", "Name at least one SKU."))
        if len(choice.skus) > MOST_LINES:
            found.append(Fault("/skus", "too_many_lines", f"At most {MOST_LINES} SKUs."))
    elif choice.by == "bins":
        if not choice.bins:
            found.append(Fault("/bins", "required", "Say how the bins begin."))
    elif choice.by == "abc":
        if choice.abc not in CLASSES:
            found.append(Fault("/abc", "unknown_choice", "A class is A, B or C."))
    elif choice.by == "age":
        if not 1 <= choice.days <= MOST_DAYS:
            found.append(Fault("/days", "number_range", f"1 to {MOST_DAYS} days."))
    else:
        found.append(Fault("/by", "unknown_choice", "This is no way to choose."))
    if tolerance.kind not in ("units", "percent"):
        found.append(Fault("/tolerance/kind", "unknown_choice", "Units or percent."))
    most = 100 if tolerance.kind == "percent" else MOST_UNITS
    if not 0 <= tolerance.value <= most:
        found.append(Fault("/tolerance/value", "number_range", f"0 to {most}."))
    return found
