"""Use-cases of tracking: record what carriers report, and what follows from it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet, Subquery

from fulfillment import events
from fulfillment.packing import rules as parcels_rules
from fulfillment.packing.models import Shipment, ShipmentLine
from fulfillment.packing.states import SHIPMENT, ShipmentStatus
from fulfillment.shipping.carriers import registry
from fulfillment.shipping.carriers.base import Carrier, CarrierError, CarrierScan, TrackRequest
from fulfillment.tracking import errors, rules
from fulfillment.tracking.models import Scan
from fulfillment.work.models import EVERYTHING, Reach
from oms.core import clock, locking
from oms.core.actors import SYSTEM, Actor
from oms.core.errors import FieldProblem
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders.ordering import services as ordering
from orders.ordering.models import Order

log = structlog.get_logger()

LONGEST = {"code": 60, "description": 300, "place": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One scan as reported. A `status` outside of our vocabulary is kept as the code and counts as unknown."""

    tracking_number: str
    status: str
    occurred_at: datetime
    code: str = ""
    description: str = ""
    place: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch: new scans of known parcels, scans told before, scans of numbers nobody knows yet."""

    recorded: int
    duplicates: int
    parked: int


def record_scans(
    *, carrier: str, scans: Sequence[Report], actor: Actor, reach: Reach = EVERYTHING
) -> Recorded:
    """Store scans and bring the parcels they belong to up to date.

    Scans are stored as they came and never dropped; the same report again changes nothing. A number that no parcel has
    is parked until one has it. What a parcel's scans say is decided by `rules.course`, whatever their order.
    Who may not see every parcel reports on those within `reach` alone: for him there are no others, and nothing is
    parked, for it might become somebody else's. Raises UnknownParcels then, naming every number.
    Publishes ShipmentDelivered once per parcel, ShipmentException once per parcel and status.
    """
    at = clock.now()
    all_rows = [_row(carrier, scan, at) for scan in scans]
    rows = {row.digest: row for row in all_rows}
    with transaction.atomic():
        parcels = _locked_parcels(
            Shipment.objects.within(reach).filter(
                carrier=carrier,
                tracking_number__in={row.tracking_number for row in all_rows} - {""},
            )
        )
        by_number = {parcel.tracking_number: parcel for parcel in parcels}
        if reach != EVERYTHING:
            _refuse_strangers([row.tracking_number for row in all_rows], by_number)
        known = set(Scan.objects.filter(digest__in=rows).values_list("digest", flat=True))
        new = [row for row in rows.values() if row.digest not in known]
        for row in new:
            row.shipment = by_number.get(row.tracking_number)
        # Two batches with one unknown number are not queued by any lock; the digest is unique all the same.
        Scan.objects.bulk_create(new, ignore_conflicts=True)
        for number in sorted({row.tracking_number for row in new} & set(by_number)):
            _follow(by_number[number], actor=actor)
    attached = sum(row.shipment is not None for row in new)
    return Recorded(recorded=attached, duplicates=len(scans) - len(new), parked=len(new) - attached)


def reconsider(*, shipment_id: int, actor: Actor) -> None:
    """Attach scans that came before the parcel was known, and look again at what all of its scans say."""
    with transaction.atomic():
        for parcel in _locked_parcels(Shipment.objects.filter(pk=shipment_id)):
            _follow(parcel, actor=actor)


def attach_parked(*, limit: int = 100) -> int:
    """Attach parked scans to parcels that have their number by now; return how many parcels were found.

    For the schedule: what a lost step would leave behind.
    """
    same = Shipment.objects.filter(
        carrier=OuterRef("carrier"), tracking_number=OuterRef("tracking_number")
    )
    found = (
        Scan.objects.filter(shipment__isnull=True)
        .annotate(parcel=Subquery(same.values("pk")[:1]))
        .filter(parcel__isnull=False)
        .order_by("parcel")
        .values_list("parcel", flat=True)
        .distinct()[:limit]
    )
    keys = list(found)
    for key in keys:
        reconsider(shipment_id=key, actor=SYSTEM)
    return len(keys)


def poll_due(*, batch: int = 50, budget_seconds: float = 15.0) -> int:
    """Ask each carrier about its parcels that are due, until none is or its time is spent; return the new scans.

    A parcel is claimed before its carrier is asked: should the process die, it is due again after the usual interval.
    """
    recorded = 0
    for code, carrier in registry.all_carriers().items():
        stop_at = clock.now() + timedelta(seconds=budget_seconds)
        while clock.now() < stop_at and (claimed := _claim_due(code, carrier, batch)):
            recorded += sum(_ask(code, carrier, request) for request in claimed)
    return recorded


def _refuse_strangers(numbers: Sequence[str], parcels: Mapping[str, Shipment]) -> None:
    problems = [
        FieldProblem(
            f"/scans/{index}/tracking_number", "unknown_reference", "No parcel has this number."
        )
        for index, number in enumerate(numbers)
        if number not in parcels
    ]
    if problems:
        raise errors.UnknownParcels(problems=problems)


def _row(carrier: str, scan: Report, at: datetime) -> Scan:
    number = parcels_rules.normal_number(scan.tracking_number)
    status = rules.canonical(scan.status)
    code = scan.code or (scan.status if status != scan.status else "")
    return Scan(
        carrier=carrier,
        tracking_number=_whole_or_marked(number),
        status=status,
        code=_cut(code, "code"),
        description=_cut(scan.description, "description"),
        place=_cut(scan.place, "place"),
        occurred_at=scan.occurred_at,
        received_at=at,
        raw=dict(scan.raw),
        digest=rules.digest(
            carrier=carrier,
            tracking_number=number,
            status=status,
            code=code,
            place=scan.place,
            occurred_at=scan.occurred_at,
        ),
    )


def _whole_or_marked(number: str) -> str:
    """Return a number that fits; of a longer one a beginning that no parcel can have, for it is no parcel's number."""
    longest = parcels_rules.LONGEST_NUMBER
    return number if len(number) <= longest else f"{number[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def _cut(value: str, name: str) -> str:
    return value[: LONGEST[name]]


