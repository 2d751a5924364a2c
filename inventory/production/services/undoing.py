"""Take a posting back by the exact opposite of its movements."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from inventory import events
from inventory.production import errors
from inventory.production.models import (
    ProductionByproduct,
    ProductionOrder,
    ProductionPosting,
    ProductionPostingLine,
)
from inventory.production.queries import Reach
from inventory.production.services import ending, lotting, posting, steps
from inventory.production.services.steps import COMPONENT
from inventory.production.states import PRODUCTION_ORDER, PostingKind
from inventory.reservations import services as reservations
from inventory.reservations.services import Promise
from inventory.stock import services as stock
from inventory.stock.models import Level
from inventory.stock.services import Move
from inventory.stock.states import Bucket, MovementKind
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import FieldProblem, Raced
from oms.core.outbox import services as outbox


@transaction.atomic
def undo(
    *, order_id: int, posting_id: int, reason: str, actor: Actor, reach: Reach = None
) -> ProductionPosting:
    """Take a posting back by the exact opposite of its movements: what was set aside is set aside again.

    Raises ProductionMissing, PostingMissing, PostingUndone, ReasonNeeded, IllegalTransition once the order is done,
    GoodsGone when goods were sold, promised or moved meanwhile (every SKU at once), SerialElsewhere when serial numbers
    that were used came in another way. Publishes ProductionPostingUndone,
    and StockReceived for components that are available again.
    """
    order = steps.lock(order_id, reach=reach)
    found = ProductionPosting.objects.filter(pk=posting_id, order=order).first()
    if found is None:
        raise errors.PostingMissing
    if found.undone_at is not None:
        raise errors.PostingUndone
    ending.check_reason(reason)
    PRODUCTION_ORDER.target(order.status, "undo")
    lines = list(
        ProductionPostingLine.objects.filter(posting=found).select_related("sku").order_by("pk")
    )
    levels = steps.lock_levels(order, {line.sku_id for line in lines})
    _check_still_there(lines, levels)
    lotting.check_not_back([line for line in lines if line.kind == PostingKind.CONSUME])
    _return_goods(order, lines, levels, reason=reason, actor=actor)
    _return_components(order, found, lines, levels, reason=reason, actor=actor)
    _count_back(order, lines)
    found.undone_at = clock.now()
    found.save(update_fields=["undone_at"])
    before = PRODUCTION_ORDER.move(order, "undo")
    steps.record(
        order,
        "posting_undone",
        before=before,
        actor=actor,
        reason=reason,
        data={"posting": found.number},
    )
    steps.say_expected(order)
    outbox.publish(steps.fact(events.ProductionPostingUndone, order, posting_id=found.pk))
    return found


def _check_still_there(lines: Sequence[ProductionPostingLine], levels: Mapping[int, Level]) -> None:
    """Raise GoodsGone with every SKU of which there is not enough where the posting put it."""
    problems = []
    for line in lines:
        if not line.bucket:
            continue
        level = levels[line.sku_id]
        there = level.available if line.bucket == Bucket.AVAILABLE else getattr(level, line.bucket)
        if spots := lotting.came_as(line, posting.cause_of(line.pk)):
            there = min(there, lotting.still_there(level, line.bucket, spots))
        if there < line.quantity:
            problems.append(
                FieldProblem(
                    "/posting",
                    "goods_gone",
                    f"{line.quantity} units of {line.sku.code} came;"
                    f" {there} of them can be taken back.",
                )
            )
    if problems:
        raise errors.GoodsGone(problems[0].message, problems=problems)


def _return_goods(
    order: ProductionOrder,
    lines: Sequence[ProductionPostingLine],
    levels: Mapping[int, Level],
    *,
    reason: str,
    actor: Actor,
) -> None:
    for line in lines:
        if line.bucket:
            stock.move(
                level=levels[line.sku_id],
                kind=MovementKind.PRODUCTION_OUTPUT,
                source=line.bucket,
                target=Bucket.PRODUCTION,
                quantity=line.quantity,
                document=order.number,
                cause=f"{posting.cause_of(line.pk)}:undo",
                actor=actor,
                reason=reason[:200],
                spots=lotting.came_as(line, posting.cause_of(line.pk)),
            )


def _return_components(
    order: ProductionOrder,
    found: ProductionPosting,
    lines: Sequence[ProductionPostingLine],
    levels: Mapping[int, Level],
    *,
    reason: str,
    actor: Actor,
) -> None:
    """Bring back what went in, to where it was taken from; and what was spoilt, into production."""
    components = {row.sku_id: row for row in steps.components_of(order)}
    used = [line for line in lines if line.kind == PostingKind.CONSUME]
    held = [line for line in used if line.held]
    if held:
        reservations.restore(
            demand=COMPONENT,
            units=[
                Promise(components[line.sku_id].pk, line.sku_id, order.location_id, line.held)
                for line in held
            ],
            document=order.number,
            cause=f"{posting.held_cause_of(found.pk)}:undo",
            actor=actor,
            spots={
                components[line.sku_id].pk: stock.spots_of_cause(
                    f"{posting.held_cause_of(found.pk)}:{components[line.sku_id].pk}"
                    f":{levels[line.sku_id].pk}"
                )
                for line in held
                if line.sku.is_tracked
            },
        )
    for line in used:
        row = components[line.sku_id]
        steps.change_component(
            row, held=row.held + line.held, consumed=row.consumed - line.quantity
        )
    stock.move_all(
        moves=[
            Move(
                level=levels[line.sku_id],
                kind=MovementKind.SCRAP
                if line.kind == PostingKind.SCRAP
                else MovementKind.PRODUCTION_CONSUME,
                source=Bucket.ADJUSTMENT if line.kind == PostingKind.SCRAP else Bucket.PRODUCTION,
                target=Bucket.PRODUCTION if line.kind == PostingKind.SCRAP else Bucket.AVAILABLE,
                quantity=line.quantity - line.held,
                cause=f"{posting.cause_of(line.pk)}:undo",
                reason=reason[:200],
                spots=lotting.came_as(line, posting.cause_of(line.pk)) if line in used else (),
            )
            for line in lines
            if line.kind == PostingKind.SCRAP or (line.quantity > line.held and line in used)
        ],
        document=order.number,
        actor=actor,
    )


def _count_back(order: ProductionOrder, lines: Sequence[ProductionPostingLine]) -> None:
    sums = {
        kind: sum(line.quantity for line in lines if line.kind == kind)
        for kind in (PostingKind.OUTPUT, PostingKind.SCRAP)
    }
    byproducts = {row.sku_id: row for row in steps.byproducts_of(order)}
    for line in lines:
        if line.kind == PostingKind.BYPRODUCT:
            row = byproducts[line.sku_id]
            guarded = ProductionByproduct.objects.filter(pk=row.pk, produced=row.produced)
            if not guarded.update(produced=row.produced - line.quantity):
                raise Raced
    posting.change(
        order,
        produced=order.produced - sums[PostingKind.OUTPUT],
        scrapped=order.scrapped - sums[PostingKind.SCRAP],
    )
