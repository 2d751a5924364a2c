"""What waits in the demo: backorders in every state of the queue, and pre-orders before, at and after their end.

Radios come with a purchase order; one is set aside for a customer, one comes later than was told. Two atlases can be
ordered in advance, of one of them all is sold; a third has been released and goes to those who waited for it. History
draws none of these articles, and nothing here draws from history's dice.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial

from inventory.purchasing import services as purchasing
from inventory.purchasing.models import PurchaseOrder
from inventory.purchasing.services import Confirmed, NewLine
from inventory.stock import services as stock
from oms.core import clock
from oms.demo import people, wishes, worker
from oms.demo.last_day import Life
from oms.demo.world import BOUND_TO
from orders.backorders import services as backorders
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.ordering.services import Pin
from orders.placing.drafts import DraftLine
from orders.preorders.models import Preorder, PreorderLimit
from orders.promising import services as promising

OAK, ASH = "RADIO-OAK", "RADIO-ASH"
OPEN, SOLD_OUT, RELEASED = "ATLAS-SEA", "ATLAS-SKY", "ATLAS-ICE"
BEGINS = timedelta(hours=130)
_SUPPLIER = "northern"
_SEED = 1_789
# Article, days until the pre-order ends, days until the release, units sold at most.
_ADVANCE: tuple[tuple[str, int, int, int | None], ...] = (
    (OPEN, 25, 30, 40),
    (SOLD_OUT, 18, 20, 5),
    (RELEASED, 3, 4, None),
)

Act = Callable[[], None]


@dataclass
class Waiting:
    """Orders that wait, each remembered by its name."""

    life: Life
    orders: dict[str, Order] = field(default_factory=dict)
    bought: dict[str, PurchaseOrder] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Draw customers from a source of their own."""
        self.chance = random.Random(_SEED)

    def plan(self) -> Iterator[tuple[timedelta, Act]]:
        """Yield what happens how long before now; the first act comes BEGINS before it."""
        for ago, act in (
            (BEGINS, self._prepare),
            (timedelta(hours=126), self._order),
            (timedelta(hours=100), self._give_up),
            (timedelta(hours=60), self._come_later),
            (timedelta(hours=24), self._set_aside),
            (timedelta(minutes=30), self._release),
        ):
            yield ago, partial(self._do, act)

    def _do(self, act: Act) -> None:
        """Act, and let the worker run all that follows."""
        act()
        worker.settle()
        promising.repromise_due()
        worker.settle()

    def _prepare(self) -> None:
        """Buy radios, and open the pre-orders of the atlases."""
        today = clock.today()
        for code, units, days in ((OAK, 10, 12), (ASH, 2, 9)):
            self._buy(code, units, days)
        for code, ends, released, most in _ADVANCE:
            preorder, _ = Preorder.objects.get_or_create(
                sku=self.life.world.skus[code],
                defaults={
                    "starts_on": today - timedelta(days=1),
                    "ends_on": today + timedelta(days=ends),
                    "released_on": today + timedelta(days=released),
                    "units": most,
                },
            )
            if code == OPEN:
                PreorderLimit.objects.get_or_create(
                    preorder=preorder,
                    channel=self.life.world.channels["market"],
                    defaults={"units": 10},
                )

    def _buy(self, code: str, units: int, days: int) -> None:
        manager = self.life.world.staff["manager"]
        self.bought[code] = purchasing.draft(
            supplier_code=_SUPPLIER,
            location_code=BOUND_TO,
            lines=[
                NewLine(code, units, Decimal("48.00"), clock.today() + timedelta(days=days)),
            ],
            actor=manager,
        )
        purchasing.place(order_id=self.bought[code].pk, below_minimum=True, actor=manager)

    def _order(self) -> None:
        """Let customers order what is not there."""
        for name, channel, code, units in (
            ("promised", "web", OAK, 2),
            ("set aside", "web", OAK, 3),
            ("later", "web", ASH, 2),
            ("ending", "web", ASH, 1),
            ("given up", "web", ASH, 1),
            ("advance 1", "web", OPEN, 1),
            ("advance 2", "market", OPEN, 2),
            ("all 1", "web", SOLD_OUT, 3),
            ("all 2", "web", SOLD_OUT, 2),
            ("released 1", "web", RELEASED, 1),
            ("released 2", "web", RELEASED, 2),
        ):
            draft = wishes.draft(
                people.shopper(self.chance), (DraftLine(sku=code, quantity=units),),
                payment=wishes.PAID,
            )  # fmt: skip
            order = self.life.take(channel, draft)
            if order is None:
                raise RuntimeError(f"The demo's order of {code} was refused.")
            self.orders[name] = order

    def _give_up(self) -> None:
        """Wait for one order until tonight only."""
        self._wait("given up", days=0, reason="The customer needs it this week or not at all")

    def _come_later(self) -> None:
        """Let the supplier put a radio off; cancel what has waited until its day."""
        backorders.cancel_overdue()
        purchasing.acknowledge(
            order_id=self.bought[ASH].pk,
            reference="NM-88213",
            confirmations=[
                Confirmed(sku_code=ASH, quantity=2, expected_on=clock.today() + timedelta(days=24))
            ],
            actor=self.life.world.staff["manager"],
        )

    def _set_aside(self) -> None:
        """Reserve the next radios for a customer who came later than another."""
        line = self.orders["set aside"].lines.get()
        ordering.reserve_for(
            sku_id=line.sku_id,
            pins=[Pin(line.pk, 3)],
            reason="Promised on the telephone, for a birthday",
            actor=self.life.world.staff["manager"],
        )

    def _release(self) -> None:
        """Deliver the atlas that was released; let an order wait until tomorrow."""
        stock.receive(
            sku_id=self.life.world.skus[RELEASED].pk,
            location_id=self.life.world.locations[BOUND_TO].pk,
            quantity=6,
            document="LS-ATLAS",
            cause="demo:released",
            actor=self.life.world.packers(BOUND_TO),
        )
        self._wait("ending", days=1, reason="The customer asked how long it can take")

    def _wait(self, name: str, *, days: int, reason: str) -> None:
        ordering.wait_until(
            order_id=self.orders[name].pk,
            on=clock.today() + timedelta(days=days),
            reason=reason,
            actor=self.life.world.staff["service"],
        )
