"""The life of a count, and how its lines are chosen and judged."""

from django.db import models

from oms.core.flows import Flow


class CountStatus(models.TextChoices):
    """Where the count stands."""

    DRAFT = "draft", "draft"
    OPEN = "open", "being counted"
    TO_REVIEW = "to_review", "to review"
    POSTED = "posted", "posted"
    CANCELLED = "cancelled", "cancelled"


LIVE = (CountStatus.OPEN, CountStatus.TO_REVIEW)


class LineState(models.TextChoices):
    """What a line waits for."""

    TO_COUNT = "to_count", "to count"
    TO_RECOUNT = "to_recount", "to recount"
    COUNTED = "counted", "counted"


class ChosenBy(models.TextChoices):
    """How the SKUs of a count were chosen."""

    SKUS = "skus", "named SKUs"
    BINS = "bins", "bins that begin with"
    ABC = "abc", "class by movement"
    AGE = "age", "not counted for days"


class ToleranceKind(models.TextChoices):
    """What the tolerance is measured in."""

    UNITS = "units", "units"
    PERCENT = "percent", "percent of the book quantity"


class Cause(models.TextChoices):
    """Why the shelf and the books differ, as far as someone knows."""

    UNEXPLAINED = "unexplained", "unexplained"
    MISPLACED = "misplaced", "lay elsewhere"
    DAMAGED = "damaged", "broken and thrown away"
    STOLEN = "stolen", "stolen"
    RECEIVED_WRONG = "received_wrong", "received wrongly"
    SHIPPED_WRONG = "shipped_wrong", "shipped wrongly"


COUNT = Flow(
    "count",
    initial=CountStatus.DRAFT,
    table={
        (CountStatus.DRAFT, "edit"): CountStatus.DRAFT,
        (CountStatus.DRAFT, "start"): CountStatus.OPEN,
        (CountStatus.DRAFT, "cancel"): CountStatus.CANCELLED,
        (CountStatus.OPEN, "record"): CountStatus.OPEN,
        (CountStatus.OPEN, "finish"): CountStatus.TO_REVIEW,
        (CountStatus.OPEN, "cancel"): CountStatus.CANCELLED,
        (CountStatus.TO_REVIEW, "explain"): CountStatus.TO_REVIEW,
        (CountStatus.TO_REVIEW, "recount"): CountStatus.OPEN,
        (CountStatus.TO_REVIEW, "post"): CountStatus.POSTED,
        (CountStatus.TO_REVIEW, "cancel"): CountStatus.CANCELLED,
    },
    final=frozenset({CountStatus.POSTED, CountStatus.CANCELLED}),
)
