"""Kits in the console: of what a SKU consists, on its page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from inventory.catalog import queries as catalog
from inventory.catalog.models import Sku
from inventory.kits import rules, services
from inventory.kits.models import Kit, KitPart, TaxedAs
from inventory.kits.rules import Part
from inventory.packs.admin import PACKS
from inventory.stock.admin import SkuAdmin as StockedSkuAdmin
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm

_LONGEST_CODE = 64


class PartsField(forms.CharField):
    """Lines of SKU, units and, if they are given, a share of the price; cleaned, a list of `Part`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=10_000,
            widget=forms.Textarea(
                attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "none"}
            ),
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        """Return the parts; raise ValidationError with all that could not be read."""
        rows: list[tuple[str, int, int | None]] = []
        faults = []
        for number, line in enumerate(str(super().clean(value)).splitlines(), start=1):
            cells = [cell.strip() for cell in (line.split("\t") if "\t" in line else line.split())]
            cells = [cell for cell in cells if cell]
            if not cells:
                continue
            counts = [int(cell) for cell in cells[1:] if cell.isdecimal() and len(cell) < 10]
            if len(cells) > 3 or len(cells[0]) > _LONGEST_CODE or len(counts) != len(cells) - 1:
                faults.append(f"Line {number}: a SKU, its units and at most a share of the price.")
            else:
                rows.append(
                    (
                        cells[0],
                        counts[0] if counts else 1,
                        counts[1] if len(counts) > 1 else None,
                    )
                )
        ids = catalog.ids_by_code({code for code, _, _ in rows})
        faults += [f"There is no SKU {code}." for code, _, _ in rows if code not in ids]
        if faults:
            raise forms.ValidationError(faults[:20])
        return [Part(ids[code], units, share) for code, units, share in rows]


class KitForm(ButtonForm):
    """What the kit consists of."""

    parts = PartsField(
        label="Parts",
        help_text="One line each: SKU and units per kit (1 if nothing is said). A number behind it weighs the part's"
        " share of the kit's price; without any, the price is spread by the list prices of the parts.",
    )
    taxed_as = forms.ChoiceField(
        choices=TaxedAs.choices,
        label="Taxed",
        help_text="By the kit's class only where the law sees one supply; ask whoever does your taxes.",
    )

    def prepare(self) -> None:
        """Begin with what it consists of now."""
        rows = KitPart.objects.filter(kit=self.target.pk).order_by("pk")
        self.fields["parts"].initial = "\n".join(
            "\t".join(str(cell) for cell in (code, units, share) if cell is not None)
            for code, units, share in rows.values_list("part__code", "units", "price_share")
        )
        known = Kit.objects.filter(pk=self.target.pk).values_list("taxed_as", flat=True).first()
        self.fields["taxed_as"].initial = known or TaxedAs.PARTS


def _define(press: Press) -> str:
    services.define(
        sku_id=press.document.pk,
        parts=press.data["parts"],
        taxed_as=press.data["taxed_as"],
        actor=press.actor,
    )
    return "Orders that come from now on are served with these parts."


def _dissolve(press: Press) -> str:
    services.dissolve(sku_id=press.document.pk, reason=press.data["reason"], actor=press.actor)
    return "It is an article like others now."


def _can_be_kit(sku: Sku) -> str | None:
    if sku.levels.exists():
        return "It has been in stock. Make a new SKU for the kit."
    if sku.in_kits.exists():
        return "It is a part of another kit."
    return None


def _is_kit(sku: Sku) -> str | None:
    return None if hasattr(sku, "kit") else "It is no kit."


@admin.register(Sku)
class SkuAdmin(StockedSkuAdmin):
    """SKUs with where they lie, in which packs they come, and of what they consist."""

    list_display = (*StockedSkuAdmin.list_display, "made_of")
    buttons = (
        *StockedSkuAdmin.buttons,
        PACKS,
        Button(
            "kit",
            "Say of what it consists",
            "inventory.change_sku",
            _define,
            KitForm,
            allowed=_can_be_kit,
            explain="A kit is sold as one thing and stocked as its parts. Orders that are placed keep theirs.",
        ),
        Button(
            "dissolve",
            "Make it no kit",
            "inventory.change_sku",
            _dissolve,
            ReasonForm,
            allowed=_is_kit,
            explain="It can be stocked like other articles then.",
            danger=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Sku]":
        """Load whether it is a kit."""
        return super().get_queryset(request).select_related("kit")

    @admin.display(description="Kit")
    def made_of(self, sku: Sku) -> str:
        """Say whether it is a kit."""
        return "kit" if hasattr(sku, "kit") else "–"

    def page_context(self, request: HttpRequest, document: Sku) -> dict[str, Any]:
        """Add of what it consists, and in which kits it is."""
        parts = KitPart.objects.filter(kit=document.pk).select_related("part").order_by("pk")
        inside = KitPart.objects.filter(part=document).select_related("kit__sku").order_by("pk")
        return {
            **super().page_context(request, document),
            "kit": document.kit if hasattr(document, "kit") else None,
            "parts": parts,
            "packs": document.packs.order_by("units", "pk"),
            "in_kits": inside[: rules.MOST_PARTS],
        }
