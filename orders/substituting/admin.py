"""Substitutes and the rules about them in the console."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from oms.core.admin.base import SetupModelAdmin
from orders.substituting.models import Substitute, SubstitutionRule


@admin.register(Substitute)
class SubstituteAdmin(SetupModelAdmin):
    """What may be sent instead of what."""

    list_display = ("original", "rank", "substitute", "units", "price_rule", "is_active")
    list_display_links = ("original",)
    list_filter = ("price_rule", "is_active")
    search_fields = ("sku__code", "other__code")
    search_help_text = "SKU or substitute"
    ordering = ("sku__code", "rank", "id")
    autocomplete_fields = ("sku", "other")
    list_help = (
        "What may be sent when a SKU is not in stock, the lowest rank first. Whether that happens by itself, or the"
        " customer is asked, stands in the rules."
    )
    fieldsets = (
        (None, {"fields": (("sku", "other"), ("rank", "units"), ("price_rule", "is_active"))}),
    )

    @display(description="SKU")
    def original(self, row: Substitute) -> str:
        """Show what is replaced."""
        return row.sku.code

    @display(description="Substitute")
    def substitute(self, row: Substitute) -> str:
        """Show what is sent."""
        return row.other.code

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Substitute]":
        """Load both SKUs."""
        return super().get_queryset(request).select_related("sku", "other")


@admin.register(SubstitutionRule)
class SubstitutionRuleAdmin(SetupModelAdmin):
    """Who decides about substitutes."""

    list_display = ("what", "where", "mode")
    list_filter = ("mode",)
    search_fields = ("sku__code", "channel__code")
    search_help_text = "SKU or channel"
    ordering = ("id",)
    autocomplete_fields = ("sku",)
    list_help = (
        "For a SKU in a channel, else for the SKU, else for the channel. Where no rule says anything, nothing is"
        " replaced unless a person does it on the order."
    )
    fieldsets = ((None, {"fields": (("sku", "channel"), "mode")}),)

    @display(description="SKU")
    def what(self, row: SubstitutionRule) -> str:
        """Show the SKU, or that it is about all."""
        return row.sku.code if row.sku else "every SKU"

    @display(description="Channel")
    def where(self, row: SubstitutionRule) -> str:
        """Show the channel, or that it is about all."""
        return row.channel.name if row.channel else "every channel"

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[SubstitutionRule]":
        """Load SKU and channel."""
        return super().get_queryset(request).select_related("sku", "channel")
