"""What sweeps have found."""

from django.db import models


class SweepMark(models.Model):
    """When a sweep last ended with nothing free to promise that must not be sold. One row."""

    clear_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"clear at {self.clear_at}"
