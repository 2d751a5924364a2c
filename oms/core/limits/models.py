"""The table of counters."""

from django.db import models


class Counter(models.Model):
    """Takes of one key under one limit since the span began."""

    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=64, help_text="Digest of what is counted.")
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="limit_counter_unique"),
        ]
        indexes = [models.Index(fields=["ends_at"], name="limit_counter_ends")]

    def __str__(self) -> str:
        return f"{self.scope}: {self.count}"
