"""Notice what of the ledger is to be costed, and cost it: what beat and the outbox call."""

import time

import structlog
from django.db.models import F

from inventory.costing import queries, statements
from inventory.costing.models import CostCursor, SkuCost
from inventory.costing.services import carrying, charging, folding, marking
from oms.core import clock
from oms.core.errors import Busy

log = structlog.get_logger()

STRETCH = 5_000  # movements looked through by one statement
AT_ONCE = 500  # SKUs taken up by one run
MOST_FAILURES = 3


def run(*, budget_seconds: float = 10.0) -> int:
    """Split charges that are due, notice what has moved, and cost it until the time is over; return the SKUs done.

    May run twice at once. A SKU that fails three times is left to a person: it stays due, with the error.
    """
    if queries.policy() is None:
        return 0
    stop_at = time.monotonic() + budget_seconds
    charging.split_due()
    notice()
    done = _take_up_all(stop_at)
    # What goods cost follows from what went into them, level by level.
    while carrying.carry() and time.monotonic() < stop_at:
        done += _take_up_all(stop_at)
    return done


def _take_up_all(stop_at: float) -> int:
    done = 0
    waiting = SkuCost.objects.filter(due=True, failures__lt=MOST_FAILURES).order_by("pk")
    for sku_id in list(waiting.values_list("sku_id", flat=True)[:AT_ONCE]):
        while time.monotonic() < stop_at:
            if _take_up(sku_id):
                done += 1
                break
    return done


def notice() -> int:
    """Look through the ledger from where it was settled; mark the SKUs of which something is not costed.

    What is younger than ten minutes is looked through again, because keys become visible out of their order. Returns
    the number of SKUs.
    """
    cursor, _ = CostCursor.objects.get_or_create(pk=1)
    position, settled = cursor.movement_id, True
    found: set[int] = set()
    while True:
        seen = statements.notice(
            beyond=position, limit=STRETCH, settled=clock.now() - folding.SETTLED
        )
        if seen.last is None:
            break
        found |= marking.mark(seen.sku_ids)
        if settled:
            upto = seen.last if seen.unsettled is None else seen.unsettled - 1
            CostCursor.objects.filter(pk=1, movement_id__lt=upto).update(movement_id=upto)
            settled = seen.unsettled is None
        position = seen.last
    return len(found)


def _take_up(sku_id: int) -> bool:
    """Cost a piece of a SKU; say whether that was all, for now."""
    try:
        return folding.keep_up_with(sku_id=sku_id, rounds=1)
    except Busy:
        return True  # whoever holds the books costs them
    except Exception as error:  # one SKU must not stop the others; the failure is kept and shown
        SkuCost.objects.filter(sku_id=sku_id).update(
            failures=F("failures") + 1, error=f"{type(error).__name__}: {error}"[:500]
        )
        log.exception("costing_failed", sku=sku_id)
        return True
