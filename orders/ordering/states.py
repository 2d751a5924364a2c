"""The life of an order."""

from django.db import models

from oms.core.flows import Flow


class OrderStatus(models.TextChoices):
    """What was decided about the order."""

    DRAFT = "draft", "draft"
    PENDING = "pending", "pending"
    CONFIRMED = "confirmed", "confirmed"
    COMPLETED = "completed", "completed"
    CANCELLED = "cancelled", "cancelled"


class PaymentStatus(models.TextChoices):
    """Derived from the payment ledger."""

    UNPAID = "unpaid", "unpaid"
    PENDING = "pending", "pending"
    AUTHORIZED = "authorized", "authorized"
    PARTIALLY_PAID = "partially_paid", "partially paid"
    PAID = "paid", "paid"
    OVERPAID = "overpaid", "overpaid"
    PARTIALLY_REFUNDED = "partially_refunded", "partially refunded"
    REFUNDED = "refunded", "refunded"
    VOIDED = "voided", "voided"


class FulfillmentStatus(models.TextChoices):
    """Derived from the counters of the lines."""

    UNFULFILLED = "unfulfilled", "unfulfilled"
    BACKORDERED = "backordered", "backordered"
    ALLOCATED = "allocated", "allocated"
    IN_PROGRESS = "in_progress", "in progress"
    PARTIALLY_SHIPPED = "partially_shipped", "partially shipped"
    SHIPPED = "shipped", "shipped"
    PARTIALLY_DELIVERED = "partially_delivered", "partially delivered"
    DELIVERED = "delivered", "delivered"
    CANCELLED = "cancelled", "cancelled"


class ReturnStatus(models.TextChoices):
    """Derived from the counters of the lines."""

    NONE = "none", "none"
    REQUESTED = "requested", "requested"
    IN_PROGRESS = "in_progress", "in progress"
    PARTIALLY_RETURNED = "partially_returned", "partially returned"
    RETURNED = "returned", "returned"


ORDER = Flow(
    "order",
    initial=OrderStatus.DRAFT,
    table={
        (OrderStatus.DRAFT, "place"): OrderStatus.PENDING,
        (OrderStatus.DRAFT, "cancel"): OrderStatus.CANCELLED,
        (OrderStatus.PENDING, "confirm"): OrderStatus.CONFIRMED,
        (OrderStatus.PENDING, "cancel"): OrderStatus.CANCELLED,
        (OrderStatus.CONFIRMED, "complete"): OrderStatus.COMPLETED,
        (OrderStatus.CONFIRMED, "cancel"): OrderStatus.CANCELLED,
        (OrderStatus.COMPLETED, "reopen"): OrderStatus.CONFIRMED,
    },
    final=frozenset({OrderStatus.CANCELLED, OrderStatus.COMPLETED}),
)
