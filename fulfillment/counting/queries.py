"""Reads of counts for people: the walk of the counter, who never sees the books, and the review with its values."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from inventory.counting import queries as counting
from inventory.counting.models import CountEntry, CountLine, CountOrder
from inventory.counting.states import Cause, LineState
from inventory.purchasing import queries as purchasing
from inventory.purchasing.models import PriceBreak
from oms.core import clock, money


@dataclass(frozen=True, slots=True)
class Stop:
    """A line as the counter sees it."""

    sku_code: str
    name: str
    bin_code: str
    state: str
    counted_by: str
    counted_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether it is still to be counted."""
        return self.state != LineState.COUNTED

    @property
    def again(self) -> bool:
        """Whether somebody else has to count it again."""
        return self.state == LineState.TO_RECOUNT


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A line as the reviewer sees it; `value` is that of the difference at cost, None when nobody knows the cost."""

    line: CountLine
    bin_code: str
    entries: Sequence[CountEntry]
    value: Decimal | None
    currency: str

    @property
    def cause(self) -> str:
        """The cause in words."""
        return str(Cause(self.line.cause).label)


@dataclass(frozen=True, slots=True)
class Sum:
    """Differences of one cause and currency."""

    cause: str
    currency: str
    lines: int
    units: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Review:
    """A count for its decision: lines by the size of their value, and sums by cause."""

    lines: Sequence[Reviewed]
    sums: Sequence[Sum]


def walk(count: CountOrder) -> list[Stop]:
    """Return the lines in walking order."""
    lines = list(counting.lines_of(count.pk))
    bins = counting.bins(count.location_id, [line.sku_id for line in lines])
    stops = [
        Stop(
            sku_code=line.sku.code,
            name=line.sku.name,
            bin_code=bins.get(line.sku_id, ""),
            state=line.state,
            counted_by=line.counted_by,
            counted_at=line.counted_at,
        )
        for line in lines
    ]
    return sorted(stops, key=lambda stop: (stop.bin_code, stop.sku_code))


def review(count: CountOrder) -> Review:
    """Return the lines of a count with what they differ by, in units and at cost."""
    lines = list(counting.lines_of(count.pk))
    sku_ids = [line.sku_id for line in lines]
    bins = counting.bins(count.location_id, sku_ids)
    costs = unit_costs([line.sku_id for line in lines if line.difference])
    entries: defaultdict[int, list[CountEntry]] = defaultdict(list)
    for entry in CountEntry.objects.filter(line__count=count).order_by("pk"):
        entries[entry.line_id].append(entry)
    rows = []
    for line in lines:
        cost = costs.get(line.sku_id)
        rows.append(
            Reviewed(
                line=line,
                bin_code=bins.get(line.sku_id, ""),
                entries=entries[line.pk],
                value=None
                if cost is None or line.difference is None
                else money.quantize(cost[0] * line.difference, cost[1]),
                currency="" if cost is None else cost[1],
            )
        )
    rows.sort(
        key=lambda row: (
            -abs(row.value or Decimal(0)),
            -abs(row.line.difference or 0),
            row.line.sku.code,
        )
    )
    return Review(rows, _sums(rows))


def unit_costs(sku_ids: Collection[int]) -> Mapping[int, tuple[Decimal, str]]:
    """Return what one unit costs at the preferred supplier, with the currency; SKUs without terms are left out."""
    if not sku_ids:
        return {}
    terms = {
        sku_id: rows[0]
        for sku_id, rows in purchasing.suppliers_of(sku_ids, on=clock.today()).items()
    }
    found: dict[int, Decimal] = {}
    for each in PriceBreak.objects.filter(terms__in=terms.values()).order_by("quantity"):
        found.setdefault(each.terms_id, each.unit_cost)
    return {
        sku_id: (found[row.pk], row.supplier.currency)
        for sku_id, row in terms.items()
        if row.pk in found
    }


def _sums(rows: Sequence[Reviewed]) -> list[Sum]:
    grouped: defaultdict[tuple[str, str], list[Reviewed]] = defaultdict(list)
    for row in rows:
        if row.line.difference:
            grouped[row.cause, row.currency].append(row)
    return [
        Sum(
            cause=cause,
            currency=currency,
            lines=len(each),
            units=sum(row.line.difference or 0 for row in each),
            value=sum((row.value or Decimal(0) for row in each), Decimal(0)),
        )
        for (cause, currency), each in sorted(grouped.items())
    ]
