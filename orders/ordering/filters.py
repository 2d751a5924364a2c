"""What a list of orders can be narrowed by."""

import django_filters

from oms.core.api.filters import InstantFilter
from orders.ordering.models import Order
from orders.ordering.states import FulfillmentStatus, OrderStatus, PaymentStatus


class OrderFilters(django_filters.FilterSet):
    """Filters of the API's order list. Instants are RFC 3339, both ends included."""

    status = django_filters.MultipleChoiceFilter(choices=OrderStatus.choices)
    payment_status = django_filters.MultipleChoiceFilter(choices=PaymentStatus.choices)
    fulfillment_status = django_filters.MultipleChoiceFilter(choices=FulfillmentStatus.choices)
    channel = django_filters.CharFilter("channel__code", max_length=20)
    external_id = django_filters.CharFilter(max_length=128)
    email = django_filters.CharFilter(lookup_expr="iexact", max_length=254)
    po_number = django_filters.CharFilter(max_length=64)
    on_hold = django_filters.BooleanFilter()
    placed_at_min = InstantFilter("placed_at", "gte")
    placed_at_max = InstantFilter("placed_at", "lte")
    updated_at_min = InstantFilter("updated_at", "gte")

    class Meta:
        model = Order
        fields: list[str] = []
