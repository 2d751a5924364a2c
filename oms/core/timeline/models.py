"""The timeline table."""

from django.db import models

from oms.core.clock import now


class EntryQuerySet(models.QuerySet["Entry"]):
    """Reads of the timeline."""

    def of(self, document: str, document_id: int) -> "EntryQuerySet":
        """Keep the entries of one document, oldest first."""
        return self.filter(document=document, document_id=document_id).order_by("id")


class Entry(models.Model):
    """One thing that happened to one document."""

    document = models.CharField(max_length=40)
    document_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=40, blank=True)
    actor_name = models.CharField(max_length=150)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    data = models.JSONField(default=dict, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=now)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = "timeline entry"
        verbose_name_plural = "timeline"
        indexes = [models.Index(fields=["document", "document_id", "id"], name="timeline_document")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor_name}"
