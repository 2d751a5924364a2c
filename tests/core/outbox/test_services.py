"""The outbox: order per document, effects exactly once, failures that are kept, seen and parked."""

import os
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connections, transaction
from pytest_django import Settings

from inventory.catalog.models import Product
from oms.core import clock, events
from oms.core.actors import SYSTEM
from oms.core.errors import Raced
from oms.core.outbox import services as outbox
from oms.core.outbox.models import Delivery, Event
from oms.core.outbox.states import DeliveryState, EventState
from tests.core.outbox.subscribers import Counted, Mood, Whispered, effects, moody

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_table(settings: Settings) -> Iterator[None]:
    settings.OMS_SUBSCRIPTIONS = "tests.core.outbox.subscribers.TABLE"
    events.registry.cache_clear()
    yield
    Mood.act = None
    events.registry.cache_clear()


def count(thing: str, *numbers: int) -> None:
    """Publish facts about a thing."""
    with transaction.atomic():
        outbox.publish(*(Counted(thing=thing, number=number) for number in numbers))


def fail(fact: Counted) -> None:
    """Break."""
    raise RuntimeError(f"cannot bear {fact.number}")


def fail_on(number: int) -> None:
    """Let `moody` break on one number."""

    def act(fact: Counted) -> None:
        if fact.number == number:
            fail(fact)

    Mood.act = act


def moody_deliveries() -> list[tuple[str, int]]:
    """Return (state, attempts) of the deliveries to `moody`, oldest first."""
    return list(
        Delivery.objects.filter(handler=events.handler_name(moody))
        .order_by("id")
        .values_list("state", "attempts")
    )


# Publishing ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_an_event_must_commit_with_the_change_that_it_tells_of() -> None:
    with pytest.raises(RuntimeError, match=r"inside transaction\.atomic"):
        outbox.publish(Counted(thing="a", number=1))

    with transaction.atomic():
        outbox.publish(Counted(thing="a", number=1))
        transaction.set_rollback(True)

    assert not Event.objects.exists()


def test_events_are_numbered_without_a_gap_per_document() -> None:
    count("a", 10, 11)
    count("b", 20)
    count("a", 12)

    rows = Event.objects.order_by("id").values_list("aggregate_id", "sequence", "payload__number")
    assert list(rows) == [("a", 1, 10), ("a", 2, 11), ("b", 1, 20), ("a", 3, 12)]


def test_an_event_is_stored_with_all_that_it_says() -> None:
    count("a", 10)

    event = Event.objects.get()
    assert event.name == "tests.counted.v1"
    assert event.aggregate == "tests.thing"
    assert event.payload == {"thing": "a", "number": 10}
    assert event.state == EventState.PENDING
    assert event.event_id.version == 7
    assert abs(event.occurred_at - clock.now()) < timedelta(minutes=1)


def test_a_number_is_given_once() -> None:
    count("a", 10)

    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.create(
            name="x", aggregate="tests.thing", aggregate_id="a", sequence=1, payload={}
        )


def test_fields_that_a_newer_writer_added_are_left_out() -> None:
    fact = Counted.from_payload({"thing": "a", "number": 1, "colour": "red"})

    assert fact == Counted(thing="a", number=1)


# Fanning out ---------------------------------------------------------------------------------------------


def test_each_event_gets_one_delivery_per_subscription_however_often() -> None:
    count("a", 1, 2)

    assert outbox.fan_out() == 2
    Event.objects.update(state=EventState.PENDING)
    assert outbox.fan_out() == 2

    assert Delivery.objects.count() == 4
    assert Event.objects.filter(state=EventState.RELAYED).count() == 2


def test_an_event_that_nobody_listens_to_is_done_with() -> None:
    with transaction.atomic():
        outbox.publish(Whispered(thing="a", number=1))

    assert outbox.drain() == 0
    assert Event.objects.get().state == EventState.RELAYED
    assert not Delivery.objects.exists()


# Delivering ----------------------------------------------------------------------------------------------


