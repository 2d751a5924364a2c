"""Lots in the console: what lies where, who got what, and the recall."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET
from unfold.decorators import display

from fulfillment.recalls import notifications, queries, services, sheet
from fulfillment.recalls.services import SetAside
from inventory.locations import queries as locations
from inventory.locations.admin import reach
from inventory.lots import services as lots
from inventory.lots.models import Lot
from inventory.lots.states import LOT, LotStatus
from inventory.production import tracing
from inventory.stock.models import Content
from oms.core import clock
from oms.core.admin import badges, site
from oms.core.admin.base import OmsModelAdmin
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm
from oms.core.admin.paging import Tab
from oms.core.templatetags.console import badge

CONTACT = "customers.see_contact"
SOON_DAYS = 30
MOST_ON_PAGE = 500
TONES = {LotStatus.QUARANTINED: badges.WAITING, LotStatus.RECALLED: "danger"}


class ChangeForm(ButtonForm):
    """What is printed on the goods."""

    made_on = forms.DateField(
        required=False, label="Made on", widget=forms.DateInput(attrs={"type": "date"})
    )
    expires_on = forms.DateField(
        required=False,
        label="Expires on",
        help_text="The last day on which it may be used.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    best_before = forms.CharField(
        required=False, max_length=60, label="Best before", help_text="In words, as printed."
    )
    origin = forms.CharField(required=False, max_length=100, label="Made or supplied by")

    def prepare(self) -> None:
        """Show what is known."""
        for name in self.fields:
            self.fields[name].initial = getattr(self.target, name)


class TellForm(ButtonForm):
    """What customers are asked to do."""

    words = forms.CharField(
        max_length=2_000,
        label="What to do with the goods",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="It stands in every mail, below article, lot and units. Do not use it any more,"
        " send it back, throw it away; how the money comes back; whom to call.",
    )


def _change(press: Press) -> str:
    lots.change(lot_id=press.document.pk, actor=press.actor, **press.data)
    return "Kept."


def _quarantine(press: Press) -> str:
    done = services.quarantine(
        lot_id=press.document.pk, reason=press.data["reason"], actor=press.actor
    )
    return "Quarantined. " + _told(done)


def _recall(press: Press) -> str:
    done = services.recall(lot_id=press.document.pk, reason=press.data["reason"], actor=press.actor)
    return "Recalled. " + _told(done)


def _release(press: Press) -> str:
    units = services.release(
        lot_id=press.document.pk, reason=press.data["reason"], actor=press.actor
    )
    return f"Released; {units} units are available again."


def _aside(press: Press) -> str:
    done = services.set_aside(
        lot_id=press.document.pk, reason=press.data["reason"], actor=press.actor
    )
    return _told(done)


def _tell(press: Press) -> str:
    told = notifications.tell_everyone(
        lot_id=press.document.pk, words=press.data["words"], actor=press.actor
    )
    words = f"{told.queued} mails are on their way."
    if told.without_address:
        words += f" {told.without_address} orders have no e-mail address: see the list."
    return words


def _told(done: SetAside) -> str:
    words = [f"{done.units} units are set aside"]
    if done.unpicked:
        words.append(f"{done.unpicked} picked units have to go back")
    if done.rerouted:
        words.append(f"{done.rerouted} units of orders come from elsewhere")
    if done.backordered:
        words.append(f"{done.backordered} wait for stock")
    if done.packed:
        words.append(f"{done.packed} lie in parcels that cannot leave: take these apart")
    return "; ".join(words) + "."


def _may(action: str) -> Any:
    def allowed(lot: Lot) -> str | None:
        if LOT.may(lot.status, action):
            return None
        return f"It is {lot.get_status_display()}."

    return allowed


def _only_recalled(lot: Lot) -> str | None:
    return None if lot.status == LotStatus.RECALLED else "It is not recalled."


def _unsellable(lot: Lot) -> str | None:
    expired = lot.sku.expires and lot.expires_on and lot.expires_on < clock.now().date()
    if lot.status != LotStatus.RELEASED or expired:
        return None
    return "It may be sold."


def tabs() -> Sequence[Tab]:
    """Return the views of the list; what expires soon is counted from today."""
    today = clock.now().date()
    lies = Q(pk__in=Content.objects.filter(lot__isnull=False).values("lot_id"))
    return (
        Tab("all", "All", counted=False),
        Tab("stock", "In stock", lies, counted=False),
        Tab(
            "soon",
            f"Expires within {SOON_DAYS} days",
            lies & Q(sku__expires=True, expires_on__lte=today + timedelta(days=SOON_DAYS)),
        ),
        Tab("quarantined", "Quarantined", Q(status=LotStatus.QUARANTINED)),
        Tab("recalled", "Recalled", Q(status=LotStatus.RECALLED)),
    )


@admin.register(Lot)
class LotAdmin(OmsModelAdmin):
    """Lots and serial numbers."""

    list_display = ("number", "sku_code", "sku_name", "expiry", "state", "units", "origin")
    list_select_related = ("sku",)
    list_filter = ("status", "sku__tracking")
    search_fields = ("number", "sku__code", "sku__name", "origin")
    search_help_text = "Lot, serial number, SKU or supplier"
    ordering = ("-id",)
    fields = (("created_at", "recalled_at"),)
    change_form_template = "admin/recalls/lot.html"
    list_help = (
        "The lots and serial numbers of what is tracked: what expires first is picked first; what is quarantined,"
        " recalled or expired is neither promised nor picked."
    )
    buttons: ClassVar[Sequence[Button]] = (
        Button(
            "recall",
            "Recall",
            "inventory.recall_lot",
            _recall,
            ReasonForm,
            allowed=_may("recall"),
            explain="It is never sold again. What is in the house is set aside, picks are undone, and orders are served"
            " anew. Who got it is listed here; telling them is an act of its own.",
            danger=True,
            template="admin/recalls/recall.html",
        ),
        Button(
            "quarantine",
            "Quarantine",
            "inventory.judge_lot",
            _quarantine,
            ReasonForm,
            allowed=_may("quarantine"),
            explain="Nothing of it is sold until it is released: its units are set aside at every location.",
            template="admin/recalls/recall.html",
        ),
        Button(
            "release",
            "Release",
            "inventory.judge_lot",
            _release,
            ReasonForm,
            allowed=_may("release"),
            explain="It may be sold again; its units in inspection become available.",
            main=True,
        ),
        Button(
            "aside",
            "Set aside what is left",
            "inventory.judge_lot",
            _aside,
            ReasonForm,
            allowed=_unsellable,
            explain="For units that turned up after it was quarantined or recalled, or has expired; the system looks by"
            " itself as well.",
        ),
        Button(
            "tell",
            "Tell customers",
            "inventory.recall_lot",
            _tell,
            TellForm,
            allowed=_only_recalled,
            explain="One mail for each order that got units of it or goods made with it. Pressed again, only orders"
            " that were not told yet get one.",
        ),
        Button(
            "correct",
            "Correct",
            "inventory.judge_lot",
            _change,
            ChangeForm,
            explain="Dates and origin, as printed on the goods.",
        ),
    )

    def get_list_tabs(self, request: HttpRequest) -> Sequence[Tab]:
        """Count from today."""
        return tabs()

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Lot]":
        """Load the SKU with the lot."""
        rows: models.QuerySet[Lot] = super().get_queryset(request)
        return rows.select_related("sku")

    def get_changelist_queryset(self, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Add what lies anywhere."""
        there = Content.objects.filter(lot=OuterRef("pk")).order_by().values("lot")
        return queryset.annotate(
            lying=Coalesce(Subquery(there.annotate(units=Sum("quantity")).values("units")), 0)
        )

    @display(description="SKU", ordering="sku__code")
    def sku_code(self, lot: Lot) -> str:
        """Show the code."""
        return lot.sku.code

    @display(description="Name")
    def sku_name(self, lot: Lot) -> str:
        """Show what it is."""
        return lot.sku.name

    @display(description="Expires")
    def expiry(self, lot: Lot) -> "SafeString | str":
        """Show the day, marked when it is near or over."""
        if lot.expires_on is None:
            return "–"
        days = (lot.expires_on - clock.now().date()).days
        if not lot.sku.expires or days > SOON_DAYS:
            return lot.expires_on.isoformat()
        return badge(lot.expires_on.isoformat(), tone="danger" if days < 0 else "warning")

    @display(description="State")
    def state(self, lot: Lot) -> SafeString:
        """Show the state."""
        return badge(lot.get_status_display(), tone=TONES.get(LotStatus(lot.status), "success"))

    @display(description="Units in stock")
    def units(self, lot: Any) -> int:
        """Show what lies anywhere."""
        found: int = lot.lying
        return found

    def page_context(self, request: HttpRequest, document: Lot) -> dict[str, Any]:
        """Add where it lies, who has it, and what it went through, at the person's locations."""
        reached = reach(request)
        codes = locations.codes_of(reached)
        return {
            "title": f"{document.sku.code} · {document.number}",
            "lot": document,
            "places": queries.places(document.pk, location_ids=reached),
            "in_hand": queries.in_hand(document.pk),
            "steps": queries.steps(document.pk, location_codes=codes),
            "goods": queries.goods(document.pk),
            "made_of": tracing.made_of(document.pk, location_codes=codes),
            "went_into": tracing.went_into(document.pk, location_codes=codes),
            **_recipients(request, document),
        }

    def press_context(
        self, request: HttpRequest, document: models.Model, button: Button
    ) -> dict[str, Any]:
        """Show what an act would concern."""
        if button.name not in ("recall", "quarantine", "tell"):
            return {}
        return {
            "reach": queries.reach(document.pk),
            "places": queries.places(document.pk, location_ids=None),
            "in_hand": queries.in_hand(document.pk),
            "preview": services.preview(lot_id=document.pk),
            "goods": queries.goods(document.pk),
        }


