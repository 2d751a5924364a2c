"""What does not come by its day is cancelled by itself, once, with money and mail."""

from datetime import timedelta

import pytest

from inventory.stock import services as stock
from oms.core import clock
from oms.core.outbox import services as outbox
from oms.core.timeline.models import Entry
from oms.messaging.models import Message
from orders.backorders import services
from orders.ordering import errors
from orders.ordering import services as ordering
from orders.ordering.models import Order, OrderLine
from tests.inventory.factories import LevelFactory
from tests.orders.factories import CLERK, ChannelFactory, lines_of, place_order, units_of

pytestmark = pytest.mark.django_db

TODAY = clock.today()
YESTERDAY = TODAY - timedelta(days=1)


def waits(units: int = 3, *, there: int = 1, until: int | None = None, **changes: object) -> Order:
    """Place an order of which some units wait until a day, counted from today."""
    sku = LevelFactory.create(on_hand=there).sku
    order = place_order([(sku, units)], **changes)
    if until is not None:
        OrderLine.objects.filter(order=order).update(cancel_on=TODAY + timedelta(days=until))
    return order


def test_what_waits_after_its_day_is_cancelled_credited_and_told_once() -> None:
    order = waits(until=-1, language="de")
    (line,) = lines_of(order)

    assert services.cancel_overdue() == 2
    assert services.cancel_overdue() == 0
    outbox.drain()

    assert units_of(line) == {"allocated": 1, "cancelled": 2, "credited": 2}
    order.refresh_from_db()
    assert order.credited_total == 2 * line.total / 3
    assert "by the day" in Entry.objects.get(kind="order.lines_cancelled").reason
    message = Message.objects.get(kind="backorder_cancelled")
    assert "storniert" in message.text
    assert "2 × " in message.text


@pytest.mark.parametrize("until", [0, 1, None])
def test_until_its_day_is_over_it_waits(until: int | None) -> None:
    order = waits(until=until)

    assert services.cancel_overdue() == 0
    assert lines_of(order)[0].backordered == 2


def test_an_order_of_which_nothing_else_is_left_is_cancelled_as_a_whole() -> None:
    order = waits(there=0, until=-1)

    services.cancel_overdue()

    order.refresh_from_db()
    assert order.status == "cancelled"
    assert order.due_total == 0


def test_what_came_in_time_stays() -> None:
    order = waits(until=-1)
    (line,) = lines_of(order)
    level = line.sku.levels.get()
    stock.receive(
        sku_id=level.sku_id,
        location_id=level.location_id,
        quantity=9,
        document="R",
        cause="R",
        actor=CLERK,
    )
    ordering.fill_backorders(sku_id=level.sku_id, document="R", actor=CLERK)

    assert services.cancel_overdue() == 0
    assert units_of(line) == {"allocated": 3}


def test_staff_say_how_long_it_waits_and_an_order_that_waits_for_nothing_is_refused() -> None:
    order = waits()

    ordering.wait_until(order_id=order.pk, on=TODAY, reason="asked for", actor=CLERK)

    assert lines_of(order)[0].cancel_on == TODAY
    entry = Entry.objects.get(kind="order.waits_until")
    assert (entry.before, entry.after) == ({"until": None}, {"until": TODAY.isoformat()})
    with pytest.raises(errors.DayIsOver):
        ordering.wait_until(order_id=order.pk, on=YESTERDAY, reason="x", actor=CLERK)
    with pytest.raises(errors.NothingWaits):
        ordering.wait_until(order_id=place_order().pk, on=TODAY, reason="x", actor=CLERK)
    assert lines_of(order)[0].cancel_on == TODAY


def test_units_that_wait_again_wait_as_long_as_the_channel_says() -> None:
    order = waits(1, channel=ChannelFactory.create(backorder_days=5))
    (line,) = lines_of(order)

    ordering.record_short(
        order_id=order.pk,
        line_id=line.pk,
        location_id=line.sku.levels.get().location_id,
        quantity=1,
        reason="broken",
        cause="short",
        actor=CLERK,
    )
    outbox.drain()

    assert lines_of(order)[0].cancel_on == TODAY + timedelta(days=5)
