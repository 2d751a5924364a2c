"""Weights, working days and how long to wait. Pure."""

from datetime import date, timedelta
from functools import lru_cache

import holidays

VOLUME_DIVISOR = 5  # cubic millimetres per gram, /1000: 5,000 cm3 weigh a kilogram
_SATURDAY = 5
_WAITS = (60, 120, 300, 900, 1_800, 3_600)  # seconds until an unanswered carrier is asked again


def volume_weight_g(length_mm: int, width_mm: int, height_mm: int) -> int:
    """Return what a parcel counts for its size, in grams: 5,000 cubic centimetres to the kilogram, rounded up."""
    cubic_mm = length_mm * width_mm * height_mm
    return -(-cubic_mm // (VOLUME_DIVISOR * 1_000))


def chargeable_weight_g(weight_g: int, length_mm: int, width_mm: int, height_mm: int) -> int:
    """Return the greater of the actual and the volume weight, in grams."""
    return max(weight_g, volume_weight_g(length_mm, width_mm, height_mm))


def working_day_after(start: date, days: int, country: str) -> date:
    """Return the day `days` working days after `start`: no weekends, no public holidays of `country`."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY and day not in _holidays(country, day.year):
            days -= 1
    return day


def wait_seconds(attempts: int) -> int:
    """Return how long to wait after the `attempts`-th try at a carrier that gave no answer."""
    return _WAITS[min(max(attempts, 1), len(_WAITS)) - 1]


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> frozenset[date]:
    """Return the public holidays of a year; none for a country that the calendar does not know."""
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()
