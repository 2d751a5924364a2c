"""Promises are kept with what they rest on, made anew when that changes, and told once when it matters."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from customers.profiles.models import Priority
from inventory.catalog.models import Sku
from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from inventory.locations.models import Location
from inventory.stock import services as stock
from oms.core.outbox import services as outbox
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from oms.messaging.models import Message
from oms.reporting.invariants import services as invariants
from orders import events
from orders.channels.models import Channel
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.placing import services as placing
from orders.placing.drafts import Draft, DraftLine
from orders.preorders import services as preorders
from orders.preorders.models import Preorder
from orders.preorders.rules import Terms
from orders.promising import services
from orders.promising.models import Promise, PromiseChange, PromiseDue
from tests.inventory.factories import LocationFactory, SkuFactory
from tests.orders.factories import BERLIN, CLERK, ChannelFactory, lines_of, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

PURCHASE = "tests.supply"
FRIDAY = date(2026, 3, 6)
NEXT_FRIDAY = date(2026, 3, 13)


@pytest.fixture
def monday() -> Any:
    """Stop the clock."""
    with time_machine.travel(datetime(2026, 3, 2, 10, tzinfo=ZoneInfo("UTC")), tick=False):
        yield


@pytest.fixture
def berlin() -> Location:
    """Return where goods come."""
    return LocationFactory.create()


@pytest.fixture
def channel() -> Channel:
    """Return a shop that lets wait."""
    return ChannelFactory.create(backorders=True)


def comes(sku: Sku, place: Location, units: int, on: date | None, number: int = 1) -> None:
    """Say what is on its way, again if the line is known, and let everything follow from it."""
    inbound.expect(supply=PURCHASE, lines=[Expected(number, sku.pk, place.pk, units, on)])
    settle()


def settle() -> None:
    """Let everything happen that is due."""
    while outbox.drain() + services.repromise_due():
        pass


def waits(sku: Sku, units: int, channel: Channel, **changes: Any) -> Order:
    """Place an order of units that are not there, and let everything follow from it."""
    order = place_order([(sku, units)], channel=channel, **changes)
    outbox.publish(events.OrderPlaced(order_id=order.pk))
    settle()
    order.refresh_from_db()
    return order


def broken() -> set[str]:
    """Return the checks of promises and stock that do not hold; the timeline of a factory's order is empty."""
    found = {result.check.name for result in invariants.run() if not result.holds}
    return found - {"status_is_what_the_timeline_tells"}


def mails(order: Order) -> list[str]:
    """Return the kinds of the order's mails, oldest first."""
    rows = Message.objects.filter(document="orders.order", document_id=order.pk)
    return list(rows.order_by("id").values_list("kind", flat=True))


def days(order: Order) -> tuple[date | None, date | None]:
    """Return for when the order and its only line are promised, as stored."""
    order.refresh_from_db()
    (line,) = lines_of(order)
    return order.expected_on, line.promised_on


def test_a_new_order_is_promised_with_what_it_rests_on_and_the_confirmation_says_the_day(
    berlin: Location, channel: Channel
) -> None:
    sku = SkuFactory.create()
    comes(sku, berlin, 5, FRIDAY)

    order = waits(sku, 2, channel)

    assert days(order) == (FRIDAY, FRIDAY)
    promise = Promise.objects.get()
    assert (promise.units, promise.promised_on, promise.told_on) == (2, FRIDAY, FRIDAY)
    assert [(p.units, p.due_on, p.supply, p.supply_id) for p in promise.parts.all()] == [
        (2, FRIDAY, PURCHASE, 1)
    ]
    change = PromiseChange.objects.get()
    assert (change.number, change.before_on, change.after_on, change.told) == (
        1,
        None,
        FRIDAY,
        True,
    )
    message = Message.objects.get()
    assert message.kind == "order_confirmation"
    assert "We expect it on" in message.text
    assert broken() == set()


def test_later_goods_move_the_day_and_the_customer_hears_of_it_once(
    berlin: Location, channel: Channel
) -> None:
    sku = SkuFactory.create()
    comes(sku, berlin, 5, FRIDAY)
    order = waits(sku, 2, channel, language="de")

    comes(sku, berlin, 5, NEXT_FRIDAY)
    settle()
    services.mark_due([sku.pk])
    settle()

    assert days(order) == (NEXT_FRIDAY, NEXT_FRIDAY)
    assert mails(order) == ["order_confirmation", "delay"]
    text = Message.objects.get(kind="delay").text
    assert "13. März" in text
    assert "6. März" in text
    assert "stornieren" in text
    entry = Entry.objects.filter(kind="order.promised").latest("pk")
    assert entry.before == {sku.code: "2026-03-06"}
    assert entry.after == {sku.code: "2026-03-13"}
    assert PromiseChange.objects.count() == 2


