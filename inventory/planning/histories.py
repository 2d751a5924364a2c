"""Read histories of demand by weeks, with the days on which nothing could be sold and those of promotions.

A day counts as one without stock when it began and ended with nothing to sell at the location: nothing available
beyond the safety stock as it is now. It is read from the ledger, backwards from the present level.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, F, Q, Sum, Value, When
from django.db.models.functions import TruncDate, TruncWeek

from inventory.locations.models import Location
from inventory.planning.models import DemandDay, Promotion
from inventory.planning.rules.forecasting import HORIZON
from inventory.planning.rules.series import DAYS, Week
from inventory.stock.models import Level, Movement
from inventory.stock.states import Bucket
from oms.core import clock

WEEKS = 104
Key = tuple[int, int]
"""SKU and location."""


@dataclass(frozen=True, slots=True)
class History:
    """The full weeks from `first` (a Monday) on, and of each week after them the promoted days.

    `expected_uplift` is how many times the usual demand staff expects in a promotion to come.
    """

    first: date
    weeks: Sequence[Week]
    promoted_days: Sequence[int]
    expected_uplift: float

    @property
    def next_week(self) -> date:
        """Monday of the first week after the history."""
        return self.first + timedelta(weeks=len(self.weeks))


def keys_after(sku_id: int, *, skus: int) -> dict[int, list[int]]:
    """Return the next SKUs after `sku_id` of which there was demand lately, by key, each with its locations."""
    since = clock.today() - timedelta(weeks=WEEKS + 1)
    rows = DemandDay.objects.filter(
        day__gte=since, sku__is_active=True, location__is_active=True
    ).order_by("sku_id")
    some = list(rows.filter(sku_id__gt=sku_id).values_list("sku_id", flat=True).distinct()[:skus])
    found: defaultdict[int, list[int]] = defaultdict(list)
    if some:
        pairs = rows.filter(sku_id__in=some).values_list("sku_id", "location_id").distinct()
        for each, location_id in pairs.order_by("sku_id", "location_id"):
            found[each].append(location_id)
    return dict(found)


def count_keys() -> int:
    """Return of how many SKUs and locations there was demand lately."""
    since = clock.today() - timedelta(weeks=WEEKS + 1)
    rows = DemandDay.objects.filter(day__gte=since, sku__is_active=True, location__is_active=True)
    return rows.order_by().values("sku_id", "location_id").distinct().count()


def read(keys: Collection[Key]) -> dict[Key, History]:
    """Return the histories of `keys`, of which there are few hundreds; a handful of statements for each time zone."""
    places = {
        place.pk: place
        for place in Location.objects.filter(pk__in={location_id for _, location_id in keys})
    }
    by_zone: defaultdict[str, list[Key]] = defaultdict(list)
    for key in keys:
        by_zone[places[key[1]].time_zone].append(key)
    found: dict[Key, History] = {}
    for zone, some in sorted(by_zone.items()):
        found.update(_read(some, ZoneInfo(zone)))
    return found


def _read(keys: Sequence[Key], zone: ZoneInfo) -> Iterator[tuple[Key, History]]:
    today = clock.today(zone.key)
    this_week = today - timedelta(days=today.weekday())
    begin = this_week - timedelta(weeks=WEEKS)
    demand = _demand(keys, begin, this_week)
    shelves = _shelves(keys, begin, today, zone)
    promotions = list(
        Promotion.objects.filter(
            Q(sku__isnull=True) | Q(sku_id__in={sku_id for sku_id, _ in keys}),
            is_active=True,
            ends_on__gte=begin,
            starts_on__lt=this_week + timedelta(weeks=HORIZON),
        )
    )
    for key in keys:
        units = demand.get(key, {})
        shelf = shelves.get(key)
        known = [*units, *([shelf.since] if shelf is not None and shelf.since is not None else [])]
        first = min(known, default=this_week)
        first -= timedelta(days=first.weekday())
        first = max(first, begin)
        count = max(0, (this_week - first).days // DAYS)
        out = shelf.days_out if shelf is not None else {}
        promoted = _promoted(promotions, key, first, count + HORIZON)
        yield (
            key,
            History(
                first=first,
                weeks=[
                    Week(
                        units.get(monday, 0),
                        days_out=out.get(monday, 0),
                        promoted_days=promoted[number],
                    )
                    for number in range(count)
                    for monday in (first + timedelta(weeks=number),)
                ],
                promoted_days=promoted[count:],
                expected_uplift=1 + _expected(promotions, key, this_week) / 100,
            ),
        )


def _demand(keys: Sequence[Key], begin: date, end: date) -> Mapping[Key, dict[date, int]]:
    """Return the units of each week by its Monday."""
    rows = (
        DemandDay.objects.filter(
            sku_id__in={sku_id for sku_id, _ in keys},
            location_id__in={location_id for _, location_id in keys},
            day__gte=begin,
            day__lt=end,
        )
        .order_by()
        .annotate(week=TruncWeek("day"))
        .values_list("sku_id", "location_id", "week")
        .annotate(total=Sum("units"))
    )
    found: defaultdict[Key, dict[date, int]] = defaultdict(dict)
    for sku_id, location_id, week, total in rows:
        found[sku_id, location_id][week] = total
    return found


# Days without stock ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Days without anything to sell by the Monday of their week, and since when the item is known at the place."""

    days_out: Mapping[date, int]
    since: date | None


