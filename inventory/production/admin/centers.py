"""Work centers: set up by managers."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from inventory.locations.admin import reach
from inventory.production.models import WorkCenter, WorkCenterClosure
from oms.core.admin.base import SetupModelAdmin
from oms.core.admin.rows import RowsInline

WEEKDAYS = (
    (0, "Monday"),
    (1, "Tuesday"),
    (2, "Wednesday"),
    (3, "Thursday"),
    (4, "Friday"),
    (5, "Saturday"),
    (6, "Sunday"),
)


class WorkCenterForm(forms.ModelForm):
    """Checks what the database cannot."""

    work_days = forms.TypedMultipleChoiceField(
        choices=WEEKDAYS,
        coerce=int,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label="Works on",
        initial=[0, 1, 2, 3, 4],
    )

    class Meta:
        model = WorkCenter
        fields = ("code", "name", "location", "capacity", "work_days", "is_active")
        help_texts: ClassVar[dict[str, str]] = {
            "code": "Short and lasting; routings name it.",
            "capacity": "For each working day, counted as its routings are: in minutes, pieces or batches."
            " Work that is planned already stays where it is.",
        }

    def clean_work_days(self) -> list[int]:
        """Keep the days in order."""
        return sorted(set(self.cleaned_data["work_days"]))


class ClosureInline(RowsInline):
    """Days on which nobody works there."""

    model = WorkCenterClosure
    fields = ("day", "name")
    verbose_name_plural = "Closed days: nothing is planned on them"


@admin.register(WorkCenter)
class WorkCenterAdmin(SetupModelAdmin):
    """Benches, machines and teams, and how much of them there is on a day."""

    form = WorkCenterForm
    list_display = ("code", "name", "location", "capacity", "is_active")
    list_select_related = ("location",)
    list_filter = ("is_active", "location")
    search_fields = ("code", "name")
    ordering = ("code",)
    inlines = (ClosureInline,)
    list_help = "Where goods are made, and how much a day can take. Bills of materials say what a batch takes of it."
    fieldsets = (
        (None, {"fields": (("code", "name"), ("location", "capacity"), "is_active")}),
        ("Calendar", {"fields": ("work_days",)}),
    )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[WorkCenter]":
        """Return the work centers within reach."""
        rows: models.QuerySet[WorkCenter] = super().get_queryset(request)
        reached = reach(request)
        found = rows.select_related("location")
        return found if reached is None else found.filter(location__in=reached)

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> tuple[Any, ...]:
        """Keep what routings and plans are known by."""
        return ("code", "location") if obj is not None else ()
