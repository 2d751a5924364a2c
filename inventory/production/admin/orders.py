"""Production orders in the console: what waits for whom, what each holds and brings, and what can be done with it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from inventory.locations.admin import AtOwnLocations
from inventory.production import pasting, queries, rules
from inventory.production import services as production
from inventory.production.admin import tracked
from inventory.production.admin.pasted import RowsField
from inventory.production.models import ProductionOrder, ProductionPosting
from inventory.production.services import Report
from inventory.production.states import OPEN, ProductionStatus
from oms.core import clock
from oms.core.admin import badges
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm
from oms.core.admin.paging import Tab
from oms.core.templatetags.console import badge

PLAN = "inventory.plan_production"
POST = "inventory.post_production"
TONES = {
    ProductionStatus.CONFIRMED: badges.WAITING,
    ProductionStatus.IN_PROGRESS: "info",
    ProductionStatus.DONE: "success",
}


# What the acts ask for ----------------------------------------------------------------------------


class ConfirmForm(ButtonForm):
    """Whether components may be short."""

    with_shortages = forms.BooleanField(
        required=False,
        label="Confirm although components are missing",
        help_text="What is there is set aside now, what comes later when it comes.",
    )


class PostForm(ButtonForm):
    """What came out and what went in."""

    produced = forms.IntegerField(
        min_value=0, max_value=rules.MOST_UNITS, required=False, label="Sound"
    )
    inspect = forms.IntegerField(
        min_value=0, max_value=rules.MOST_UNITS, required=False, label="To inspect first"
    )
    scrapped = forms.IntegerField(
        min_value=0, max_value=rules.MOST_UNITS, required=False, label="Spoilt"
    )
    used = RowsField(
        pasting.used,
        required=False,
        rows=3,
        label="Components that were used otherwise than planned",
        help_text="One line each: SKU and the units that went in. All others are taken by the plan.",
    )
    byproducts = RowsField(
        pasting.used,
        required=False,
        rows=2,
        label="By-products that came otherwise than planned",
        help_text="One line each: SKU and units.",
    )
    reason = forms.CharField(
        max_length=200, required=False, label="If it differs from the plan: why"
    )
    finish = forms.BooleanField(required=False, label="Nothing more is made of this order")

    def prepare(self) -> None:
        """Begin with all that is left to be made; ask for the lots of what is tracked."""
        order = self.target
        if isinstance(order, ProductionOrder):
            self.fields["produced"].initial = order.open
            lots = tracked.asked(order)
            for each in lots:
                self.fields[each.name] = tracked.field(each)
            used = [each.name for each in lots if each.name.startswith(tracked.USED)]
            self.order_fields(
                ["produced", tracked.SOUND, "inspect", tracked.INSPECT, "scrapped", "used", *used]
            )

    def clean(self) -> dict[str, Any]:
        """Read the report, with its lots."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and isinstance(self.target, ProductionOrder):
            report = Report(
                produced=data["produced"] or 0,
                inspect=data["inspect"] or 0,
                scrapped=data["scrapped"] or 0,
                used=data["used"],
                byproducts=data["byproducts"],
                reason=data["reason"],
            )
            data["report"] = tracked.named(self.target, report, data)
        return data


