"""Ninety days of business, lived one act after another with a travelled clock.

Customers order at all hours; the warehouses work two waves on each working day, the van leaves with what is labelled;
suppliers deliver on Tuesdays and Thursdays; service answers holds, records transfers, cancels and takes returns. What
is not finished when the present is reached stays as it is: open, picked, on its way, on hold, waiting for goods. Every
number is drawn from one seeded source, so that the same seed lives the same history.
"""

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from functools import partial
from itertools import count
from zoneinfo import ZoneInfo

from fulfillment.packing.models import Shipment
from fulfillment.packing.states import ShipmentStatus
from fulfillment.picking import services as picking
from fulfillment.shipping.carriers import registry
from fulfillment.shipping.carriers.base import TrackRequest
from fulfillment.tracking import services as tracking
from fulfillment.work.models import FulfillmentOrder
from fulfillment.work.states import WorkStatus
from inventory.reservations import queries as availability
from inventory.stock import services as stock
from inventory.stock.models import Level
from inventory.stock.states import Bucket
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import DomainError
from oms.core.transactions import retrying
from oms.demo import (
    bins,
    buying,
    carts,
    costs,
    counts,
    goods,
    kits,
    last_day,
    planning,
    substitutes,
    transfers,
    waiting,
    warehouse,
    worker,
    workshop,
)
from oms.demo.wishes import Wishes, numbered
from oms.demo.world import World
from orders.holds import services as holds
from orders.holds.models import Hold
from orders.holds.states import HoldReason, HoldStatus
from orders.ordering import services as ordering
from orders.ordering.models import Order, OrderLine
from orders.ordering.states import FulfillmentStatus, OrderStatus, ReturnStatus
from orders.payments import services as payments
from orders.placing import services as placing
from orders.placing.drafts import Draft
from returns.authorizations import services as authorizations
from returns.authorizations.services import Wish
from returns.authorizations.states import ReturnReason
from returns.receiving import services as receiving
from returns.receiving.models import Grade
from returns.receiving.rules import Graded
from returns.settlement import services as settlement

SEED = 20_240_229
DAYS = 90
ORDERS = 110

BERLIN = ZoneInfo("Europe/Berlin")
SUPPLIER = Actor("system", "", "goods in")
CARRIER = Actor("api", "", "House Parcel")
WAVES = (clock_time(8, 20), clock_time(13, 10))
VAN = clock_time(16, 30)
CARRIER_REPORT = clock_time(20, 15)
FLUSH_GAP = timedelta(minutes=20)
_LOW, _FILL = 8, 26  # units at which an article is ordered anew, and up to how many
_SCARCE = 9  # every ninth article comes late and in small lots

Act = Callable[[], None]
Progress = Callable[[datetime, int], None]


