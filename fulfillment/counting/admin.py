"""Counts in the console: choose what is counted, review what was found, post it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import display

from fulfillment.counting import queries, services
from inventory.counting import services as counting
from inventory.counting.models import CountLine, CountOrder, waits_for
from inventory.counting.rules import CLASSES, Choice, Tolerance
from inventory.counting.states import (
    COUNT,
    Cause,
    ChosenBy,
    CountStatus,
    LineState,
    ToleranceKind,
)
from inventory.locations.admin import AtOwnLocations, reach
from inventory.locations.models import Location
from oms.core import errors, transactions
from oms.core.actors import Actor
from oms.core.admin import badges, repeats, site
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm, dress
from oms.core.admin.paging import Tab
from oms.core.templatetags.console import badge
from orders.ordering.services import CountPosted

COUNT_STOCK = "inventory.count_stock"
REVIEW = "inventory.review_count"
COSTS = "inventory.see_costs"
MOST_FIELDS = 200
TONES = {CountStatus.OPEN: badges.BUSY, CountStatus.TO_REVIEW: badges.WAITING}


# What is counted ----------------------------------------------------------------------------------


class ChoiceFields(forms.Form):
    """Which SKUs, and how near the count has to be."""

    by = forms.ChoiceField(choices=ChosenBy.choices, label="Chosen by")
    skus = forms.CharField(
        required=False,
        label="SKUs",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=70_000,
        help_text="For named SKUs: one a line.",
    )
    bins = forms.CharField(
        required=False, max_length=30, label="Bins", help_text="All bins that begin so, as in A-01."
    )
    abc = forms.ChoiceField(
        required=False,
        label="Class",
        choices=[("", "–"), *((name, name) for name in CLASSES)],
        help_text="By the units that left in 90 days: A moves most.",
    )
    days = forms.IntegerField(
        required=False, label="Days", help_text="What was not counted for so many days."
    )
    tolerance = forms.IntegerField(
        min_value=0,
        initial=0,
        label="Tolerance",
        help_text="Outside of it, somebody else counts again.",
    )
    tolerance_kind = forms.ChoiceField(choices=ToleranceKind.choices, label="Tolerance in")
    note = forms.CharField(required=False, max_length=500)

    def choice(self) -> Choice:
        """Return the choice; fields of the other ways are left out."""
        data = self.cleaned_data
        codes = [code.strip() for code in data["skus"].splitlines() if code.strip()]
        by = data["by"]
        return Choice(
            by,
            skus=codes if by == ChosenBy.SKUS else (),
            bins=data["bins"] if by == ChosenBy.BINS else "",
            abc=data["abc"] if by == ChosenBy.ABC else "",
            days=(data["days"] or 0) if by == ChosenBy.AGE else 0,
        )

    def tolerated(self) -> Tolerance:
        """Return the tolerance."""
        return Tolerance(self.cleaned_data["tolerance_kind"], self.cleaned_data["tolerance"])


class NewCountForm(ChoiceFields):
    """A count at a location of the person."""

    location = forms.ModelChoiceField(Location.objects.none(), empty_label=None)
    field_order = ("location",)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["location"]
        if isinstance(field, forms.ModelChoiceField):
            places = Location.objects.filter(is_active=True)
            reached = reach(request)
            field.queryset = places if reached is None else places.filter(pk__in=reached)
        dress(self)


class EditForm(ButtonForm, ChoiceFields):
    """What the draft says."""

    def prepare(self) -> None:
        """Show what it says now."""
        count = self.target
        if not isinstance(count, CountOrder):
            return
        now: dict[str, Any] = {
            "by": count.chosen_by,
            "skus": "\n".join(
                count.lines.order_by("pk").values_list("sku__code", flat=True)
                if count.chosen_by == ChosenBy.SKUS
                else ()
            ),
            "bins": count.choice if count.chosen_by == ChosenBy.BINS else "",
            "abc": count.choice if count.chosen_by == ChosenBy.ABC else "",
            "days": count.choice if count.chosen_by == ChosenBy.AGE else None,
            "tolerance": count.tolerance,
            "tolerance_kind": count.tolerance_kind,
            "note": count.note,
        }
        for name, value in now.items():
            self.fields[name].initial = value

    def clean(self) -> dict[str, Any]:
        """Gather the choice."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            data["choice"], data["tolerated"] = self.choice(), self.tolerated()
        return data


class _DifferencesForm(ButtonForm):
    """One field for each line that differs, the largest differences first; a page with more could not be sent back."""

    def prepare(self) -> None:
        """Offer the lines."""
        self.codes: dict[str, str] = {}
        lines = CountLine.objects.filter(count=self.target.pk).select_related("sku")
        differing = [line for line in lines.order_by("sku__code") if line.difference]
        differing.sort(key=lambda line: -abs(line.difference or 0))
        for line in differing[:MOST_FIELDS]:
            name = f"line_{line.pk}"
            self.codes[name] = line.sku.code
            self.fields[name] = self.field(line)
        self.order_fields([*self.codes, *(name for name in self.fields if name not in self.codes)])

    def field(self, line: CountLine) -> forms.Field:
        """Return what is asked about a line."""
        raise NotImplementedError


