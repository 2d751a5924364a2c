"""Say that there is something to be costed."""

from collections.abc import Collection

from django.db import transaction

from inventory.costing.models import SkuCost
from oms.core import locking


@transaction.atomic
def mark(sku_ids: Collection[int]) -> set[int]:
    """Say that there is something to be costed of SKUs. Their books are locked by key."""
    wanted = set(sku_ids)
    if not wanted:
        return wanted
    rows = SkuCost.objects.filter(sku_id__in=wanted)
    missing = sorted(wanted - set(rows.values_list("sku_id", flat=True)))
    SkuCost.objects.bulk_create(
        [SkuCost(sku_id=sku_id) for sku_id in missing], ignore_conflicts=True
    )
    if idle := locking.lock(rows.filter(due=False)):
        SkuCost.objects.filter(pk__in=[row.pk for row in idle]).update(due=True)
    return wanted
