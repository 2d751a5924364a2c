"""Take note of demand as it is told from above. Told again, it replaces what was told before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models, transaction

from inventory.planning.models import DemandDay, DemandMark, DemandWaiting
from oms.core import bulk

_ROWS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Units of a SKU that were ordered from a location on a day; `lost` were given up while they waited for stock."""

    sku_id: int
    location_id: int
    day: date
    units: int
    lost: int = 0


@transaction.atomic
def record_demand(*, days: Collection[date], demand: Iterable[Demand]) -> int:
    """Replace everything that is known of `days` by `demand`, which is all of these days; return the rows written.

    Rows of one SKU, location and day are added up.
    """
    summed: dict[tuple[date, int, int], tuple[int, int]] = {}
    for each in demand:
        if each.day not in days:
            raise ValueError(f"{each.day} is none of the days that are told.")
        key = (each.day, each.sku_id, each.location_id)
        units, lost = summed.get(key, (0, 0))
        summed[key] = (units + each.units, lost + each.lost)
    DemandDay.objects.filter(day__in=days).delete()
    rows = [
        DemandDay(sku_id=sku_id, location_id=location_id, day=day, units=units, lost=lost)
        for (day, sku_id, location_id), (units, lost) in sorted(summed.items())
        if units or lost
    ]
    _insert(rows)
    return len(rows)


@transaction.atomic
def record_waiting(*, units: Mapping[tuple[int, int], int]) -> None:
    """Replace what orders wait for: units by SKU and location."""
    DemandWaiting.objects.all().delete()
    rows = [
        DemandWaiting(sku_id=sku_id, location_id=location_id, units=count)
        for (sku_id, location_id), count in sorted(units.items())
        if count > 0
    ]
    _insert(rows)


def mark(*, until: datetime) -> None:
    """Note that everything that changed before `until` has been told."""
    DemandMark.objects.update_or_create(pk=1, defaults={"until": until})


@transaction.atomic
def forget_demand(*, since: date) -> None:
    """Forget the demand of all days from `since` on, so that it is told anew; what a former system knew stays."""
    DemandDay.objects.filter(day__gte=since).delete()
    DemandMark.objects.all().delete()


def _insert(rows: Sequence[models.Model]) -> None:
    for begin in range(0, len(rows), _ROWS):
        bulk.insert(rows[begin : begin + _ROWS])
