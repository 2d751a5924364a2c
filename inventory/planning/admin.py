"""Proposals, policies and promotions in the console."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from inventory.locations.admin import AtOwnLocations, reach
from inventory.planning import services as planning
from inventory.planning.models import Policy, Promotion, Proposal
from inventory.planning.states import ProposalKind, ProposalStatus
from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.base import SetupModelAdmin
from oms.core.admin.buttons import Button, ButtonForm, Press, dress
from oms.core.admin.paging import Tab
from oms.core.templatetags.console import badge

DECIDE = "inventory.decide_proposal"
LIST = "admin:inventory_proposal_changelist"
SOON_DAYS = 7
YEAR = 365
_OPEN = Q(status=ProposalStatus.OPEN)
_NOBODY = Q(kind=ProposalKind.PURCHASE, supplier__isnull=True)


# Deciding many --------------------------------------------------------------------------------------


class RejectForm(forms.Form):
    """Why not, and for how long."""

    reason = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="It is kept with each proposal.",
    )
    quiet_days = forms.IntegerField(
        min_value=0,
        max_value=planning.MOST_QUIET_DAYS,
        initial=planning.QUIET_DAYS,
        label="Days of quiet",
        help_text="So long it is not proposed again, although it is needed.",
    )


@site.page("planning/proposals/decide/", name="proposals_decide", permission=DECIDE)
def decide(request: HttpRequest) -> HttpResponse:
    """Approve or reject the chosen proposals, once they have been looked at together."""
    seen = _seen(request)
    is_approval = request.POST.get("act") != "reject"
    form = RejectForm(request.POST if not is_approval else None)
    dress(form)
    if not seen:
        return _decide_page(request, seen, is_approval=is_approval, form=form)
    if not is_approval and not form.is_valid():
        return _decide_page(request, seen, is_approval=False, form=form, status=422)
    key = site.form_key(request)
    try:
        with transaction.atomic():
            repeats.take(request, "proposals-decide", key)
            words = _approve(request, seen) if is_approval else _reject(request, seen, form)
    except repeats.AlreadyDone:
        messages.info(request, "This was done already, once.")
    except errors.DomainError as error:
        return _decide_page(
            request, seen, is_approval=is_approval, form=form, error=error, status=error.status
        )
    else:
        messages.success(request, words)
    return HttpResponseRedirect(reverse(LIST))


def _approve(request: HttpRequest, seen: Mapping[int, int]) -> str:
    done = planning.approve(
        proposal_ids=list(seen),
        versions=seen,
        actor=Actor.of_user(request.user),
        reach=reach(request),
    )
    return approved_words(done)


def approved_words(done: planning.Approved) -> str:
    """Say what proposals became."""
    orders = [each.number for each in done.purchase_orders]
    moves = [each.number for each in done.transfers]
    made = [each.number for each in done.production_orders]
    parts = [
        f"{name}: {', '.join(numbers)}"
        for name, numbers in (
            ("purchase orders", orders),
            ("transfers", moves),
            ("production orders", made),
        )
        if numbers
    ]
    return f"{len(done.proposals)} approved. Drafts to place, release or confirm now – {'; '.join(parts)}."


def _reject(request: HttpRequest, seen: Mapping[int, int], form: RejectForm) -> str:
    rows = planning.reject(
        proposal_ids=list(seen),
        reason=form.cleaned_data["reason"],
        quiet_days=form.cleaned_data["quiet_days"],
        actor=Actor.of_user(request.user),
        reach=reach(request),
    )
    return f"{len(rows)} rejected."


def _seen(request: HttpRequest) -> dict[int, int]:
    """Return the chosen proposals with the versions that were shown; what is no such pair is left out."""
    found = {}
    for each in request.POST.getlist("proposal")[: planning.MOST_AT_ONCE + 1]:
        key, _, version = each.partition(":")
        if key.isdecimal() and version.isdecimal() and len(key) < 19 and len(version) < 10:
            found[int(key)] = int(version)
    return found


def _decide_page(
    request: HttpRequest,
    seen: Mapping[int, int],
    *,
    is_approval: bool,
    form: RejectForm,
    error: errors.DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = (
        Proposal.objects.at(reach(request))
        .filter(pk__in=seen)
        .select_related("sku", "location", "source", "supplier", "work_center")
        .order_by("supplier__name", "source__code", "location__code", "sku__code")
    )
    return site.render(
        request,
        "admin/planning/decide.html",
        {
            "title": "Approve proposals" if is_approval else "Reject proposals",
            "is_approval": is_approval,
            "rows": list(rows),
            "form": form,
            "error": error,
            "press_key": request.POST.get("press_key") or uuid.uuid4().hex,
        },
        status=status,
    )


# The list and one proposal --------------------------------------------------------------------------


class RejectButtonForm(ButtonForm, RejectForm):
    """Why not, and for how long."""


def _approve_one(press: Press) -> str:
    done = planning.approve(
        proposal_ids=[press.document.pk],
        versions={press.document.pk: press.version or 0},
        actor=press.actor,
        reach=reach(press.request),
    )
    return approved_words(done)


def _reject_one(press: Press) -> None:
    planning.reject(
        proposal_ids=[press.document.pk],
        reason=press.data["reason"],
        quiet_days=press.data["quiet_days"],
        actor=press.actor,
        reach=reach(press.request),
    )


def _is_open(proposal: Proposal) -> str | None:
    if proposal.status == ProposalStatus.OPEN:
        return None
    return f"The proposal is {proposal.get_status_display()}."


@admin.register(Proposal)
class ProposalAdmin(AtOwnLocations):
    """What to buy, to move or to make, with the reasons."""

    actions = ("approve_chosen", "reject_chosen")
    list_display = (
        "number",
        "sku_code",
        "location",
        "kind",
        "comes_from",
        "quantity",
        "lasts",
        "state",
        "created_at",
    )
    list_select_related = ("sku", "location", "source", "supplier", "work_center")
    list_filter = ("kind", "location", "supplier")
    search_fields = ("number", "sku__code", "sku__name", "document_number")
    search_help_text = "Number, SKU, or the number of the draft"
    ordering = ("-id",)
    list_tabs = (
        Tab("open", "To decide", _OPEN & ~_NOBODY),
        Tab(
            "urgent",
            "Lasts no week",
            _OPEN & ~_NOBODY & Q(days_left__lt=SOON_DAYS),
            help="At the forecast demand the stock, and what comes, is used up within a week.",
        ),
        Tab(
            "nobody",
            "Nobody sells it",
            _OPEN & _NOBODY,
            help="Enter a supplier's terms; the next run proposes to buy from them.",
        ),
        Tab("approved", "Approved", Q(status=ProposalStatus.APPROVED), counted=False),
        Tab("rejected", "Rejected", Q(status=ProposalStatus.REJECTED), counted=False),
        Tab("all", "All", counted=False),
    )
    list_help = (
        "What to buy, to make and to move so that the policies are kept. Approved, it becomes a draft: nothing is"
        " ordered, moved or set aside before the draft is placed, released or confirmed."
    )
    fields = (
        ("kind", "quantity"),
        ("location", "comes_from"),
        ("created_at", "refreshed_at"),
        ("decided_at", "decided_by"),
        ("reason", "quiet_until"),
    )
    readonly_fields = ("comes_from",)
    change_form_template = "admin/planning/proposal.html"
    buttons = (
        Button(
            "approve",
            "Approve",
            DECIDE,
            _approve_one,
            allowed=_is_open,
            explain="Writes a draft of a purchase order, a transfer or a production order for these units.",
            main=True,
        ),
        Button(
            "reject",
            "Reject",
            DECIDE,
            _reject_one,
            RejectButtonForm,
            allowed=_is_open,
            explain="It is not proposed again for the days of quiet.",
            done="Rejected.",
            danger=True,
        ),
    )

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Say whether the person decides."""
        return request.user.has_perm(DECIDE)

    @action(description="Approve", permissions=["decide"])
    def approve_chosen(
        self, request: HttpRequest, queryset: "models.QuerySet[Proposal]"
    ) -> HttpResponse:
        """Show the chosen ones together, to be approved."""
        return self._together(request, queryset, is_approval=True)

    @action(description="Reject", permissions=["decide"])
    def reject_chosen(
        self, request: HttpRequest, queryset: "models.QuerySet[Proposal]"
    ) -> HttpResponse:
        """Show the chosen ones together, to be rejected."""
        return self._together(request, queryset, is_approval=False)

    def _together(
        self, request: HttpRequest, queryset: "models.QuerySet[Proposal]", *, is_approval: bool
    ) -> HttpResponse:
        rows = queryset.order_by("pk").values_list("pk", "version")[: planning.MOST_AT_ONCE]
        form = RejectForm()
        dress(form)
        return _decide_page(request, dict(rows), is_approval=is_approval, form=form)

    @display(description="SKU")
    def sku_code(self, proposal: Proposal) -> str:
        """Show the code."""
        return proposal.sku.code

    @display(description="From")
    def comes_from(self, proposal: Proposal) -> str:
        """Show who delivers or makes it."""
        origin = proposal.source or proposal.supplier or proposal.work_center
        return str(origin) if origin is not None else "nobody sells it"

    @display(description="Lasts")
    def lasts(self, proposal: Proposal) -> str:
        """Show for how long there is something."""
        if proposal.days_left is None:
            return "–"
        if proposal.days_left > YEAR:
            return "over a year"
        return f"{proposal.days_left} day{'' if proposal.days_left == 1 else 's'}"

    @display(description="State")
    def state(self, proposal: Proposal) -> SafeString:
        """Show where it stands."""
        return badge(proposal.status, str(proposal.get_status_display()))

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Proposal]":
        """Load what every row and the page show."""
        return (
            super()
            .get_queryset(request)
            .select_related(
                "sku",
                "location",
                "source",
                "supplier",
                "work_center",
                "purchase_order",
                "transfer",
                "production_order",
            )
        )

    def page_context(self, request: HttpRequest, document: Proposal) -> Mapping[str, Any]:
        """Add the reasons and what became of it."""
        return {"why": document.why, "state": self.state(document)}


