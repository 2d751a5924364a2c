"""How lots and serial numbers are typed or scanned in the console."""

from django import forms

from inventory.catalog.models import Sku
from inventory.lots import rules
from inventory.lots.rules import LotUnits

LONGEST = 60_000


def field() -> forms.CharField:
    """Return the field: one lot or serial number a line."""
    return forms.CharField(
        required=False,
        max_length=LONGEST,
        label="Lots or serial numbers",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text="Only for what is tracked. A lot a line: number, day of expiry, units, as in"
        " L-205, 2027-05-31, 40; or scan the GS1 code. Serial numbers: one a line.",
    )


def read(typed: str, *, sku: Sku, units: int) -> list[LotUnits]:
    """Return the lots that were typed. Raises ValidationError."""
    try:
        return rules.read_lines(typed, units=units, is_serial=sku.is_serial)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from error
