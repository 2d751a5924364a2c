"""The life of a proposal."""

from django.db import models

from oms.core.flows import Flow


class ProposalStatus(models.TextChoices):
    """Where the proposal stands. `withdrawn`: what was needed is not needed any more."""

    OPEN = "open", "open"
    APPROVED = "approved", "approved"
    REJECTED = "rejected", "rejected"
    WITHDRAWN = "withdrawn", "withdrawn"


class ProposalKind(models.TextChoices):
    """How the units are got."""

    PURCHASE = "purchase", "purchase"
    TRANSFER = "transfer", "transfer"
    PRODUCTION = "production", "production"


class ServiceTarget(models.TextChoices):
    """What a policy holds: the share of units served at once, or of order cycles without a shortage."""

    FILL_RATE = "fill_rate", "fill rate"
    CYCLE_SERVICE = "cycle_service", "cycle service"


PROPOSAL = Flow(
    "proposal",
    initial=ProposalStatus.OPEN,
    table={
        (ProposalStatus.OPEN, "approve"): ProposalStatus.APPROVED,
        (ProposalStatus.OPEN, "reject"): ProposalStatus.REJECTED,
        (ProposalStatus.OPEN, "withdraw"): ProposalStatus.WITHDRAWN,
    },
    final=frozenset({ProposalStatus.APPROVED, ProposalStatus.REJECTED, ProposalStatus.WITHDRAWN}),
)
