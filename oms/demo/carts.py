"""Carts, a quote and a person's request on the last day: one reservation in each state."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from django.db.models import F

from inventory.reservations import services as reservations
from inventory.reservations.models import Reservation
from inventory.reservations.states import Purpose
from inventory.stock.models import Level
from oms.core import clock
from oms.core.actors import Actor
from oms.demo import people, wishes
from oms.demo.wishes import Wishes
from oms.demo.world import World
from orders.carts import services as carts
from orders.carts.services import CartLine
from orders.channels.models import ChannelBuffer, ReservationTime
from orders.ordering.models import Order
from orders.placing.drafts import Draft, DraftLine

SHOP = Actor("api", "", "Web shop")
_UNITS = 4
_DAY = 24 * 60


class Life(Protocol):
    """What carts need of the history."""

    world: World
    wishes: Wishes

    def take(self, channel: str, draft: Draft) -> Order | None:
        """Place an order; None when it is refused."""


def reserve(life: Life) -> None:
    """Leave a reservation in each state behind; a house without goods to spare has fewer."""
    web, market = life.world.channels["web"], life.world.channels["market"]
    ReservationTime.objects.get_or_create(
        channel=web, payment_method="bank_transfer", defaults={"minutes": 2 * _DAY}
    )
    spare = list(_spare())
    if len(spare) < 4:
        return
    kept, for_a_person, *rest = spare
    ChannelBuffer.objects.get_or_create(channel=market, sku=kept.sku, defaults={"units": _UNITS})

    def hold(owner: str, minutes: int, purpose: Purpose = Purpose.CART) -> Reservation:
        return carts.reserve(
            channel=web,
            lines=[CartLine(level.sku.code, 1) for level in rest[:2]],
            purpose=purpose,
            owner=owner,
            minutes=minutes,
            actor=SHOP,
        )

    hold("cart 5021", _DAY)
    hold("quote Q-2031", 14 * _DAY, Purpose.QUOTE)
    hold("cart 5017", 10)  # expires before the day is over
    reservations.release_reservation(
        reservation_id=hold("cart 5019", 30).pk, reason="The cart was emptied.", actor=SHOP
    )
    reservations.reserve_for_person(
        level_id=for_a_person.pk,
        quantity=2,
        person="Photo studio",
        reason="Pictures for the autumn catalog",
        expires_at=clock.now() + timedelta(days=3),
        actor=life.world.staff["service"],
    )
    bought = hold("cart 5020", 30)
    draft = wishes.draft(
        people.shopper(life.wishes.chance),
        tuple(DraftLine(sku=level.sku.code, quantity=1) for level in rest[:2]),
        payment=wishes.PAID,
    )
    life.take("web", replace(draft, reservation=str(bought.uuid)))


def expire() -> None:
    """Let what has expired by now be swept."""
    reservations.expire_due()


def _spare() -> Iterator[Level]:
    """Yield the levels that have most to give, one for each SKU."""
    seen = set()
    levels = (
        Level.objects.filter(location__ships_orders=True, location__is_active=True)
        .annotate(
            free=F("on_hand")
            - F("committed")
            - F("reserved")
            - F("damaged")
            - F("quality_control")
            - F("safety_stock")
        )
        .filter(free__gte=3 * _UNITS)
        .select_related("sku")
        .order_by("-free", "sku__code")[:40]
    )
    for level in levels:
        if level.sku_id not in seen:
            seen.add(level.sku_id)
            yield level
