"""Import tables."""

from django.db import models

from orders.channels.models import Channel


class ImportMapping(models.Model):
    """How the columns of a partner's file are read."""

    name = models.CharField(max_length=60, unique=True)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="import_mappings")
    columns = models.JSONField(default=dict, help_text="Our column name: the file's column name.")
    defaults = models.JSONField(
        default=dict,
        blank=True,
        help_text="Our column name: value where the file says nothing; may quote cells: {household_id}.",
    )
    decimal_separator = models.CharField(
        max_length=1, default=".", choices=[(".", "point"), (",", "comma")]
    )
    time_zone = models.CharField(
        max_length=40, default="UTC", help_text="Of times without an offset."
    )
    encoding = models.CharField(
        max_length=20, blank=True, help_text="Empty: found out from the file."
    )
    skip_bad_rows = models.BooleanField(
        default=False, help_text="Take an order without its bad rows instead of refusing it."
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
