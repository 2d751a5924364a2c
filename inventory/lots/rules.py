"""Which lot is taken first, which not at all, and how lots are read from scans and typed lines. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from stdnum import gs1_128
from stdnum.exceptions import ValidationError

from inventory.lots.states import LotStatus

LONGEST_NUMBER = 40
_SEPARATOR = "\x1d"  # FNC1 as scanners send it
_PREFIXES = ("]C1", "]d2", "]e0", "]Q3")  # what some scanners say about the symbol itself
_GTIN, _LOT, _MADE, _BEST, _EXPIRY, _SERIAL = "01", "10", "11", "15", "17", "21"
_FAR = date.max
_LINE = re.compile(
    r"^(?P<number>[^,;\t]+?)(?:[,;\t]\s*(?P<expiry>\d{4}-\d{2}-\d{2})?)?(?:[,;\t]\s*(?P<units>\d{1,9}))?\s*$"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Units of one lot that are free at a place; lot None: nobody has said which lot they are."""

    lot_id: int | None
    quantity: int
    expires_on: date | None = None
    status: str = LotStatus.RELEASED
    number: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """What whoever gets the units asks of their lots: days that are left on the day of shipping."""

    on: date
    life_days: int = 0
    expires: bool = False

    @property
    def until(self) -> date:
        """Return the day that a lot has to last to."""
        return self.on + timedelta(days=self.life_days)


@dataclass(frozen=True, slots=True)
class Take:
    """Units to take of a batch."""

    batch: Batch
    quantity: int


def refusal(batch: Batch, need: Need) -> str:
    """Return why units of a batch do not serve a need; nothing when they do."""
    if batch.status == LotStatus.RECALLED:
        return "it is recalled"
    if batch.status == LotStatus.QUARANTINED:
        return "it is quarantined"
    if not need.expires:
        return ""
    if batch.lot_id is None or batch.expires_on is None:
        return "nobody knows when it expires"
    if batch.expires_on < need.on:
        return f"it expired on {batch.expires_on.isoformat()}"
    if batch.expires_on < need.until:
        return (
            f"it expires on {batch.expires_on.isoformat()},"
            f" and {need.life_days} days have to be left"
        )
    return ""


def first_expired(batches: Iterable[Batch], need: Need) -> list[Batch]:
    """Return the batches that serve a need, in the order in which they are taken: first expired, first out.

    What does not expire comes after what does, and units of an unknown lot come last.
    """
    return sorted(
        (batch for batch in batches if batch.quantity > 0 and not refusal(batch, need)),
        key=lambda batch: (
            batch.lot_id is None,
            batch.expires_on or _FAR,
            batch.number,
            batch.lot_id or 0,
        ),
    )


def propose(batches: Iterable[Batch], quantity: int, need: Need) -> list[Take]:
    """Take `quantity` units, first expired first, or what serves the need."""
    takes = []
    for batch in first_expired(batches, need):
        units = min(quantity, batch.quantity)
        if units > 0:
            takes.append(Take(batch, units))
            quantity -= units
    return takes


@dataclass(frozen=True, slots=True)
class Demand:
    """Units that somebody was promised, and the day that they have to last to."""

    key: int
    quantity: int
    need: Need


def unserved(batches: Sequence[Batch], demands: Iterable[Demand]) -> dict[int, int]:
    """Return by key the units of demands that no batch is left for, when those before them are served first.

    Each takes what expires first of all that serves it. Since needs differ only in how long units have to last, that
    leaves as much as can be left for whoever comes after.
    """
    left = list(batches)
    missing: dict[int, int] = {}
    for demand in demands:
        takes = propose(left, demand.quantity, demand.need)
        took = {id(take.batch): take.quantity for take in takes}
        left = [
            Batch(
                batch.lot_id,
                batch.quantity - took.get(id(batch), 0),
                batch.expires_on,
                batch.status,
                batch.number,
            )
            for batch in left
        ]
        if short := demand.quantity - sum(took.values()):
            missing[demand.key] = short
    return missing


