"""Run inline what the demo's worker would run beside it."""

from collections.abc import Callable

from oms.core import clock
from oms.core.errors import DomainError
from oms.core.outbox import services as outbox
from oms.core.outbox.models import Delivery, Event
from oms.core.outbox.states import DeliveryState, EventState
from oms.messaging import services as messaging
from orders.payments import services as payments


def settle() -> None:
    """Run everything that the worker would: events, gateways, mails."""
    while events_wait():
        outbox.drain()
        payments.carry_out_due(batch=500)
    while messaging.send_due(batch=500):
        pass


def events_wait() -> bool:
    """Say whether the relay has anything to do; asked often, so that its idle rounds are spared."""
    return (
        Event.objects.filter(state=EventState.PENDING).exists()
        or Delivery.objects.filter(state=DeliveryState.DUE, due_at__lte=clock.now()).exists()
    )


def if_possible(act: Callable[[], object]) -> None:
    """Do what the state of things may forbid by now."""
    try:
        act()
    except DomainError:
        return
