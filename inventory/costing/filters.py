"""What the list of stock values can be narrowed by."""

import django_filters
from django.db.models import F, QuerySet

from inventory.costing.models import SkuCost


class WorthFilters(django_filters.FilterSet):
    """Filters of the API's list; `unknown` keeps the SKUs with units of which nobody knows the cost."""

    sku = django_filters.CharFilter("sku__code", max_length=64)
    unknown = django_filters.BooleanFilter(method="by_unknown")

    class Meta:
        model = SkuCost
        fields: list[str] = []

    def by_unknown(self, rows: "QuerySet[SkuCost]", _name: str, value: bool) -> "QuerySet[SkuCost]":
        """Keep those with, or without, units of unknown cost."""
        lacking = {"units__gt": F("known")}
        return rows.filter(**lacking) if value else rows.exclude(**lacking)
