"""Methods of costing, kinds of charges, ways of splitting them, and what changes the cost of a layer."""

from django.db import models


class Method(models.TextChoices):
    """Which cost leaves first."""

    FIFO = "fifo", "first in, first out"
    AVERAGE = "average", "moving average"


class ChargeKind(models.TextChoices):
    """What besides the goods was paid to have them here."""

    FREIGHT = "freight", "freight"
    DUTY = "duty", "duty"
    INSURANCE = "insurance", "insurance"
    OTHER = "other", "other"


class Basis(models.TextChoices):
    """In proportion to what a charge is split."""

    VALUE = "value", "value"
    WEIGHT = "weight", "weight"
    VOLUME = "volume", "volume"
    QUANTITY = "quantity", "units"


class ChangeKind(models.TextChoices):
    """Why the cost of a layer changed after its units came."""

    LANDED = "landed", "landed charge"
    STATED = "stated", "cost stated"
    CONVERTED = "converted", "converted by a rate"
    MADE = "made", "made of what went in"
    REMADE = "remade", "what went in cost more, or less"


# These give a cost to units of which nobody knew any; the others change a cost that is known.
FIRST_KNOWN = frozenset({ChangeKind.STATED, ChangeKind.CONVERTED, ChangeKind.MADE})