def _reported(tracking_number: str, scan: CarrierScan) -> Report:
    return Report(
        tracking_number=tracking_number,
        status=scan.status,
        code=scan.code,
        description=scan.description,
        place=scan.place,
        occurred_at=scan.occurred_at,
        raw=scan.raw,
    )


def _locked_parcels(parcels: "QuerySet[Shipment]") -> list[Shipment]:
    """Lock the orders of `parcels` in key order, then read the parcels anew under those locks."""
    order_ids = set(parcels.values_list("fulfillment_order__order_id", flat=True))
    if not order_ids:
        return []
    locking.lock(Order.objects.filter(pk__in=order_ids))
    found = parcels.filter(fulfillment_order__order_id__in=order_ids)
    return list(found.select_related("fulfillment_order").order_by("pk"))


def _follow(parcel: Shipment, *, actor: Actor) -> None:
    """Bring a parcel up to date with all of its scans; the caller holds the order's lock."""
    Scan.objects.filter(
        shipment__isnull=True, carrier=parcel.carrier, tracking_number=parcel.tracking_number
    ).exclude(tracking_number="").update(shipment=parcel)
    rows = list(
        Scan.objects.filter(shipment=parcel)
        .order_by("pk")
        .values_list("pk", "status", "occurred_at", "leg")
    )
    if not rows:
        return
    course = rules.course(rules.Seen(pk, status, at) for pk, status, at, _ in rows)
    _keep_legs({pk: leg for pk, _, _, leg in rows}, course.legs)
    _keep_status(parcel, course, actor=actor)
    if parcel.status in (ShipmentStatus.SHIPPED, ShipmentStatus.LOST) and course.delivered_at:
        _deliver(parcel, course.delivered_at, actor=actor)
    elif parcel.status == ShipmentStatus.SHIPPED and course.returned_at:
        _end(parcel, "return_to_sender", actor=actor)
    if parcel.shipped_at:
        _tell_problems(parcel, course)


def _keep_legs(before: Mapping[int, int], after: Mapping[int, int]) -> None:
    changed: defaultdict[int, list[int]] = defaultdict(list)
    for pk, leg in after.items():
        if before[pk] != leg:
            changed[leg].append(pk)
    for leg, keys in changed.items():
        Scan.objects.filter(pk__in=keys).update(leg=leg)


