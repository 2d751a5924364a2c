"""Packs in the console: a button on the page of a SKU, which the topic above registers."""

from typing import Any

from django import forms

from inventory.packs import services
from inventory.packs.models import Pack
from inventory.packs.rules import NewPack
from oms.core.admin.buttons import Button, ButtonForm, Press

_UNSAID = ("", "", "", "0")  # what a line may leave out at its end


class PacksField(forms.CharField):
    """Lines of code, units and, if they are given, barcode and weight; cleaned, a list of `NewPack`."""

    def clean(self, value: Any) -> Any:
        """Return the packs; raise ValidationError with all that could not be read."""
        found, faults = [], []
        for number, line in enumerate(str(super().clean(value)).splitlines(), start=1):
            cells = line.split()
            if not cells:
                continue
            code, units, barcode, weight, *more = [*cells, *_UNSAID[len(cells) :]]
            if more or not all(text.isdecimal() and len(text) < 10 for text in (units, weight)):
                faults.append(f"Line {number}: a code, its units, and if known barcode and grams.")
            else:
                found.append(NewPack(code.upper(), int(units), barcode, int(weight)))
        if faults:
            raise forms.ValidationError(faults[:20])
        return found


class PacksForm(ButtonForm):
    """In which packs the SKU comes."""

    packs = PacksField(
        required=False,
        max_length=4_000,
        label="Packs",
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocapitalize": "none"}),
        help_text="One line each: code and units, as in CASE 12. The barcode of the pack and its weight in grams may"
        " follow. Empty: it comes in single units alone.",
    )

    def prepare(self) -> None:
        """Begin with the present ones."""
        rows = Pack.objects.filter(sku=self.target.pk).order_by("units", "pk")
        self.fields["packs"].initial = "\n".join(
            f"{pack.code} {pack.units} {pack.barcode}".strip()
            + (f" {pack.weight_g}" if pack.barcode and pack.weight_g else "")
            for pack in rows
        )


def _define(press: Press) -> str:
    services.define(sku_id=press.document.pk, packs=press.data["packs"], actor=press.actor)
    return "Scans and orders understand these packs now."


PACKS = Button(
    "packs",
    "Packs",
    "inventory.change_sku",
    _define,
    PacksForm,
    explain="Orders, deliveries and scans may say units in packs; everything inside counts units.",
)
