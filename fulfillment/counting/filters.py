"""What a list of counts can be narrowed by."""

import django_filters

from inventory.counting.models import CountOrder
from inventory.counting.states import CountStatus


class CountFilters(django_filters.FilterSet):
    """Filters of the API's list of counts."""

    status = django_filters.MultipleChoiceFilter(choices=CountStatus.choices)
    location = django_filters.CharFilter("location__code", max_length=20)

    class Meta:
        model = CountOrder
        fields: list[str] = []
