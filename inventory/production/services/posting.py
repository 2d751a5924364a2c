"""Report what went in and what came out, in one transaction.

Each line of a posting is one SKU and what became of it, and each is one movement, or two where units that were set
aside did not suffice. Of what is tracked, a line keeps the lots that it used or brought.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from inventory import events
from inventory.lots.rules import LotUnits
from inventory.production import errors, rules
from inventory.production.models import (
    ProductionByproduct,
    ProductionComponent,
    ProductionOrder,
    ProductionPosting,
    ProductionPostingLine,
)
from inventory.production.queries import Reach
from inventory.production.rules import Fault, Used
from inventory.production.services import confirming, ending, giving, lotting, steps
from inventory.production.services.steps import COMPONENT
from inventory.production.states import PRODUCTION_ORDER, PostingKind, ProductionStatus
from inventory.reservations import services as reservations
from inventory.reservations.services import Promise
from inventory.stock import services as stock
from inventory.stock.models import Level
from inventory.stock.services import Move, Spot
from inventory.stock.states import Bucket, MovementKind
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import FieldProblem, Raced
from oms.core.outbox import services as outbox
from oms.core.text import is_blank


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came out: sound units, units to inspect first, units spoilt; and what went in.

    `used` and `byproducts` name the SKUs of which it was not what the plan says, or of which lots are named; all others
    are by the plan. `lots` are those of the sound units, `inspect_lots` those of the units to inspect.
    """

    produced: int = 0
    inspect: int = 0
    scrapped: int = 0
    used: Sequence[Used] = ()
    byproducts: Sequence[Used] = ()
    lots: Sequence[LotUnits] = ()
    inspect_lots: Sequence[LotUnits] = ()
    reason: str = ""

    @property
    def made(self) -> int:
        """Units that came out, sound or not."""
        return self.produced + self.inspect + self.scrapped


@transaction.atomic
def post(
    *,
    order_id: int,
    report: Report,
    key: str,
    actor: Actor,
    finish: bool = False,
    reach: Reach = None,
) -> ProductionPosting:
    """Take components out of stock and bring what was made of them, all or nothing. A confirmed order begins by it.

    Components come out of what is set aside, then out of what is available; of what is tracked, out of the lots that
    are named, then of what expires first. Goods that are tracked are of the lots that are named, else of one that bears
    the number of the posting. What differs from the plan, and more than was ordered, needs a reason. `finish` says that
    nothing more is made. `key` names the call: the same again posts nothing and returns the first posting.

    Raises ProductionMissing, IllegalTransition, InvalidProduction, ReasonNeeded, ComponentsShort, LotsRefused,
    InvalidLots (each with every line at once), PostingKeyReused. Publishes ProductionPosted, StockReceived for what is
    available, and what finishing publishes.
    """
    order = steps.lock(order_id, reach=reach)
    done = ProductionPosting.objects.filter(key=key).first()
    if done is not None:
        _check_same(done, order, report)
        return done
    if order.status == ProductionStatus.CONFIRMED:
        confirming.begin(order, actor=actor)
    PRODUCTION_ORDER.target(order.status, "post")
    components, byproducts = steps.components_of(order), steps.byproducts_of(order)
    _check(order, report, components, byproducts)
    used = _used(order, report, components)
    yielded = _yielded(order, report, byproducts)
    levels = steps.lock_levels(
        order,
        [
            order.bill.sku_id,
            *(row.sku_id for row in components),
            *(row.sku_id for row in byproducts),
        ],
    )
    _check_there(used, levels)
    spots = lotting.of_components(
        used,
        {each.sku_code: each.lots for each in report.used},
        levels,
        time_zone=order.location.time_zone,
    )
    posting = ProductionPosting.objects.create(
        order=order,
        number=f"{order.number}-{ProductionPosting.objects.filter(order=order).count() + 1}",
        key=key,
        reason=report.reason[:200],
        actor=str(actor),
        posted_at=clock.now(),
    )
    _take(order, posting, used, levels, spots, actor=actor)
    named = _lots_of_goods(order, posting, report, yielded)
    _bring(order, posting, report, yielded, levels, named, actor=actor)
    reservation = giving.hold_for_demand(
        order, report.produced, level_id=levels[order.bill.sku_id].pk, actor=actor
    )
    _count(order, report)
    before = PRODUCTION_ORDER.move(order, "post")
    steps.record(
        order,
        "posted",
        before=before,
        actor=actor,
        reason=report.reason,
        data={
            "posting": posting.number,
            "made": report.produced + report.inspect,
            "scrapped": report.scrapped,
            "used": {each.sku.code: units for each, units in used if units},
        },
    )
    steps.say_expected(order)
    outbox.publish(
        steps.fact(
            events.ProductionPosted,
            order,
            posting_id=posting.pk,
            produced=report.produced + report.inspect,
            scrapped=report.scrapped,
            demand=order.demand,
            demand_id=order.demand_id or 0,
            reservation_id=reservation.pk if reservation else 0,
        )
    )
    if finish:
        ending.end(order, reason=report.reason, actor=actor)
    return posting