# Set-up ---------------------------------------------------------------------------------------------


class PolicyForm(forms.ModelForm):
    """Says what the database would refuse, in words."""

    class Meta:
        model = Policy
        fields = (
            "name",
            "sku",
            "category",
            "location",
            "target",
            "percent",
            "review_days",
            "cover_days",
            "lot",
            "least",
            "most",
            "takes_transfers",
            "transfer_days",
            "is_active",
        )

    def clean(self) -> dict[str, Any]:
        """Refuse two policies for the same, and limits that leave no room."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("sku") and data.get("category"):
            self.add_error("category", "A policy is for a SKU or for a category.")
        least, most = data.get("least"), data.get("most")
        if least is not None and most is not None and most <= least:
            self.add_error("most", "This is not above where it is reordered.")
        if not self.errors:
            same = Policy.objects.filter(
                sku=data.get("sku"),
                category=data.get("category", ""),
                location=data.get("location"),
            )
            other = same.exclude(pk=self.instance.pk).first()
            if other is not None:
                self.add_error(None, f"“{other}” is for the same already.")
        return data


@admin.register(Policy)
class PolicyAdmin(SetupModelAdmin):
    """Which service is aimed at, and how orders are written."""

    form = PolicyForm
    list_display = (
        "name",
        "scope",
        "target",
        "percent",
        "cover_days",
        "lot",
        "takes_transfers",
        "is_active",
    )
    list_select_related = ("sku", "location")
    list_filter = ("target", "is_active")
    search_fields = ("name", "sku__code", "category")
    ordering = ("name", "id")
    autocomplete_fields = ("sku", "location")
    list_help = (
        "Which service is aimed at. Of policies that fit, the one of the SKU counts before that of its category,"
        " and that of one location before that of all. Try a change under Planning, Simulate, before it goes live."
    )
    fieldsets: ClassVar[Sequence[Any]] = (
        (None, {"fields": ("name", ("sku", "category"), ("location", "is_active"))}),
        ("Service", {"fields": (("target", "percent"),)}),
        ("Orders", {"fields": (("cover_days", "lot"), ("review_days", "least"), "most")}),
        ("From other locations", {"fields": (("takes_transfers", "transfer_days"),)}),
    )

    @display(description="For")
    def scope(self, policy: Policy) -> str:
        """Show what it is for."""
        what = policy.sku.code if policy.sku else policy.category or "everything"
        return f"{what} at {policy.location.name}" if policy.location else what


@admin.register(Promotion)
class PromotionAdmin(SetupModelAdmin):
    """Periods that are marked, so that they bias no forecast, and that are forecast higher when they are to come."""

    list_display = (
        "name",
        "sku",
        "location",
        "starts_on",
        "ends_on",
        "expected_percent",
        "is_active",
    )
    list_select_related = ("sku", "location")
    list_filter = ("location",)
    search_fields = ("name", "sku__code")
    ordering = ("-starts_on", "-id")
    autocomplete_fields = ("sku", "location")
    list_help = (
        "Periods in which more than usual is sold, on purpose. Past ones do not lift the forecast of usual weeks; weeks"
        " of those to come are forecast higher."
    )
    fieldsets: ClassVar[Sequence[Any]] = (
        (None, {"fields": ("name", ("sku", "location"), ("starts_on", "ends_on"))}),
        ("Extra demand", {"fields": (("expected_percent", "is_active"),)}),
    )
