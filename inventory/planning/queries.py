"""Reads of demand, forecasts and proposals."""

from datetime import datetime

from inventory.planning.models import DemandMark


def told_until() -> datetime | None:
    """Return the instant until which all changes of demand have been told; None when nothing has."""
    return DemandMark.objects.values_list("until", flat=True).first()