class UndoForm(ReasonForm):
    """Which posting was a mistake."""

    posting = forms.ModelChoiceField(ProductionPosting.objects.none(), empty_label=None)
    field_order = ("posting", "reason")

    def prepare(self) -> None:
        """Offer the postings that stand."""
        field = self.fields["posting"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = ProductionPosting.objects.filter(
                order=self.target.pk, undone_at__isnull=True
            ).order_by("-pk")


class ScheduleForm(ReasonForm):
    """From which day on."""

    start = forms.DateField(
        required=False,
        label="Not before",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty: as soon as the components are there.",
    )
    field_order = ("start", "reason")


class FinishForm(ButtonForm):
    """Why fewer were made, if so."""

    reason = forms.CharField(
        max_length=200, required=False, label="If fewer were made than ordered: why"
    )


# Acts ---------------------------------------------------------------------------------------------


def _confirm(press: Press) -> str:
    order = production.confirm(
        order_id=press.document.pk,
        with_shortages=press.data["with_shortages"],
        actor=press.actor,
    )
    return f"Confirmed: finished on {order.finishes_on}."


def _start(press: Press) -> None:
    production.start(order_id=press.document.pk, actor=press.actor)


def _post(press: Press) -> str:
    data = press.data
    posting = production.post(
        order_id=press.document.pk,
        report=data["report"],
        finish=data["finish"],
        key=f"console:{press.key}",
        actor=press.actor,
    )
    return f"Posted as {posting.number}."


def _undo(press: Press) -> str:
    posting = press.data["posting"]
    production.undo(
        order_id=press.document.pk,
        posting_id=posting.pk,
        reason=press.data["reason"],
        actor=press.actor,
    )
    return f"Posting {posting} is taken back."


def _hold(press: Press) -> str:
    order = production.hold_missing(order_id=press.document.pk, actor=press.actor)
    missing = sum(row.missing for row in order.components.all())
    return f"{missing} units are missing still." if missing else "Everything is set aside."


def _schedule(press: Press) -> str:
    order = production.reschedule(
        order_id=press.document.pk,
        start=press.data["start"],
        reason=press.data["reason"],
        actor=press.actor,
    )
    return f"Planned anew: finished on {order.finishes_on}."


def _finish(press: Press) -> None:
    production.finish(order_id=press.document.pk, reason=press.data["reason"], actor=press.actor)


def _cancel(press: Press) -> None:
    production.cancel(order_id=press.document.pk, reason=press.data["reason"], actor=press.actor)


def _possible(act: str) -> Callable[[ProductionOrder], str | None]:
    """Return the rule that asks whether `act` is possible now."""

    def judge(order: ProductionOrder) -> str | None:
        return queries.refusal(act, order)

    return judge


# The document -------------------------------------------------------------------------------------


@admin.register(ProductionOrder)
class ProductionOrderAdmin(AtOwnLocations):
    """What is made, where and until when. A person bound to locations sees the orders of those."""

    list_display = (
        "number",
        "article",
        "location",
        "state",
        "units",
        "finishes",
        "wanted",
        "made_for",
    )
    list_select_related = ("bill__sku", "location")
    list_filter = ("status", "location", "work_center")
    search_fields = ("number", "bill__sku__code", "bill__sku__name", "demand_document")
    search_help_text = "Number, SKU, or the order that it is made for"
    ordering = ("-id",)
    fields = (("created_by", "created_at"), ("confirmed_at", "started_at"), "ended_at")
    change_form_template = "admin/production/order.html"
    list_before_template = "admin/production/orders_before.html"
    list_help = (
        "Goods that we make. A draft touches nothing; once confirmed, components are set aside, days are booked, and"
        " what is made counts for promises."
    )
    buttons = (
        Button(
            "confirm",
            "Confirm",
            PLAN,
            _confirm,
            ConfirmForm,
            allowed=_possible("confirm"),
            explain="Sets the components aside, books the days, and counts the goods as coming.",
            main=True,
        ),
        Button(
            "start",
            "Start",
            POST,
            _start,
            allowed=_possible("start"),
            explain="Somebody works on it now; it cannot be cancelled any more, only finished.",
            done="Started.",
        ),
        Button(
            "post",
            "Post what was made",
            POST,
            _post,
            PostForm,
            allowed=_possible("post"),
            explain="Takes the components out of stock and brings the goods, at once.",
            main=True,
        ),
        Button(
            "hold",
            "Set missing components aside",
            PLAN,
            _hold,
            allowed=_possible("hold"),
            explain="Takes what is there of them. This happens by itself every minute or two, too.",
        ),
        Button(
            "schedule",
            "Plan anew",
            PLAN,
            _schedule,
            ScheduleForm,
            allowed=_possible("schedule"),
            explain="Frees the days that are not over and books the earliest ones for what is left to be made.",
        ),
        Button(
            "finish",
            "Done",
            PLAN,
            _finish,
            FinishForm,
            allowed=_possible("finish"),
            explain="Nothing more is made; components and days that are left are free.",
            done="Done.",
        ),
        Button(
            "undo",
            "Take a posting back",
            PLAN,
            _undo,
            UndoForm,
            allowed=_possible("undo"),
            explain="The goods leave the stock again, and the components come back to where they were taken from."
            " Refused once goods are sold or promised.",
            danger=True,
        ),
        Button(
            "cancel",
            "Cancel",
            PLAN,
            _cancel,
            ReasonForm,
            allowed=_possible("cancel"),
            explain="Components and days are free again.",
            done="Cancelled.",
            danger=True,
        ),
    )

    def get_list_tabs(self, request: HttpRequest) -> Sequence[Tab]:
        """Return the tabs; what is late depends on the day."""
        orders = ProductionOrder.objects
        return (
            Tab("open", "Open", Q(status__in=OPEN)),
            Tab("draft", "Drafts", Q(status=ProductionStatus.DRAFT)),
            Tab("confirmed", "To begin", Q(status=ProductionStatus.CONFIRMED)),
            Tab("progress", "In progress", Q(status=ProductionStatus.IN_PROGRESS)),
            Tab("short", "Components missing", Q(pk__in=orders.short().values("pk"))),
            Tab("late", "Late", Q(pk__in=orders.late(clock.today()).values("pk"))),
            Tab("done", "Done", Q(status=ProductionStatus.DONE), counted=False),
            Tab("cancelled", "Cancelled", Q(status=ProductionStatus.CANCELLED), counted=False),
            Tab("all", "All", counted=False),
        )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[ProductionOrder]":
        """Load what names the order."""
        rows: models.QuerySet[ProductionOrder] = super().get_queryset(request)
        return rows.select_related("bill__sku", "location", "work_center")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Load everything once, for the page and all its buttons."""
        found = super().get_object(request, object_id, from_field)
        return None if found is None else queries.within(None).get(pk=found.pk)

    @display(description="SKU")
    def article(self, order: ProductionOrder) -> str:
        """Show what is made."""
        return order.bill.sku.code

    @display(description="State")
    def state(self, order: ProductionOrder) -> SafeString:
        """Show where it stands."""
        return badge(order.status, str(order.get_status_display()), tone=tone(order.status))

    @display(description="Made")
    def units(self, order: ProductionOrder) -> str:
        """Show how far it is."""
        return f"{order.produced} of {order.quantity}"

    @display(description="Finished on")
    def finishes(self, order: ProductionOrder) -> "SafeString | str":
        """Show when the goods are finished, marked when that is late."""
        if order.finishes_on is None:
            return "–"
        if order.is_late(clock.today()):
            return badge("late", f"{order.finishes_on}", tone="danger")
        return f"{order.finishes_on}"

    @display(description="Wanted on")
    def wanted(self, order: ProductionOrder) -> str:
        """Show when it is wanted."""
        return f"{order.due_on or '–'}"

    @display(description="Made for")
    def made_for(self, order: ProductionOrder) -> str:
        """Show for which order."""
        return order.demand_document or "–"

    def page_context(self, request: HttpRequest, document: ProductionOrder) -> Mapping[str, Any]:
        """Add components, goods, days and postings."""
        acts = {offer.name for offer in self.offers(request, document) if offer.legal}
        is_draft = document.status == ProductionStatus.DRAFT
        return {
            "tone": tone(document.status),
            "late": document.is_late(clock.today()),
            "components": document.components.all(),
            "byproducts": document.byproducts.all(),
            "slots": document.slots.all(),
            "postings": sorted(document.postings.all(), key=lambda each: -each.pk)[: queries.SHOWN],
            "capable": queries.capable_to_promise(
                document.bill,
                document.location,
                document.quantity,
                work_center=document.work_center,
                not_before=document.not_before,
            )
            if is_draft
            else None,
            "is_open": document.status in OPEN,
            "may_edit": is_draft and request.user.has_perm(PLAN),
            "may_post": "post" in acts,
            "sees_lots": request.user.has_perm("inventory.view_lot"),
            "sees_bills": request.user.has_perm("inventory.view_billofmaterials"),
        }


def tone(status: str) -> str:
    """Return the colour of a state."""
    return TONES.get(ProductionStatus(status), "")