def test_small_steps_are_not_told_until_they_add_up(berlin: Location, channel: Channel) -> None:
    sku = SkuFactory.create()
    comes(sku, berlin, 5, FRIDAY)
    order = waits(sku, 2, channel)
    for step in (1, 2, 3):
        comes(sku, berlin, 5, FRIDAY + timedelta(days=step))
    assert mails(order) == ["order_confirmation"]
    assert days(order)[0] == FRIDAY + timedelta(days=3)

    comes(sku, berlin, 5, FRIDAY + timedelta(days=4))

    assert mails(order) == ["order_confirmation", "delay"]


def test_a_day_that_gets_known_is_good_news_and_one_that_is_lost_is_not(
    berlin: Location, channel: Channel
) -> None:
    sku = SkuFactory.create()
    order = waits(sku, 2, channel)
    assert days(order) == (None, None)

    comes(sku, berlin, 5, FRIDAY)
    comes(sku, berlin, 0, None)

    assert mails(order) == ["order_confirmation", "new_promise", "delay"]
    assert days(order) == (None, None)
    assert "We do not know the day yet." in Message.objects.get(kind="delay").text


def test_who_ordered_first_keeps_the_day_when_less_comes(
    berlin: Location, channel: Channel
) -> None:
    sku = SkuFactory.create()
    comes(sku, berlin, 4, FRIDAY)
    comes(sku, berlin, 4, NEXT_FRIDAY, number=2)
    first, second = waits(sku, 2, channel), waits(sku, 2, channel)

    comes(sku, berlin, 2, FRIDAY)

    assert days(first)[0] == FRIDAY
    assert days(second)[0] == NEXT_FRIDAY
    assert mails(first) == ["order_confirmation"]
    assert mails(second) == ["order_confirmation", "delay"]


def test_an_order_that_goes_before_others_and_one_that_goes_move_the_days(
    berlin: Location, channel: Channel
) -> None:
    sku = SkuFactory.create()
    comes(sku, berlin, 2, FRIDAY)
    comes(sku, berlin, 4, NEXT_FRIDAY, number=2)
    first, second, third = (waits(sku, 2, channel) for _ in range(3))
    assert [days(each)[0] for each in (first, second, third)] == [FRIDAY, NEXT_FRIDAY, NEXT_FRIDAY]

    ordering.set_priority(order_id=third.pk, priority=Priority.FIRST, reason="x", actor=CLERK)
    settle()
    assert [days(each)[0] for each in (first, second, third)] == [NEXT_FRIDAY, NEXT_FRIDAY, FRIDAY]

    ordering.cancel(order_id=third.pk, units=None, reason="x", actor=CLERK)
    settle()
    assert [days(each)[0] for each in (first, second)] == [FRIDAY, NEXT_FRIDAY]
    assert mails(first) == ["order_confirmation", "delay", "new_promise"]
    assert Promise.objects.get(line__order=third).units == 0


def test_goods_that_come_end_the_promise(berlin: Location, channel: Channel) -> None:
    sku = SkuFactory.create()
    comes(sku, berlin, 5, FRIDAY)
    order = waits(sku, 2, channel)

    stock.receive(
        sku_id=sku.pk, location_id=berlin.pk, quantity=5, document="R", cause="R", actor=CLERK
    )
    comes(sku, berlin, 0, None)

    promise = Promise.objects.get()
    assert (promise.units, promise.parts.count(), promise.promised_on) == (0, 0, FRIDAY)
    assert days(order) == (None, None)
    assert mails(order) == ["order_confirmation"]
    assert broken() == set()


def test_units_that_were_there_and_are_not_found_are_promised_and_told(
    berlin: Location, channel: Channel
) -> None:
    sku = SkuFactory.create()
    stock.receive(
        sku_id=sku.pk, location_id=berlin.pk, quantity=2, document="R", cause="R", actor=CLERK
    )
    order = waits(sku, 2, channel)
    comes(sku, berlin, 5, FRIDAY)
    (line,) = lines_of(order)
    assert not Promise.objects.exists()

    ordering.record_short(
        order_id=order.pk,
        line_id=line.pk,
        location_id=berlin.pk,
        quantity=1,
        reason="broken",
        cause="short",
        actor=CLERK,
    )
    settle()

    assert days(order) == (FRIDAY, FRIDAY)
    assert mails(order) == ["order_confirmation", "delay"]


def test_without_an_address_the_day_moves_and_nobody_is_written_to(
    berlin: Location, channel: Channel
) -> None:
    sku = SkuFactory.create()
    order = waits(sku, 2, channel, email="")

    comes(sku, berlin, 5, FRIDAY)

    assert days(order) == (FRIDAY, FRIDAY)
    assert mails(order) == []
    assert not Event.objects.filter(name="orders.promise_changed.v1").exists()


