"""Filters of lists."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from unfold.contrib.filters.admin import RangeDateFilter


class DayRangeFilter(RangeDateFilter):
    """From a day until a day, both whole, as the calendar of the person's time zone cuts them."""

    def queryset(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]"
    ) -> "models.QuerySet[Any]":
        """Keep the rows between the days."""
        begin = self._midnight(f"{self.parameter_name}_from", after=0)
        end = self._midnight(f"{self.parameter_name}_to", after=1)
        if begin is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": begin})
        if end is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": end})
        return queryset

    def _midnight(self, name: str, *, after: int) -> datetime | None:
        text = str(self.used_parameters.get(name) or "")
        if not text:
            return None
        try:
            day = parse_date(text)
            if day is None:
                raise ValueError(text)
            day += timedelta(days=after)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters("This is no day.") from error
        return timezone.make_aware(datetime.combine(day, time.min))