def _keep_status(parcel: Shipment, course: rules.Course, *, actor: Actor) -> None:
    if (parcel.tracking_status, parcel.leg) == (course.status, course.leg):
        return
    before = {"tracking_status": parcel.tracking_status, "leg": parcel.leg}
    after = {"tracking_status": course.status, "leg": course.leg}
    Shipment.objects.filter(pk=parcel.pk).update(**after)
    parcel.tracking_status, parcel.leg = course.status, course.leg
    # The carrier has a parcel that was never shipped here: its stock has not fallen, and a person must look.
    early = not parcel.shipped_at and rules.RANKS[course.status] > rules.RANKS["pre_transit"]
    timeline.record(
        parcel,
        "shipment.tracked_before_shipping" if early else "shipment.tracked",
        actor=actor,
        before=before,
        after=after,
    )


def _deliver(parcel: Shipment, at: datetime, *, actor: Actor) -> None:
    """Note the delivery; the scan keeps the carrier's own time.

    A parcel arrives after it has left: where the carrier was faster than the person who said "shipped", or its clock is
    wrong, no page tells that it arrived first.
    """
    _end(parcel, "deliver", actor=actor, delivered_at=max(at, parcel.shipped_at or at))
    units: defaultdict[int, int] = defaultdict(int)
    packed = ShipmentLine.objects.filter(shipment=parcel)
    for line, count in packed.values_list("fulfillment_line__order_line_id", "quantity"):
        units[line] += count
    order_id = parcel.fulfillment_order.order_id
    ordering.record_delivered(order_id=order_id, units=dict(units), actor=actor)
    outbox.publish(events.ShipmentDelivered(shipment_id=parcel.pk, order_id=order_id))


def _end(parcel: Shipment, action: str, *, actor: Actor, **changes: Any) -> None:
    before = SHIPMENT.move(parcel, action, next_poll_at=None, **changes)
    timeline.record(
        parcel,
        f"shipment.{parcel.status}",
        actor=actor,
        before={"status": before},
        after={"status": parcel.status},
    )


def _tell_problems(parcel: Shipment, course: rules.Course) -> None:
    """Publish each exception once. A problem that came to an end before it was known is nobody's news."""
    new = sorted(course.problems - set(parcel.exceptions))
    if not new:
        return
    parcel.exceptions = [*parcel.exceptions, *new]
    Shipment.objects.filter(pk=parcel.pk).update(exceptions=parcel.exceptions)
    outbox.publish(
        *(
            events.ShipmentException(
                shipment_id=parcel.pk,
                order_id=parcel.fulfillment_order.order_id,
                status=status,
            )
            for status in new
        )
    )


def _ask(code: str, carrier: Carrier, request: TrackRequest) -> int:
    """Record what a carrier tells of one parcel; return how many scans were new."""
    try:
        told = carrier.track(request, at=clock.now())
        return record_scans(
            carrier=code,
            scans=[_reported(request.tracking_number, scan) for scan in told],
            actor=SYSTEM,
        ).recorded
    except Exception as error:  # one parcel must not hide the others; it is asked about again
        log.warning(
            "carrier_track_failed",
            carrier=code,
            tracking_number=request.tracking_number,
            error=str(error),
            exc_info=not isinstance(error, CarrierError),
        )
        return 0


def _claim_due(code: str, carrier: Carrier, limit: int) -> list[TrackRequest]:
    """Take parcels that are due, set their next time, and return what their carrier is asked."""
    if carrier.poll_every is None:
        return []
    at = clock.now()
    with transaction.atomic():
        due = Shipment.objects.due_for_poll(at).filter(carrier=code)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, no_key=True, of=("self",))
        parcels = list(
            due.select_related("fulfillment_order__location").order_by("next_poll_at", "pk")[:limit]
        )
        Shipment.objects.filter(pk__in=[parcel.pk for parcel in parcels]).update(
            next_poll_at=at + carrier.poll_every
        )
    return [
        TrackRequest(
            tracking_number=parcel.tracking_number,
            shipped_at=parcel.shipped_at,
            expected_on=parcel.expected_on,
            sender_city=parcel.fulfillment_order.location.city,
            recipient_city=str(parcel.fulfillment_order.recipient.get("city", "")),
        )
        for parcel in parcels
        if parcel.shipped_at
    ]
