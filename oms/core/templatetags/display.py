"""Filters that write money, dates and times in the language of the page or mail.

Instants are written in the time zone that they carry: the reader's zone is chosen where they are read.
"""

import re
from datetime import date, datetime

from babel import Locale, UnknownLocaleError, dates, numbers
from django import template
from django.utils import translation

from oms.core.money import Money

register = template.Library()

_YEAR_AT_END = re.compile(r"[,\s]*y+$")


def locale() -> Locale:
    """Return babel's locale of the active language; English when there is none."""
    language = translation.get_language() or "en"
    try:
        return Locale.parse(translation.to_locale(language))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@register.filter
def money(amount: Money) -> str:
    """Write an amount: €1,234.50 or 1.234,50 €."""
    return amount.format(translation.get_language() or "en")


@register.filter
def units(count: int) -> str:
    """Write a number of units with the separators of the language."""
    return str(numbers.format_decimal(count, locale=locale()))


@register.filter
def day(value: date) -> str:
    """Write a date with its weekday: Tuesday, November 24."""
    pattern = str(locale().date_formats["full"].pattern)
    # The year of a day that is near goes without saying; where the language does not write it last, it stays.
    return str(dates.format_date(value, format=_YEAR_AT_END.sub("", pattern), locale=locale()))


@register.filter
def long_day(value: date) -> str:
    """Write a date with its year: November 24, 2026."""
    return str(dates.format_date(value, format="long", locale=locale()))


@register.filter
def short_day(value: date) -> str:
    """Write a date briefly: Tue, Nov 24."""
    return str(dates.format_skeleton("MMMEd", value, locale=locale()))


@register.filter
def clock_time(value: datetime) -> str:
    """Write the time of day of an aware instant in its own zone: 14:05."""
    return str(dates.format_time(value, format="short", tzinfo=value.tzinfo, locale=locale()))


@register.filter
def machine(value: date | datetime) -> str:
    """Write for the `datetime` attribute of HTML's time element."""
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else value.isoformat()


@register.filter
def zone_place(zone: str) -> str:
    """Write the place whose clocks an IANA time zone follows: Berlin. UTC stays UTC."""
    if zone == "UTC":
        return zone
    return str(
        dates.get_timezone_location(dates.get_timezone(zone), locale=locale(), return_city=True)
    )


@register.filter
def country(code: str) -> str:
    """Write the name of an ISO 3166 country; an unknown code stays as it is."""
    return str(locale().territories.get(code, code))