class DoubtForm(_DifferencesForm):
    """Lines that are to be counted once more."""

    reason = forms.CharField(
        max_length=200, help_text="It is kept in the timeline, readable by everyone who counts."
    )

    def field(self, line: CountLine) -> forms.Field:
        """Ask whether it is to be counted again."""
        return forms.BooleanField(required=False, label=f"{line.sku.code}: {line.difference:+d}")

    def clean(self) -> dict[str, Any]:
        """Gather the lines."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        data["skus"] = [code for name, code in self.codes.items() if data.get(name)]
        if not data["skus"] and not self.errors:
            raise forms.ValidationError("Choose at least one line.")
        return data


class ExplainForm(_DifferencesForm):
    """Why shelf and books differ, line by line."""

    def field(self, line: CountLine) -> forms.Field:
        """Ask for the cause."""
        return forms.ChoiceField(
            choices=Cause.choices,
            initial=line.cause,
            label=f"{line.sku.code}: {line.difference:+d}",
        )

    def clean(self) -> dict[str, Any]:
        """Gather the causes."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        data["causes"] = {code: data[name] for name, code in self.codes.items() if name in data}
        return data


# Acts ---------------------------------------------------------------------------------------------


def _edit(press: Press) -> None:
    counting.edit(
        count_id=press.document.pk,
        choice=press.data["choice"],
        tolerance=press.data["tolerated"],
        note=press.data["note"],
        version=press.version,
        actor=press.actor,
    )


def _start(press: Press) -> None:
    counting.start(count_id=press.document.pk, version=press.version, actor=press.actor)


def _finish(press: Press) -> None:
    counting.finish(count_id=press.document.pk, version=press.version, actor=press.actor)


def _doubt(press: Press) -> None:
    counting.doubt(
        count_id=press.document.pk,
        sku_codes=press.data["skus"],
        reason=press.data["reason"],
        version=press.version,
        actor=press.actor,
    )


def _explain(press: Press) -> None:
    counting.explain(
        count_id=press.document.pk,
        causes=press.data["causes"],
        version=press.version,
        actor=press.actor,
    )


def _post(press: Press) -> str:
    """Post, again from nothing when a rival was faster; the key of the form is kept with it."""
    outcome = transactions.retrying(partial(_post_once, press))
    words = "Posted: the books say what was counted."
    if outcome.rerouted or outcome.backordered:
        words += (
            f" Orders lost units: {outcome.rerouted} come from elsewhere,"
            f" {outcome.backordered} wait for stock."
        )
    return words


def _post_once(press: Press) -> CountPosted:
    repeats.take(press.request, f"inventory.countorder.post:{press.document.pk}", press.key)
    return services.post(count_id=press.document.pk, version=press.version, actor=press.actor)


def _cancel(press: Press) -> None:
    counting.cancel(
        count_id=press.document.pk,
        reason=press.data["reason"],
        version=press.version,
        actor=press.actor,
    )


def _legal(action: str) -> Callable[[CountOrder], str | None]:
    """Return the rule that asks the count's table."""

    def judge(count: CountOrder) -> str | None:
        if COUNT.may(count.status, action):
            return None
        return COUNT.refusal(count.status, action).detail

    return judge


def _finishable(count: CountOrder) -> str | None:
    if refusal := _legal("finish")(count):
        return refusal
    waiting = count.lines.exclude(state=LineState.COUNTED).count()
    return f"{waiting} lines are still to be counted." if waiting else None


# The document -------------------------------------------------------------------------------------


