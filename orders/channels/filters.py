"""What a list of rules can be narrowed by."""

import django_filters

from orders.channels.models import BackorderPolicy, ChannelBackorder


class BackorderRuleFilters(django_filters.FilterSet):
    """Filters of the API's list of what channels do with single SKUs when stock is short."""

    channel = django_filters.CharFilter("channel__code", max_length=20)
    sku = django_filters.CharFilter("sku__code", max_length=64)
    policy = django_filters.MultipleChoiceFilter(choices=BackorderPolicy.choices)

    class Meta:
        model = ChannelBackorder
        fields: list[str] = []
