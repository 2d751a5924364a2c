"""Reads of counts, and which SKUs a choice finds."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import Max, Q, QuerySet, Sum

from inventory.catalog import queries as catalog
from inventory.counting import errors, rules
from inventory.counting.models import CountLine, CountOrder
from inventory.counting.states import CountStatus
from inventory.stock.models import Level, Movement
from inventory.stock.states import INSIDE
from oms.core import clock

CLASS_DAYS = 90


def find(reference: str, *, location_codes: frozenset[str] | None = None) -> CountOrder:
    """Return a count by its id or number within the caller's reach (None: all). Raises CountMissing."""
    try:
        named = Q(uuid=UUID(reference))
    except ValueError:
        named = Q(number=reference)
    rows = CountOrder.objects.filter(named).select_related("location")
    if location_codes is not None:
        rows = rows.filter(location__code__in=location_codes)
    found = rows.first()
    if found is None:
        raise errors.CountMissing
    return found


def lines_of(count_id: int) -> "QuerySet[CountLine]":
    """Return the lines with their SKUs, by code."""
    return CountLine.objects.filter(count_id=count_id).select_related("sku").order_by("sku__code")


def bins(location_id: int, sku_ids: Collection[int]) -> dict[int, str]:
    """Return where the SKUs lie at a location."""
    rows = Level.objects.filter(location_id=location_id, sku_id__in=sku_ids)
    return dict(rows.values_list("sku_id", "bin_code"))


def chosen(location_id: int, choice: rules.Choice) -> list[int]:
    """Return the keys of the SKUs that a choice finds at a location, in walking order."""
    if choice.by == "skus":
        known = catalog.ids_by_code(choice.skus)
        return [known[code] for code in dict.fromkeys(choice.skus) if code in known]
    levels = Level.objects.filter(location_id=location_id)
    if choice.by == "bins":
        levels = levels.filter(bin_code__startswith=choice.bins)
    walk = list(levels.order_by("bin_code", "sku__code").values_list("sku_id", flat=True))
    if choice.by == "abc":
        kinds = classes(location_id, walk)
        return [sku_id for sku_id in walk if kinds[sku_id] == choice.abc]
    if choice.by == "age":
        recent = counted_since(location_id, choice.days)
        return [sku_id for sku_id in walk if sku_id not in recent]
    return walk


def classes(location_id: int, sku_ids: Collection[int]) -> dict[int, str]:
    """Return the class of SKUs at a location by the units that left it in the last 90 days."""
    left = (
        Movement.objects.filter(
            level__location_id=location_id,
            at__gte=clock.now() - timedelta(days=CLASS_DAYS),
            source__in=INSIDE,
        )
        .exclude(target__in=INSIDE)
        .exclude(target="adjustment")
        .values_list("level__sku_id")
        .annotate(units=Sum("quantity"))
        .order_by()
    )
    return rules.classes(dict.fromkeys(sku_ids, 0) | dict(left))


def counted_since(location_id: int, days: int) -> set[int]:
    """Return the SKUs of which a count of the last days was posted."""
    rows = CountLine.objects.filter(
        location_id=location_id,
        count__status=CountStatus.POSTED,
        counted_at__gte=clock.now() - timedelta(days=days),
    )
    return set(rows.values_list("sku_id", flat=True))


def last_counted(location_id: int, sku_ids: Collection[int]) -> dict[int, object]:
    """Return when each SKU was counted last at a location."""
    rows = (
        CountLine.objects.filter(
            location_id=location_id, sku_id__in=sku_ids, count__status=CountStatus.POSTED
        )
        .values_list("sku_id")
        .annotate(last=Max("counted_at"))
        .order_by()
    )
    return dict(rows)
