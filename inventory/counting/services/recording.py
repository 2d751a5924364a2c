"""Somebody stands before the shelf and has counted."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from inventory.catalog import queries as catalog
from inventory.counting import errors, rules
from inventory.counting.models import CountEntry, CountLine, CountOrder
from inventory.counting.rules import Fault, Tolerance
from inventory.counting.services import acting
from inventory.counting.states import COUNT, LineState
from inventory.stock import services as stock
from oms.core import clock
from oms.core.actors import LONGEST, Actor


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of a count: accepted, or to be counted again by somebody else. It never tells the book quantity."""

    line: CountLine
    is_accepted: bool
    left: int


@transaction.atomic
def record(
    *,
    count_id: int,
    sku_code: str,
    counted: int,
    off_shelf: Callable[[int, int], int],
    actor: Actor,
    counter: str = "",
    found: bool = False,
) -> Recorded:
    """Note how many units of a SKU lie on the shelf, beside what the books say at this moment.

    Within the tolerance it is accepted; outside of it somebody else counts again, and the second figure stands until
    the review. `off_shelf(sku_id, location_id)` tells the units that are picked. `counter` names the person when an API
    client speaks for several. `found` adds a SKU that was not expected.

    Raises CountMissing, IllegalTransition, InvalidCount, NotExpected, BeingCounted, AlreadyCounted, SamePerson.
    """
    count = acting.lock(count_id)
    COUNT.target(count.status, "record")
    sku_id = _checked(sku_code, counted)
    line = CountLine.objects.filter(count=count, sku_id=sku_id).first()
    if line is None:
        if not found:
            raise errors.NotExpected(sku=sku_code)
        line = _found(count, sku_id, counted)
    who = f"{actor.kind}:{actor.id}:{counter}"
    if line.state == LineState.COUNTED:
        raise errors.AlreadyCounted(sku=sku_code)
    if line.state == LineState.TO_RECOUNT and line.counter == who:
        raise errors.SamePerson(sku=sku_code)
    (level,) = stock.lock_levels_at(location_ids=[count.location_id], sku_ids=[sku_id])
    at = clock.now()
    entry = CountEntry.objects.create(
        line=line,
        counted=counted,
        off_shelf=min(off_shelf(sku_id, count.location_id), level.on_hand),
        book=level.on_hand,
        by=f"{actor} {counter}".strip()[:LONGEST],
        at=at,
    )
    difference = rules.difference(counted=counted, off_shelf=entry.off_shelf, book=entry.book)
    is_accepted = line.state == LineState.TO_RECOUNT or rules.is_within(
        Tolerance(count.tolerance_kind, count.tolerance), difference=difference, book=entry.book
    )
    changed = CountLine.objects.filter(pk=line.pk, state=line.state).update(
        state=LineState.COUNTED if is_accepted else LineState.TO_RECOUNT,
        counted=counted,
        off_shelf=entry.off_shelf,
        book=entry.book,
        corrections=acting.corrections({level.pk: at})[level.pk],
        counted_at=at,
        counted_by=entry.by,
        counter=who,
    )
    if not changed:
        raise errors.AlreadyCounted(sku=sku_code)
    line.refresh_from_db()
    acting.record(count, "recorded", actor=actor, data={"sku": sku_code, "counted": counted})
    left = CountLine.objects.filter(count=count).exclude(state=LineState.COUNTED).count()
    return Recorded(line, is_accepted, left)


def _checked(sku_code: str, counted: int) -> int:
    """Return the key of the SKU. Raises InvalidCount."""
    faults = []
    sku_id = catalog.ids_by_code([sku_code]).get(sku_code)
    if sku_id is None:
        faults.append(Fault("/sku", "unknown_sku", "There is no such SKU."))
    if not 0 <= counted <= rules.MOST_UNITS:
        faults.append(Fault("/counted", "number_range", f"0 to {rules.MOST_UNITS} units."))
    acting.check(faults)
    return sku_id or 0


def _found(count: CountOrder, sku_id: int, counted: int) -> CountLine:
    """Add a SKU that nobody expected."""
    if not counted:
        acting.check([Fault("/counted", "number_range", "Found are one unit or more.")])
    try:
        with transaction.atomic():
            return CountLine.objects.create(
                count=count,
                location_id=count.location_id,
                sku_id=sku_id,
                is_expected=False,
                is_live=True,
            )
    except IntegrityError:
        raise errors.BeingCounted from None
