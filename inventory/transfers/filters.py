"""What a list of transfers can be narrowed by."""

from typing import ClassVar

import django_filters
from django.db.models import Q, QuerySet

from inventory.transfers import models
from inventory.transfers.models import TransferOrder
from inventory.transfers.states import TransferStatus


class TransferFilters(django_filters.FilterSet):
    """Filters of the API's list of transfers; `waiting` keeps what somebody has to do something about."""

    WAITING: ClassVar[dict[str, Q]] = {
        "to_ship": models.to_ship(),
        "to_receive": models.to_receive(),
        "to_settle": Q(status=TransferStatus.RECEIVED),
    }

    status = django_filters.MultipleChoiceFilter(choices=TransferStatus.choices)
    source = django_filters.CharFilter("source__code", max_length=20)
    destination = django_filters.CharFilter("destination__code", max_length=20)
    waiting = django_filters.ChoiceFilter(
        method="by_waiting", choices=[(name, name) for name in WAITING]
    )

    class Meta:
        model = TransferOrder
        fields: list[str] = []

    def by_waiting(
        self, rows: "QuerySet[TransferOrder]", _name: str, value: str
    ) -> "QuerySet[TransferOrder]":
        """Keep those in one of the queues."""
        return rows.filter(self.WAITING[value])
