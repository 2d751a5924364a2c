"""The lives of bills of materials and of production orders."""

from django.db import models

from oms.core.flows import Flow


class BillStatus(models.TextChoices):
    """Where a revision stands. An active one is used from its day on, and never changes."""

    DRAFT = "draft", "draft"
    ACTIVE = "active", "active"
    RETIRED = "retired", "retired"


BILL = Flow(
    "bill of materials",
    initial=BillStatus.DRAFT,
    table={
        (BillStatus.DRAFT, "edit"): BillStatus.DRAFT,
        (BillStatus.DRAFT, "release"): BillStatus.ACTIVE,
        (BillStatus.DRAFT, "retire"): BillStatus.RETIRED,
        (BillStatus.ACTIVE, "retire"): BillStatus.RETIRED,
    },
    final=frozenset({BillStatus.RETIRED}),
)


class ProductionStatus(models.TextChoices):
    """Where a production order stands."""

    DRAFT = "draft", "draft"
    CONFIRMED = "confirmed", "confirmed"
    IN_PROGRESS = "in_progress", "in progress"
    DONE = "done", "done"
    CANCELLED = "cancelled", "cancelled"


# The states in which an order holds components, has days of capacity, and is expected to bring goods.
OPEN = (ProductionStatus.CONFIRMED, ProductionStatus.IN_PROGRESS)


class PostingKind(models.TextChoices):
    """What happened to the units of a line of a posting."""

    CONSUME = "consume", "consumed"
    OUTPUT = "output", "made"
    SCRAP = "scrap", "made and scrapped"
    BYPRODUCT = "byproduct", "by-product"


# What came out and is there.
MADE = (PostingKind.OUTPUT, PostingKind.BYPRODUCT)


PRODUCTION_ORDER = Flow(
    "production order",
    initial=ProductionStatus.DRAFT,
    table={
        (ProductionStatus.DRAFT, "edit"): ProductionStatus.DRAFT,
        (ProductionStatus.DRAFT, "confirm"): ProductionStatus.CONFIRMED,
        (ProductionStatus.DRAFT, "cancel"): ProductionStatus.CANCELLED,
        (ProductionStatus.CONFIRMED, "hold"): ProductionStatus.CONFIRMED,
        (ProductionStatus.CONFIRMED, "schedule"): ProductionStatus.CONFIRMED,
        (ProductionStatus.CONFIRMED, "start"): ProductionStatus.IN_PROGRESS,
        (ProductionStatus.CONFIRMED, "cancel"): ProductionStatus.CANCELLED,
        (ProductionStatus.IN_PROGRESS, "hold"): ProductionStatus.IN_PROGRESS,
        (ProductionStatus.IN_PROGRESS, "schedule"): ProductionStatus.IN_PROGRESS,
        (ProductionStatus.IN_PROGRESS, "post"): ProductionStatus.IN_PROGRESS,
        (ProductionStatus.IN_PROGRESS, "undo"): ProductionStatus.IN_PROGRESS,
        (ProductionStatus.IN_PROGRESS, "finish"): ProductionStatus.DONE,
    },
    final=frozenset({ProductionStatus.DONE, ProductionStatus.CANCELLED}),
)
