"""Take returned goods in: graded, put where the grade says, counted once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import F

from inventory.locations.models import Location
from inventory.stock import services as stock
from inventory.stock.services import Spot
from inventory.stock.states import Bucket
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders.ordering import services as ordering
from returns import events
from returns.authorizations import services as authorizations
from returns.authorizations.models import Return, ReturnLine
from returns.authorizations.states import RETURN, ReturnStatus
from returns.receiving import errors, lots, queries
from returns.receiving.models import Grade, Receipt
from returns.receiving.rules import Graded

BUCKETS: Mapping[str, str] = {Grade.RESTOCK: Bucket.AVAILABLE, Grade.DAMAGED: Bucket.DAMAGED}
COLUMNS: Mapping[str, str] = {Grade.RESTOCK: "restocked", Grade.DAMAGED: "damaged"}


@transaction.atomic
def receive(
    *,
    return_id: int,
    location_id: int,
    units: Sequence[Graded],
    key: str,
    actor: Actor,
    location_codes: frozenset[str] | None = None,
) -> list[Receipt]:
    """Receive units of an approved return at a location, in part or whole.

    `restock` makes them available there, `damaged` puts them aside. Of what is tracked, only lots and serial numbers
    that the customer was sent come back; one lot need not be named. `key` names the call: the same again restocks
    nothing and returns the first receipts. `location_codes` limits the caller's reach (None: all places).

    Raises ReturnMissing, LocationMissing, IllegalTransition, InvalidReceipt, MoreThanExpected (every line at once),
    ReceiptKeyReused. Publishes ReturnReceived, and StockReceived for what is available again.
    """
    found = authorizations.lock(return_id)
    location = _location(location_id, location_codes)
    done = list(Receipt.objects.filter(key=key).select_related("return_line"))
    if done:
        _check_same(done, found, location, units)
        return done
    lines = {
        line.order_line_id: line
        for line in ReturnLine.objects.filter(return_order=found).select_related("order_line__sku")
    }
    RETURN.target(found.status, "receive_all")
    _check(units, lines)
    spots, wrong = lots.name(units, lines)
    if wrong:
        raise errors.InvalidReceipt(wrong[0].message, problems=wrong)
    stock.lock_levels(
        location_id=location.pk,
        sku_ids=[lines[each.order_line_id].order_line.sku_id for each in units],
    )
    receipts = [
        _take_in(found, lines[each.order_line_id], each, location, key, actor, named)
        for each, named in zip(units, spots, strict=True)
    ]
    by_line: defaultdict[int, int] = defaultdict(int)
    for each in units:
        by_line[each.order_line_id] += each.quantity
    ordering.record_returned(order_id=found.order_id, units=by_line, actor=actor)
    before = _move(found)
    timeline.record(
        found,
        "return.units_received",
        actor=actor,
        before={"status": str(before)},
        after={"status": str(found.status)},
        data={
            "location": location.code,
            "units": [
                {
                    "sku": lines[each.order_line_id].order_line.sku_code,
                    "grade": str(each.grade),
                    "quantity": each.quantity,
                }
                for each in units
            ],
        },
    )
    outbox.publish(events.ReturnReceived(return_id=found.pk, order_id=found.order_id))
    return receipts


def _location(location_id: int, location_codes: frozenset[str] | None) -> Location:
    location = Location.objects.filter(pk=location_id, is_active=True).first()
    if location is None or (location_codes is not None and location.code not in location_codes):
        raise errors.LocationMissing
    return location


def _check_same(
    done: Sequence[Receipt], found: Return, location: Location, units: Sequence[Graded]
) -> None:
    """Raise ReceiptKeyReused unless the receipts of the key are these very units."""
    before = {
        (each.return_line.order_line_id, str(each.grade), each.quantity, each.location_id)
        for each in done
        if each.return_line.return_order_id == found.pk
    }
    now = {(each.order_line_id, str(each.grade), each.quantity, location.pk) for each in units}
    if before != now:
        raise errors.ReceiptKeyReused


def _check(units: Sequence[Graded], lines: Mapping[int, ReturnLine]) -> None:
    """Raise InvalidReceipt or MoreThanExpected with everything that is wrong."""
    senseless, too_many = [], []
    if not units:
        senseless.append(FieldProblem("/units", "no_units", "At least one unit is needed."))
    seen = set()
    wanted: defaultdict[int, int] = defaultdict(int)
    for index, each in enumerate(units):
        at = f"/units/{index}"
        if each.order_line_id not in lines:
            senseless.append(
                FieldProblem(f"{at}/line_id", "unknown_reference", "No line of this return.")
            )
            continue
        if each.grade not in Grade.values:
            senseless.append(FieldProblem(f"{at}/grade", "unknown_choice", "No such grade."))
        if each.quantity < 1:
            senseless.append(FieldProblem(f"{at}/quantity", "number_range", "At least one unit."))
        if (each.order_line_id, each.grade) in seen:
            senseless.append(
                FieldProblem(f"{at}/grade", "repeated", "This line and grade come twice.")
            )
        seen.add((each.order_line_id, each.grade))
        wanted[each.order_line_id] += each.quantity
        outstanding = lines[each.order_line_id].outstanding
        if wanted[each.order_line_id] > outstanding:
            too_many.append(
                FieldProblem(
                    f"{at}/quantity", "more_than_expected", f"{outstanding} units are to come."
                )
            )
    if senseless:
        raise errors.InvalidReceipt(problems=senseless)
    if too_many:
        raise errors.MoreThanExpected(problems=too_many)


def _take_in(
    found: Return,
    line: ReturnLine,
    each: Graded,
    location: Location,
    key: str,
    actor: Actor,
    spots: Sequence[Spot],
) -> Receipt:
    """Write the receipt, the line's counter and the stock of one line and grade."""
    receipt = Receipt.objects.create(
        return_line=line,
        location=location,
        grade=each.grade,
        quantity=each.quantity,
        key=key,
        actor=str(actor),
    )
    column = COLUMNS[each.grade]
    counted = ReturnLine.objects.filter(
        pk=line.pk, quantity__gte=F("restocked") + F("damaged") + each.quantity
    ).update(**{column: F(column) + each.quantity})
    if not counted:
        raise errors.MoreThanExpected
    stock.take_back(
        sku_id=line.order_line.sku_id,
        location_id=location.pk,
        quantity=each.quantity,
        bucket=BUCKETS[each.grade],
        document=found.number,
        cause=f"{queries.CAUSE}:{receipt.pk}",
        actor=actor,
        reason=line.get_reason_display(),
        spots=spots,
    )
    return receipt


def _move(found: Return) -> str:
    """Move the return on: partly or wholly received. Partly again is no move."""
    missing = any(line.outstanding for line in ReturnLine.objects.filter(return_order=found))
    if not missing:
        return RETURN.move(found, "receive_all", received_at=clock.now())
    if found.status == ReturnStatus.PARTIALLY_RECEIVED:
        return found.status
    return RETURN.move(found, "receive_part")
