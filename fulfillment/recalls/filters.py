"""What a list of lots can be narrowed by."""

import django_filters

from fulfillment.shipping.models import ShippedLot
from inventory.lots.models import Lot
from inventory.lots.states import LotStatus


class LotFilters(django_filters.FilterSet):
    """Filters of the API's list of lots. `expires_until` keeps what expires on that day or before."""

    sku = django_filters.CharFilter("sku__code", max_length=64)
    number = django_filters.CharFilter("number", max_length=40)
    status = django_filters.MultipleChoiceFilter(choices=LotStatus.choices)
    expires_until = django_filters.DateFilter("expires_on", lookup_expr="lte")

    class Meta:
        model = Lot
        fields: list[str] = []


class RecipientFilters(django_filters.FilterSet):
    """Filters of the recall list."""

    channel = django_filters.CharFilter(
        "shipment_line__fulfillment_line__order_line__order__channel__code", max_length=20
    )

    class Meta:
        model = ShippedLot
        fields: list[str] = []
