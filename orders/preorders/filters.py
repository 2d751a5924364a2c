"""What a list of pre-orders can be narrowed by."""

import django_filters
from django.db.models import F, Q, QuerySet

from oms.core import clock
from orders.preorders.models import Preorder
from orders.preorders.states import PreorderState


class PreorderFilters(django_filters.FilterSet):
    """Filters of the API's list of pre-orders; `state` is as of today."""

    sku = django_filters.CharFilter("sku__code", max_length=64)
    state = django_filters.ChoiceFilter(method="by_state", choices=PreorderState.choices)

    class Meta:
        model = Preorder
        fields: list[str] = []

    def by_state(self, rows: "QuerySet[Preorder]", _name: str, value: str) -> "QuerySet[Preorder]":
        """Keep those that stand there; the rows know what is sold."""
        today = clock.today()
        waits = Q(released_on__gt=today)
        begun = waits & Q(starts_on__lte=today, ends_on__gte=today)
        gone = Q(units__isnull=False, presold__gte=F("units"))
        return rows.filter(
            {
                PreorderState.SCHEDULED: waits & Q(starts_on__gt=today),
                PreorderState.OPEN: begun & ~gone,
                PreorderState.SOLD_OUT: begun & gone,
                PreorderState.CLOSED: waits & Q(ends_on__lt=today),
                PreorderState.RELEASED: ~waits,
            }[PreorderState(value)]
        )
