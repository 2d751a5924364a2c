"""Take goods in, and take a receipt back that was a mistake."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from inventory import events
from inventory.lots.rules import LotUnits
from inventory.purchasing import errors, rules
from inventory.purchasing.models import (
    PurchaseLine,
    PurchaseOrder,
    PurchaseReceipt,
    PurchaseReceiptLine,
)
from inventory.purchasing.queries import Reach
from inventory.purchasing.services import ending, steps
from inventory.purchasing.states import PURCHASE_ORDER, PurchaseStatus
from inventory.stock import services as stock
from inventory.stock.errors import InsufficientStock, NotInBin
from inventory.stock.services import Ask, Move
from inventory.stock.states import Bucket, MovementKind
from inventory.storing import services as storing
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.outbox import services as outbox
from oms.core.text import is_blank
from oms.core.timeline import services as timeline


@dataclass(frozen=True, slots=True)
class Arrived:
    """Units of a SKU that came; `inspect` puts them into quality control instead of making them available.

    `bin_code` names the bin, by code or barcode, that they lie in at a location with bins.
    Of a SKU that is tracked, `lots` name each of them.
    """

    sku_code: str
    quantity: int
    inspect: bool = False
    bin_code: str = ""
    lots: Sequence[LotUnits] = ()


@transaction.atomic
def receive(
    *,
    order_id: int,
    units: Sequence[Arrived],
    key: str,
    actor: Actor,
    delivery_note: str = "",
    over_reason: str = "",
    location_codes: Reach = None,
    cross_dock: bool = True,
) -> PurchaseReceipt:
    """Receive goods of an order at its location, in part, whole, or with more than was ordered.

    More than the supplier's tolerance is refused unless `over_reason` says why it is taken. `key` names the call: the
    same again receives nothing and returns the first receipt. `location_codes` limits the caller's reach (None: all).
    At a location with bins, what orders wait for goes to where orders leave unless `cross_dock` is off.

    Raises PurchaseOrderMissing, IllegalTransition, InvalidPurchaseReceipt, MoreThanOrdered, InvalidLots (every line at
    once), PurchaseReceiptKeyReused, BinMissing, BinFull. Publishes PurchaseReceived, and StockReceived for what is
    available.
    """
    order = steps.lock(order_id)
    if location_codes is not None and order.location.code not in location_codes:
        raise errors.PurchaseOrderMissing
    done = PurchaseReceipt.objects.filter(key=key).first()
    if done is not None:
        _check_same(done, order, units)
        return done
    PURCHASE_ORDER.target(order.status, "receive_all")
    lines = {line.sku.code: line for line in steps.lines_of(order)}
    _check(units, lines)
    arriving = _summed(units)
    over = _check_over(order, lines, arriving, is_explained=not is_blank(over_reason))
    receipt = PurchaseReceipt.objects.create(
        number=f"{order.number}-{PurchaseReceipt.objects.filter(order=order).count() + 1}",
        order=order,
        key=key,
        delivery_note=delivery_note[:60],
        reason=over_reason[:200] if over else "",
        actor=str(actor),
        received_at=clock.now(),
    )
    for code, count in arriving.items():
        line = lines[code]
        # What comes is first what was promised for now.
        line.backordered = min(line.backordered, max(0, line.to_come - count))
        line.over = rules.over_after(line.counters, count)
        line.received += count
    PurchaseLine.objects.bulk_update(
        [lines[code] for code in arriving], ["backordered", "over", "received"]
    )
    _put_away(order, receipt, units, lines, cross_dock=cross_dock, actor=actor)
    timeline.record(
        order,
        "purchase_order.units_received",
        actor=actor,
        reason=receipt.reason,
        data={"receipt": receipt.number, "units": arriving, "note": delivery_note[:60]},
    )
    _move_on(order, list(lines.values()), actor=actor)
    steps.expect(order, list(lines.values()))
    outbox.publish(events.PurchaseReceived(purchase_order_id=order.pk, receipt_id=receipt.pk))
    return receipt


@transaction.atomic
def undo_receipt(*, order_id: int, receipt_id: int, reason: str, actor: Actor) -> PurchaseReceipt:
    """Take a receipt back by the exact opposite of its movements; its units are to come again.

    Raises PurchaseReasonNeeded, PurchaseOrderMissing, PurchaseReceiptMissing, ReceiptUndone, IllegalTransition once the
    order is closed, UnitsGone when units were sold, promised or moved meanwhile.
    """
    ending.check_reason(reason)
    order = steps.lock(order_id)
    receipt = PurchaseReceipt.objects.filter(pk=receipt_id, order=order).first()
    if receipt is None:
        raise errors.PurchaseReceiptMissing
    if receipt.undone_at is not None:
        raise errors.ReceiptUndone
    if order.status not in (PurchaseStatus.PARTIALLY_RECEIVED, PurchaseStatus.RECEIVED):
        raise PURCHASE_ORDER.refusal(order.status, "undo_receipt")
    rows = list(
        PurchaseReceiptLine.objects.filter(receipt=receipt)
        .select_related("line__sku")
        .order_by("pk")
    )
    stock.lock_levels(location_id=order.location_id, sku_ids=[row.line.sku_id for row in rows])
    for row in rows:
        _take_out(order, row, reason=reason, actor=actor)
    back: defaultdict[int, int] = defaultdict(int)
    for row in rows:
        back[row.line_id] += row.quantity
    lines = steps.lines_of(order)
    for line in lines:
        if count := back.get(line.pk, 0):
            steps.change_line(
                line,
                received=line.received - count,
                over=rules.over_after(line.counters, -count),
            )
    receipt.undone_at = clock.now()
    receipt.save(update_fields=["undone_at"])
    timeline.record(
        order,
        "purchase_order.receipt_undone",
        actor=actor,
        reason=reason,
        data={"receipt": receipt.number},
    )
    _move_back(order, lines, actor=actor, reason=reason)
    steps.expect(order, lines)
    return receipt


def _check(units: Sequence[Arrived], lines: Mapping[str, PurchaseLine]) -> None:
    problems = []
    if not units:
        problems.append(FieldProblem("/lines", "no_units", "At least one unit is needed."))
    seen = set()
    for index, each in enumerate(units):
        at = f"/lines/{index}"
        if each.sku_code not in lines:
            problems.append(
                FieldProblem(f"{at}/sku", "unknown_reference", "No line of this order.")
            )
        if not 1 <= each.quantity <= steps.LARGEST_UNITS:
            problems.append(FieldProblem(f"{at}/quantity", "number_range", "At least one unit."))
        if (each.sku_code, each.inspect) in seen:
            problems.append(FieldProblem(f"{at}/sku", "repeated", "This SKU comes twice."))
        seen.add((each.sku_code, each.inspect))
    if problems:
        raise errors.InvalidPurchaseReceipt(problems=problems)


def _summed(units: Sequence[Arrived]) -> dict[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    for each in units:
        found[each.sku_code] += each.quantity
    return dict(found)


def _check_over(
    order: PurchaseOrder,
    lines: Mapping[str, PurchaseLine],
    arriving: Mapping[str, int],
    *,
    is_explained: bool,
) -> bool:
    """Say whether more comes than is ordered; raise MoreThanOrdered when it is too much and nobody says why."""
    percent = order.supplier.over_tolerance
    problems = []
    any_over = False
    for code, count in arriving.items():
        line = lines[code]
        over = rules.over_after(line.counters, count)
        any_over = any_over or over > line.over
        if over > max(line.over, rules.tolerated(line.ordered, percent=percent)):
            problems.append(
                FieldProblem(
                    "/lines",
                    "more_than_ordered",
                    f"{line.to_come} units of {code} are to come, {count} came.",
                )
            )
    if problems and not is_explained:
        raise errors.MoreThanOrdered(problems[0].message, problems=problems)
    return any_over


def _check_same(done: PurchaseReceipt, order: PurchaseOrder, units: Sequence[Arrived]) -> None:
    """Raise PurchaseReceiptKeyReused unless the receipt of the key is of these very units."""
    rows = PurchaseReceiptLine.objects.filter(receipt=done).select_related("line__sku")
    before = {(row.line.sku.code, row.quantity, row.inspect) for row in rows}
    now = {(each.sku_code, each.quantity, each.inspect) for each in units}
    if done.order_id != order.pk or before != now:
        raise errors.PurchaseReceiptKeyReused


def _put_away(
    order: PurchaseOrder,
    receipt: PurchaseReceipt,
    units: Sequence[Arrived],
    lines: Mapping[str, PurchaseLine],
    *,
    cross_dock: bool,
    actor: Actor,
) -> None:
    """Write the receipt's lines, each with its movement."""
    levels = {
        level.sku_id: level
        for level in stock.lock_levels_at(
            location_ids=[order.location_id],
            sku_ids=[lines[each.sku_code].sku_id for each in units],
        )
    }
    written = PurchaseReceiptLine.objects.bulk_create(
        PurchaseReceiptLine(
            receipt=receipt,
            line=lines[each.sku_code],
            quantity=each.quantity,
            inspect=each.inspect,
            unit_cost=lines[each.sku_code].unit_cost or Decimal(0),
            currency=order.currency,
        )
        for each in units
    )
    rows = list(zip(units, written, strict=True))
    spots = storing.place(
        arrivals=[
            storing.Arrival(
                levels[lines[each.sku_code].sku_id],
                each.quantity,
                cause_of(row.pk),
                is_available=not each.inspect,
                bin_code=each.bin_code,
            )
            for each, row in rows
        ],
        document=order.number,
        refuse=not cross_dock,
        actor=actor,
    )
    lots = stock.name_lots(
        [
            Ask(
                lines[each.sku_code].sku,
                each.quantity,
                each.lots,
                f"/lines/{index}",
                sells=not each.inspect,
            )
            for index, each in enumerate(units)
        ],
        origin=order.supplier.name,
    )
    stock.move_all(
        moves=[
            Move(
                levels[lines[each.sku_code].sku_id],
                MovementKind.RECEIPT,
                Bucket.SUPPLIER,
                Bucket.QUALITY_CONTROL if each.inspect else Bucket.AVAILABLE,
                each.quantity,
                cause_of(row.pk),
                receipt.reason,
                stock.with_lots(spots.get(cause_of(row.pk), ()), named, each.quantity),
            )
            for (each, row), named in zip(rows, lots, strict=True)
        ],
        document=order.number,
        actor=actor,
    )


