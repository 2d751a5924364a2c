"""What lists of forecasts and proposals can be narrowed by."""

import django_filters

from inventory.planning.models import Forecast, Proposal
from inventory.planning.states import ProposalKind, ProposalStatus


class ForecastFilters(django_filters.FilterSet):
    """Filters of the API's list of forecasts."""

    sku = django_filters.CharFilter("sku__code", max_length=64)
    location = django_filters.CharFilter("location__code", max_length=20)

    class Meta:
        model = Forecast
        fields: list[str] = []


class ProposalFilters(django_filters.FilterSet):
    """Filters of the API's list of proposals."""

    status = django_filters.MultipleChoiceFilter(choices=ProposalStatus.choices)
    kind = django_filters.MultipleChoiceFilter(choices=ProposalKind.choices)
    sku = django_filters.CharFilter("sku__code", max_length=64)
    location = django_filters.CharFilter("location__code", max_length=20)
    supplier = django_filters.CharFilter("supplier__code", max_length=20)

    class Meta:
        model = Proposal
        fields: list[str] = []