def test_each_handler_gets_the_events_of_a_document_in_their_order() -> None:
    count("a", 1, 2)
    count("b", 1)
    count("a", 3)

    assert outbox.drain() == 8

    for handler in ("steady", "moody"):
        assert [name for name in effects(handler) if name[0] == "a"] == ["a 1", "a 2", "a 3"]
        assert [name for name in effects(handler) if name[0] == "b"] == ["b 1"]
    assert outbox.drain() == 0


def test_a_failure_undoes_the_effect_and_is_kept_with_its_words() -> None:
    fail_on(1)
    count("a", 1)

    outbox.drain()

    assert effects("moody") == []
    assert moody_deliveries() == [("due", 1)]
    failed = Delivery.objects.get(state=DeliveryState.DUE)
    assert "RuntimeError: cannot bear 1" in failed.last_error
    assert failed.due_at > clock.now()
    assert effects("steady") == ["a 1"]


def test_what_follows_waits_for_a_failed_one_but_other_documents_do_not() -> None:
    fail_on(1)
    count("a", 1, 2)
    count("b", 7)

    outbox.drain()

    assert effects("moody") == ["b 7"]
    assert effects("steady") == ["a 1", "a 2", "b 7"]


def test_a_failed_one_is_tried_again_and_its_effect_happens_once() -> None:
    fail_on(1)
    count("a", 1, 2)
    outbox.drain()
    Mood.act = None

    with time_machine.travel(clock.now() + timedelta(seconds=2), tick=True):
        outbox.drain()
        outbox.drain()

    assert effects("moody") == ["a 1", "a 2"]
    assert moody_deliveries() == [("delivered", 2), ("delivered", 1)]
    assert not Delivery.objects.exclude(last_error="").exists()


@pytest.mark.django_db(transaction=True)
def test_a_handler_that_lost_a_race_runs_again_at_once_and_that_is_no_failed_attempt() -> None:
    rivals = [Raced(), Raced()]

    def lose(fact: Counted) -> None:
        if rivals:
            raise rivals.pop()

    Mood.act = lose
    count("a", 1)

    outbox.drain()

    assert effects("moody") == ["a 1"]
    assert moody_deliveries() == [("delivered", 1)]


@pytest.mark.django_db(transaction=True)
def test_a_handler_that_loses_every_race_has_failed_once() -> None:
    def lose(fact: Counted) -> None:
        raise Raced

    Mood.act = lose
    count("a", 1)

    outbox.drain()

    assert effects("moody") == []
    assert moody_deliveries() == [("due", 1)]


def test_the_fifth_failure_parks_it_and_lets_the_rest_go_on() -> None:
    fail_on(1)
    count("a", 1, 2)

    with time_machine.travel(clock.now(), tick=False) as traveller:
        for attempt in range(1, outbox.MAX_ATTEMPTS):
            outbox.drain()
            assert moody_deliveries() == [("due", attempt), ("due", 0)]
            traveller.shift(timedelta(minutes=10))
        outbox.drain()

    assert moody_deliveries() == [("parked", outbox.MAX_ATTEMPTS), ("delivered", 1)]
    assert effects("moody") == ["a 2"]


def test_the_waits_between_attempts_grow() -> None:
    fail_on(1)
    count("a", 1)
    waits = []

    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(outbox.MAX_ATTEMPTS - 1):
            outbox.drain()
            due = Delivery.objects.get(state=DeliveryState.DUE).due_at
            waits.append((due - clock.now()).total_seconds())
            traveller.move_to(due)

    assert waits == [1, 5, 30, 120]


def test_a_parked_one_is_tried_again_when_a_person_says_so() -> None:
    fail_on(1)
    count("a", 1)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(outbox.MAX_ATTEMPTS):
            outbox.drain()
            traveller.shift(timedelta(minutes=10))
    Mood.act = None

    parked = Delivery.objects.get(state=DeliveryState.PARKED)
    outbox.retry_parked(delivery_id=parked.pk, actor=SYSTEM)
    outbox.drain()

    assert effects("moody") == ["a 1"]
    assert moody_deliveries() == [("delivered", 1)]


