"""Rows that are edited on the page of the document they belong to."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from unfold.admin import TabularInline

# A form that claims more would be drawn for minutes; nobody edits so many rows on one page.
MOST_ROWS = 500


class RowsInline(TabularInline):
    """Base of all rows on the page of a document."""

    extra = 0
    max_num = MOST_ROWS

    def get_formset(
        self, request: HttpRequest, obj: models.Model | None = None, **kwargs: Any
    ) -> Any:
        """Draw no more rows than a page can hold, whatever the form claims."""
        return super().get_formset(request, obj, absolute_max=MOST_ROWS, **kwargs)
