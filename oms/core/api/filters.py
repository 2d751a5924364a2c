"""Filters that several lists share."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django_filters import IsoDateTimeFilter
from django_filters.fields import IsoDateTimeField

from oms.core.api import schemas


class InstantField(IsoDateTimeField):
    """An instant within the years of the API: beyond them, no time zone can be computed and no database compared."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the instant, or None for no value."""
        instant: datetime | None = super().to_python(value)
        if instant is not None and instant.year not in schemas.YEARS:
            raise ValidationError("This year is out of range.", code="instant_range")
        return instant


class InstantFilter(IsoDateTimeFilter):
    """Narrow by an instant, written like 2026-03-31T14:05:00Z."""

    field_class = InstantField
