"""Buy and void labels.

A carrier stands outside of the house, so each act has three steps: the intent is committed, the carrier is asked with
no transaction open, the outcome is committed. A crash or a silent carrier leaves the intent, and `settle_due` asks
again with the same key: the carrier's answer is the same, so there is one label.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from fulfillment.packing import queries as packing_queries
from fulfillment.packing import services as packing
from fulfillment.packing.models import Shipment
from fulfillment.packing.rules import LONGEST_NUMBER, normal_number
from fulfillment.packing.services import Parcel
from fulfillment.packing.states import SHIPMENT
from fulfillment.shipping import errors, rules
from fulfillment.shipping.carriers import registry
from fulfillment.shipping.carriers.base import (
    BoughtLabel,
    Carrier,
    CarrierError,
    LabelRequest,
    Refused,
    Unreachable,
)
from fulfillment.shipping.models import Label
from fulfillment.shipping.services.rating import parcel_of
from fulfillment.shipping.states import LABEL, LabelState
from oms.core import clock, text
from oms.core.actors import SYSTEM, Actor
from oms.core.address import Address
from oms.core.errors import DomainError, FieldProblem
from oms.core.timeline import services as timeline

log = structlog.get_logger()

HOUSE = "house"
LEASE = timedelta(seconds=90)  # longer than any carrier may take to answer
FIRST_SWEEP = timedelta(minutes=1)
MAX_ATTEMPTS = 8
_LONGEST_ERROR = 500

AnswerT = TypeVar("AnswerT")


def buy_label(
    *, shipment_id: int, service: str, key: str, actor: Actor, carrier: str = HOUSE
) -> Label:
    """Buy a label for a packed parcel.

    `key` names the purchase: the same key again gives the same label, at whatever point the first call ended. A parcel
    has one label at a time; a purchase of the same service that is still unsettled is carried on, whatever its key.

    Raises ShipmentMissing, IllegalTransition (not packed), UnknownService, LabelKeyReused, LabelPending,
    LabelInProgress, LabelRefused (the carrier said no; the parcel stays packed), CarrierUnreachable (it is asked again
    by itself).
    """
    label = _request(
        shipment_id=shipment_id, carrier=carrier, service=service, key=key, actor=actor
    )
    if label.state == LabelState.FAILED:
        raise errors.LabelRefused(label.error)
    if label.state != LabelState.PENDING:
        return label
    return _carry_out_purchase(label, actor=actor)


def void_label(*, shipment_id: int, actor: Actor, reason: str = "") -> None:
    """Give the label of a parcel that has not left back to the carrier; the parcel is packed again.

    Raises ShipmentMissing, IllegalTransition, LabelInProgress, VoidRefused (the label is kept), CarrierUnreachable.
    """
    with transaction.atomic(durable=True):
        parcel = packing.locked(shipment_id)
        SHIPMENT.target(parcel.shipment.status, "void_label")
        label = Label.objects.live().without_files().get(shipment=parcel.shipment)
        if label.state == LabelState.BOUGHT:
            LABEL.move(
                label, "request_void", due_at=clock.now() + FIRST_SWEEP, attempts=0, error=""
            )
            _set_pending(parcel.shipment, pending=True)
            timeline.record(
                parcel.shipment,
                "shipment.label_void_requested",
                actor=actor,
                reason=reason,
                data={"tracking_number": label.tracking_number},
            )
    _carry_out_void(label, actor=actor)


def record_label(
    *,
    shipment_id: int,
    carrier: str,
    service: str,
    tracking_number: str,
    key: str,
    actor: Actor,
) -> Label:
    """Note a label that was bought elsewhere, by an outside warehouse or on a carrier's own page.

    Raises ShipmentMissing, IllegalTransition, LabelKeyReused, LabelPending, LabelRefused (another parcel has the
    number), TrackingNumberTooLong.
    """
    if len(normal_number(tracking_number)) > LONGEST_NUMBER:
        raise errors.TrackingNumberTooLong(
            problems=[
                FieldProblem(
                    "/tracking_number", "too_long", f"At most {LONGEST_NUMBER} characters."
                )
            ]
        )
    with transaction.atomic():
        parcel = packing.locked(shipment_id)
        known = Label.objects.without_files().filter(shipment=shipment_id, key=key).first()
        if known is not None:
            if (known.carrier, known.tracking_number) != (carrier, normal_number(tracking_number)):
                raise errors.LabelKeyReused
            return known
        _refuse_second(parcel)
        SHIPMENT.target(parcel.shipment.status, "label")
        label = Label.objects.create(
            shipment=parcel.shipment,
            key=key,
            carrier=carrier,
            service=service,
            currency=parcel.work.order.currency,
            bought_by=str(actor),
        )
        bought = BoughtLabel(
            tracking_number=tracking_number,
            cost=label.cost,
            currency=label.currency,
            transit_days=0,
            pdf=b"",
            zpl="",
            carrier_reference="",
        )
        try:
            with transaction.atomic():
                _attach(parcel, label, bought, actor=actor)
        except IntegrityError:
            raise errors.LabelRefused("Another parcel of this carrier has that number.") from None
    return label


def settle_due(*, limit: int = 50) -> int:
    """Carry on every purchase and voiding whose outcome has been unknown for a minute or more; return how many ended.

    For the schedule; several at once do no harm.
    """
    ended = 0
    due = Label.objects.unsettled(clock.now()).without_files().order_by("due_at", "id")
    for label in due[:limit]:
        carry_out = _carry_out_purchase if label.state == LabelState.PENDING else _carry_out_void
        try:
            carry_out(label, actor=SYSTEM)
        except DomainError as error:
            log.warning("label_unsettled", label=label.pk, error=error.detail)
            continue
        ended += 1
    return ended


def _request(*, shipment_id: int, carrier: str, service: str, key: str, actor: Actor) -> Label:
    """Commit the intent, or return the one that is there."""
    with transaction.atomic(durable=True):
        parcel = packing.locked(shipment_id)
        labels = Label.objects.without_files().filter(shipment=parcel.shipment)
        known = labels.filter(key=key).first()
        if known is not None:
            if (known.carrier, known.service) != (carrier, service):
                raise errors.LabelKeyReused
            return known
        under_way = labels.filter(
            state=LabelState.PENDING, carrier=carrier, service=service
        ).first()
        if under_way is not None:
            return under_way
        _refuse_second(parcel)
        SHIPMENT.target(parcel.shipment.status, "label")
        if registry.find(carrier) is None:
            raise errors.UnknownService(f"There is no carrier “{text.shortened(carrier)}” here.")
        label = Label.objects.create(
            shipment=parcel.shipment,
            key=key,
            carrier=carrier,
            service=service,
            currency=parcel.work.order.currency,
            bought_by=str(actor),
            due_at=clock.now() + FIRST_SWEEP,
        )
        _set_pending(parcel.shipment, pending=True)
    return label


def _refuse_second(parcel: Parcel) -> None:
    live = Label.objects.live().without_files().filter(shipment=parcel.shipment).first()
    if live is not None and live.state != LabelState.BOUGHT:
        raise errors.LabelPending(live.error, label_key=live.key)


def _carry_out_purchase(label: Label, *, actor: Actor) -> Label:
    if not _claim(label, LabelState.PENDING):
        label.refresh_from_db(fields=["state", "tracking_number", "cost", "error", "bought_at"])
        if label.state == LabelState.BOUGHT:
            return label
        if label.state == LabelState.FAILED:
            raise errors.LabelRefused(label.error)
        raise errors.LabelInProgress
    request = _label_request(label)
    bought = _ask(label, lambda carrier: carrier.buy(request), actor=actor)
    if isinstance(bought, Refused):
        _fail(label, str(bought), actor=actor)
        raise errors.LabelRefused(label.error)
    try:
        with transaction.atomic(durable=True):
            parcel = packing.locked(label.shipment_id)
            _attach(parcel, label, bought, actor=actor)
    except IntegrityError:
        label.refresh_from_db(fields=["state"])
        _fail(label, "The carrier gave a number that another parcel has.", actor=actor)
        raise errors.LabelRefused(label.error) from None
    return label


def _carry_out_void(label: Label, *, actor: Actor) -> None:
    if not _claim(label, LabelState.VOIDING):
        label.refresh_from_db(fields=["state", "error"])
        if label.state == LabelState.VOIDED:
            return
        if label.state == LabelState.BOUGHT:
            raise errors.VoidRefused(label.error)
        raise errors.LabelInProgress
    answer: Refused | None = None
    if (
        label.carrier_reference
    ):  # a label that was only noted here is given back where it was bought
        answer = _ask(label, lambda carrier: _void(carrier, label), actor=actor)
    with transaction.atomic(durable=True):
        parcel = packing.locked(label.shipment_id)
        shipment = parcel.shipment
        if isinstance(answer, Refused):
            LABEL.move(label, "keep", error=_short(str(answer)), claimed_until=None)
            _set_pending(shipment, pending=False)
            timeline.record(
                shipment, "shipment.label_void_refused", actor=actor, reason=label.error
            )
        else:
            LABEL.move(label, "void", voided_at=clock.now(), claimed_until=None)
            before = SHIPMENT.move(
                shipment,
                "void_label",
                carrier="",
                service="",
                tracking_number="",
                label_pending=False,
            )
            timeline.record(
                shipment,
                "shipment.label_voided",
                actor=actor,
                before={"status": before, "tracking_number": label.tracking_number},
                after={"status": shipment.status},
            )
    if isinstance(answer, Refused):
        raise errors.VoidRefused(label.error)


def _void(carrier: Carrier, label: Label) -> None:
    carrier.void(tracking_number=label.tracking_number, carrier_reference=label.carrier_reference)


def _claim(label: Label, state: LabelState) -> bool:
    """Take the right to ask the carrier, for a while; of two rivals one gets it."""
    at = clock.now()
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=at)
    taken = Label.objects.filter(free, pk=label.pk, state=state).update(
        claimed_until=at + LEASE, due_at=at + LEASE, attempts=F("attempts") + 1
    )
    if taken:
        label.attempts += 1
    return bool(taken)


def _ask(
    label: Label, question: Callable[[Carrier], AnswerT], *, actor: Actor
) -> "AnswerT | Refused":
    """Put a question to the label's carrier and return its answer, a refusal too.

    Raises CarrierUnreachable for everything else, after noting when it is asked again.
    """
    carrier = registry.find(label.carrier)
    try:
        if carrier is None:
            raise Unreachable(f"The carrier “{label.carrier}” is not set up any more.")
        return question(carrier)
    except Refused as refusal:
        return refusal
    except Exception as error:  # an adapter may fail in any way; what was asked may have been done
        words = (
            str(error) if isinstance(error, CarrierError) else "The carrier's answer is unclear."
        )
        log.warning(
            "carrier_unreachable",
            carrier=label.carrier,
            label=label.pk,
            attempts=label.attempts,
            exc_info=not isinstance(error, CarrierError),
        )
        _try_later(label, words, actor=actor)
        raise errors.CarrierUnreachable(label.error) from error


def _try_later(label: Label, words: str, *, actor: Actor) -> None:
    """Note a silent carrier. A purchase is given up after the last attempt, and a person decides."""
    if label.state == LabelState.PENDING and label.attempts >= MAX_ATTEMPTS:
        _fail(
            label,
            f"Given up after {label.attempts} attempts; ask the carrier whether it made a label"
            f" under the key {label.uuid}. Last answer: {words}",
            actor=actor,
        )
        return
    label.error = _short(words)
    Label.objects.filter(pk=label.pk, state=label.state).update(
        error=label.error,
        claimed_until=None,
        due_at=clock.now() + timedelta(seconds=rules.wait_seconds(label.attempts)),
    )


def _fail(label: Label, words: str, *, actor: Actor) -> None:
    with transaction.atomic(durable=True):
        parcel = packing.locked(label.shipment_id)
        LABEL.move(label, "fail", error=_short(words), claimed_until=None)
        _set_pending(parcel.shipment, pending=False)
        timeline.record(
            parcel.shipment,
            "shipment.label_failed",
            actor=actor,
            reason=label.error,
            data={"carrier": label.carrier, "service": label.service},
        )


def _attach(parcel: Parcel, label: Label, bought: BoughtLabel, *, actor: Actor) -> None:
    """Give the parcel its label; the caller holds the order's lock."""
    at = clock.now()
    tracking_number = normal_number(bought.tracking_number)
    LABEL.move(
        label,
        "buy",
        tracking_number=tracking_number,
        carrier_reference=bought.carrier_reference,
        cost=bought.cost,
        currency=bought.currency,
        transit_days=bought.transit_days,
        pdf=bought.pdf,
        zpl=bought.zpl,
        error="",
        claimed_until=None,
        bought_at=at,
    )
    shipment = parcel.shipment
    before = SHIPMENT.move(
        shipment,
        "label",
        carrier=label.carrier,
        service=label.service,
        tracking_number=tracking_number,
        label_pending=False,
    )
    timeline.record(
        shipment,
        "shipment.labelled",
        actor=actor,
        before={"status": before},
        after={"status": shipment.status, "tracking_number": tracking_number},
        data={
            "carrier": label.carrier,
            "service": label.service,
            "cost": f"{bought.cost} {bought.currency}",
        },
    )


def _set_pending(shipment: Shipment, *, pending: bool) -> None:
    Shipment.objects.filter(pk=shipment.pk).update(label_pending=pending)
    shipment.label_pending = pending


def _label_request(label: Label) -> LabelRequest:
    """Gather what the carrier is told: the same for every attempt of one purchase."""
    shipment = Shipment.objects.select_related(
        "fulfillment_order__location", "fulfillment_order__order"
    ).get(pk=label.shipment_id)
    work = shipment.fulfillment_order
    return LabelRequest(
        key=str(label.uuid),
        sequence=label.pk,
        reference=shipment.number,
        order_number=work.order.number,
        service=label.service,
        sender=packing_queries.sender_of(work.location),
        recipient=Address.from_dict(work.recipient),
        parcel=parcel_of(shipment),
        currency=label.currency,
        ship_on=label.created_at.astimezone(ZoneInfo(work.location.time_zone)).date(),
    )


def _short(words: str) -> str:
    return words[:_LONGEST_ERROR]