@admin.register(CountOrder)
class CountAdmin(AtOwnLocations):
    """A count. The books are shown to reviewers, and to others once it is posted."""

    list_display = ("number", "location", "state", "what", "progress", "created_by", "created_at")
    list_select_related = ("location",)
    list_filter = ("status", "location", "chosen_by")
    search_fields = ("number", "note", "lines__sku__code")
    search_help_text = "Number, note or SKU"
    ordering = ("-id",)
    list_tabs = (
        Tab("count", "To count", waits_for(LineState.TO_COUNT)),
        Tab("recount", "To recount", waits_for(LineState.TO_RECOUNT)),
        Tab("open", "Being counted", Q(status=CountStatus.OPEN)),
        Tab("review", "To review", Q(status=CountStatus.TO_REVIEW)),
        Tab("draft", "Drafts", Q(status=CountStatus.DRAFT)),
        Tab(
            "done",
            "Done",
            Q(status__in=[CountStatus.POSTED, CountStatus.CANCELLED]),
            counted=False,
        ),
        Tab("all", "All", counted=False),
    )
    fields = (("number", "created_by"), ("created_at", "started_at"), ("finished_at", "posted_at"))
    change_form_template = "admin/inventory/count.html"
    list_help = (
        "Cycle counts: people count blind, somebody else counts again what differs too much, then the difference is"
        " posted. Orders go on meanwhile."
    )
    buttons = (
        Button(
            "start",
            "Start",
            REVIEW,
            _start,
            allowed=_legal("start"),
            explain="From now on its SKUs can be counted, and are in no other count of this location.",
            done="Started: it can be counted.",
            main=True,
        ),
        Button("edit", "Edit", REVIEW, _edit, EditForm, allowed=_legal("edit"), done="Changed."),
        Button(
            "finish",
            "Everything is counted",
            COUNT_STOCK,
            _finish,
            allowed=_finishable,
            explain="Hands the count over to the review.",
            done="Handed over to the review.",
            main=True,
        ),
        Button(
            "post",
            "Post",
            REVIEW,
            _post,
            allowed=_legal("post"),
            explain="The stock changes by the difference of the moment of counting. What is missing for orders is taken"
            " from the newest ones, which are served from elsewhere or wait.",
            main=True,
            keyed=True,
        ),
        Button(
            "explain",
            "Name causes",
            REVIEW,
            _explain,
            ExplainForm,
            allowed=_legal("explain"),
            done="Noted.",
        ),
        Button(
            "doubt",
            "Count again",
            REVIEW,
            _doubt,
            DoubtForm,
            allowed=_legal("recount"),
            explain="Somebody else than last time counts these lines once more.",
            done="Given back to be counted again.",
        ),
        Button(
            "cancel",
            "Cancel",
            REVIEW,
            _cancel,
            ReasonForm,
            allowed=_legal("cancel"),
            explain="The stock stays as it is.",
            done="Cancelled.",
            danger=True,
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let reviewers make counts."""
        return request.user.has_perm(REVIEW)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[CountOrder]":
        """Load the location with the count."""
        return super().get_queryset(request).select_related("location")

    def get_changelist_queryset(
        self, queryset: "models.QuerySet[CountOrder]"
    ) -> "models.QuerySet[CountOrder]":
        """Count the lines of the rows."""
        return queryset.annotate(
            line_count=Count("lines", distinct=True),
            counted_count=Count("lines", filter=Q(lines__state=LineState.COUNTED), distinct=True),
        )

    @display(description="Status")
    def state(self, count: CountOrder) -> SafeString:
        """Show where it stands."""
        return _state(count)

    @display(description="What")
    def what(self, count: CountOrder) -> str:
        """Show how the SKUs were chosen."""
        return f"{count.get_chosen_by_display()} {count.choice}".strip()

    @display(description="Counted")
    def progress(self, count: CountOrder) -> str:
        """Show how far it is."""
        return f"{count.counted_count} of {count.line_count}"  # type: ignore[attr-defined]  # annotated

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Draft a count."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return _new(request)

    def page_context(self, request: HttpRequest, document: CountOrder) -> Mapping[str, Any]:
        """Add the lines: blind for those who count, with the books for those who review."""
        final = document.status in COUNT.final
        may_see = request.user.has_perm(REVIEW) or final
        sees_books = may_see and document.status != CountStatus.DRAFT
        return {
            "tone": TONES.get(CountStatus(document.status), ""),
            "review": queries.review(document) if sees_books else None,
            "stops": [] if sees_books else queries.walk(document),
            "may_count": document.status == CountStatus.OPEN and request.user.has_perm(COUNT_STOCK),
            "may_see_costs": request.user.has_perm(COSTS),
        }


def _state(count: CountOrder) -> SafeString:
    return badge(
        count.status, str(count.get_status_display()), TONES.get(CountStatus(count.status), "")
    )


def _new(request: HttpRequest) -> HttpResponse:
    key = site.form_key(request)
    if request.method != "POST":
        return _new_page(request, NewCountForm(request=request), key)
    form = NewCountForm(request.POST, request=request)
    if not form.is_valid():
        return _new_page(request, form, key, status=422)
    try:
        with transaction.atomic():
            repeats.take(request, "count.create", key)
            count = counting.create(
                location_code=form.cleaned_data["location"].code,
                choice=form.choice(),
                tolerance=form.tolerated(),
                note=form.cleaned_data["note"],
                actor=Actor.of_user(request.user),
            )
    except repeats.AlreadyDone:
        messages.info(request, "This count was drafted already.")
        return HttpResponseRedirect(reverse("admin:inventory_countorder_changelist"))
    except errors.DomainError as error:
        for words in [problem.message for problem in error.problems] or [error.detail]:
            form.add_error(None, words)
        return _new_page(request, form, key, status=error.status)
    messages.success(request, f"Drafted {count.number}: {count.lines.count()} SKUs.")
    return HttpResponseRedirect(reverse("admin:inventory_countorder_change", args=(count.pk,)))


def _new_page(
    request: HttpRequest, form: NewCountForm, key: str, *, status: int = 200
) -> HttpResponse:
    return site.render(
        request,
        "admin/inventory/count_new.html",
        {"title": "New count", "form": form, "press_key": key},
        status=status,
    )
