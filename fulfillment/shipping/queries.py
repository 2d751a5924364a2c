"""Reads of labels."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fulfillment.shipping import errors
from fulfillment.shipping.models import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelView:
    """A label or its purchase. `error` is what the carrier said last."""

    id: int
    key: str
    state: str
    carrier: str
    service: str
    tracking_number: str
    cost: Decimal
    currency: str
    error: str
    attempts: int
    due_at: datetime
    printable: bool
    created_at: datetime
    bought_at: datetime | None


@dataclass(frozen=True, slots=True)
class LabelFiles:
    """The printed forms of a label; ZPL for the thermal printer."""

    tracking_number: str
    pdf: bytes
    zpl: str


def labels_of(shipment_id: int) -> list[LabelView]:
    """Return every label and purchase of a parcel, the latest first."""
    return [
        LabelView(
            id=label.pk,
            key=label.key,
            state=label.state,
            carrier=label.carrier,
            service=label.service,
            tracking_number=label.tracking_number,
            cost=label.cost,
            currency=label.currency,
            error=label.error,
            attempts=label.attempts,
            due_at=label.due_at,
            printable=bool(label.carrier_reference),
            created_at=label.created_at,
            bought_at=label.bought_at,
        )
        for label in Label.objects.without_files().filter(shipment=shipment_id).order_by("-pk")
    ]


def label_files(shipment_id: int) -> LabelFiles:
    """Return the forms of the parcel's label, the same at every reprint. Raises NoLabel."""
    label = Label.objects.live().filter(shipment=shipment_id).first()
    if label is None or not label.pdf:
        raise errors.NoLabel
    return LabelFiles(label.tracking_number, bytes(label.pdf), label.zpl)
