"""What a list of SKUs that orders wait for can be narrowed by."""

import django_filters
from django.db.models import QuerySet

from inventory.catalog.models import Sku


class WaitedForFilters(django_filters.FilterSet):
    """Filters of the API's list of what orders wait for; `trouble` keeps those of which lines are late or dayless."""

    sku = django_filters.CharFilter("code", max_length=64)
    trouble = django_filters.ChoiceFilter(
        method="by_trouble", choices=[("late", "late"), ("no_day", "no day")]
    )

    class Meta:
        model = Sku
        fields: list[str] = []

    def by_trouble(self, rows: "QuerySet[Sku]", _name: str, value: str) -> "QuerySet[Sku]":
        """Keep SKUs that some line waits for in vain."""
        return rows.filter(**{"is_late" if value == "late" else "lacks_day": True})
