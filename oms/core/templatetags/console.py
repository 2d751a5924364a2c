"""Small things that the console's pages draw everywhere."""

from collections.abc import Iterable
from decimal import Decimal

from django import forms, template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from oms.core import money as amounts
from oms.core.admin import badges
from oms.core.admin.buttons import Offer
from oms.core.timeline import queries

register = template.Library()


@register.simple_tag
def badge(state: str, label: str = "", tone: str = "") -> SafeString:
    """Draw a state as words on its colour."""
    words = label or str(state).replace("_", " ")
    return format_html(
        '<span class="c-badge c-badge-{}">{}</span>', tone or badges.tone(str(state)), words
    )


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Write an amount in its currency."""
    return "" if amount is None else amounts.format_money(amount, currency)


@register.filter
def cost(amount: Decimal | None, currency: str) -> str:
    """Write the cost of one unit: with the decimals of the currency, more where it has them."""
    return "" if amount is None else f"{amounts.written(amount, currency):f}"


@register.filter
def words(name: str) -> str:
    """Write an identifier as words."""
    return queries.words(name)


@register.filter
def refused(offers: Iterable[Offer]) -> list[Offer]:
    """Keep the acts that are not legal now."""
    return [offer for offer in offers if not offer.legal]


@register.filter
def is_check(field: forms.BoundField) -> bool:
    """Say whether a form field is a single check box."""
    return isinstance(field.field.widget, forms.CheckboxInput)
