"""Pre-orders in the console."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from oms.core import clock, locking
from oms.core.admin.base import SetupModelAdmin
from oms.core.admin.rows import RowsInline
from oms.core.templatetags.console import badge
from orders.preorders import queries, rules, services
from orders.preorders.models import Preorder, PreorderLimit


class PreorderForm(forms.ModelForm):
    """A period that runs forward and ends by the release."""

    def clean(self) -> dict[str, Any]:
        """Refuse days that do not follow each other, and fewer units than are sold; nobody sells meanwhile."""
        if self.instance.pk:
            locking.lock(Preorder.objects.filter(pk=self.instance.pk))
        data: dict[str, Any] = super().clean() or {}
        starts, ends, released = (data.get(n) for n in ("starts_on", "ends_on", "released_on"))
        if starts and ends and released:
            wrong = rules.wrong_days(starts_on=starts, ends_on=ends, released_on=released)
            for name, words in wrong.items():
                self.add_error(name, words)
        sold = queries.sold(self.instance).units if self.instance.pk else 0
        if words := rules.below_sold(data.get("units"), sold):
            self.add_error("units", words)
        return data


class LimitForm(forms.ModelForm):
    """A limit that is not below what the channel has sold."""

    def clean(self) -> dict[str, Any]:
        """Refuse what invariants would find."""
        data: dict[str, Any] = super().clean() or {}
        channel, preorder = data.get("channel"), self.instance.preorder
        if channel and preorder.pk:
            sold = queries.sold(preorder).by_channel.get(channel.pk, 0)
            if words := rules.below_sold(data.get("units"), sold):
                self.add_error("units", words)
        return data


class LimitInline(RowsInline):
    """Units that channels may sell at most."""

    model = PreorderLimit
    form = LimitForm
    verbose_name_plural = "Limits by channel"
    readonly_fields = ("sold",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[PreorderLimit]":
        """Count what each channel has sold."""
        return super().get_queryset(request).with_presold()

    @display(description="Sold")
    def sold(self, limit: PreorderLimit) -> str:
        """Show the units that the channel has sold in advance, and whether that is all it may."""
        units = int(getattr(limit, "presold", 0))
        return f"{units}, sold out" if limit.pk and units >= limit.units else str(units)


@admin.register(Preorder)
class PreorderAdmin(SetupModelAdmin):
    """What is sold before it is released."""

    form = PreorderForm
    list_display = ("sku", "state", "starts_on", "ends_on", "released_on", "sold", "units")
    list_select_related = ("sku",)
    search_fields = ("sku__code", "sku__name")
    autocomplete_fields = ("sku",)
    ordering = ("-released_on", "-id")
    inlines = (LimitInline,)
    list_help = (
        "A SKU that is not released can be ordered in advance, in a period and up to a limit, whatever the channel does"
        " when stock is short. What arrives serves pre-orders in turn."
    )
    fieldsets = ((None, {"fields": ("sku", ("starts_on", "ends_on"), "released_on", "units")}),)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Preorder]":
        """Count what is sold."""
        return super().get_queryset(request).with_presold()

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> tuple[str, ...]:
        """Keep what orders already rest on."""
        return ("sku", "state", "sold") if obj is not None else ("state", "sold")

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Show above what is written already how far it is."""
        now = [(None, {"fields": (("state", "sold"),)})] if obj is not None else []
        return (*now, *self.fieldsets)

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: forms.ModelForm, change: bool
    ) -> None:
        """Keep who changed what, and let who bought in advance hear of another release."""
        super().save_model(request, obj, form, change)
        if change and isinstance(obj, Preorder) and "released_on" in form.changed_data:
            services.tell_moved(obj)

    @display(description="Now")
    def state(self, preorder: Preorder) -> str:
        """Show how far it is."""
        state = queries.state(preorder, sold=self.sold(preorder), today=clock.today())
        return badge(state, state.label)

    @display(description="Sold")
    def sold(self, preorder: Preorder) -> int:
        """Show the units that are sold in advance."""
        return int(getattr(preorder, "presold", 0))
