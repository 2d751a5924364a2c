"""Which policy counts for a SKU at a location: the one that says most."""

from collections.abc import Collection, Mapping

from django.db.models import Q

from inventory.planning.models import Policy

Scope = tuple[int | None, str, int | None]
"""SKU, category and location; nothing stands for all."""


class Policies:
    """The active policies that could count for some SKUs; one statement."""

    def __init__(self, sku_ids: Collection[int] = ()) -> None:
        rows = Policy.objects.active().filter(Q(sku__isnull=True) | Q(sku_id__in=sku_ids))
        self._by_scope: Mapping[Scope, Policy] = {
            (each.sku_id, each.category, each.location_id): each for each in rows
        }

    def of(self, *, sku_id: int, category: str, location_id: int) -> Policy | None:
        """Return the policy of the SKU here, else of the SKU, of its category here, of its category, of all."""
        scopes: tuple[Scope, ...] = (
            (sku_id, "", location_id),
            (sku_id, "", None),
            (None, category, location_id),
            (None, category, None),
            (None, "", location_id),
            (None, "", None),
        )
        return next((found for each in scopes if (found := self._by_scope.get(each))), None)
