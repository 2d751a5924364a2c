"""Publish events and relay them to their handlers."""

import json
import traceback
from datetime import timedelta
from functools import partial

import structlog
from django.db import connection, transaction
from django.db.models import Case, F, TextField, Value, When

from oms.core import clock, events, rows, transactions
from oms.core.actors import Actor
from oms.core.ids import uuid7
from oms.core.outbox import errors, statements
from oms.core.outbox.models import Delivery, Event
from oms.core.outbox.statements import Claimed
from oms.core.outbox.states import DeliveryState, EventState
from oms.core.timeline import services as timeline

log = structlog.get_logger()

MAX_ATTEMPTS = 5
_FAN_OUT_LOCK = 7_305_001
LEASE = timedelta(seconds=30)  # how long an attempt may be silent before another may begin
_WAITS = (1, 5, 30, 120)  # seconds before the second, third, fourth and fifth attempt


def publish(*facts: events.Event) -> None:
    """Write `facts` to the outbox, sent together, each numbered after the last one of their aggregate.

    Raises RuntimeError outside a transaction: an event must commit with the change that it tells of. The caller holds
    the aggregate's lock, so that the number is free; a rival without the lock fails on the unique key.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An event can only be published inside transaction.atomic().")
    table = Event._meta.db_table
    json_cast = "::jsonb" if connection.vendor == "postgresql" else ""
    uuid_field = Event._meta.get_field("event_id")
    statement = (
        f"INSERT INTO {table}"  # noqa: S608  # constants of this module only
        " (event_id, name, aggregate, aggregate_id, sequence, payload, state, occurred_at)"
        " SELECT %s, %s, %s, %s, COALESCE(MAX(sequence), 0) + 1, %s"
        f"{json_cast}, %s, %s FROM {table} WHERE aggregate = %s AND aggregate_id = %s"
    )
    rows = [
        [
            uuid_field.get_db_prep_value(uuid7(), connection),
            fact.name,
            fact.aggregate,
            fact.aggregate_id,
            json.dumps(fact.payload()),
            EventState.PENDING.value,
            connection.ops.adapt_datetimefield_value(clock.now()),
            fact.aggregate,
            fact.aggregate_id,
        ]
        for fact in facts
    ]
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(statement, rows[0])
        elif rows:
            cursor.executemany(statement, rows)


def first(fact: events.Event) -> Event:
    """Return the outbox row of the first fact of a new aggregate, unsaved; it goes in with the aggregate."""
    return rows.new(
        Event,
        name=fact.name,
        aggregate=fact.aggregate,
        aggregate_id=fact.aggregate_id,
        sequence=1,
        payload=fact.payload(),
        state=EventState.PENDING.value,
    )


def fan_out(*, batch: int = 200) -> int:
    """Give each pending event one due delivery per subscription. Returns the number of events taken."""
    _, handlers = events.registry()
    with transaction.atomic():
        if not _may_fan_out():
            return 0
        taken = list(Event.objects.filter(state=EventState.PENDING).order_by("id")[:batch])
        if not taken:
            return 0
        Delivery.objects.bulk_create(
            [
                Delivery(
                    event=event,
                    handler=name,
                    stream=f"{event.aggregate}:{event.aggregate_id}:{name}",
                )
                for event in taken
                for name in handlers.get(event.name, {})
            ],
            ignore_conflicts=True,
        )
        Event.objects.filter(pk__in=[event.pk for event in taken]).update(state=EventState.RELAYED)
    return len(taken)


def deliver_next() -> bool:
    """Run the oldest due delivery whose stream has nothing older waiting. Returns False when none is due.

    The attempt is committed before the handler runs, so that a handler that kills its process is counted. The handler
    and the mark `delivered` share one transaction: its database effect happens exactly once. A handler that only lost a
    race runs again at once; that is no failed attempt.
    """
    claimed = _claim()
    if claimed is None:
        return False
    classes, handlers = events.registry()
    try:
        handler = handlers[claimed.event][claimed.handler]
        fact = classes[claimed.event].from_payload(claimed.payload)
        transactions.retrying(partial(_hand_over, claimed.delivery_id, handler, fact))
    except Exception as error:  # noqa: BLE001  # a handler may fail in any way; the failure is kept and shown
        _note_failure(claimed, error)
    return True


def relay(*, budget_seconds: float = 20.0) -> int:
    """Fan out and deliver until nothing is due or the time budget is spent. Returns deliveries run."""
    stop_at = clock.now() + timedelta(seconds=budget_seconds)
    done = 0
    while clock.now() < stop_at:
        fanned = fan_out()
        ran = 0
        while clock.now() < stop_at and deliver_next():
            ran += 1
        done += ran
        if not fanned and not ran:
            break
    return done


def drain(*, rounds: int = 1000) -> int:
    """Run everything that is due, including what handlers publish. For tests, the demo and commands."""
    done = 0
    for _ in range(rounds):
        ran = relay(budget_seconds=600)
        if not ran:
            break
        done += ran
    return done


@transaction.atomic
def retry_parked(*, delivery_id: int, actor: Actor) -> None:
    """Make a parked delivery due again with fresh attempts, asked for by a person. Raises NotParked."""
    parked = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.PARKED)
    if not parked.update(state=DeliveryState.DUE, attempts=0, due_at=clock.now()):
        raise errors.NotParked
    timeline.record(
        Delivery.objects.get(pk=delivery_id),
        "delivery.retried",
        actor=actor,
        before={"state": DeliveryState.PARKED},
        after={"state": DeliveryState.DUE},
    )


def _may_fan_out() -> bool:
    """Let one relay at a time number the deliveries, so that each stream keeps the order of its events."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_FAN_OUT_LOCK])
        return bool(cursor.fetchone()[0])


def _claim() -> Claimed | None:
    """Claim the next delivery; park on the way what never came back from its last attempt: its process died with it."""
    while True:
        at = clock.now()
        claimed = statements.claim(at=at, until=at + LEASE)
        if claimed is None or claimed.attempts <= MAX_ATTEMPTS:
            return claimed
        Delivery.objects.filter(pk=claimed.delivery_id, state=DeliveryState.DUE).update(
            state=DeliveryState.PARKED,
            attempts=MAX_ATTEMPTS,
            last_error=Case(
                When(last_error="", then=Value("The process ended during the attempt.")),
                default=F("last_error"),
                output_field=TextField(),
            ),
        )
        log.error("delivery_parked", delivery=claimed.delivery_id, handler=claimed.handler)


def _hand_over(delivery_id: int, handler: events.Handler, fact: events.Event) -> None:
    """Mark the delivery and run its handler, in the open transaction; nothing when a rival has done so."""
    if statements.mark_delivered(delivery_id=delivery_id, at=clock.now()):
        handler(fact)


def _note_failure(claimed: Claimed, error: Exception) -> None:
    parked = claimed.attempts >= MAX_ATTEMPTS
    wait = _WAITS[min(claimed.attempts, len(_WAITS)) - 1]
    Delivery.objects.filter(pk=claimed.delivery_id, state=DeliveryState.DUE).update(
        state=DeliveryState.PARKED if parked else DeliveryState.DUE,
        due_at=clock.now() + timedelta(seconds=wait),
        last_error="".join(traceback.format_exception(error))[-4000:],
    )
    log.error(
        "delivery_parked" if parked else "delivery_failed",
        delivery=claimed.delivery_id,
        handler=claimed.handler,
        attempts=claimed.attempts,
        error=str(error),
    )