def test_a_channel_may_tell_less(berlin: Location) -> None:
    patient = ChannelFactory.create(backorders=True, promise_tolerance_days=14)
    sku = SkuFactory.create()
    comes(sku, berlin, 5, FRIDAY)
    order = waits(sku, 2, patient)

    comes(sku, berlin, 5, NEXT_FRIDAY)

    assert mails(order) == ["order_confirmation"]


def test_the_sweep_marks_what_nobody_marked_and_nothing_else(
    berlin: Location, channel: Channel
) -> None:
    fresh, silent = SkuFactory.create(), SkuFactory.create()
    waits(fresh, 1, channel)
    place_order([(silent, 1)], channel=channel)

    assert services.sweep() == 1
    assert list(PromiseDue.objects.values_list("sku_id", flat=True)) == [silent.pk]
    settle()
    assert services.sweep() == 0

    with time_machine.travel(datetime(2026, 3, 3, 11, tzinfo=ZoneInfo("UTC")), tick=False):
        assert services.sweep() == 2


def test_a_supply_that_is_overdue_is_believed_for_some_days_and_then_told_once(
    berlin: Location, channel: Channel
) -> None:
    sku = SkuFactory.create()
    comes(sku, berlin, 5, FRIDAY)
    order = waits(sku, 2, channel)

    for day in range(3, 15):
        at = datetime(2026, 3, day, 11, tzinfo=ZoneInfo("UTC"))
        with time_machine.travel(at, tick=False):
            services.sweep()
            settle()

    assert mails(order) == ["order_confirmation", "delay"]
    assert days(order) == (None, None)


def test_what_is_sold_in_advance_is_promised_for_the_release_until_something_better_is_known(
    berlin: Location, channel: Channel
) -> None:
    sku = SkuFactory.create()
    Preorder.objects.create(
        sku=sku, starts_on=FRIDAY, ends_on=FRIDAY, released_on=NEXT_FRIDAY, units=9
    )
    with time_machine.travel(datetime(2026, 3, 6, 9, tzinfo=ZoneInfo("UTC")), tick=False):
        order = placing.place(
            channel=channel,
            draft=Draft(
                external_id="A",
                customer_name="Ada",
                email="ada@example.com",
                ship_to=BERLIN,
                lines=(DraftLine(sku=sku.code, quantity=2, unit_price=Decimal(1)),),
            ),
            actor=CLERK,
        ).order
        settle()
        assert days(order) == (NEXT_FRIDAY, NEXT_FRIDAY)
        assert Promise.objects.get().parts.get().supply == "orders.preorder"

        comes(sku, berlin, 2, date(2026, 3, 20))

        assert days(order)[0] == date(2026, 3, 20)
        assert mails(order) == ["order_confirmation", "delay"]


def test_who_bought_in_advance_hears_that_the_release_is_another_day(
    berlin: Location, channel: Channel
) -> None:
    sku = SkuFactory.create()
    preorder = Preorder.objects.create(
        sku=sku, starts_on=FRIDAY, ends_on=FRIDAY, released_on=NEXT_FRIDAY
    )
    order = place_order([(sku, 2)], channel=channel)
    order.lines.update(preorder=preorder, preordered=2)
    outbox.publish(events.OrderPlaced(order_id=order.pk))
    settle()
    assert days(order) == (NEXT_FRIDAY, NEXT_FRIDAY)

    later = date(2026, 4, 10)
    terms = Terms(starts_on=FRIDAY, ends_on=FRIDAY, released_on=later, units=None, limits={})
    for _ in range(2):
        preorders.define(sku_id=sku.pk, terms=terms, within=[channel.pk], actor=CLERK)
        settle()

    assert days(order) == (later, later)
    assert mails(order) == ["order_confirmation", "delay"]
    assert Event.objects.filter(name=events.PreorderMoved.name).count() == 1
    assert broken() == set()


def test_promising_anew_takes_as_many_statements_for_many_lines_as_for_few(
    berlin: Location, channel: Channel, statements: Any
) -> None:
    def counted(lines: int) -> int:
        sku = SkuFactory.create()
        for _ in range(lines):
            place_order([(sku, 1)], channel=channel, email="")
        services.mark_due([sku.pk])
        services.repromise_due()
        inbound.expect(
            supply=PURCHASE, lines=[Expected(sku.pk, sku.pk, berlin.pk, 99, NEXT_FRIDAY)]
        )
        services.mark_due([sku.pk])
        with statements() as seen:
            services.repromise_due()
        return len([sql for sql in seen if "core_entry" not in sql])

    assert counted(2) == counted(12)
