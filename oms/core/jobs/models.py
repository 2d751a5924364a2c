"""Job tables."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from oms.core.clock import now
from oms.core.ids import uuid7


class JobState(models.TextChoices):
    """Life of a job."""

    QUEUED = "queued", "queued"
    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"


class Job(models.Model):
    """One piece of bulk work. Counters are rows; `cursor` is where a run that was cut off goes on."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    params = models.JSONField(default=dict, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    cursor = models.PositiveIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True, help_text="Who carries it out right now.")
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="Runs that ended without a row done."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["kind", "id"],
                condition=Q(state__in=["queued", "running"]),
                name="job_to_do",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class JobRow(models.Model):
    """What came of one row of a job."""

    class Outcome(models.TextChoices):
        """Result of a row."""

        OK = "ok", "done"
        SKIPPED = "skipped", "skipped"
        FAILED = "failed", "failed"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField(help_text="Line number in the file, or index.")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reference = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["job", "position", "id"]
        indexes = [models.Index(fields=["job", "outcome", "position"], name="jobrow_outcome")]

    def __str__(self) -> str:
        return f"{self.position}: {self.outcome}"
