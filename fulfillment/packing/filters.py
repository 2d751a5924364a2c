"""What a list of parcels can be narrowed by."""

import django_filters
from django.db.models import QuerySet

from fulfillment.packing import rules
from fulfillment.packing.models import Shipment
from fulfillment.packing.states import ShipmentStatus, TrackingStatus
from oms.core import numbering
from oms.core.api.filters import InstantFilter


class ShipmentFilters(django_filters.FilterSet):
    """Filters of the API's list of parcels. Instants are RFC 3339, both ends included."""

    status = django_filters.MultipleChoiceFilter(
        choices=[choice for choice in ShipmentStatus.choices if choice[0] != ShipmentStatus.DRAFT]
    )
    tracking_status = django_filters.MultipleChoiceFilter(choices=TrackingStatus.choices)
    order = django_filters.CharFilter(method="by_order", max_length=40)
    tracking_number = django_filters.CharFilter(method="by_tracking_number", max_length=60)
    carrier = django_filters.CharFilter(max_length=30)
    location = django_filters.CharFilter("fulfillment_order__location__code", max_length=20)
    shipped_at_min = InstantFilter("shipped_at", "gte")
    shipped_at_max = InstantFilter("shipped_at", "lte")

    class Meta:
        model = Shipment
        fields: list[str] = []

    def by_order(self, rows: "QuerySet[Shipment]", _name: str, value: str) -> "QuerySet[Shipment]":
        """Keep the parcels of one order, by its number however it is typed."""
        return rows.filter(fulfillment_order__order__number=numbering.normalize(value))

    def by_tracking_number(
        self, rows: "QuerySet[Shipment]", _name: str, value: str
    ) -> "QuerySet[Shipment]":
        """Keep the parcels with a tracking number, however it is typed."""
        return rows.filter(tracking_number=rules.normal_number(value))
