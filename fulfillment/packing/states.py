"""The life of a shipment."""

from django.db import models

from oms.core.flows import Flow


class ShipmentStatus(models.TextChoices):
    """Where the parcel stands."""

    DRAFT = "draft", "draft"
    PACKED = "packed", "packed"
    LABELLED = "labelled", "labelled"
    SHIPPED = "shipped", "shipped"
    DELIVERED = "delivered", "delivered"
    RETURNED_TO_SENDER = "returned_to_sender", "returned to sender"
    LOST = "lost", "lost"
    CANCELLED = "cancelled", "cancelled"


SHIPMENT = Flow(
    "shipment",
    initial=ShipmentStatus.DRAFT,
    table={
        (ShipmentStatus.DRAFT, "pack"): ShipmentStatus.PACKED,
        (ShipmentStatus.DRAFT, "cancel"): ShipmentStatus.CANCELLED,
        (ShipmentStatus.PACKED, "label"): ShipmentStatus.LABELLED,
        (ShipmentStatus.PACKED, "cancel"): ShipmentStatus.CANCELLED,
        (ShipmentStatus.LABELLED, "void_label"): ShipmentStatus.PACKED,
        (ShipmentStatus.LABELLED, "ship"): ShipmentStatus.SHIPPED,
        (ShipmentStatus.SHIPPED, "deliver"): ShipmentStatus.DELIVERED,
        (ShipmentStatus.SHIPPED, "return_to_sender"): ShipmentStatus.RETURNED_TO_SENDER,
        (ShipmentStatus.SHIPPED, "lose"): ShipmentStatus.LOST,
        (ShipmentStatus.LOST, "deliver"): ShipmentStatus.DELIVERED,
    },
    final=frozenset(
        {
            ShipmentStatus.DELIVERED,
            ShipmentStatus.RETURNED_TO_SENDER,
            ShipmentStatus.LOST,
            ShipmentStatus.CANCELLED,
        }
    ),
)


class TrackingStatus(models.TextChoices):
    """What the carrier's scans say; ranked in `fulfillment.tracking.rules`."""

    UNKNOWN = "unknown", "unknown"
    PRE_TRANSIT = "pre_transit", "announced to the carrier"
    PICKED_UP = "picked_up", "picked up"
    IN_TRANSIT = "in_transit", "in transit"
    ON_HOLD = "on_hold", "on hold"
    DELAYED = "delayed", "delayed"
    OUT_FOR_DELIVERY = "out_for_delivery", "out for delivery"
    READY_FOR_PICKUP = "ready_for_pickup", "ready for pickup"
    DELIVERY_FAILED = "delivery_failed", "delivery failed"
    RETURN_TO_SENDER = "return_to_sender", "on its way back"
    DELIVERED = "delivered", "delivered"
    CANCELLED = "cancelled", "cancelled"


# What the carrier says of a parcel that someone should look after.
TROUBLES = (
    TrackingStatus.ON_HOLD,
    TrackingStatus.DELAYED,
    TrackingStatus.DELIVERY_FAILED,
    TrackingStatus.RETURN_TO_SENDER,
)