def cause_of(line_id: int) -> str:
    """Return the cause of the movement of a line."""
    return f"production-line:{line_id}"


def held_cause_of(posting_id: int) -> str:
    """Return what the causes begin with of the movements of what a posting used of what was set aside."""
    return f"production-held:{posting_id}"


def _check_same(done: ProductionPosting, order: ProductionOrder, report: Report) -> None:
    """Raise PostingKeyReused unless the posting of the key brought the same goods of the same order."""
    rows = ProductionPostingLine.objects.filter(posting=done)
    before = {
        (row.kind, row.bucket): row.quantity
        for row in rows
        if row.kind in (PostingKind.OUTPUT, PostingKind.SCRAP)
    }
    now = {(kind.value, bucket): units for kind, bucket, units in _goods(report) if units}
    if done.order_id != order.pk or before != now:
        raise errors.PostingKeyReused


def _goods(report: Report) -> Sequence[tuple[PostingKind, str, int]]:
    """Return what became of the goods: kind, bucket, units."""
    return (
        (PostingKind.OUTPUT, Bucket.AVAILABLE.value, report.produced),
        (PostingKind.OUTPUT, Bucket.QUALITY_CONTROL.value, report.inspect),
        (PostingKind.SCRAP, "", report.scrapped),
    )


def _check(
    order: ProductionOrder,
    report: Report,
    components: Sequence[ProductionComponent],
    byproducts: Sequence[ProductionByproduct],
) -> None:
    """Raise InvalidProduction for what is senseless, ReasonNeeded for what differs from the plan without a reason."""
    faults = [
        Fault(f"/{name}", "number_range", f"0 to {rules.MOST_UNITS} units.")
        for name in ("produced", "inspect", "scrapped")
        if not 0 <= getattr(report, name) <= rules.MOST_UNITS
    ]
    faults += rules.faults_of_used(
        report.used, {row.sku.code for row in components}, pointer="/used"
    )
    faults += rules.faults_of_used(
        report.byproducts, {row.sku.code for row in byproducts}, pointer="/byproducts"
    )
    if not faults and not report.made and not any(each.quantity for each in report.used):
        faults.append(Fault("/produced", "no_units", "At least one unit is needed."))
    steps.check(faults)
    if is_blank(report.reason):
        differing = _differences(order, report, components, byproducts)
        if differing:
            raise errors.ReasonNeeded(problems=differing)


def _differences(
    order: ProductionOrder,
    report: Report,
    components: Sequence[ProductionComponent],
    byproducts: Sequence[ProductionByproduct],
) -> list[FieldProblem]:
    """Return everything in which a report differs from the plan."""
    made = order.made + report.made
    found = []
    if made > order.quantity:
        found.append(
            FieldProblem(
                "/produced",
                "more_than_ordered",
                f"{order.open} units are still to be made, {report.made} came out.",
            )
        )
    plans = (
        (
            "/used",
            report.used,
            {row.sku.code: _planned_use(order, row, made) for row in components},
        ),
        (
            "/byproducts",
            report.byproducts,
            {row.sku.code: _planned_yield(order, row, made) for row in byproducts},
        ),
    )
    for pointer, stated, planned in plans:
        for index, each in enumerate(stated):
            if each.quantity != planned[each.sku_code]:
                found.append(
                    FieldProblem(
                        f"{pointer}/{index}/quantity",
                        "differs_from_plan",
                        f"{each.sku_code}: {planned[each.sku_code]} by the plan, not {each.quantity}.",
                    )
                )
    return found