def most_that_serve(batches: Sequence[Batch], demands: Sequence[Demand], need: Need) -> int:
    """Return how many units like `need` asks for can be promised beside `demands`."""
    everything = sum(batch.quantity for batch in first_expired(batches, need))
    if not everything:
        return 0
    last = Demand(-1, everything, need)
    return everything - unserved(batches, [*demands, last]).get(-1, 0)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanned code says: GTIN, lot, dates, serial number; empty where it says nothing of it."""

    gtin: str = ""
    lot: str = ""
    serial: str = ""
    made_on: date | None = None
    expires_on: date | None = None

    @property
    def number(self) -> str:
        """Return the serial number, or else the lot."""
        return self.serial or self.lot

    @property
    def number_of_lot(self) -> str:
        """Return the lot, or else the serial number."""
        return self.lot or self.serial

    @property
    def barcodes(self) -> list[str]:
        """Return the ways to write the GTIN: with 14, 13, 12 or 8 digits, as far as leading zeros can go."""
        short = self.gtin.lstrip("0")
        return [short.zfill(length) for length in (14, 13, 12, 8) if len(short) <= length]


def read_gs1(scanned: str) -> Scan | None:
    """Return what a GS1-128 or GS1 DataMatrix code says, None when it is none that names an article.

    Element strings as in the GS1 General Specifications, section 3: (01) GTIN, (10) lot, (11) production date, (15)
    best before, (17) expiry, (21) serial number.
    """
    code = scanned.strip()
    for prefix in _PREFIXES:
        code = code.removeprefix(prefix)
    code = code.lstrip(_SEPARATOR)
    if not code.startswith(("01", "(01)")) or len(code) <= 16:
        return None
    try:
        found: Mapping[str, object] = gs1_128.info(code, separator=_SEPARATOR)
    except (ValidationError, ValueError):
        return None
    expiry = found.get(_EXPIRY, found.get(_BEST))
    made = found.get(_MADE)
    return Scan(
        gtin=str(found.get(_GTIN, "")),
        lot=str(found.get(_LOT, "")),
        serial=str(found.get(_SERIAL, "")),
        made_on=made if isinstance(made, date) else None,
        expires_on=expiry if isinstance(expiry, date) else None,
    )


@dataclass(frozen=True, slots=True)
class LotUnits:
    """Units that somebody names the lot or serial number of."""

    number: str
    quantity: int = 1
    expires_on: date | None = None
    made_on: date | None = None
    best_before: str = ""


def read_lines(typed: str, *, units: int, is_serial: bool) -> list[LotUnits]:
    """Return the lots that somebody typed or scanned, one a line: number, expiry day, units.

    The one line of a lot may leave its units out: it is all of them. Raises ValueError, saying which line is unclear.
    """
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    found: list[LotUnits] = []
    for line in lines:
        scan = read_gs1(line)
        if scan is not None and scan.number:
            count = 1 if is_serial or len(lines) > 1 else units
            number = scan.serial if is_serial else scan.number_of_lot
            found.append(LotUnits(number, count, scan.expires_on, scan.made_on))
            continue
        match = _LINE.match(line)
        if match is None:
            raise ValueError(f"{line[:40]} is not: number, day of expiry (2027-05-31), units.")
        try:
            expiry = date.fromisoformat(match["expiry"]) if match["expiry"] else None
        except ValueError:
            raise ValueError(f"{match['expiry']} is no day.") from None
        default = 1 if is_serial or len(lines) > 1 else units
        found.append(
            LotUnits(
                match["number"].strip(), int(match["units"]) if match["units"] else default, expiry
            )
        )
    return merged(found)


def merged(units: Iterable[LotUnits]) -> list[LotUnits]:
    """Return units with several lines of one lot as one; serial numbers that are scanned twice stay two units."""
    found: dict[tuple[str, date | None], LotUnits] = {}
    for each in units:
        key = (each.number, each.expires_on)
        before = found.get(key)
        found[key] = (
            each
            if before is None
            else LotUnits(
                each.number,
                before.quantity + each.quantity,
                each.expires_on,
                each.made_on or before.made_on,
                each.best_before or before.best_before,
            )
        )
    return list(found.values())


def expiry_of(named: LotUnits, *, shelf_life_days: int | None, received_on: date) -> date | None:
    """Return when a lot expires: as is said, or by the shelf life from the day on which it was made, or came."""
    if named.expires_on is not None:
        return named.expires_on
    if shelf_life_days is None:
        return None
    return (named.made_on or received_on) + timedelta(days=shelf_life_days)