def _recipients(request: HttpRequest, lot: Lot) -> dict[str, Any]:
    if not request.user.has_perm("fulfillment.view_shipment"):
        return {"reach": None}
    return {
        "reach": queries.reach(lot.pk),
        "recipients": queries.recipients(lot.pk, most=queries.MOST_SHOWN),
        "most": queries.MOST_SHOWN,
        "may_see_contact": request.user.has_perm(CONTACT),
    }


@site.page("lots/<int:lot_id>/recall.csv", name="lot_recall_list", permission="inventory.view_lot")
@require_GET
def recall_list(request: HttpRequest, lot_id: int) -> StreamingHttpResponse:
    """Download who got a lot, without limit."""
    if not request.user.has_perm("fulfillment.view_shipment"):
        raise PermissionDenied
    lot = Lot.objects.filter(pk=lot_id).select_related("sku").first()
    if lot is None:
        raise Http404("There is no such lot.")
    lines = sheet.rows(queries.each_recipient(lot.pk), with_contact=request.user.has_perm(CONTACT))
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="recall-{lot.pk}.csv"'},
    )


@site.page("stock/expiring/", name="stock_expiring", permission="inventory.view_lot")
@require_GET
def expiring(request: HttpRequest) -> HttpResponse:
    """Show what expires next, location by location."""
    asked = request.GET.get("days", "")
    days = min(int(asked), 3_650) if asked.isdecimal() and len(asked) < 6 else SOON_DAYS
    today = clock.now().date()
    rows = (
        Content.objects.filter(
            lot__expires_on__lte=today + timedelta(days=days), level__sku__expires=True
        )
        .values(
            "lot_id",
            "condition",
            number=F("lot__number"),
            expires_on=F("lot__expires_on"),
            sku=F("level__sku__code"),
            name=F("level__sku__name"),
            location=F("level__location__name"),
        )
        .annotate(units=Sum("quantity"))
        .order_by("location", "expires_on", "sku", "lot_id", "condition")
    )
    reached = reach(request)
    if reached is not None:
        rows = rows.filter(level__location_id__in=reached)
    found = list(rows[: MOST_ON_PAGE + 1])
    return site.render(
        request,
        "admin/recalls/expiring.html",
        {
            "title": "Expiring stock",
            "rows": [
                {**row, "left": (row["expires_on"] - today).days} for row in found[:MOST_ON_PAGE]
            ],
            "is_cut": len(found) > MOST_ON_PAGE,
            "days": days,
            "choices": (7, 30, 90, 365),
        },
    )
