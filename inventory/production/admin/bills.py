"""Bills of materials in the console: revisions, what a batch comes to, where it is used."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Count
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from inventory.production import queries, rules
from inventory.production import services as production
from inventory.production.models import BillComponent, BillOfMaterials
from inventory.production.states import BILL, BillStatus
from oms.core import clock
from oms.core.admin.base import OmsModelAdmin
from oms.core.admin.buttons import Button, Press, ReasonForm
from oms.core.admin.paging import Tab
from oms.core.templatetags.console import badge

WRITE = "inventory.write_bill"
MAKE = "inventory.plan_production"
_TONES = {BillStatus.ACTIVE: "success"}


def _legal(action: str) -> Any:
    """Return the rule that asks the table of bills whether `action` is legal."""

    def judge(bill: BillOfMaterials) -> str | None:
        if BILL.may(bill.status, action):
            return None
        return f"This revision is {bill.get_status_display()}."

    return judge


def _release(press: Press) -> None:
    production.release_bill(bill_id=press.document.pk, actor=press.actor)


def _retire(press: Press) -> None:
    production.retire_bill(
        bill_id=press.document.pk, reason=press.data["reason"], actor=press.actor
    )


@admin.register(BillOfMaterials)
class BillAdmin(OmsModelAdmin):
    """What goes into what we make, revision by revision."""

    list_display = ("article", "revision", "state", "batch", "parts", "valid_from", "created_at")
    list_select_related = ("sku",)
    list_filter = ("status",)
    search_fields = ("sku__code", "sku__name", "components__sku__code")
    search_help_text = "SKU or a component"
    ordering = ("-id",)
    list_tabs = (
        Tab("active", "Active", models.Q(status=BillStatus.ACTIVE)),
        Tab("draft", "Drafts", models.Q(status=BillStatus.DRAFT)),
        Tab("retired", "Retired", models.Q(status=BillStatus.RETIRED), counted=False),
        Tab("all", "All", counted=False),
    )
    fields = (("created_by", "created_at"), ("released_at", "retired_at"))
    change_form_template = "admin/production/bill.html"
    list_before_template = "admin/production/bills_before.html"
    list_help = (
        "What goes into a batch of the things we make. A released revision never changes; a change is a new revision,"
        " used from its day on."
    )
    buttons = (
        Button(
            "release",
            "Release",
            WRITE,
            _release,
            allowed=_legal("release"),
            explain="New production orders use this revision from its day on. It can never be changed afterwards.",
            done="Released.",
            main=True,
        ),
        Button(
            "retire",
            "Retire",
            WRITE,
            _retire,
            ReasonForm,
            allowed=_legal("retire"),
            explain="New production orders use it no more; those under way keep it.",
            done="Retired.",
            danger=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[BillOfMaterials]":
        """Load the SKU with the bill."""
        rows: models.QuerySet[BillOfMaterials] = super().get_queryset(request)
        return rows.select_related("sku")

    def get_changelist_queryset(self, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Count the components of each row."""
        counted = BillComponent.objects.filter(bill=models.OuterRef("pk")).order_by()
        return queryset.annotate(
            part_count=models.Subquery(
                counted.values("bill").annotate(rows=Count("pk")).values("rows")
            )
        )

    @display(description="SKU")
    def article(self, bill: BillOfMaterials) -> str:
        """Show what is made."""
        return bill.sku.code

    @display(description="State")
    def state(self, bill: BillOfMaterials) -> SafeString:
        """Show where the revision stands."""
        return badge(bill.status, str(bill.get_status_display()), tone=tone(bill.status))

    @display(description="Components")
    def parts(self, bill: Any) -> int:
        """Show how many SKUs go in."""
        return bill.part_count or 0

    def page_context(self, request: HttpRequest, document: BillOfMaterials) -> Mapping[str, Any]:
        """Add what goes in and comes out, where it is made, its revisions and where it is used."""
        today = clock.today()
        writes = request.user.has_perm(WRITE)
        in_force = queries.bill_for(document.sku_id, on=today)
        return {
            "tone": tone(document.status),
            "parts": [
                (
                    row,
                    rules.needed(
                        row.quantity, batch=document.batch, units=document.batch, scrap=row.scrap
                    ),
                )
                for row in queries.parts_of(document)
            ],
            "byproducts": queries.byproducts_of(document),
            "ways": queries.ways_of(document),
            "ground": queries.ground_of(document, on=today),
            "revisions": [
                (each, tone(each.status))
                for each in BillOfMaterials.objects.filter(sku_id=document.sku_id).order_by(
                    "-revision"
                )[: queries.SHOWN]
            ],
            "used_in": BillComponent.objects.filter(
                sku_id=document.sku_id, bill__status=BillStatus.ACTIVE
            )
            .select_related("bill__sku")
            .order_by("bill__sku__code", "-bill__revision")[: queries.SHOWN],
            "in_force": in_force is not None and in_force.pk == document.pk,
            "may_edit": writes and document.status == BillStatus.DRAFT,
            "may_write": writes,
            "may_make": request.user.has_perm(MAKE) and in_force is not None,
        }


def tone(status: str) -> str:
    """Return the colour of a state."""
    return _TONES.get(BillStatus(status), "")
