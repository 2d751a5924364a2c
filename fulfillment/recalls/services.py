"""Quarantine, release and recall lots; set their units aside."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from types import MappingProxyType

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef

from fulfillment import events
from fulfillment.lots import services as warehouse_lots
from fulfillment.lots.services import PICKED
from fulfillment.recalls import queries
from fulfillment.recalls.models import SweepMark
from fulfillment.work import services as work_services
from fulfillment.work.models import FulfillmentLine
from inventory.lots import rules
from inventory.lots import services as lots
from inventory.lots.models import Lot
from inventory.lots.rules import Batch, Demand, LotUnits, Need
from inventory.lots.states import LotStatus
from inventory.reservations.models import Allocation
from inventory.stock import services as stock
from inventory.stock.models import Claim, Content, Level
from inventory.stock.services import Spot
from inventory.stock.states import Bucket, Condition
from oms.core import clock, locking, transactions
from oms.core.actors import SYSTEM, Actor
from oms.core.errors import Busy, Raced
from oms.core.ids import uuid7
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.ordering.services import Loss, Promised
from orders.ordering.services.lines import DEMAND

log = structlog.get_logger()

MOST_NAMED = 20
EXPIRED = "It has expired."
NOTHING: Mapping[tuple[int, int], int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SetAside:
    """What became of the units of a lot, and of the orders that were to get them."""

    units: int = 0
    unpicked: int = 0
    rerouted: int = 0
    backordered: int = 0
    packed: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """What setting a lot aside would do: units, picks to undo, packed units; orders that lose, and how many more."""

    units: int
    unpicked: int
    packed: int
    orders: tuple[str, ...]
    more: int


def recall(*, lot_id: int, reason: str, actor: Actor) -> SetAside:
    """Recall a lot: it is never sold again, and everything of it that is in the house is set aside.

    Raises LotMissing, LotReasonNeeded, IllegalTransition, Busy. Publishes LotRecalled, PickShort, LinesReallocated.
    """
    return _judge(lot_id, "recall", reason, actor)


def quarantine(*, lot_id: int, reason: str, actor: Actor) -> SetAside:
    """Keep a lot from being sold while somebody looks into it. Raises what `recall` does.

    Publishes PickShort, LinesReallocated.
    """
    return _judge(lot_id, "quarantine", reason, actor)


@transaction.atomic
def release(*, lot_id: int, reason: str, actor: Actor) -> int:
    """Let a quarantined lot be sold again; return the units that become available.

    Raises LotMissing, LotReasonNeeded, IllegalTransition. Publishes StockReceived.
    """
    lot = lots.lock(lot_id)
    lots.move(lot, "release", reason=reason, actor=actor)
    if rules.refusal(_batch(lot), Need(clock.now().date(), expires=lot.sku.expires)):
        return 0  # it has expired meanwhile
    rows = Content.objects.filter(lot=lot, condition=Condition.QUALITY_CONTROL)
    levels = locking.lock(Level.objects.filter(pk__in=rows.values("level_id")))
    units: defaultdict[int, int] = defaultdict(int)
    for level_id, quantity in rows.values_list("level_id", "quantity"):
        units[level_id] += quantity
    act = uuid7()
    for level in levels:
        if units[level.pk]:
            stock.change_state(
                level_id=level.pk,
                source=Bucket.QUALITY_CONTROL,
                target=Bucket.AVAILABLE,
                quantity=units[level.pk],
                document=lot.number,
                cause=f"lot-released:{act}:{level.pk}",
                actor=actor,
                reason=reason[:200],
                spots=[Spot(lot_id=lot.pk, quantity=units[level.pk])],
            )
    return sum(units.values())


def preview(*, lot_id: int) -> Preview:
    """Say what a recall or a quarantine would do now; nothing is locked or changed."""
    lot = Lot.objects.filter(pk=lot_id).select_related("sku").first()
    if lot is None:
        return Preview(0, 0, 0, (), 0)
    claims = Claim.objects.filter(lot=lot).values_list("demand", "quantity")
    picked = sum(units for demand, units in claims if demand == PICKED)
    packed = sum(units for demand, units in claims if demand != PICKED)
    good = Content.objects.filter(lot=lot, condition=Condition.GOOD)
    units = sum(good.values_list("quantity", flat=True)) - packed
    losing = sorted({loss.order_id for loss in _planned_losses(lot)})
    numbers = Order.objects.filter(pk__in=losing[:MOST_NAMED]).order_by("pk")
    return Preview(
        units,
        picked,
        packed,
        tuple(numbers.values_list("number", flat=True)),
        max(0, len(losing) - MOST_NAMED),
    )


def set_aside(*, lot_id: int, reason: str, actor: Actor) -> SetAside:
    """Set aside what is in the house of a lot that must not be sold; nothing when there is none or it may be sold.

    Raises LotMissing, Busy. Publishes PickShort, LinesReallocated.
    """
    return transactions.retrying(
        partial(_act, lot_id=lot_id, action="", reason=reason, actor=actor)
    )


def sweep() -> int:
    """Set aside what has expired, and what is left of lots that must not be sold; return the units.

    One transaction a lot; one that somebody holds is left to the next call. When nothing of a recalled or quarantined
    lot is free to promise at the end, that instant is kept.
    """
    units = 0
    for lot in queries.unsellable_with_stock(clock.now().date()):
        reason = EXPIRED if lot.status == LotStatus.RELEASED else lot.reason
        try:
            units += set_aside(lot_id=lot.pk, reason=reason, actor=SYSTEM).units
        except Busy as error:
            log.warning("lot_left_unswept", lot=lot.pk, error=error.code)
    at = clock.now()
    if not queries.free_though_unsellable().exists():
        SweepMark.objects.update_or_create(pk=1, defaults={"clear_at": at})
    return units


def _judge(lot_id: int, action: str, reason: str, actor: Actor) -> SetAside:
    return transactions.retrying(
        partial(_act, lot_id=lot_id, action=action, reason=reason, actor=actor)
    )


def _act(*, lot_id: int, action: str, reason: str, actor: Actor) -> SetAside:
    """Lock orders, then the lot, then its levels; set aside; Raced when other orders turn out to be concerned."""
    wanted = _orders_concerned(lot_id)
    orders = {order.pk: order for order in locking.lock(Order.objects.filter(pk__in=wanted))}
    lot = lots.lock(lot_id)
    if action:
        lots.move(lot, action, reason=reason, actor=actor)
    elif not rules.refusal(_batch(lot), Need(clock.now().date(), expires=lot.sku.expires)):
        return SetAside()
    # All levels of the SKU: orders that lose here may be served from any of them.
    levels = {
        level.pk: level
        for level in locking.lock(
            Level.objects.filter(sku_id=lot.sku_id).select_related("sku", "location")
        )
    }
    if not _orders_concerned(lot_id) <= orders.keys():
        raise Raced
    done = _empty_shelves(lot, levels, orders, reason=reason or lot.reason, actor=actor)
    if action == "recall":
        outbox.publish(events.LotRecalled(lot_id=lot.pk, number=lot.number, sku=lot.sku.code))
    if done.units:
        timeline.record(
            lot,
            "lot.set_aside",
            actor=actor,
            reason=reason,
            data={
                "units": done.units,
                "unpicked": done.unpicked,
                "rerouted": done.rerouted,
                "backordered": done.backordered,
                "packed": done.packed,
            },
        )
    return done


def _empty_shelves(
    lot: Lot,
    levels: Mapping[int, Level],
    orders: Mapping[int, Order],
    *,
    reason: str,
    actor: Actor,
) -> SetAside:
    unpicked = _undo_picks(lot, orders, actor=actor)
    there = _free_units(lot, levels)
    losses = _losses(lot, there)
    act = f"lot:{lot.pk}:{uuid7()}"
    for loss in losses:
        work_services.relieve(orders[loss.order_id], loss, reason=reason[:200], actor=actor)
    ordering.take_off(losses=losses, document=lot.number, cause=act, actor=actor)
    moved = 0
    for level_id, good in there.items():
        level = levels[level_id]
        level.refresh_from_db()
        # What transfers and reservations are promised stays; it cannot leave, and the next sweep looks again.
        units = min(good, level.available)
        if not units:
            continue
        stock.change_state(
            level_id=level_id,
            source=Bucket.AVAILABLE,
            target=Bucket.QUALITY_CONTROL,
            quantity=units,
            document=lot.number,
            cause=f"{act}:aside:{level_id}",
            actor=actor,
            reason=reason[:200],
            spots=[Spot(lot_id=lot.pk, quantity=units)],
        )
        moved += units
    rerouted = ordering.serve_anew(
        orders=orders,
        losses=losses,
        document=lot.number,
        cause=act,
        kind="order.lost_to_lot",
        data={"lot": lot.number, "sku": lot.sku.code},
        actor=actor,
    )
    lost = sum(loss.quantity for loss in losses)
    packed = sum(Claim.objects.filter(lot=lot).values_list("quantity", flat=True))
    return SetAside(moved, unpicked, rerouted, lost - rerouted, packed)


def _undo_picks(lot: Lot, orders: Mapping[int, Order], *, actor: Actor) -> int:
    """Put picked units of the lot back that are in no parcel yet; return how many."""
    rows = list(Claim.objects.filter(lot=lot, demand=PICKED).order_by("demand_id"))
    lines = FulfillmentLine.objects.select_related("fulfillment_order__location").in_bulk(
        [row.demand_id for row in rows]
    )
    by_work: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for row in rows:
        line = lines[row.demand_id]
        by_work[line.fulfillment_order_id][line.pk] = row.quantity
    documents = {line.fulfillment_order_id: line.fulfillment_order for line in lines.values()}
    for work_id, units in sorted(by_work.items()):
        document = documents[work_id]
        work = work_services.Work(
            orders[document.order_id], document, work_services.lines_of(document)
        )
        work_services.shift(work.lines, units, source="picked", target=None)
        named = {key: [LotUnits(lot.number, count)] for key, count in units.items()}
        warehouse_lots.put_back(work, units, named=named)
        ordering.record_unpicked(
            order_id=document.order_id, units=work.per_order_line(units), actor=actor
        )
        timeline.record(
            document,
            "work.unpicked",
            actor=actor,
            reason=f"Lot {lot.number} is not sold.",
            data={"units": {lot.sku.code: sum(units.values())}},
        )
    return sum(row.quantity for row in rows)


def _free_units(lot: Lot, levels: Mapping[int, Level]) -> dict[int, int]:
    """Return the good units of a lot that nobody has taken from the shelf, by level."""
    return {
        level_id: batch.quantity
        for level_id, batches in sorted(stock.free_batches(list(levels)).items())
        for batch in batches
        if batch.lot_id == lot.pk and batch.quantity
    }


def _losses(
    lot: Lot, there: Collection[int], undone: Mapping[tuple[int, int], int] = NOTHING
) -> list[Loss]:
    """Return what orders lose at levels when nothing of a lot can be had there; the newest lose first.

    `undone` are picked units, by order line and location, that will not be picked any more.
    """
    free = stock.free_batches(there)
    promised: defaultdict[int, list[Promised]] = defaultdict(list)
    for each in ordering.promised_at(there, picked=work_services.picked_at):
        promised[each.level_id].append(each)
    others = _other_promises(there)
    found = []
    for level_id in there:
        batches = [batch for batch in free[level_id] if batch.lot_id != lot.pk]
        need = Need(clock.now().date(), expires=lot.sku.expires)
        demands = [
            Demand(-1, others[level_id], Need(date.min)),
            *(
                Demand(
                    index,
                    each.unpicked + undone.get((each.line.pk, each.location_id), 0),
                    _need_of(each, need),
                )
                for index, each in reversed(list(enumerate(promised[level_id])))
            ),
        ]
        missing = rules.unserved(batches, demands)
        found += [
            promised[level_id][index].loss(units)
            for index, units in sorted(missing.items())
            if index >= 0
        ]
    return found


def _need_of(promised: Promised, need: Need) -> Need:
    """Return what an order asks of the units that it is promised."""
    return replace(need, life_days=promised.line.order.minimum_life_days)


def _other_promises(level_ids: Iterable[int]) -> dict[int, int]:
    """Return what is reserved at levels, or promised to others than orders: they keep it."""
    found = dict(Level.objects.filter(pk__in=level_ids).values_list("pk", "reserved"))
    rows = Allocation.objects.filter(level_id__in=found).exclude(demand=DEMAND)
    for level_id, units in rows.values_list("level_id", "quantity"):
        found[level_id] += units
    return found


def _orders_concerned(lot_id: int) -> set[int]:
    """Return the orders that have picked units of a lot, or would lose units if it were set aside."""
    lot = Lot.objects.filter(pk=lot_id).select_related("sku").first()
    if lot is None:
        return set()
    picks = Claim.objects.filter(lot=lot, demand=PICKED).values("demand_id")
    lines = FulfillmentLine.objects.filter(pk__in=picks)
    holders = set(lines.values_list("fulfillment_order__order_id", flat=True))
    return holders | {loss.order_id for loss in _planned_losses(lot)}


def _planned_losses(lot: Lot) -> list[Loss]:
    """Return what orders would lose if nothing of a lot could be had."""
    picks = dict(Claim.objects.filter(lot=lot, demand=PICKED).values_list("demand_id", "quantity"))
    undone: defaultdict[tuple[int, int], int] = defaultdict(int)
    for line in FulfillmentLine.objects.filter(pk__in=picks).select_related("fulfillment_order"):
        undone[line.order_line_id, line.fulfillment_order.location_id] += picks[line.pk]
    lies = Content.objects.filter(lot=lot, level=OuterRef("pk"), condition=Condition.GOOD)
    levels = Level.objects.filter(Exists(lies), sku_id=lot.sku_id).order_by("pk")
    return _losses(lot, list(levels.values_list("pk", flat=True)), undone)


def _batch(lot: Lot) -> Batch:
    return Batch(lot.pk, 1, lot.expires_on, lot.status, lot.number)
