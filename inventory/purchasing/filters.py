"""What a list of purchase orders can be narrowed by."""

import django_filters
from django.db.models import QuerySet

from inventory.purchasing.models import PurchaseOrder
from inventory.purchasing.states import PurchaseStatus
from oms.core import clock


class PurchaseFilters(django_filters.FilterSet):
    """Filters of the API's list of purchase orders; `waiting` keeps what is to come, or should have come."""

    status = django_filters.MultipleChoiceFilter(choices=PurchaseStatus.choices)
    supplier = django_filters.CharFilter("supplier__code", max_length=20)
    location = django_filters.CharFilter("location__code", max_length=20)
    waiting = django_filters.ChoiceFilter(
        method="by_waiting", choices=[("to_receive", "to receive"), ("late", "late")]
    )

    class Meta:
        model = PurchaseOrder
        fields: list[str] = []

    def by_waiting(
        self, rows: "QuerySet[PurchaseOrder]", _name: str, value: str
    ) -> "QuerySet[PurchaseOrder]":
        """Keep what is in one of the queues."""
        waiting = PurchaseOrder.objects
        found = waiting.late(clock.today()) if value == "late" else waiting.open()
        return rows.filter(pk__in=found.values("pk"))