def _take_out(order: PurchaseOrder, row: PurchaseReceiptLine, *, reason: str, actor: Actor) -> None:
    try:
        stock.undo_receipt(
            sku_id=row.line.sku_id,
            location_id=order.location_id,
            quantity=row.quantity,
            document=order.number,
            cause=f"{cause_of(row.pk)}:undo",
            actor=actor,
            reason=reason[:200],
            bucket=Bucket.QUALITY_CONTROL if row.inspect else Bucket.AVAILABLE,
            spots=stock.spots_of_cause(cause_of(row.pk)) if row.line.sku.is_tracked else (),
        )
    except NotInBin as error:
        raise errors.UnitsGone(
            f"{row.quantity} units of {row.line.sku.code} came; not all of their lots are there any more.",
            sku=row.line.sku.code,
        ) from error
    except InsufficientStock as error:
        raise errors.UnitsGone(
            f"{row.quantity} units of {row.line.sku.code} came;"
            f" {error.fields.get('available', 0)} of them can be taken back.",
            sku=row.line.sku.code,
        ) from error


def cause_of(receipt_line_id: int) -> str:
    """Return the cause of the movement of a receipt line."""
    return f"purchase-receipt:{receipt_line_id}"


def _move_on(order: PurchaseOrder, lines: Sequence[PurchaseLine], *, actor: Actor) -> None:
    """Move the order on: partly or wholly received. Partly again is no move."""
    if not any(line.to_come for line in lines):
        steps.move(order, "receive_all", actor=actor, received_at=clock.now())
    elif order.status == PurchaseStatus.PARTIALLY_RECEIVED:
        steps.touch(order)
    else:
        steps.move(order, "receive_part", actor=actor)


def _move_back(
    order: PurchaseOrder, lines: Sequence[PurchaseLine], *, actor: Actor, reason: str
) -> None:
    """Move the order back to where its other receipts, if any, leave it."""
    if any(line.received for line in lines):
        if order.status == PurchaseStatus.RECEIVED and any(line.to_come for line in lines):
            steps.move(order, "undo_part", actor=actor, reason=reason, received_at=None)
        else:
            steps.touch(order)
        return
    to = "acknowledged" if order.acknowledged_at else "placed"
    steps.move(order, f"undo_to_{to}", actor=actor, reason=reason, received_at=None)
