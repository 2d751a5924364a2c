"""What a list of work can be narrowed by."""

import django_filters
from django.db.models import QuerySet

from fulfillment.work.models import FulfillmentOrder
from fulfillment.work.states import WorkStatus
from oms.core import numbering


class WorkFilters(django_filters.FilterSet):
    """Filters of the API's list of work; without `status` it holds open work only."""

    status = django_filters.MultipleChoiceFilter(choices=WorkStatus.choices)
    location = django_filters.CharFilter("location__code", max_length=20)
    order = django_filters.CharFilter(method="by_order", max_length=40)

    class Meta:
        model = FulfillmentOrder
        fields: list[str] = []

    def by_order(
        self, rows: "QuerySet[FulfillmentOrder]", _name: str, value: str
    ) -> "QuerySet[FulfillmentOrder]":
        """Keep the work of one order, by its number however it is typed."""
        return rows.filter(order__number=numbering.normalize(value))

    def filter_queryset(self, rows: "QuerySet[FulfillmentOrder]") -> "QuerySet[FulfillmentOrder]":
        """Keep open work unless a status is asked for."""
        narrowed: QuerySet[FulfillmentOrder] = super().filter_queryset(rows)
        if self.form.cleaned_data.get("status"):
            return narrowed
        return narrowed.filter(pk__in=FulfillmentOrder.objects.open())
