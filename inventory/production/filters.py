"""What a list of production orders can be narrowed by."""

from typing import ClassVar

import django_filters
from django.db.models import QuerySet

from inventory.production.models import ProductionOrder
from inventory.production.states import ProductionStatus
from oms.core import clock


class ProductionFilters(django_filters.FilterSet):
    """Filters of the API's list of production orders; `waiting` keeps what somebody has to do something about."""

    WAITING: ClassVar[tuple[str, ...]] = ("open", "short", "late")

    status = django_filters.MultipleChoiceFilter(choices=ProductionStatus.choices)
    sku = django_filters.CharFilter("bill__sku__code", max_length=64)
    location = django_filters.CharFilter("location__code", max_length=20)
    waiting = django_filters.ChoiceFilter(
        method="by_waiting", choices=[(name, name) for name in WAITING]
    )

    class Meta:
        model = ProductionOrder
        fields: list[str] = []

    def by_waiting(
        self, rows: "QuerySet[ProductionOrder]", _name: str, value: str
    ) -> "QuerySet[ProductionOrder]":
        """Keep those in one of the queues."""
        orders = ProductionOrder.objects
        kept = {
            "open": orders.open(),
            "short": orders.short(),
            "late": orders.late(clock.today()),
        }
        return rows.filter(pk__in=kept[value].order_by().values("pk"))
