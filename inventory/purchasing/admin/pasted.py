"""The field into which lines are pasted."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms

from inventory.purchasing import pasting
from inventory.purchasing import services as purchasing
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.purchasing.pasting import Pasted
from inventory.purchasing.services import NewLine

_LONGEST = 100_000
_MOST_FAULTS = 20


class LinesField(forms.CharField):
    """Lines of SKU, quantity, and if they are given cost and day; cleaned, a list of `Pasted`."""

    WITH_TERMS: ClassVar[str] = (
        "One line each: SKU and units, pasted from a sheet or typed. A cost of one unit (1.95) and a day (2026-03-31)"
        " may follow; without them the supplier's terms decide."
    )

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocapitalize": "none"}),
        )
        super().__init__(**{"max_length": _LONGEST, "strip": False, **kwargs})

    def clean(self, value: Any) -> Any:
        """Return the lines; raise ValidationError with all that could not be read."""
        found, faults = pasting.read(super().clean(value))
        if len(found) > purchasing.MOST_LINES:
            faults.insert(0, f"At most {purchasing.MOST_LINES} lines.")
        if self.required and not found and not faults:
            faults = ["At least one line is needed."]
        if faults:
            raise forms.ValidationError(faults[:_MOST_FAULTS])
        return found


def read_lines(lines: Sequence[Pasted]) -> list[NewLine]:
    """Return pasted lines as those of a draft."""
    return [NewLine(line.sku, line.quantity, line.unit_cost, line.expected_on) for line in lines]


def lines_of(order: PurchaseOrder) -> str:
    """Return the lines of an order as they could be pasted; what is on backorder is not confirmed, and so left out."""
    rows = PurchaseLine.objects.filter(order=order).select_related("sku").order_by("position")
    return pasting.written(
        Pasted(
            row.sku.code,
            row.ordered - row.cancelled - row.to_come_late,
            row.unit_cost,
            row.expected_on,
        )
        for row in rows
    )
