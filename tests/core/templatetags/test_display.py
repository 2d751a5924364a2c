"""Money, dates and times as people of a language write them."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from oms.core.money import Money
from oms.core.templatetags import display

DAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 14, 5, tzinfo=ZoneInfo("Europe/Berlin"))


def written(language: str, value: object, name: str) -> str:
    """Return what the filter `name` makes of `value`, with ordinary spaces."""
    with translation.override(language):
        text: str = getattr(display, name)(value)
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("name", "value", "english", "german"),
    [
        ("money", Money(Decimal("1234.5"), "EUR"), "€1,234.50", "1.234,50 €"),
        ("money", Money(Decimal(1234), "JPY"), "¥1,234", "1.234 ¥"),
        ("units", 12_345, "12,345", "12.345"),
        ("day", DAY, "Tuesday, November 24", "Dienstag, 24. November"),
        ("long_day", DAY, "November 24, 2026", "24. November 2026"),
        ("short_day", DAY, "Tue, Nov 24", "Di., 24. Nov."),
        ("clock_time", AT, "2:05 PM", "14:05"),
        ("machine", AT, "2026-11-24T14:05+01:00", "2026-11-24T14:05+01:00"),
        ("machine", DAY, "2026-11-24", "2026-11-24"),
        ("zone_place", "Europe/Berlin", "Berlin", "Berlin"),
        ("zone_place", "Europe/Vienna", "Vienna", "Wien"),
        ("zone_place", "UTC", "UTC", "UTC"),
        ("country", "DE", "Germany", "Deutschland"),
        ("country", "XX", "XX", "XX"),
    ],
)
def test_the_language_decides_how_it_is_written(
    name: str, value: object, english: str, german: str
) -> None:
    assert written("en", value, name) == english
    assert written("de", value, name) == german


def test_without_a_language_it_is_english() -> None:
    with translation.override(None):
        assert display.long_day(DAY) == "November 24, 2026"
