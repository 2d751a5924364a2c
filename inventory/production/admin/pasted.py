"""Fields into which lines are pasted."""

from collections.abc import Callable
from typing import Any

from django import forms

from inventory.production import pasting, rules

_LONGEST = 50_000
_MOST_FAULTS = 20


class RowsField(forms.CharField):
    """Lines that `row` reads; cleaned, a list of what it made of them."""

    def __init__(self, row: Callable[[list[str]], Any], *, rows: int = 4, **kwargs: Any) -> None:
        self.row = row
        kwargs.setdefault(
            "widget",
            forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "autocapitalize": "none"}),
        )
        super().__init__(**{"max_length": _LONGEST, "strip": False, **kwargs})

    def clean(self, value: Any) -> Any:
        """Return the rows; raise ValidationError with all that could not be read."""
        found, faults = pasting.read(super().clean(value), self.row)
        if len(found) > rules.MOST_LINES:
            faults.insert(0, f"At most {rules.MOST_LINES} lines.")
        if self.required and not found and not faults:
            faults = ["At least one line is needed."]
        if faults:
            raise forms.ValidationError(faults[:_MOST_FAULTS])
        return found
