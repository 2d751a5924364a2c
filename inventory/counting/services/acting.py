"""What the use-cases of a count share."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from inventory.counting import errors
from inventory.counting.models import CountOrder
from inventory.counting.rules import Fault
from inventory.stock.models import Movement
from inventory.stock.states import Bucket, MovementKind
from oms.core import locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem, Stale
from oms.core.timeline import services as timeline

# No transaction lasts so long: within it, a movement may be dated before a count that did not see it yet.
LONGEST_TRANSACTION = timedelta(hours=12)

# What changes the books alone, not the shelf.
_CORRECTIONS = Q(kind__in=[MovementKind.ADJUSTMENT, MovementKind.COUNT]) | Q(
    kind=MovementKind.RECEIPT, target=Bucket.SUPPLIER
)


def lock(count_id: int, *, version: int | None = None) -> CountOrder:
    """Lock and return a count. Raises CountMissing, and Stale when the caller has seen another version."""
    count = locking.lock_one(CountOrder.objects.filter(pk=count_id), missing=errors.CountMissing)
    if version is not None and version != count.version:
        raise Stale(current_version=count.version)
    return count


def check(faults: Iterable[Fault]) -> None:
    """Raise InvalidCount with everything that is wrong."""
    problems = [FieldProblem(fault.pointer, fault.code, fault.words) for fault in faults]
    if problems:
        raise errors.InvalidCount(problems=problems)


def corrections(levels: Mapping[int, datetime]) -> dict[int, int]:
    """Return how often the books of each level were corrected around and since an instant, as far as can be seen now.

    Counted, not dated: a correction that was under way at the instant is one more, whenever it says that it was made.
    """
    if not levels:
        return {}
    since = {level_id: at - LONGEST_TRANSACTION for level_id, at in levels.items()}
    found = dict.fromkeys(levels, 0)
    rows = Movement.objects.filter(
        _CORRECTIONS, level_id__in=levels, at__gte=min(since.values())
    ).values_list("level_id", "at")
    for level_id, at in rows:
        found[level_id] += at >= since[level_id]
    return found


def record(
    count: CountOrder,
    what: str,
    *,
    actor: Actor,
    before: str | None = None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append to the timeline."""
    moved = {"before": {"status": str(before)}} if before is not None else {}
    timeline.record(
        count,
        f"count.{what}",
        actor=actor,
        after={"status": str(count.status)},
        reason=reason,
        data=data,
        **moved,
    )
