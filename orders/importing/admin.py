"""Imports in the console: the upload, the template, the rows that were not taken, and the kept mappings."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.forms.fields import InvalidJSONInput
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import reverse

from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin import site
from oms.core.admin.base import SetupModelAdmin
from oms.core.admin.buttons import dress
from oms.core.api import parsing
from oms.core.jobs.models import Job
from orders.channels.models import Channel
from orders.importing import queries, services
from orders.importing.models import ImportMapping
from orders.importing.rules import columns
from orders.importing.rules.columns import Reading

RIGHT = "orders.import_orders"
CREATES_ARTICLES = "inventory.add_sku"
_NEWEST = 10
_DRY_RUN = "What would happen is said row by row; no order is placed, no stock moves."


# The upload ---------------------------------------------------------------------------------------


class UploadForm(forms.Form):
    """A file, where its orders come from, and how it is read."""

    file = forms.FileField(label="CSV file", allow_empty_file=True)
    channel = forms.ModelChoiceField(Channel.objects.none(), empty_label=None)
    mapping = forms.ModelChoiceField(
        ImportMapping.objects.none(),
        required=False,
        empty_label="our own template",
        label="Columns",
        help_text="A kept mapping reads a partner's file. It belongs to one channel.",
    )
    dry_run = forms.BooleanField(required=False, initial=True, label="Dry run", help_text=_DRY_RUN)
    skip_bad_rows = forms.BooleanField(
        required=False,
        label="Take orders without their bad rows",
        help_text="Otherwise a bad row refuses its whole order. Other orders are never touched by it.",
    )
    create_products = forms.BooleanField(
        required=False,
        label="Create unknown articles",
        help_text="With the file's name and price, and without stock.",
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels, mappings = self.fields["channel"], self.fields["mapping"]
        if isinstance(channels, forms.ModelChoiceField):
            channels.queryset = Channel.objects.filter(is_active=True)
        if isinstance(mappings, forms.ModelChoiceField):
            mappings.queryset = ImportMapping.objects.select_related("channel")
        if not request.user.has_perm(CREATES_ARTICLES):
            del self.fields["create_products"]
        dress(self)

    def clean(self) -> dict[str, Any]:
        """Refuse the mapping of another channel."""
        data: dict[str, Any] = super().clean() or {}
        mapping, channel = data.get("mapping"), data.get("channel")
        if mapping and channel and mapping.channel_id != channel.pk:
            self.add_error("mapping", f"This mapping belongs to {mapping.channel}.")
        return data


@site.page("orders/import/", name="orders_import", permission=RIGHT)
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file and queue its import, or say at once why it cannot be read."""
    if request.method != "POST":
        return _page(request, UploadForm(request=request))
    form = UploadForm(request.POST, request.FILES, request=request)
    if not form.is_valid():
        return _page(request, form, status=422)
    data = form.cleaned_data
    mapping = data["mapping"]
    reading = queries.reading_of(mapping, skip_bad_rows=data["skip_bad_rows"])
    try:
        job = services.start(
            file=data["file"].file,
            name=data["file"].name,
            channel=data["channel"],
            actor=Actor.of_user(request.user),
            mapping=reading,
            dry_run=data["dry_run"],
            create_products=data.get("create_products", False),
        )
    except errors.DomainError as error:
        for problem in error.problems:
            form.add_error(None, problem.message)
        if not error.problems:
            form.add_error(None, error.detail)
        return _page(request, form, status=error.status)
    messages.success(request, "The file is being read; this page shows how far it is.")
    return HttpResponseRedirect(reverse("admin:core_job_change", args=(job.pk,)))


@site.page("orders/import/template.csv", name="orders_import_template", permission=RIGHT)
def template(_request: HttpRequest) -> HttpResponse:
    """Give a file to fill in."""
    return _csv(HttpResponse(queries.template().encode("utf-8-sig")), "orders.csv")


@site.page("orders/import/<int:job_id>/errors.csv", name="orders_import_errors", permission=RIGHT)
def error_file(_request: HttpRequest, job_id: int) -> HttpResponse:
    """Give the rows that were not taken, to be corrected and uploaded again."""
    job = Job.objects.filter(pk=job_id, kind=services.KIND).first()
    if job is None:
        raise Http404("There is no such import.")
    lines = queries.error_file(job)
    try:
        head = next(lines)
    except errors.DomainError as error:
        raise Http404(error.detail) from error

    def body() -> Any:
        yield f"\ufeff{head}"
        yield from lines

    return _csv(StreamingHttpResponse(body()), f"not-taken-{job.pk}.csv")


def _csv(response: Any, name: str) -> HttpResponse:
    response["Content-Type"] = "text/csv; charset=utf-8"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    file: HttpResponse = response
    return file


def _page(request: HttpRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    return site.render(
        request,
        "admin/orders/import.html",
        {
            "title": "Import orders",
            "form": form,
            "columns": columns.COLUMNS,
            "most_megabytes": settings.OMS_IMPORT_MAX_BYTES >> 20,
            "jobs": Job.objects.filter(kind=services.KIND).order_by("-pk")[:_NEWEST],
        },
        status=status,
    )


# Mappings -----------------------------------------------------------------------------------------


class PairsField(forms.JSONField):
    """Names by name, read as strictly as a body of the API: nothing endless, nothing that no table takes."""

    def to_python(self, value: Any) -> Any:
        """Refuse what the strict reader refuses."""
        refusal = _refusal_of(value)
        if refusal:
            raise forms.ValidationError(refusal, code="invalid")
        return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show again as it was typed what cannot be read."""
        if _refusal_of(data):
            return InvalidJSONInput(data)
        return super().bound_data(data, initial)


def _refusal_of(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        return ""
    try:
        parsing.loads(value.encode("utf-8", "replace"))
    except errors.DomainError as error:
        return error.detail
    return ""


class MappingForm(forms.ModelForm):
    """Checks that the columns named are ours."""

    class Meta:
        model = ImportMapping
        fields = (
            "name",
            "channel",
            "columns",
            "defaults",
            "decimal_separator",
            "time_zone",
            "encoding",
            "skip_bad_rows",
        )
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {
            "columns": PairsField,
            "defaults": PairsField,
        }

    def clean(self) -> dict[str, Any]:
        """Refuse what no file could be read by."""
        data: dict[str, Any] = super().clean() or {}
        for field in ("columns", "defaults"):
            said = data.get(field)
            if said is not None and (
                not isinstance(said, dict)
                or not all(isinstance(value, str) for value in said.values())
            ):
                self.add_error(field, 'Write it like {"sku": "product_id"}.')
                return data
        reading = Reading(
            columns=data.get("columns") or {},
            defaults=data.get("defaults") or {},
            time_zone=data.get("time_zone") or "UTC",
        )
        for problem in columns.reading_problems(reading):
            self.add_error(problem.pointer.split("/")[1], problem.message)
        return data


@admin.register(ImportMapping)
class ImportMappingAdmin(SetupModelAdmin):
    """How partners' files are read."""

    form = MappingForm
    list_display = ("name", "channel", "skip_bad_rows")
    list_select_related = ("channel",)
    search_fields = ("name",)
    ordering = ("name",)
    list_help = "A mapping says which column of a partner's file is which of ours."
    fieldsets = (
        (None, {"fields": (("name", "channel"), "columns", "defaults")}),
        (
            "Reading",
            {"fields": (("decimal_separator", "time_zone"), ("encoding", "skip_bad_rows"))},
        ),
    )
