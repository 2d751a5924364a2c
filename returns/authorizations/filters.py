"""What a list of returns can be narrowed by."""

import django_filters
from django.db.models import QuerySet

from oms.core import numbering
from returns.authorizations.models import Return
from returns.authorizations.states import ReturnStatus


class ReturnFilters(django_filters.FilterSet):
    """Filters of the API's list of returns."""

    status = django_filters.MultipleChoiceFilter(choices=ReturnStatus.choices)
    order = django_filters.CharFilter(method="by_order", max_length=40)

    class Meta:
        model = Return
        fields: list[str] = []

    def by_order(self, rows: "QuerySet[Return]", _name: str, value: str) -> "QuerySet[Return]":
        """Keep the returns of one order, by its number however it is typed."""
        return rows.filter(order__number=numbering.normalize(value))
