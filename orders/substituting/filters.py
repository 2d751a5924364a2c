"""What lists of substitutes can be narrowed by."""

import django_filters

from orders.substituting.models import Substitute, Substitution, SubstitutionRule
from orders.substituting.states import Mode, SubstitutionStatus


class SubstituteFilters(django_filters.FilterSet):
    """Filters of the API's list of what may be sent instead."""

    sku = django_filters.CharFilter("sku__code", max_length=64)
    substitute = django_filters.CharFilter("other__code", max_length=64)

    class Meta:
        model = Substitute
        fields: list[str] = []


class RuleFilters(django_filters.FilterSet):
    """Filters of the API's list of who decides."""

    sku = django_filters.CharFilter("sku__code", max_length=64)
    channel = django_filters.CharFilter("channel__code", max_length=20)
    mode = django_filters.MultipleChoiceFilter(choices=Mode.choices)

    class Meta:
        model = SubstitutionRule
        fields: list[str] = []


class SubstitutionFilters(django_filters.FilterSet):
    """Filters of the API's list of what was offered or sent instead."""

    status = django_filters.MultipleChoiceFilter(choices=SubstitutionStatus.choices)
    sku = django_filters.CharFilter("sku__code", max_length=64)

    class Meta:
        model = Substitution
        fields: list[str] = []
