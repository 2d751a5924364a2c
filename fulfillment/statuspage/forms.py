"""The form that asks for an order."""

from django import forms
from django.utils.translation import gettext_lazy as _

from oms.core import text


class LookupForm(forms.Form):
    """The order number and a second thing that the customer knows."""

    number = forms.CharField(
        label=_("Order number"),
        help_text=_(
            "As in our e-mails, for example WEB\N{NON-BREAKING HYPHEN}4K7QM\N{NON-BREAKING HYPHEN}9XBTR"
        ),
        max_length=64,
        error_messages={"required": _("Please enter the order number.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )
    proof = forms.CharField(
        label=_("E-mail address or postcode"),
        help_text=_("The e-mail address of the order, or the postcode that it goes to."),
        max_length=254,
        error_messages={"required": _("Please enter the e-mail address or the postcode.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean(self) -> dict[str, str]:
        """Refuse characters that nobody can see."""
        cleaned: dict[str, str] = self.cleaned_data
        for name, value in list(cleaned.items()):
            if not text.is_clean(value):
                self.add_error(name, _("Please use visible characters only."))
        return self.cleaned_data