@dataclass
class History:
    """The agenda of the company and what draws its luck."""

    world: World
    days: int = DAYS
    orders: int = ORDERS
    seed: int = SEED
    until: datetime = field(default_factory=clock.now)
    progress: Progress = field(default=lambda at, placed: None)

    def __post_init__(self) -> None:
        """Draw all orders beforehand; the rest of the agenda grows as life goes on."""
        self.chance = random.Random(self.seed)
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._counter = count()
        self._numbers = count(1)
        self._placed = 0
        self._heard = self.until - timedelta(days=self.days)
        self.start = (self.until - timedelta(days=self.days)).replace(minute=0, second=0)
        apart = goods.set_apart()
        self.codes: Sequence[str] = [code for code in self.world.skus if code not in apart]
        self.wishes = Wishes(self.chance, [*self.codes, *(each.code for each in kits.SETS)])

    def live(self) -> int:
        """Live from the first delivery of goods to the present; return the number of orders placed."""
        self._fill_shelves()
        for at in sorted(self._instants()):
            self._at(at, self._order)
        day = self.start.astimezone(BERLIN).date()
        while day <= self.until.astimezone(BERLIN).date():
            self._plan_day(day)
            day += timedelta(days=1)
        for hours, act in (
            (7.0, partial(last_day.orders, self)),
            (6.5, partial(bins.store, self.world)),
            (5.0, partial(last_day.holds, self)),
            (4.0, partial(last_day.shift, self)),
            (3.0, partial(last_day.returns, self)),
            (2.0, partial(transfers.transfer, self.world)),
            (1.8, partial(workshop.work, self)),
            (1.5, partial(carts.reserve, self)),
            (1.0, substitutes.answer),
            (1.0, carts.expire),
            (1.0, partial(counts.count, self.world)),
            (0.05, self._hear_from_carrier),
        ):
            self._at(self.until - timedelta(hours=hours), act)
        plenty = [code for index, code in enumerate(self.codes) if index % _SCARCE]
        bought = buying.Buying(self.world, plenty)
        for ago, act in bought.plan():
            if self.until - ago > self.start:
                self._at(self.until - ago, act)
        if self.until - waiting.BEGINS > self.start:
            for ago, act in waiting.Waiting(self).plan():
                self._at(self.until - ago, act)
        while self._agenda:
            at, _, act = heapq.heappop(self._agenda)
            if at > self.until:
                continue
            with clock.travelled(at):
                act()
                if worker.events_wait() and (
                    not self._agenda or self._agenda[0][0] - at > FLUSH_GAP
                ):
                    worker.settle()
            self.progress(at, self._placed)
        with clock.travelled(self.until):
            worker.settle()
            costs.value(self.world, bought.orders)
            planning.plan(self.world, plenty, began=self.start.astimezone(BERLIN).date())
        return self._placed

    # The agenda ---------------------------------------------------------------------------------------

    def _at(self, when: datetime, act: Act) -> None:
        heapq.heappush(self._agenda, (when, next(self._counter), act))

    def _later(self, act: Act, *, hours: float) -> None:
        self._at(clock.now() + timedelta(hours=hours), act)

    def _instants(self) -> list[datetime]:
        """Draw when orders come: more by day and in the evening, more of late than at first."""
        span = (self.until - self.start).total_seconds() - 12 * 3600
        found: list[datetime] = []
        while len(found) < self.orders:
            at = self.start + timedelta(seconds=3 * 3600 + span * self.chance.random() ** 0.4)
            hour = at.astimezone(BERLIN).hour
            if self.chance.random() < (0.15 if hour < 7 else 0.7 if hour < 17 else 1.0):
                found.append(at)
        return found

    def _plan_day(self, day: date) -> None:
        if day.weekday() < 5:
            for code in self.world.locations:
                for wave in WAVES:
                    self._at(_local(day, wave), partial(self._work, code))
                self._at(_local(day, VAN), partial(self._send, code))
        if day.weekday() in (1, 3):
            self._at(_local(day, clock_time(10, 30)), self._receive_goods)
        if day.weekday() == 4:
            self._at(_local(day, clock_time(15, 0)), self._count)
        self._at(_local(day, clock_time(11, 0)), self._answer)
        self._at(_local(day, CARRIER_REPORT), self._hear_from_carrier)

    # Goods --------------------------------------------------------------------------------------------

    def _fill_shelves(self) -> None:
        with clock.travelled(self.start):
            for index, code in enumerate(self.codes):
                for place, location in enumerate(self.world.locations.values()):
                    # No article lies everywhere, so that orders come from two places at times.
                    if (index + place) % 3 == 0 or (location.code == "MUC" and index % 2):
                        continue
                    units = 6 if location.code == "MUC" else self.chance.randint(14, 40)
                    self._deliver(code, location.code, 4 if index % _SCARCE == 0 else units)
                    Level.objects.filter(sku=self.world.skus[code], location=location).update(
                        bin_code=goods.bin_code(index),
                        safety_stock=1 if location.code == "MUC" else 0,
                    )
            worker.settle()

    def _deliver(self, code: str, location: str, units: int) -> None:
        number = f"PO-{next(self._numbers):05d}"
        stock.receive(
            sku_id=self.world.skus[code].pk,
            location_id=self.world.locations[location].pk,
            quantity=units,
            document=number,
            cause=f"receipt:{number}",
            actor=SUPPLIER,
        )

    def _receive_goods(self) -> None:
        """Let suppliers deliver what runs low; scarce articles come every third time and in small lots."""
        left: dict[str, int] = {}
        where: dict[str, str] = {}
        for level in availability.availability(sku_codes=self.codes):
            left[level.sku_code] = left.get(level.sku_code, 0) + level.available
            if level.location_code != "MUC":
                where.setdefault(level.sku_code, level.location_code)
        for index, code in enumerate(self.codes):
            scarce = index % _SCARCE == 0
            if left.get(code, 0) > (0 if scarce else _LOW) or code not in where:
                continue
            if scarce and self.chance.random() < 0.67:
                continue
            self._deliver(code, where[code], self.chance.randint(2, 4) if scarce else _FILL)

    def _count(self) -> None:
        """Correct the books after a look at one shelf, and put a broken thing aside now and then."""
        levels = [
            level
            for level in Level.objects.select_related("location").order_by("pk")
            if level.available > 3
        ]
        for level, delta in zip(self.chance.sample(levels, 2), (-1, 1), strict=True):
            number = f"COUNT-{next(self._numbers):05d}"
            stock.adjust(
                sku_id=level.sku_id,
                location_id=level.location_id,
                delta=delta,
                document=number,
                cause=f"count:{number}",
                actor=self.world.packers(level.location.code),
                reason="Cycle count",
            )
        level = self.chance.choice(levels)
        number = f"DMG-{next(self._numbers):05d}"
        stock.change_state(
            level_id=level.pk,
            source=Bucket.AVAILABLE,
            target=Bucket.DAMAGED,
            quantity=1,
            document=number,
            cause=f"damage:{number}",
            actor=self.world.packers(level.location.code),
            reason="Broken on the shelf",
        )

    # Orders -------------------------------------------------------------------------------------------

    def _order(self) -> None:
        draw = self.chance.random()
        if draw < 0.56:
            draft, channel = self.wishes.web(), "web"
        elif draw < 0.76:
            draft, channel = self.wishes.market(), "market"
        elif draw < 0.87:
            draft, channel = self.wishes.phone(), "phone"
        else:
            draft, channel = self.wishes.wholesale(), "wholesale"
        order = self.take(channel, draft)
        if order is not None:
            self._turn_out(order)

    def take(self, channel: str, draft: Draft) -> Order | None:
        """Place an order; None when it is refused, as a marketplace's is that may not be backordered."""
        number = next(self._numbers)
        draft = numbered(draft, f"{channel.upper()[:2]}-{20_000 + number}")
        actor = (
            self.world.staff["service"]
            if channel == "phone"
            else Actor("api", "", self.world.channels[channel].name)
        )
        try:
            placed = retrying(
                lambda: placing.place(
                    channel=self.world.channels[channel], draft=draft, actor=actor
                )
            )
        except DomainError:
            return None
        self._placed += 1
        return placed.order

    def _turn_out(self, order: Order) -> None:
        """Draw what becomes of an order besides being sent."""
        key = order.pk
        method = order.payment_method
        if method == "bank_transfer" and self.chance.random() < 0.9:
            self._later(lambda: self._money_arrives(key), hours=self.chance.uniform(18, 80))
        draw = self.chance.random()
        if draw < 0.05:
            self._later(lambda: self._cancel(key), hours=self.chance.uniform(0.3, 20))
        elif draw < 0.085:
            self._later(lambda: self.hold(key), hours=0.2)

    def _money_arrives(self, key: int) -> None:
        order = Order.objects.get(pk=key)
        if order.status == OrderStatus.CANCELLED or order.due_total <= 0:
            return
        payments.record_receipt(
            order_id=key,
            gateway="bank_transfer",
            amount=order.due_total,
            reference=f"Transfer {order.number}",
            cause=f"demo:{order.number}",
            actor=self.world.staff["service"],
        )

    def _cancel(self, key: int) -> None:
        worker.if_possible(
            lambda: ordering.cancel(
                order_id=key,
                units=None,
                reason="The customer has changed their mind",
                actor=self.world.staff["service"],
            )
        )

    def hold(self, key: int) -> None:
        """Hold an order for one of the usual reasons, if that is still possible."""
        reason, note = self.chance.choice(
            (
                (HoldReason.FRAUD_RISK, "Three orders within the hour to three addresses"),
                (HoldReason.CUSTOMER_REQUEST, "The customer is away until next week"),
            )
        )
        worker.if_possible(
            lambda: holds.place_hold(
                order_id=key, reason=reason, note=note, actor=self.world.staff["service"]
            )
        )

    def _answer(self) -> None:
        """Let service look at holds: most are lifted on the next day or the one after."""
        old = clock.now() - timedelta(hours=20)
        waiting = Hold.objects.filter(status=HoldStatus.ACTIVE, placed_at__lt=old)
        for hold in waiting.order_by("pk"):
            if self.chance.random() < 0.45:
                worker.if_possible(
                    partial(
                        holds.release_hold,
                        hold_id=hold.pk,
                        reason="Spoke to the customer, all is well",
                        actor=self.world.staff["service"],
                    )
                )

    # The warehouse ------------------------------------------------------------------------------------

    def _work(self, code: str) -> None:
        """Pick and pack a wave; a busy day leaves some for the next one, and the last wave is caught in the middle."""
        actor = self.world.packers(code)
        is_last = self.until - clock.now() < timedelta(hours=20)
        open_work = FulfillmentOrder.objects.filter(
            location=self.world.locations[code],
            status__in=[WorkStatus.OPEN, WorkStatus.IN_PROGRESS],
            order__on_hold=False,
        )
        for work in open_work.order_by("pk"):
            draw = self.chance.random()
            if draw < 0.16:
                continue  # not today
            try:
                if draw < 0.18:
                    self._miss_one(work, actor)
                warehouse.pick(work, actor=actor)
                if is_last and draw > 0.72:
                    continue
                for parcel in warehouse.pack(work, actor=actor):
                    if not (is_last and draw > 0.55):
                        warehouse.label(parcel, actor=actor)
            except DomainError:
                continue  # held, stopped or short in the meantime

    def _miss_one(self, work: FulfillmentOrder, actor: Actor) -> None:
        lines = warehouse.lines_to_pick(work)
        if lines:
            picking.report_short(
                line_id=lines[0].pk, quantity=1, reason="Not in its bin", actor=actor
            )

    def _send(self, code: str) -> None:
        ready = Shipment.objects.filter(
            status=ShipmentStatus.LABELLED,
            fulfillment_order__location=self.world.locations[code],
        )
        for parcel in ready.order_by("pk"):
            worker.if_possible(partial(warehouse.ship, parcel, actor=self.world.packers(code)))

    def _hear_from_carrier(self) -> None:
        """Let the carrier report all that happened since it last did, in one file."""
        since, self._heard = self._heard, clock.now()
        carrier = registry.all_carriers()[warehouse.CARRIER]
        on_the_way = Shipment.objects.filter(
            status=ShipmentStatus.SHIPPED, carrier=warehouse.CARRIER, shipped_at__lt=self._heard
        ).select_related("fulfillment_order__location")
        reports = []
        for parcel in on_the_way.order_by("pk"):
            request = TrackRequest(
                tracking_number=parcel.tracking_number,
                shipped_at=parcel.shipped_at or since,
                expected_on=parcel.expected_on,
                sender_city=parcel.fulfillment_order.location.city,
                recipient_city=str(parcel.fulfillment_order.recipient["city"]),
            )
            reports += [
                tracking.Report(
                    tracking_number=parcel.tracking_number,
                    status=scan.status,
                    code=scan.code,
                    description=scan.description,
                    place=scan.place,
                    occurred_at=scan.occurred_at,
                    raw=scan.raw,
                )
                for scan in carrier.track(request, at=self._heard)
                if scan.occurred_at > since
            ]
        if reports:
            tracking.record_scans(carrier=carrier.code, scans=reports, actor=CARRIER)
            worker.settle()
        self._take_returns()

    # Returns ------------------------------------------------------------------------------------------

    def _take_returns(self) -> None:
        """Draw, for each order delivered since the last evening, whether something comes back."""
        since = clock.now() - timedelta(days=1)
        delivered = Order.objects.filter(
            fulfillment_orders__shipments__delivered_at__gt=since,
            fulfillment_status=FulfillmentStatus.DELIVERED,
            return_status=ReturnStatus.NONE,
        )
        for key in delivered.order_by("pk").values_list("pk", flat=True).distinct():
            if self.chance.random() < 0.09:
                self._later(partial(self._ask_back, key), hours=self.chance.uniform(20, 120))

    def _ask_back(self, key: int) -> None:
        line = OrderLine.objects.filter(order_id=key, delivered__gt=0).order_by("position").first()
        if line is None:
            return
        reason = self.chance.choice(list(ReturnReason))
        try:
            opened = authorizations.authorize(
                order_id=key,
                wishes=[Wish(line.pk, 1, reason.value)],
                actor=self.world.staff["service"],
                approved=self.chance.random() < 0.8,
            )
        except DomainError:
            return
        draw = self.chance.random()
        if opened.status == "requested" and draw < 0.3:
            self._later(
                lambda: worker.if_possible(
                    lambda: authorizations.decline(
                        return_id=opened.pk,
                        reason="Older than the term",
                        actor=self.world.staff["service"],
                    )
                ),
                hours=20,
            )
        elif opened.status == "approved":
            self._later(
                lambda: self._take_back(opened.pk, line.pk, reason),
                hours=self.chance.uniform(50, 150),
            )

    def _take_back(self, return_id: int, line_id: int, reason: ReturnReason) -> None:
        broken = reason in (ReturnReason.DAMAGED, ReturnReason.DEFECTIVE)
        receiving.receive(
            return_id=return_id,
            location_id=self.world.locations["BER"].pk,
            units=[Graded(line_id, Grade.DAMAGED if broken else Grade.RESTOCK, 1)],
            key=f"demo:{return_id}",
            actor=self.world.staff["warehouse"],
        )
        if self.chance.random() < 0.85:
            settlement.settle(return_id=return_id, actor=self.world.staff["service"])


def _local(day: date, at: clock_time) -> datetime:
    return datetime.combine(day, at, tzinfo=BERLIN).astimezone(UTC)
