"""Look at what was counted, and make the books say it."""

from collections.abc import Collection, Mapping

from django.db import transaction

from inventory.counting import errors
from inventory.counting.models import CountLine, CountOrder
from inventory.counting.rules import Fault
from inventory.counting.services import acting
from inventory.counting.states import COUNT, Cause, LineState
from inventory.stock import services as stock
from inventory.stock.errors import InsufficientStock
from inventory.stock.states import Bucket, MovementKind
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import Raced


@transaction.atomic
def finish(*, count_id: int, actor: Actor, version: int | None = None) -> CountOrder:
    """Hand a count over to the review. Raises CountMissing, Stale, IllegalTransition, StillToCount."""
    count = acting.lock(count_id, version=version)
    COUNT.target(count.status, "finish")
    waiting = (
        CountLine.objects.filter(count=count)
        .exclude(state=LineState.COUNTED)
        .order_by("sku__code")
        .values_list("sku__code", flat=True)
    )
    if waiting:
        raise errors.StillToCount(
            f"{len(waiting)} lines wait: {', '.join(waiting[:5])}.", skus=list(waiting[:50])
        )
    before = COUNT.move(count, "finish", finished_at=clock.now())
    acting.record(count, "finished", before=before, actor=actor)
    return count


@transaction.atomic
def doubt(
    *,
    count_id: int,
    sku_codes: Collection[str],
    actor: Actor,
    reason: str = "",
    version: int | None = None,
) -> CountOrder:
    """Have lines counted once more, by somebody else than last time.

    Raises CountMissing, Stale, IllegalTransition, InvalidCount.
    """
    count = acting.lock(count_id, version=version)
    COUNT.target(count.status, "recount")
    lines = CountLine.objects.filter(count=count, sku__code__in=sku_codes)
    known = set(lines.values_list("sku__code", flat=True))
    faults = [
        Fault(f"/skus/{index}", "unknown_reference", "No line of this count.")
        for index, code in enumerate(sku_codes)
        if code not in known
    ]
    if not sku_codes:
        faults.append(Fault("/skus", "no_lines", "Name at least one SKU."))
    acting.check(faults)
    before = COUNT.move(count, "recount")
    lines.update(state=LineState.TO_RECOUNT)
    acting.record(
        count,
        "doubted",
        before=before,
        actor=actor,
        reason=reason,
        data={"skus": sorted(known)[:50]},
    )
    return count


@transaction.atomic
def explain(
    *, count_id: int, causes: Mapping[str, str], actor: Actor, version: int | None = None
) -> CountOrder:
    """Say why shelf and books differ, by SKU. Raises CountMissing, Stale, IllegalTransition, InvalidCount."""
    count = acting.lock(count_id, version=version)
    COUNT.target(count.status, "explain")
    lines = {
        line.sku.code: line
        for line in CountLine.objects.filter(count=count, sku__code__in=causes).select_related(
            "sku"
        )
    }
    faults = []
    for code, cause in causes.items():
        if code not in lines:
            faults.append(Fault(f"/causes/{code}", "unknown_reference", "No line of this count."))
        if cause not in Cause.values:
            faults.append(Fault(f"/causes/{code}", "unknown_choice", "This is no cause."))
    acting.check(faults)
    changed = {code: cause for code, cause in causes.items() if lines[code].cause != cause}
    for code, cause in changed.items():
        CountLine.objects.filter(pk=lines[code].pk).update(cause=cause)
    if changed:
        COUNT.move(count, "explain")
        acting.record(count, "explained", actor=actor, data={"causes": changed})
    return count


@transaction.atomic
def post(*, count_id: int, actor: Actor, version: int | None = None) -> CountOrder:
    """Apply the difference that each line had when it was counted; what has moved since stays as it moved.

    Missing units are taken from available ones: who posts has freed what orders hold. Raises CountMissing, Stale,
    IllegalTransition, CorrectedSince (naming the SKUs: they are to be counted again), LevelFull, and Raced when a rival
    took what was free. Publishes StockReceived for what was found.
    """
    count = acting.lock(count_id, version=version)
    COUNT.target(count.status, "post")
    lines = list(CountLine.objects.filter(count=count).select_related("sku").order_by("pk"))
    levels = {
        level.sku_id: level
        for level in stock.lock_levels_at(
            location_ids=[count.location_id], sku_ids=[line.sku_id for line in lines]
        )
    }
    differing = [line for line in lines if line.difference]
    now = acting.corrections(
        {levels[line.sku_id].pk: line.counted_at for line in differing if line.counted_at}
    )
    corrected = [
        line.sku.code for line in differing if now[levels[line.sku_id].pk] != line.corrections
    ]
    if corrected:
        raise errors.CorrectedSince(
            f"To be counted again: {', '.join(corrected[:5])}.", skus=corrected[:50]
        )
    for line in differing:
        units = line.difference or 0
        ends = (Bucket.ADJUSTMENT, Bucket.AVAILABLE)
        try:
            stock.move(
                level=levels[line.sku_id],
                kind=MovementKind.COUNT,
                source=ends[0] if units > 0 else ends[1],
                target=ends[1] if units > 0 else ends[0],
                quantity=abs(units),
                document=count.number,
                cause=f"count-line:{line.pk}",
                actor=actor,
                reason=str(Cause(line.cause).label),
            )
        except InsufficientStock:
            raise Raced from None
    CountLine.objects.filter(count=count).update(is_live=False)
    before = COUNT.move(count, "post", posted_at=clock.now())
    acting.record(
        count,
        "posted",
        before=before,
        actor=actor,
        data={
            "more": sum(max(0, line.difference or 0) for line in lines),
            "less": sum(max(0, -(line.difference or 0)) for line in lines),
        },
    )
    return count
