"""The demo's queue of what waits has something in each of its states."""

from datetime import timedelta

import pytest

from oms.core import clock
from oms.demo import waiting, world
from oms.demo.history import History
from oms.messaging.models import Message
from oms.reporting.invariants import services as invariants
from orders.backorders import queries as backorders
from orders.backorders.notifications import CANCELLED
from orders.ordering.models import Order, OrderLine
from orders.preorders.models import Preorder
from orders.promising.models import Promise
from orders.promising.rules import DELAY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def waits(code: str) -> list[backorders.WaitingLine]:
    """Return who waits for an article, in turn."""
    return list(
        backorders.queue(OrderLine.objects.filter(sku_code=code).values_list("sku", flat=True)[0])
    )


def presold(code: str) -> int:
    """Return the units of an article that were sold in advance."""
    return sum(
        OrderLine.objects.filter(preorder__sku__code=code).values_list("preordered", flat=True)
    )


def test_backorders_and_preorders_are_shown_in_every_state() -> None:
    History(world.build(), orders=4, days=7).live()
    today = clock.today()

    first, second = waits(waiting.OAK)
    assert (first.line.backordered, first.line.pinned) == (3, 3)
    assert first.line.order.placed_at > second.line.order.placed_at
    assert second.line.pinned == 0
    assert second.line.promised_on is not None
    assert second.line.promised_on > today
    assert (second.was_told, second.changes) == (True, 0)

    later, ending = waits(waiting.ASH)
    assert later.changes == 1
    assert later.told_on == later.line.promised_on
    assert later.line.promised_on is not None
    assert later.line.promised_on > today + timedelta(days=20)
    mails = Message.objects.filter(kind=DELAY, recipient=later.line.order.email)
    assert mails.filter(subject__contains=later.line.order.number).count() == 1
    assert ending.line.cancel_on == today + timedelta(days=1)
    assert ending.line.promised_on is None

    gone = OrderLine.objects.get(sku_code=waiting.ASH, cancelled=1)
    assert (gone.order.status, gone.backordered) == ("cancelled", 0)
    assert Message.objects.filter(kind=CANCELLED).count() == 1

    sea, sky, ice = (
        Preorder.objects.get(sku__code=code)
        for code in (waiting.OPEN, waiting.SOLD_OUT, waiting.RELEASED)
    )
    assert sea.ends_on > today
    assert presold(waiting.OPEN) == 3
    assert sky.units == presold(waiting.SOLD_OUT) == 5
    assert ice.released_on <= today
    assert waits(waiting.RELEASED) == []
    served = OrderLine.objects.filter(sku_code=waiting.RELEASED)
    assert sorted(served.values_list("allocated", flat=True)) == [1, 2]

    offenders = [one for result in invariants.run() for one in result.offenders]
    assert offenders == []


def test_a_short_history_goes_without_them() -> None:
    History(world.build(), orders=2, days=3).live()
    assert not Preorder.objects.exists()
    assert not Order.objects.filter(lines__sku_code=waiting.OAK).exists()
    assert not Promise.objects.filter(line__sku_code=waiting.OAK).exists()
