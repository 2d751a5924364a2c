"""The last day: whatever the weekday and the dice, each queue of the console has something in it."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from fulfillment.picking import services as picking
from fulfillment.work.models import FulfillmentOrder
from fulfillment.work.states import WorkStatus
from oms.core.actors import Actor
from oms.demo import people, warehouse, wishes, worker
from oms.demo.wishes import Wishes
from oms.demo.world import World
from orders.ordering.models import Order
from orders.ordering.states import FulfillmentStatus, OrderStatus, ReturnStatus
from orders.placing.drafts import Draft, DraftLine
from returns.authorizations import services as authorizations
from returns.authorizations.services import Wish
from returns.authorizations.states import ReturnReason
from returns.receiving import services as receiving
from returns.receiving.models import Grade
from returns.receiving.rules import Graded
from returns.settlement import services as settlement

_STAGES = ("begun", "picked", "packed", "labelled", "shipped")


class Life(Protocol):
    """What the last day needs of the history."""

    world: World
    wishes: Wishes
    codes: Sequence[str]

    def take(self, channel: str, draft: Draft) -> Order | None:
        """Place an order; None when it is refused."""

    def hold(self, key: int) -> None:
        """Hold an order."""


def orders(life: Life) -> None:
    """Take orders that will wait: for a person, for money, for goods, for the warehouse."""
    scarce = life.codes[0]
    person = people.shopper(life.wishes.chance)
    for _ in range(20):  # the article may be out of stock; most are not
        if life.take("market", life.wishes.market(wrong=True)) is not None:
            break
    life.take("phone", life.wishes.phone(misheard=True))
    life.take("web", wishes.draft(person, life.wishes.lines(1, 2, (1,)), payment=wishes.TRANSFER))
    waiting = (DraftLine(sku=scarce, quantity=60), *life.wishes.lines(1, 1, (1,)))
    life.take("web", wishes.draft(person, waiting, payment=wishes.PAID))
    for _ in range(8):
        life.take(
            "web",
            wishes.draft(
                people.shopper(life.wishes.chance),
                life.wishes.lines(1, 3, (1, 2)),
                payment=wishes.PAID,
            ),
        )
    worker.settle()


def holds(life: Life) -> None:
    """Hold two of the newest orders."""
    fresh = Order.objects.filter(
        status=OrderStatus.CONFIRMED, on_hold=False, has_backorder=False
    ).order_by("-pk")
    for key in list(fresh.values_list("pk", flat=True)[:2]):
        life.hold(key)
    worker.settle()


def shift(life: Life) -> None:
    """Bring the oldest open work to each stage of the floor in turn; the rest stays open."""
    ready = FulfillmentOrder.objects.filter(
        status__in=[WorkStatus.OPEN, WorkStatus.IN_PROGRESS], order__on_hold=False
    )
    for number, work in enumerate(
        ready.select_related("location").order_by("pk")[: 2 * len(_STAGES)]
    ):
        stage = _STAGES[number % len(_STAGES)]
        actor = life.world.packers(work.location.code)
        worker.if_possible(partial(_bring_to, work, stage, actor))
    worker.settle()


def _bring_to(work: FulfillmentOrder, stage: str, actor: Actor) -> None:
    if stage == "begun":
        picking.start(fulfillment_order_id=work.pk, actor=actor)
        return
    warehouse.pick(work, actor=actor)
    if stage == "picked":
        return
    for parcel in warehouse.pack(work, actor=actor):
        if stage in ("labelled", "shipped"):
            warehouse.label(parcel, actor=actor)
        if stage == "shipped":
            warehouse.ship(parcel, actor=actor)


def returns(life: Life) -> None:
    """Open returns of the newest deliveries: one to be decided, one on its way, one received, one settled."""
    service = life.world.staff["service"]
    delivered = Order.objects.filter(
        fulfillment_status=FulfillmentStatus.DELIVERED, return_status=ReturnStatus.NONE
    ).order_by("-pk")
    for number, order in enumerate(delivered[:4]):
        line = order.lines.filter(delivered__gt=0).order_by("position")[0]
        opened = authorizations.authorize(
            order_id=order.pk,
            wishes=[Wish(line.pk, 1, ReturnReason.NOT_WANTED.value)],
            actor=service,
            approved=number > 0,
        )
        if number >= 2:
            receiving.receive(
                return_id=opened.pk,
                location_id=life.world.locations["BER"].pk,
                units=[Graded(line.pk, Grade.RESTOCK, 1)],
                key=f"demo:{opened.pk}",
                actor=life.world.staff["warehouse"],
            )
        if number == 3:
            settlement.settle(return_id=opened.pk, actor=service)
    worker.settle()