def test_a_delivery_to_a_handler_that_is_gone_ends_up_parked_and_not_lost() -> None:
    count("a", 1)
    outbox.fan_out()
    Delivery.objects.filter(handler=events.handler_name(moody)).update(handler="gone.handler")

    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(outbox.MAX_ATTEMPTS):
            outbox.drain()
            traveller.shift(timedelta(minutes=10))

    lost = Delivery.objects.get(handler="gone.handler")
    assert (lost.state, lost.attempts) == (DeliveryState.PARKED, outbox.MAX_ATTEMPTS)


def test_what_a_handler_publishes_is_delivered_too() -> None:
    def echo(fact: Counted) -> None:
        if fact.number < 3:
            outbox.publish(Counted(thing=fact.thing, number=fact.number + 1))

    Mood.act = echo
    count("a", 1)

    outbox.drain()

    assert effects("steady") == ["a 1", "a 2", "a 3"]


# A process that dies -------------------------------------------------------------------------------------


def die_while_handling() -> None:
    """Let a child process die in the middle of a handler, its transaction open."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        Mood.act = lambda fact: os._exit(9)
        outbox.drain()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 9


@pytest.mark.django_db(transaction=True)
def test_an_attempt_whose_process_died_is_counted_and_repeated_after_its_lease() -> None:
    count("a", 1)
    die_while_handling()
    assert moody_deliveries() == [("due", 1)]
    assert effects("moody") == []

    outbox.drain()
    assert effects("moody") == []
    with time_machine.travel(clock.now() + timedelta(seconds=31), tick=True):
        outbox.drain()

    assert effects("moody") == ["a 1"]
    assert effects("steady") == ["a 1"]
    assert moody_deliveries() == [("delivered", 2)]


@pytest.mark.django_db(transaction=True)
def test_a_handler_that_kills_its_process_each_time_is_parked() -> None:
    count("a", 1)
    for _ in range(outbox.MAX_ATTEMPTS):
        die_while_handling()
        Delivery.objects.filter(state=DeliveryState.DUE).update(due_at=clock.now())

    outbox.drain()

    assert moody_deliveries() == [("parked", outbox.MAX_ATTEMPTS)]
    parked = Delivery.objects.get(state=DeliveryState.PARKED)
    assert parked.last_error == "The process ended during the attempt."
    assert not Product.objects.filter(name__startswith="moody").exists()


# Two relays ----------------------------------------------------------------------------------------------


def relays(number: int) -> None:
    """Run so many relays at once until all of them find nothing more."""
    gate = threading.Barrier(number)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            gate.wait()
            outbox.drain()
        except BaseException as error:  # noqa: BLE001  # reported by the main thread
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


@pytest.mark.django_db(transaction=True)
def test_relays_side_by_side_deliver_everything_once_and_in_order() -> None:
    for number in range(1, 11):
        for thing in ("a", "b", "c"):
            count(thing, number)

    relays(3)
    outbox.drain()

    for handler in ("steady", "moody"):
        for thing in ("a", "b", "c"):
            mine = [name for name in effects(handler) if name[0] == thing]
            assert mine == [f"{thing} {number}" for number in range(1, 11)]
    assert not Delivery.objects.exclude(state=DeliveryState.DELIVERED).exists()
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_a_handler_that_outlives_its_lease_is_not_run_again_beside_itself() -> None:
    count("a", 1)
    inside, go_on = threading.Event(), threading.Event()

    def dawdle(fact: Counted) -> None:
        inside.set()
        go_on.wait(20)

    Mood.act = dawdle

    def run() -> None:
        try:
            outbox.drain()
        finally:
            connections.close_all()

    slow = threading.Thread(target=run)
    slow.start()
    try:
        assert inside.wait(20)
        with time_machine.travel(clock.now() + timedelta(seconds=31), tick=True):
            assert outbox.drain() == 0
    finally:
        go_on.set()
        slow.join(20)

    assert effects("moody") == ["a 1"]
    assert moody_deliveries() == [("delivered", 1)]