def _planned_use(order: ProductionOrder, row: ProductionComponent, made: int) -> int:
    return rules.to_consume(row.planned, quantity=order.quantity, made=made, consumed=row.consumed)


def _planned_yield(order: ProductionOrder, row: ProductionByproduct, made: int) -> int:
    return rules.to_yield(row.planned, quantity=order.quantity, made=made, produced=row.produced)


def _used(
    order: ProductionOrder, report: Report, components: Sequence[ProductionComponent]
) -> list[tuple[ProductionComponent, int]]:
    """Return the units of each component that went in: as stated, else as planned."""
    stated = {each.sku_code: each.quantity for each in report.used}
    made = order.made + report.made
    return [(row, stated.get(row.sku.code, _planned_use(order, row, made))) for row in components]


def _yielded(
    order: ProductionOrder, report: Report, byproducts: Sequence[ProductionByproduct]
) -> list[tuple[ProductionByproduct, int]]:
    stated = {each.sku_code: each.quantity for each in report.byproducts}
    made = order.made + report.made
    return [(row, stated.get(row.sku.code, _planned_yield(order, row, made))) for row in byproducts]


def _check_there(
    used: Sequence[tuple[ProductionComponent, int]], levels: Mapping[int, Level]
) -> None:
    """Raise ComponentsShort with every component of which neither what is held nor what is available suffices."""
    shortages = [
        {"sku": row.sku.code, "asked": units, "available": row.held + levels[row.sku_id].available}
        for row, units in used
        if units > row.held + levels[row.sku_id].available
    ]
    if shortages:
        raise errors.ComponentsShort(
            "Not there: "
            + ", ".join(f"{s['sku']} ({s['available']} of {s['asked']})" for s in shortages[:20]),
            shortages=shortages,
        )


def _take(
    order: ProductionOrder,
    posting: ProductionPosting,
    used: Sequence[tuple[ProductionComponent, int]],
    levels: Mapping[int, Level],
    spots: Mapping[int, Sequence[Spot]],
    *,
    actor: Actor,
) -> None:
    """Write the lines of what went in, and take it out of stock: out of what is held first."""
    taken = [(row, units, min(units, row.held)) for row, units in used if units]
    lots = {row.pk: lotting.divided(spots.get(row.sku_id, ()), held) for row, _, held in taken}
    lines = ProductionPostingLine.objects.bulk_create(
        ProductionPostingLine(
            posting=posting,
            kind=PostingKind.CONSUME,
            sku_id=row.sku_id,
            quantity=units,
            held=held,
        )
        for row, units, held in taken
    )
    reservations.consume(
        demand=COMPONENT,
        units=[
            Promise(row.pk, row.sku_id, order.location_id, held) for row, _, held in taken if held
        ],
        document=order.number,
        cause=held_cause_of(posting.pk),
        actor=actor,
        spots={key: first for key, (first, _) in lots.items()},
    )
    lotting.keep([(line, spots.get(line.sku_id, ())) for line in lines])
    for (row, units, held), line in zip(taken, lines, strict=True):
        if units > held:
            stock.move(
                level=levels[row.sku_id],
                kind=MovementKind.PRODUCTION_CONSUME,
                source=Bucket.AVAILABLE,
                target=Bucket.PRODUCTION,
                quantity=units - held,
                document=order.number,
                cause=cause_of(line.pk),
                actor=actor,
                reason=posting.reason,
                spots=lots[row.pk][1],
            )
        steps.change_component(row, held=row.held - held, consumed=row.consumed + units)


