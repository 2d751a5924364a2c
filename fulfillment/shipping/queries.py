"""Reads of labels."""

from dataclasses import dataclass
from decimal import Decimal

from fulfillment.shipping import errors
from fulfillment.shipping.models import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelView:
    """A label or its purchase. `error` is what the carrier said last."""

    state: str
    carrier: str
    service: str
    tracking_number: str
    cost: Decimal
    currency: str
    error: str
    printable: bool


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
            state=label.state,
            carrier=label.carrier,
            service=label.service,
            tracking_number=label.tracking_number,
            cost=label.cost,
            currency=label.currency,
            error=label.error,
            printable=bool(label.carrier_reference),
        )
        for label in Label.objects.without_files().filter(shipment=shipment_id).order_by("-pk")
    ]


def label_files(shipment_id: int) -> LabelFiles:
    """Return the forms of the parcel's label, the same at every reprint. Raises NoLabel."""
    label = Label.objects.live().filter(shipment=shipment_id).first()
    if label is None or not label.pdf:
        raise errors.NoLabel
    return LabelFiles(label.tracking_number, bytes(label.pdf), label.zpl)
