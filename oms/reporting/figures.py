"""Figures of the last days for the start page. Each is one bounded statement, kept for a short while."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from fulfillment.packing.models import Shipment
from oms.core import clock
from orders.ordering.models import Order
from orders.ordering.states import OrderStatus

DAYS = 14
KEPT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Days:
    """Orders and parcels by day, oldest day first.

    `placed` counts orders by channel; `revenue` sums the totals of orders that were not cancelled, by currency; amounts
    of two currencies are never added.
    """

    days: Sequence[date]
    placed: Mapping[str, Sequence[int]]
    revenue: Mapping[str, Sequence[Decimal]]
    shipped: Sequence[int]

    @property
    def placed_in_all(self) -> list[int]:
        """Orders by day over all channels."""
        if not self.placed:
            return [0] * len(self.days)
        return [sum(column) for column in zip(*self.placed.values(), strict=True)]


def last_days(zone: ZoneInfo, *, location_ids: frozenset[int] | None, with_orders: bool) -> Days:
    """Return the figures of the last DAYS days as the calendar of `zone` cuts them; at most two statements.

    `location_ids` limits the parcels (None: all places). Without `with_orders` only the parcels are counted.
    """
    places = "all" if location_ids is None else ",".join(str(key) for key in sorted(location_ids))
    asked = f"{zone.key}:{with_orders}:{places}"
    name = f"figures:{hashlib.sha256(asked.encode()).hexdigest()}"  # however many places there are
    kept: Days | None = cache.get(name)
    if kept is None:
        kept = _count(zone, location_ids, with_orders=with_orders)
        cache.set(name, kept, KEPT_SECONDS)
    return kept


def _count(zone: ZoneInfo, location_ids: frozenset[int] | None, *, with_orders: bool) -> Days:
    today = clock.today(zone.key)
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    place = {day: index for index, day in enumerate(days)}
    since = clock.now() - timedelta(days=DAYS)
    placed: defaultdict[str, list[int]] = defaultdict(lambda: [0] * DAYS)
    revenue: defaultdict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * DAYS)
    if with_orders:
        rows = (
            Order.objects.filter(placed_at__gte=since)
            .order_by()
            .values("channel__name", "currency", "status", day=TruncDate("placed_at", tzinfo=zone))
            .annotate(orders=Count("pk"), worth=Sum("total"))
        )
        for row in rows:
            index = place.get(row["day"])
            if index is None:
                continue
            placed[row["channel__name"]][index] += row["orders"]
            if row["status"] != OrderStatus.CANCELLED:
                revenue[row["currency"]][index] += row["worth"]
    shipped = [0] * DAYS
    parcels = (
        Shipment.objects.at(location_ids)
        .filter(shipped_at__gte=since)
        .order_by()
        .values(day=TruncDate("shipped_at", tzinfo=zone))
        .annotate(parcels=Count("pk"))
    )
    for parcel in parcels:
        index = place.get(parcel["day"])
        if index is not None:
            shipped[index] = parcel["parcels"]
    return Days(
        days=days,
        placed=dict(sorted(placed.items())),
        revenue=dict(sorted(revenue.items())),
        shipped=shipped,
    )
