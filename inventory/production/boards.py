"""What the schedule board shows. Read-only."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from inventory.production.models import (
    ProductionOrder,
    ProductionSlot,
    WorkCenter,
    WorkCenterClosure,
)
from inventory.production.rules import Calendar
from oms.core import clock

MOST_CENTERS = 50


@dataclass(frozen=True, slots=True)
class Job:
    """An order on a day of a work center."""

    order: ProductionOrder
    load: int
    is_late: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of a work center: what it can take, what is booked, and for which orders."""

    day: date
    capacity: int
    jobs: Sequence[Job]

    @property
    def load(self) -> int:
        """What is booked."""
        return sum(job.load for job in self.jobs)

    @property
    def percent(self) -> int:
        """How full the day is; over 100 when more is booked than fits."""
        if self.capacity:
            return self.load * 100 // self.capacity
        return 0 if not self.load else 101

    @property
    def is_over(self) -> bool:
        """Whether more is booked than fits: capacity or calendar were changed since."""
        return self.load > self.capacity


@dataclass(frozen=True, slots=True)
class Row:
    """A work center over the days of the board."""

    center: WorkCenter
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Board:
    """Days, the work centers with what is booked, and open orders that take no capacity."""

    days: Sequence[date]
    rows: Sequence[Row]
    elsewhere: Sequence[Job]
    more: bool


def board(*, first: date, days: int, location_ids: frozenset[int] | None) -> Board:
    """Read the board of the locations (None: all). Four statements, whatever it shows."""
    today = clock.today()
    span = [first + timedelta(days=number) for number in range(days)]
    centers = WorkCenter.objects.filter(is_active=True).select_related("location")
    if location_ids is not None:
        centers = centers.filter(location__in=location_ids)
    shown = list(
        centers.order_by("location__priority", "location__code", "code")[: MOST_CENTERS + 1]
    )
    more, shown = len(shown) > MOST_CENTERS, shown[:MOST_CENTERS]
    closed: defaultdict[int, set[date]] = defaultdict(set)
    for center_id, day in WorkCenterClosure.objects.filter(
        work_center__in=shown, day__range=(span[0], span[-1])
    ).values_list("work_center_id", "day"):
        closed[center_id].add(day)
    jobs: defaultdict[tuple[int, date], list[Job]] = defaultdict(list)
    slots = ProductionSlot.objects.filter(work_center__in=shown, day__range=(span[0], span[-1]))
    for slot in slots.select_related("order__bill__sku").order_by("day", "order_id"):
        jobs[slot.work_center_id, slot.day].append(
            Job(slot.order, slot.load, slot.order.is_late(today))
        )
    return Board(
        days=span,
        rows=[_row(center, span, closed, jobs) for center in shown],
        elsewhere=_elsewhere(span, location_ids, today),
        more=more,
    )


def _row(
    center: WorkCenter,
    span: Sequence[date],
    closed: Mapping[int, set[date]],
    jobs: Mapping[tuple[int, date], Sequence[Job]],
) -> Row:
    calendar = Calendar(center.capacity, center.work_days, closed.get(center.pk, set()))
    return Row(
        center,
        [Cell(day, calendar.capacity_on(day), jobs.get((center.pk, day), ())) for day in span],
    )


def _elsewhere(
    span: Sequence[date], location_ids: frozenset[int] | None, today: date
) -> Sequence[Job]:
    """Return open orders without a work center that are worked on in these days."""
    orders = (
        ProductionOrder.objects.at(location_ids)
        .open()
        .filter(work_center=None, starts_on__lte=span[-1], finishes_on__gte=span[0])
        .select_related("bill__sku", "location")
    )
    return [
        Job(order, 0, order.is_late(today)) for order in orders.order_by("finishes_on", "pk")[:50]
    ]
