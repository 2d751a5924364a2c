"""Reads of counts, and which SKUs a choice finds."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import F, Max, Min, Q, QuerySet, Sum

from inventory.catalog import queries as catalog
from inventory.counting import errors, rules
from inventory.counting.models import CountLine, CountOrder
from inventory.counting.states import CountStatus
from inventory.locations.models import Location
from inventory.stock.models import Content, Level, Movement
from inventory.stock.states import INSIDE
from oms.core import clock

CLASS_DAYS = 90
# Between the codes of the bins that a SKU lies in.
SEVERAL = ", "


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
    """Return where the SKUs lie at a location: the bins as one walks, or the one code of each where there are none."""
    if not _keeps_bins(location_id):
        rows = Level.objects.filter(location_id=location_id, sku_id__in=sku_ids)
        return dict(rows.values_list("sku_id", "bin_code"))
    found: defaultdict[int, dict[str, None]] = defaultdict(dict)
    contents = Content.objects.filter(level__location_id=location_id, level__sku_id__in=sku_ids)
    for sku_id, code in contents.order_by("bin__walk_order", "bin__code").values_list(
        "level__sku_id", "bin__code"
    ):
        found[sku_id][code] = None
    return {sku_id: SEVERAL.join(codes) for sku_id, codes in found.items()}


def _keeps_bins(location_id: int) -> bool:
    return Location.objects.filter(pk=location_id, uses_bins=True).exists()


def chosen(location_id: int, choice: rules.Choice) -> list[int]:
    """Return the keys of the SKUs that a choice finds at a location, in walking order."""
    if choice.by == "skus":
        known = catalog.ids_by_code(choice.skus)
        return [known[code] for code in dict.fromkeys(choice.skus) if code in known]
    levels = Level.objects.filter(location_id=location_id)
    keeps_bins = _keeps_bins(location_id)
    if choice.by == "bins":
        code = "contents__bin__code" if keeps_bins else "bin_code"
        levels = levels.filter(**{f"{code}__startswith": choice.bins})
    passed = Min("contents__bin__walk_order") if keeps_bins else F("bin_code")
    levels = levels.annotate(passed=passed).order_by(F("passed").asc(nulls_last=True), "sku__code")
    walk = list(levels.values_list("sku_id", flat=True))
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
