"""Reads of levels and their ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from inventory.stock.models import Level, Movement


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Movements of a level, newest first; `before` asks for the next page, None when there is none."""

    movements: Sequence[Movement]
    before: int | None


def ledger(level_id: int, *, before: int | None = None, limit: int = 50) -> LedgerPage:
    """Return up to `limit` movements of a level that are older than movement `before`."""
    movements = Movement.objects.filter(level_id=level_id).order_by("-id")
    if before is not None:
        movements = movements.filter(id__lt=before)
    rows = list(movements[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return LedgerPage(movements=rows, before=rows[-1].pk if more else None)


def levels(
    *, location_ids: frozenset[int] | None = None, sku_id: int | None = None
) -> "QuerySet[Level]":
    """Return levels in walking order with SKU and location at hand; None means every location."""
    found = Level.objects.select_related("sku", "location")
    if location_ids is not None:
        found = found.filter(location_id__in=location_ids)
    if sku_id is not None:
        found = found.filter(sku_id=sku_id)
    return found.order_by("location__priority", "location__code", "bin_code", "sku__code")
