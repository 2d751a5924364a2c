"""What several forms of the console read alike."""

from django import forms

from oms.core import address


def country(written: str) -> str:
    """Return two letters that name a country, in capitals; raise ValidationError."""
    code = written.upper()
    if not address.is_country(code):
        raise forms.ValidationError("This is no country code.")
    return code
