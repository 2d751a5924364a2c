"""The life of a hold."""

from django.db import models

from oms.core.flows import Flow


class HoldStatus(models.TextChoices):
    """Whether it stops the order."""

    ACTIVE = "active", "active"
    RELEASED = "released", "released"
    EXPIRED = "expired", "expired"


class HoldReason(models.TextChoices):
    """Why the order waits."""

    AWAITING_PAYMENT = "awaiting_payment", "awaiting payment"
    FRAUD_RISK = "fraud_risk", "fraud risk"
    INCORRECT_ADDRESS = "incorrect_address", "incorrect address"
    OUT_OF_STOCK = "out_of_stock", "out of stock"
    VALIDATION = "validation", "validation"
    CREDIT_LIMIT = "credit_limit", "credit limit"
    AWAITING_RETURN_ITEMS = "awaiting_return_items", "awaiting return items"
    UNKNOWN_DELIVERY_DATE = "unknown_delivery_date", "unknown delivery date"
    CUSTOMER_REQUEST = "customer_request", "customer request"
    OTHER = "other", "other"


HOLD = Flow(
    "hold",
    initial=HoldStatus.ACTIVE,
    table={
        (HoldStatus.ACTIVE, "release"): HoldStatus.RELEASED,
        (HoldStatus.ACTIVE, "expire"): HoldStatus.EXPIRED,
    },
    final=frozenset({HoldStatus.RELEASED, HoldStatus.EXPIRED}),
)
