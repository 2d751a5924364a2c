"""How substitutes are priced and decided, and the life of a substitution."""

from django.db import models

from oms.core.flows import Flow


class PriceRule(models.TextChoices):
    """What the substitute costs."""

    KEEP = "keep", "what the original cost"
    LOWER = "lower", "the lower of both"
    OWN = "own", "its own price, with consent if that is more"


class Mode(models.TextChoices):
    """Who decides."""

    AUTOMATIC = "automatic", "automatic, where the price does not rise"
    ASK = "ask", "ask the customer"
    NEVER = "never", "never"


class SubstitutionStatus(models.TextChoices):
    """Where an offer stands."""

    OFFERED = "offered", "offered"
    ACCEPTED = "accepted", "accepted"
    KEPT = "kept", "keeps waiting"
    CANCELLED = "cancelled", "units cancelled"
    WITHDRAWN = "withdrawn", "withdrawn"


SUBSTITUTION = Flow(
    "substitution",
    initial=SubstitutionStatus.OFFERED,
    table={
        (SubstitutionStatus.OFFERED, "accept"): SubstitutionStatus.ACCEPTED,
        (SubstitutionStatus.OFFERED, "keep"): SubstitutionStatus.KEPT,
        (SubstitutionStatus.OFFERED, "cancel"): SubstitutionStatus.CANCELLED,
        (SubstitutionStatus.OFFERED, "withdraw"): SubstitutionStatus.WITHDRAWN,
    },
    final=frozenset(
        {
            SubstitutionStatus.ACCEPTED,
            SubstitutionStatus.KEPT,
            SubstitutionStatus.CANCELLED,
            SubstitutionStatus.WITHDRAWN,
        }
    ),
)