def _shelves(keys: Sequence[Key], begin: date, today: date, zone: ZoneInfo) -> Mapping[Key, _Shelf]:
    wanted = set(keys)
    levels = {
        level.pk: level
        for level in Level.objects.filter(
            sku_id__in={sku_id for sku_id, _ in keys},
            location_id__in={location_id for _, location_id in keys},
        )
        if (level.sku_id, level.location_id) in wanted
    }
    since = datetime.combine(begin, time.min, zone)
    changes: defaultdict[int, list[tuple[date, int]]] = defaultdict(list)
    rows = (
        Movement.objects.filter(level_id__in=levels, at__gte=since)
        .order_by()
        .annotate(on=TruncDate("at", tzinfo=zone))
        .values_list("level_id", "on")
        .annotate(
            change=Sum(
                Case(
                    When(target=Bucket.AVAILABLE, then=F("quantity")),
                    When(source=Bucket.AVAILABLE, then=-F("quantity")),
                    default=Value(0),
                )
            )
        )
    )
    for level_id, day, change in rows:
        changes[level_id].append((day, change))
    return {
        (level.sku_id, level.location_id): _shelf(
            level.available - level.safety_stock, sorted(changes[pk]), begin, today
        )
        for pk, level in levels.items()
    }


def _shelf(free: int, changes: Sequence[tuple[date, int]], begin: date, today: date) -> _Shelf:
    """Go back from what is free now, day by day of change; days of no change are as the one before them ended."""
    out: defaultdict[date, int] = defaultdict(int)
    later = today + timedelta(days=1)
    for day, change in reversed(changes):
        if free <= 0:
            _count(out, day + timedelta(days=1), later)
        before = free - change
        if free <= 0 and before <= 0:
            _count(out, day, day + timedelta(days=1))
        free, later = before, day
    if free > 0:
        return _Shelf(out, begin)  # it lay there before
    if not changes:
        return _Shelf(out, None)
    first = changes[0][0]
    return _Shelf({monday: days for monday, days in out.items() if monday >= _monday(first)}, first)


def _count(out: defaultdict[date, int], begin: date, end: date) -> None:
    """Add the days from `begin` until before `end` to their weeks."""
    day = begin
    while day < end:
        monday = _monday(day)
        following = min(monday + timedelta(days=DAYS), end)
        out[monday] += (following - day).days
        day = following


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


# Promotions -----------------------------------------------------------------------------------------


def _of(promotions: Sequence[Promotion], key: Key) -> Iterator[Promotion]:
    sku_id, location_id = key
    for each in promotions:
        if each.sku_id in (None, sku_id) and each.location_id in (None, location_id):
            yield each


def _promoted(promotions: Sequence[Promotion], key: Key, first: date, weeks: int) -> list[int]:
    """Return the promoted days of each week from `first` on."""
    days: set[date] = set()
    end = first + timedelta(weeks=weeks)
    for each in _of(promotions, key):
        day = max(each.starts_on, first)
        while day <= each.ends_on and day < end:
            days.add(day)
            day += timedelta(days=1)
    found = [0] * weeks
    for day in days:
        found[(day - first).days // DAYS] += 1
    return found


def _expected(promotions: Sequence[Promotion], key: Key, this_week: date) -> int:
    """Return the most that is expected of promotions to come, in percent more."""
    coming = [each.expected_percent for each in _of(promotions, key) if each.ends_on >= this_week]
    return max(coming, default=0)
