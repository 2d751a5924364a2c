"""Buckets and kinds of movement."""

from django.db import models


class Bucket(models.TextChoices):
    """Where a unit is. The first five lie at the location; the others are outside of it."""

    AVAILABLE = "available", "available"
    COMMITTED = "committed", "committed"
    RESERVED = "reserved", "reserved"
    DAMAGED = "damaged", "damaged"
    QUALITY_CONTROL = "quality_control", "quality control"
    SUPPLIER = "supplier", "supplier"
    CUSTOMER = "customer", "customer"
    ADJUSTMENT = "adjustment", "adjustment"
    TRANSIT = "transit", "in transit"
    PRODUCTION = "production", "in production"


INSIDE = frozenset(
    {
        Bucket.AVAILABLE,
        Bucket.COMMITTED,
        Bucket.RESERVED,
        Bucket.DAMAGED,
        Bucket.QUALITY_CONTROL,
    }
)

# What is ours, wherever it is. Where a movement crosses this border, we come to have more or fewer units.
OWNED = frozenset({*INSIDE, Bucket.TRANSIT})


class Condition(models.TextChoices):
    """How units in a bin are: promised or not, sound ones are good."""

    GOOD = "good", "good"
    DAMAGED = "damaged", "damaged"
    QUALITY_CONTROL = "quality_control", "quality control"


CONDITION_OF: dict[str, Condition] = {
    Bucket.AVAILABLE: Condition.GOOD,
    Bucket.COMMITTED: Condition.GOOD,
    Bucket.RESERVED: Condition.GOOD,
    Bucket.DAMAGED: Condition.DAMAGED,
    Bucket.QUALITY_CONTROL: Condition.QUALITY_CONTROL,
}


class BinMoveKind(models.TextChoices):
    """Why units came to lie in another bin, or in another condition."""

    FOLLOWS = "follows", "stock movement"
    PUT_AWAY = "put_away", "put-away"
    MOVE = "move", "move"
    PICK = "pick", "pick"
    UNPICK = "unpick", "put back"
    SWITCH = "switch", "bins or lots switched on or off"
    NAMED = "named", "lot named"


class MovementKind(models.TextChoices):
    """Why a unit moved."""

    RECEIPT = "receipt", "receipt"
    ADJUSTMENT = "adjustment", "adjustment"
    COUNT = "count", "count"
    RESERVATION = "reservation", "reservation"
    RESERVATION_RELEASE = "reservation_release", "reservation release"
    ALLOCATION = "allocation", "allocation"
    DEALLOCATION = "deallocation", "deallocation"
    SHIPMENT = "shipment", "shipment"
    RETURN_RESTOCK = "return_restock", "return restock"
    SCRAP = "scrap", "scrap"
    STATE_CHANGE = "state_change", "state change"
    TRANSFER_OUT = "transfer_out", "transfer out"
    TRANSFER_IN = "transfer_in", "transfer in"
    PRODUCTION_CONSUME = "production_consume", "production consume"
    PRODUCTION_OUTPUT = "production_output", "production output"


# What a person may do with goods that lie at a location. Committed and reserved goods are promised: only reservations
# moves them.
STATE_CHANGES: dict[tuple[str, str], MovementKind] = {
    (Bucket.AVAILABLE, Bucket.DAMAGED): MovementKind.STATE_CHANGE,
    (Bucket.AVAILABLE, Bucket.QUALITY_CONTROL): MovementKind.STATE_CHANGE,
    (Bucket.DAMAGED, Bucket.AVAILABLE): MovementKind.STATE_CHANGE,
    (Bucket.DAMAGED, Bucket.QUALITY_CONTROL): MovementKind.STATE_CHANGE,
    (Bucket.QUALITY_CONTROL, Bucket.AVAILABLE): MovementKind.STATE_CHANGE,
    (Bucket.QUALITY_CONTROL, Bucket.DAMAGED): MovementKind.STATE_CHANGE,
    (Bucket.DAMAGED, Bucket.ADJUSTMENT): MovementKind.SCRAP,
    (Bucket.QUALITY_CONTROL, Bucket.ADJUSTMENT): MovementKind.SCRAP,
}