def _lots_of_goods(
    order: ProductionOrder,
    posting: ProductionPosting,
    report: Report,
    yielded: Sequence[tuple[ProductionByproduct, int]],
) -> dict[tuple[str, int, str], Sequence[Spot]]:
    """Return the lots of what comes out, by kind, SKU and bucket. Raises InvalidLots."""
    goods = order.bill.sku
    stated = {
        each.sku_code: (f"/byproducts/{index}", each.lots)
        for index, each in enumerate(report.byproducts)
    }
    made: dict[tuple[str, int, str], lotting.Made] = {}
    for bucket, units, lots, pointer in (
        (Bucket.AVAILABLE.value, report.produced, report.lots, ""),
        (Bucket.QUALITY_CONTROL.value, report.inspect, report.inspect_lots, "/inspect"),
    ):
        if units or lots:
            key = (PostingKind.OUTPUT.value, goods.pk, bucket)
            sells = bucket == Bucket.AVAILABLE
            made[key] = lotting.Made(goods, units, lots, pointer, sells=sells)
    for row, units in yielded:
        pointer, lots = stated.get(row.sku.code, ("/byproducts", ()))
        if units or lots:
            key = (PostingKind.BYPRODUCT.value, row.sku_id, Bucket.AVAILABLE.value)
            made[key] = lotting.Made(row.sku, units, lots, pointer)
    found = lotting.of_goods(
        list(made.values()),
        number=posting.number,
        time_zone=order.location.time_zone,
        origin=order.location.name,
    )
    return dict(zip(made, found, strict=True))


def _bring(
    order: ProductionOrder,
    posting: ProductionPosting,
    report: Report,
    yielded: Sequence[tuple[ProductionByproduct, int]],
    levels: Mapping[int, Level],
    spots: Mapping[tuple[str, int, str], Sequence[Spot]],
    *,
    actor: Actor,
) -> None:
    """Write the lines of what came out, each with its movement."""
    lines = ProductionPostingLine.objects.bulk_create(
        [
            *(
                ProductionPostingLine(
                    posting=posting,
                    kind=kind,
                    sku_id=order.bill.sku_id,
                    quantity=units,
                    bucket=bucket,
                )
                for kind, bucket, units in _goods(report)
                if units
            ),
            *(
                ProductionPostingLine(
                    posting=posting,
                    kind=PostingKind.BYPRODUCT,
                    sku_id=row.sku_id,
                    quantity=units,
                    bucket=Bucket.AVAILABLE,
                )
                for row, units in yielded
                if units
            ),
        ]
    )
    lots = {line.pk: spots.get((line.kind, line.sku_id, line.bucket), ()) for line in lines}
    lotting.keep([(line, lots[line.pk]) for line in lines])
    for row, units in yielded:
        if not units:
            continue
        guarded = ProductionByproduct.objects.filter(pk=row.pk, produced=row.produced)
        if not guarded.update(produced=row.produced + units):
            raise Raced
    stock.move_all(
        moves=[
            Move(
                level=levels[line.sku_id],
                kind=MovementKind.SCRAP
                if line.kind == PostingKind.SCRAP
                else MovementKind.PRODUCTION_OUTPUT,
                source=Bucket.PRODUCTION,
                target=line.bucket or Bucket.ADJUSTMENT,
                quantity=line.quantity,
                cause=cause_of(line.pk),
                reason=posting.reason,
                spots=lots[line.pk],
            )
            for line in lines
        ],
        document=order.number,
        actor=actor,
    )


def _count(order: ProductionOrder, report: Report) -> None:
    change(
        order,
        produced=order.produced + report.produced + report.inspect,
        scrapped=order.scrapped + report.scrapped,
    )


def change(order: ProductionOrder, *, produced: int, scrapped: int) -> None:
    """Change the counters of an order that are still those that were read. Raises Raced."""
    guarded = ProductionOrder.objects.filter(
        pk=order.pk, produced=order.produced, scrapped=order.scrapped
    )
    if not guarded.update(produced=produced, scrapped=scrapped):
        raise Raced
    order.produced, order.scrapped = produced, scrapped
