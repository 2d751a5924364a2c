"""The life of a lot."""

from django.db import models

from oms.core.flows import Flow


class LotStatus(models.TextChoices):
    """Whether units of a lot may be sold."""

    RELEASED = "released", "released"
    QUARANTINED = "quarantined", "quarantined"
    RECALLED = "recalled", "recalled"


LOT = Flow(
    "lot",
    initial=LotStatus.RELEASED,
    table={
        (LotStatus.RELEASED, "quarantine"): LotStatus.QUARANTINED,
        (LotStatus.QUARANTINED, "release"): LotStatus.RELEASED,
        (LotStatus.RELEASED, "recall"): LotStatus.RECALLED,
        (LotStatus.QUARANTINED, "recall"): LotStatus.RECALLED,
    },
    # Whoever has bought of it was told: it is never sold again.
    final=frozenset({LotStatus.RECALLED}),
)
