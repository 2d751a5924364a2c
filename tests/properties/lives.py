"""Random lives of orders over shared stock: every act through its service, sensible or not.

A `Street` holds a few places, SKUs and channels and a handful of orders that live at once. Each step picks an order and
an act at random, with units and amounts that are often too many. An act either happens or is refused by a typed error
that changes nothing; anything else is a bug and stops the run.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import time_machine
from django.db import connection
from django.utils import timezone

from fulfillment.packing import services as packing
from fulfillment.packing.models import Shipment
from fulfillment.picking import services as picking
from fulfillment.shipping import services as shipping
from fulfillment.tracking import services as tracking
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder
from inventory.locations.models import Location
from inventory.packs import services as packs
from inventory.packs.rules import NewPack
from inventory.reservations import services as reservations
from inventory.reservations.models import Reservation
from inventory.reservations.states import Purpose
from inventory.stock import services as stock
from inventory.stock.models import Level
from inventory.transfers import services as transfers
from inventory.transfers.models import TransferOrder
from inventory.transfers.rules import Units, Wanted
from oms.core import clock, money
from oms.core.errors import DomainError
from oms.core.ids import uuid7
from oms.core.outbox import services as outbox
from oms.core.outbox.models import Delivery
from orders.carts import services as carts
from orders.carts.services import CartLine
from orders.holds import services as holds
from orders.holds.models import Hold
from orders.ordering import services as ordering
from orders.ordering.models import Order, OrderLine
from orders.payments import services as payments
from orders.payments.models import Transaction
from orders.placing import services as placing
from orders.placing.drafts import Draft, DraftLine, DraftPayment
from orders.releasing import services as releasing
from orders.substituting import queries as substitutes
from orders.substituting import services as substituting
from orders.substituting.models import Substitute, Substitution, SubstitutionRule
from orders.substituting.states import Mode, PriceRule
from returns.authorizations import services as authorizations
from returns.authorizations.models import Return, ReturnLine
from returns.authorizations.services import Wish
from returns.receiving import services as receiving
from returns.receiving.rules import Graded
from returns.settlement import services as settlement
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory, kit_of
from tests.orders.factories import BERLIN, CLERK, ChannelFactory, PriceFactory, TaxRateFactory

AT_ONCE = 12
METHODS = (
    "channel",
    "channel",
    "channel",
    "fake_card",
    "fake_card",
    "bank_transfer",
    "cash_on_delivery",
    "",
)
SCANS = (
    "picked_up",
    "in_transit",
    "out_for_delivery",
    "delivered",
    "delivered",
    "return_to_sender",
    "delivery_failed",
)

# What every refused act must leave as it was, in one statement: counts, versions and weighted sums of counters.
DIGEST = " UNION ALL ".join(
    f"SELECT '{table}', CAST({what} AS varchar(60)) FROM {table}"
    for table, what in (
        ("orders_order", "COUNT(*) * 1000000 + COALESCE(SUM(version), 0)"),
        (
            "orders_orderline",
            (
                "SUM(cancelled * 2 + backordered * 3 + allocated * 5 + picked * 7 + packed * 11 + shipped * 13"
                " + delivered * 17 + return_requested * 19 + returned * 23 + credited * 29)"
            ),
        ),
        ("inventory_level", "SUM(on_hand * 2 + committed * 3 + damaged * 5 + reserved * 7 + id)"),
        ("inventory_reservation", "COUNT(*) * 100 + SUM(CASE WHEN status = 'active' THEN 1 END)"),
        ("inventory_reservationline", "COUNT(*) * 1000000 + COALESCE(SUM(quantity), 0)"),
        ("inventory_transferorder", "COUNT(*) * 1000000 + COALESCE(SUM(version), 0)"),
        ("inventory_transferline", "SUM(cancelled * 2 + shipped * 3 + received * 5 + lost * 7)"),
        ("inventory_transferstep", "MAX(id)"),
        ("inventory_inbound", "COUNT(*) * 1000000 + COALESCE(SUM(quantity), 0)"),
        ("inventory_movement", "MAX(id)"),
        ("inventory_allocation", "COUNT(*) * 1000000 + COALESCE(SUM(quantity), 0)"),
        ("core_event", "MAX(id)"),
        ("core_entry", "MAX(id)"),
        ("orders_credit", "MAX(id)"),
        (
            "orders_substitution",
            "COUNT(*) * 100 + SUM(CASE WHEN status = 'offered' THEN 0 ELSE 1 END)",
        ),
        (
            "orders_payment",
            "SUM(authorized * 2 + captured * 3 + refunded * 5 + capture_pending * 7 + refund_pending * 11)",
        ),
        (
            "orders_transaction",
            "COUNT(*) * 100 + SUM(CASE WHEN settled_at IS NULL THEN 0 ELSE 1 END)",
        ),
        ("orders_hold", "COUNT(*) * 100 + SUM(CASE WHEN status = 'active' THEN 0 ELSE 1 END)"),
        ("fulfillment_fulfillmentorder", "COUNT(*) * 100 + SUM(version)"),
        (
            "fulfillment_fulfillmentline",
            "SUM(quantity * 2 + cancelled * 3 + short * 5 + picked * 7 + packed * 11)",
        ),
        ("fulfillment_shipment", "COUNT(*) * 100 + SUM(version)"),
        ("fulfillment_label", "COUNT(*) * 100 + SUM(CASE WHEN state = 'bought' THEN 1 ELSE 0 END)"),
        ("returns_return", "COUNT(*) * 100 + SUM(version)"),
        ("returns_receipt", "COUNT(*)"),
        ("returns_settlement", "COUNT(*)"),
    )
)


class Street:
    """One run: a house, its orders, and what came of each act (`tally`: happened or the refusal's name)."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.tally: Counter[tuple[str, str]] = Counter()
        self.lived = 0
        self.orders: list[int] = []
        self.left: dict[int, int] = {}
        self.ahead = timedelta()
        TaxRateFactory.create()
        berlin, paris = LocationFactory.create(priority=1), LocationFactory.create(priority=2)
        self.skus = [SkuFactory.create() for _ in range(6)]
        for sku in self.skus:
            for place in (berlin, paris):
                LevelFactory.create(sku=sku, location=place, on_hand=self.chance.randint(0, 12))
        first, second, third, *_ = self.skus
        self.sold = [
            *self.skus,
            *self.skus,
            kit_of({first: 1, second: 2}),
            kit_of({third: 3, first: 1}, shares=[2, 1], taxed_as="kit"),
        ]
        packs.define(sku_id=second.pk, packs=[NewPack("PAIR", 2)], actor=CLERK)
        self.channels = [
            ChannelFactory.create(),
            ChannelFactory.create(backorders=True, net_prices=True),
            ChannelFactory.create(
                backorders=True, on_terms=True, currency="JPY", shipping_fee=Decimal(500)
            ),
            ChannelFactory.create(
                lenient=True,
                currency="KWD",
                shipping_fee=Decimal("1.125"),
                default_buffer=1,
            ),
        ]
        for sku, other, rule in zip(self.skus[:3], self.skus[3:], PriceRule, strict=True):
            Substitute.objects.create(sku=sku, other=other, units=1 + sku.pk % 2, price_rule=rule)
            PriceFactory.create(
                price_list=self.channels[1].price_list, sku=other, amount=Decimal("7.77")
            )
        SubstitutionRule.objects.create(channel=self.channels[1], mode=Mode.AUTOMATIC)
        self.acts: list[tuple[Callable[[], Any], int]] = [
            (self.let_things_happen, 14),
            (self.time_passes, 4),
            (self.reserve, 8),
            (self.reserve_for_person, 2),
            (self.extend_reservation, 3),
            (self.release_reservation, 2),
            (self.sweep, 2),
            (self.draft_transfer, 3),
            (self.release_transfer, 4),
            (self.ship_transfer, 5),
            (self.receive_transfer, 5),
            (self.settle_transfer, 3),
            (self.cancel_transfer, 2),
            (self.goods_come, 8),
            (self.goods_are_counted, 2),
            (self.goods_break, 2),
            (self.pick, 16),
            (self.put_back, 2),
            (self.report_short, 4),
            (self.pack, 12),
            (self.unpack, 2),
            (self.label, 12),
            (self.void_label, 3),
            (self.ship, 14),
            (self.scan, 10),
            (self.cancel, 5),
            (self.send_something_else, 8),
            (self.answer_offer, 4),
            (self.hold, 2),
            (self.release_hold, 4),
            (self.release, 2),
            (self.money_arrives, 4),
            (self.refund, 2),
            (self.capture, 4),
            (self.void_payments, 1),
            (self.resolve, 3),
            (self.announce_return, 6),
            (self.decide_return, 6),
            (self.receive_return, 8),
            (self.settle_return, 5),
            (self.step_out_of_turn, 3),
        ]

    # Running ----------------------------------------------------------------------------------------------------------

    def live(self, lives: int) -> None:
        """Let so many orders live to their end, then everything that is under way come to rest."""
        while self.lived < lives or self.orders:
            if self.lived < lives and len(self.orders) < AT_ONCE:
                self.try_to("place", self.place)
                continue
            acts, weights = zip(*self.acts, strict=True)
            (act,) = self.chance.choices(acts, weights)
            self.try_to(act.__name__, act)
        self.come_to_rest()

    def try_to(self, name: str, act: Callable[[], Any]) -> None:
        """Do it; check that a refusal has changed nothing."""
        before = digest()
        refusal: DomainError | None = None
        result = None
        try:
            with clock.travelled(self.now()):
                result = act()
        except DomainError as error:
            refusal = error
        if refusal is None:
            self.tally[name, "nothing to do" if result is None else "happened"] += 1
            return
        assert digest() == before, f"{name} was refused ({refusal!r}) and has changed something"
        assert refusal.code
        assert refusal.detail
        self.tally[name, type(refusal).__name__] += 1

    def come_to_rest(self) -> None:
        """Let all that is due, and all that waits for its hour, happen; nothing may be parked."""
        moment = self.now()
        for _ in range(8):
            with time_machine.travel(moment, tick=True):
                self.let_things_happen()
            moment += timedelta(minutes=10)
        stuck = Delivery.objects.exclude(state="delivered")
        assert not stuck.exists(), stuck.values_list("handler", "state", "last_error")

    def now(self) -> datetime:
        """Return the instant in this street, which is ahead of the world's."""
        return timezone.now() + self.ahead

    # Choices ----------------------------------------------------------------------------------------------------------

    def order(self) -> int:
        """Return an order that lives; each look at it brings its end nearer."""
        key = self.chance.choice(self.orders) if self.orders else 0
        if key:
            self.look_at(key)
        return key

    def look_at(self, key: int) -> None:
        """Bring the end of an order nearer."""
        self.left[key] -= 1
        if self.left[key] <= 0:
            self.orders.remove(key)

    def some(self, most: int) -> int:
        """Return how many of `most` units: often all, sometimes one too many, none or fewer than none."""
        kind = self.chance.random()
        if kind < 0.45:
            return most
        if kind < 0.90:
            return self.chance.randint(min(1, most), max(1, most))
        return self.chance.choice([most + 1, 0, -1])

    def one(self, rows: Any) -> Any:
        """Return one of the rows at random, None when there is none."""
        found = list(rows)
        return self.chance.choice(found) if found else None

    def of_living(self, rows: Any, path: str, **usual: Any) -> Any:
        """Return one of the rows of orders that live, mostly one as usual; `path` leads to the order's key."""
        rows = rows.filter(**{f"{path}__in": self.orders})
        if usual and self.chance.random() < 0.9:
            rows = rows.filter(**usual)
        found = self.one(rows.values_list("pk", path))
        if found is None:
            return None
        self.look_at(found[1])
        return rows.get(pk=found[0])

    def work(self, **usual: Any) -> FulfillmentOrder | None:
        """Return some work of an order that lives."""
        found: FulfillmentOrder | None = self.of_living(
            FulfillmentOrder.objects.distinct(), "order_id", **usual
        )
        return found

    def parcel(self, *usual: str) -> Shipment | None:
        """Return a parcel, mostly one in a usual state."""
        found: Shipment | None = self.of_living(
            Shipment.objects.all(), "fulfillment_order__order_id", status__in=usual
        )
        return found

    def returned(self, *usual: str) -> Return | None:
        """Return some return, mostly one in a usual state."""
        found: Return | None = self.of_living(Return.objects.all(), "order_id", status__in=usual)
        return found

    def amount(self, key: int) -> Decimal:
        """Return an amount in the order's currency, at most about what it costs."""
        order = Order.objects.get(pk=key)
        share = self.chance.choice([Decimal(1), Decimal("0.5"), Decimal("0.1"), Decimal("1.1")])
        return money.quantize(order.total * share, order.currency)

    # Acts -------------------------------------------------------------------------------------------------------------

    def place(self) -> int:
        """Send an order, now and then twice, and often from a cart, which may be over or another channel's."""
        channel = self.chance.choice(self.channels)
        cart = (
            self.one(Reservation.objects.order_by("-pk")[:6])
            if self.chance.random() < 0.4
            else None
        )
        if cart and cart.channel_code and self.chance.random() < 0.9:
            channel = next(each for each in self.channels if each.code == cart.channel_code)
        method = self.chance.choice(METHODS)
        decimals = money.digits(channel.currency)

        def price() -> Decimal:
            return Decimal(self.chance.randint(0, 3_000)).scaleb(-decimals)

        order = Draft(
            external_id=str(uuid7()),
            customer_name="Ada Lovelace",
            ship_to=replace(BERLIN, postcode="1") if self.chance.random() < 0.05 else BERLIN,
            lines=tuple(
                DraftLine(
                    sku=self.chance.choice(self.sold).code,
                    quantity=self.chance.randint(1, 4),
                    unit_price=price(),
                    unit="PAIR" if self.chance.random() < 0.1 else "",
                )
                for _ in range(self.chance.randint(1, 3))
            ),
            discount=price() if self.chance.random() < 0.2 else Decimal(0),
            declared={"total": price()} if self.chance.random() < 0.05 else {},
            ship_complete=self.chance.random() < 0.1,
            payment=DraftPayment(method=method, reference="tok_approve") if method else None,
            reservation=str(cart.uuid) if cart else "",
        )
        placed = placing.place(channel=channel, draft=order, actor=CLERK).order
        if self.chance.random() < 0.05:
            assert placing.place(channel=channel, draft=order, actor=CLERK).order == placed
        self.lived += 1
        self.orders.append(placed.pk)
        self.left[placed.pk] = self.chance.randint(2, 24)
        return placed.pk

    def let_things_happen(self) -> int:
        """Deliver events and ask gateways until nothing is due."""
        done = 0
        while ran := outbox.drain() + payments.carry_out_due():
            done += ran
        return done

    def time_passes(self) -> timedelta:
        """Let some minutes go by, in which carts expire."""
        self.ahead += timedelta(minutes=self.chance.choice([1, 5, 20]))
        return self.ahead

    def reserve(self) -> Reservation:
        """Hold a cart or a quote; one SKU may stand on two lines."""
        return carts.reserve(
            channel=self.chance.choice(self.channels),
            lines=[
                CartLine(self.chance.choice(self.sold).code, self.some(3))
                for _ in range(self.chance.randint(1, 3))
            ],
            purpose=self.chance.choice([Purpose.CART, Purpose.QUOTE]),
            minutes=self.chance.choice([0, 10, 30, 60, None]),
            payment_method=self.chance.choice(["", "fake_card", "shells"]),
            actor=CLERK,
        )

    def reserve_for_person(self) -> Reservation:
        """Hold units of one level for somebody."""
        level = self.one(Level.objects.all())
        return reservations.reserve_for_person(
            level_id=level.pk,
            quantity=self.some(max(1, level.available)),
            person="Mary",
            reason=self.chance.choice(["photo", ""]),
            expires_at=clock.now() + timedelta(minutes=self.chance.choice([0, 30])),
            actor=CLERK,
        )

    def some_reservation(self) -> Reservation | None:
        """Return one of the latest reservations, ended ones among them."""
        found: Reservation | None = self.one(Reservation.objects.order_by("-pk")[:8])
        return found

    def extend_reservation(self) -> Reservation | None:
        """Hold something longer."""
        found = self.some_reservation()
        return found and reservations.extend(
            reservation_id=found.pk,
            expires_at=clock.now() + timedelta(minutes=self.chance.choice([-1, 5, 60])),
            actor=CLERK,
        )

    def release_reservation(self) -> Reservation | None:
        """Let something go."""
        found = self.some_reservation()
        return found and reservations.release_reservation(
            reservation_id=found.pk, reason="left", actor=CLERK
        )

    def sweep(self) -> int | None:
        """Take off what has expired."""
        return reservations.expire_due() or None

    def draft_transfer(self) -> TransferOrder:
        """Want goods at the other place, or at the same one."""
        places = [self.one(Location.objects.all()).code for _ in range(2)]
        return transfers.create(
            source_code=places[0],
            destination_code=places[1],
            lines=[
                Wanted(sku.code, self.some(4))
                for sku in self.chance.sample(self.skus, self.chance.randint(1, 3))
            ],
            actor=CLERK,
        )

    def some_transfer(self, *usual: str) -> TransferOrder | None:
        """Return one of the latest transfers, mostly one in a usual state."""
        rows = TransferOrder.objects.order_by("-pk")
        if self.chance.random() < 0.9:
            rows = rows.filter(status__in=usual)
        found: TransferOrder | None = self.one(rows[:6])
        return found

    def moved_units(self, transfer: TransferOrder, counter: str, *into: str) -> list[Units]:
        """Return units of some of its lines: often all that are left."""
        return [
            Units(line.sku.code, self.some(getattr(line, counter)), self.chance.choice(into))
            for line in transfer.lines.select_related("sku")
            if getattr(line, counter) or self.chance.random() < 0.1
        ]

    def release_transfer(self) -> TransferOrder | None:
        """Set its goods aside."""
        found = self.some_transfer("draft")
        return found and transfers.release(transfer_id=found.pk, actor=CLERK)

    def ship_transfer(self) -> TransferOrder | None:
        """Send some or all of it."""
        found = self.some_transfer("released", "in_transit", "received")
        if found is None:
            return None
        return transfers.ship(
            transfer_id=found.pk,
            units=self.moved_units(found, "open", "") if self.chance.random() < 0.6 else None,
            key=uuid7().hex,
            actor=CLERK,
        )

    def receive_transfer(self) -> TransferOrder | None:
        """Take some of it in; say now and then that nothing more comes, or that more came."""
        found = self.some_transfer("in_transit", "received")
        if found is None:
            return None
        return transfers.receive(
            transfer_id=found.pk,
            units=self.moved_units(
                found, "in_transit", "available", "available", "damaged", "quality_control"
            ),
            complete=self.chance.random() < 0.4,
            found="more came" if self.chance.random() < 0.3 else "",
            key=uuid7().hex,
            actor=CLERK,
        )

    def settle_transfer(self) -> TransferOrder | None:
        """Say what became of what is missing."""
        found = self.some_transfer("received", "in_transit")
        if found is None:
            return None
        return transfers.settle(
            transfer_id=found.pk,
            units=self.moved_units(found, "in_transit", "lost", "found_at_source"),
            reason=self.chance.choice(["looked for it", "looked for it", ""]),
            key=uuid7().hex,
            actor=CLERK,
        )

    def cancel_transfer(self) -> TransferOrder | None:
        """Give up what has not left."""
        found = self.some_transfer("draft", "released", "in_transit")
        return found and transfers.cancel(
            transfer_id=found.pk, reason="changed our mind", actor=CLERK
        )

    def goods_come(self) -> Level:
        """Receive some."""
        level = self.one(Level.objects.all())
        return stock.receive(
            sku_id=level.sku_id,
            location_id=level.location_id,
            quantity=self.some(9),
            document=self.chance.choice(["PO-1", "PO-2"]),
            cause=str(uuid7()),
            actor=CLERK,
        )

    def goods_are_counted(self) -> Level:
        """Find more or fewer than thought."""
        level = self.one(Level.objects.all())
        return stock.set_on_hand(
            sku_id=level.sku_id,
            location_id=level.location_id,
            counted=max(0, level.on_hand + self.chance.randint(-4, 3)),
            expected=level.on_hand - self.chance.choice([0, 0, 0, 1]),
            document="",
            cause=str(uuid7()),
            actor=CLERK,
            reason="count",
        )

    def goods_break(self) -> Level:
        """Set some aside, or back."""
        level = self.one(Level.objects.all())
        ends = self.chance.choice(
            [
                ("available", "damaged"),
                ("damaged", "available"),
                ("committed", "damaged"),
                ("damaged", "adjustment"),
            ]
        )
        return stock.change_state(
            level_id=level.pk,
            source=ends[0],
            target=ends[1],
            quantity=self.some(1),
            document="",
            cause=str(uuid7()),
            actor=CLERK,
            reason="broken",
        )

    def pick(self) -> Any:
        """Pick some of some work."""
        work = self.work(status__in=["open", "in_progress"])
        if work is None:
            return None
        lines = list(FulfillmentLine.objects.filter(fulfillment_order=work))
        if self.chance.random() < 0.2:
            scans = [
                line.sku.code for line in lines for _ in range(max(0, self.some(line.to_pick)))
            ]
            return picking.confirm(fulfillment_order_id=work.pk, scans=scans, actor=CLERK)
        return picking.confirm(
            fulfillment_order_id=work.pk,
            quantities={line.pk: self.some(line.to_pick) for line in lines},
            actor=CLERK,
        )

    def put_back(self) -> Any:
        """Undo picks."""
        work = self.work(lines__picked__gt=0)
        if work is None:
            return None
        lines = FulfillmentLine.objects.filter(fulfillment_order=work)
        picking.undo(
            fulfillment_order_id=work.pk,
            quantities={line.pk: self.some(line.picked) for line in lines},
            actor=CLERK,
        )
        return work

    def report_short(self) -> Any:
        """Find a shelf empty."""
        work = self.work(status__in=["open", "in_progress"])
        line = self.one(FulfillmentLine.objects.filter(fulfillment_order=work)) if work else None
        if line is None:
            return None
        return picking.report_short(
            line_id=line.pk, quantity=self.some(line.to_pick), reason="empty", actor=CLERK
        )

    def pack(self) -> Any:
        """Pack what is picked, or some of it."""
        work = self.work(lines__picked__gt=0)
        if work is None:
            return None
        lines = FulfillmentLine.objects.filter(fulfillment_order=work)
        units = {line.pk: self.some(line.picked) for line in lines}
        return packing.pack(
            fulfillment_order_id=work.pk,
            units=None if self.chance.random() < 0.5 else units,
            weight_g=500,
            length_mm=200,
            width_mm=200,
            height_mm=100,
            actor=CLERK,
            key=str(uuid7()),
        )

    def unpack(self) -> Any:
        """Take a parcel apart."""
        parcel = self.parcel("packed", "labelled")
        if parcel is None:
            return None
        packing.unpack(shipment_id=parcel.pk, actor=CLERK)
        return parcel

    def label(self) -> Any:
        """Buy a label."""
        parcel = self.parcel("packed")
        if parcel is None:
            return None
        return shipping.buy_label(
            shipment_id=parcel.pk, service="standard", key=str(uuid7()), actor=CLERK
        )

    def void_label(self) -> Any:
        """Give a label back."""
        parcel = self.parcel("labelled")
        if parcel is None:
            return None
        shipping.void_label(shipment_id=parcel.pk, actor=CLERK)
        return parcel

    def ship(self) -> Any:
        """Hand a parcel over."""
        parcel = self.parcel("labelled")
        return None if parcel is None else shipping.ship(shipment_id=parcel.pk, actor=CLERK)

    def scan(self) -> Any:
        """Hear from the carrier, in any order of time."""
        parcel = self.parcel("shipped", "delivered")
        if parcel is None or not parcel.tracking_number:
            return None
        report = tracking.Report(
            tracking_number=parcel.tracking_number,
            status=self.chance.choice(SCANS),
            occurred_at=datetime(2030, 1, self.chance.randint(1, 28), 12, tzinfo=UTC),
        )
        return tracking.record_scans(carrier=parcel.carrier, scans=[report], actor=CLERK)

    def cancel(self) -> Any:
        """Cancel some or everything."""
        key = self.order()
        lines = OrderLine.objects.filter(order_id=key)
        units = {line.pk: self.some(line.ordered - line.cancelled - line.shipped) for line in lines}
        return ordering.cancel(
            order_id=key,
            units=None if self.chance.random() < 0.5 else units,
            reason="changed her mind",
            actor=CLERK,
        )

    def send_something_else(self) -> Substitution | None:
        """Replace units that wait, or ask the customer."""
        line = self.of_living(OrderLine.objects.all(), "order_id", backordered__gt=0)
        choice = line and self.one(substitutes.candidates([line.sku_id]))
        if not choice:
            return None
        wanted = {
            "order_id": line.order_id,
            "line_id": line.pk,
            "sku_id": choice.other_id,
            "actor": CLERK,
        }
        if self.chance.random() < 0.5:
            return substituting.ask(**wanted)
        return substituting.replace(
            **wanted, units=self.some(line.backordered), consented=self.chance.random() < 0.5
        )

    def answer_offer(self) -> Substitution | None:
        """Accept an offer, keep waiting, or cancel its units."""
        offered = self.of_living(Substitution.objects.all(), "order_id", status="offered")
        act = self.chance.choice(
            [
                substituting.accept,
                substituting.accept,
                substituting.keep_waiting,
                substituting.cancel,
            ]
        )
        return offered and act(substitution_id=offered.pk, actor=CLERK)

    def hold(self) -> Any:
        """Make an order wait."""
        return holds.place_hold(
            order_id=self.order(),
            reason=self.chance.choice(["fraud_risk", "other", "whim"]),
            actor=CLERK,
        )

    def release_hold(self) -> Any:
        """End a hold."""
        hold = self.of_living(Hold.objects.all(), "order_id", status="active")
        return (
            None
            if hold is None
            else holds.release_hold(hold_id=hold.pk, reason="fine", actor=CLERK)
        )

    def release(self) -> Any:
        """Ask for the release by hand."""
        return releasing.release_if_ready(order_id=self.order(), actor=CLERK)

    def money_arrives(self) -> Any:
        """Book a transfer."""
        key = self.order()
        if not key:
            return None
        return payments.record_receipt(
            order_id=key,
            gateway=self.chance.choice(
                ["bank_transfer", "cash_on_delivery", "fake_card", "shells"]
            ),
            amount=self.amount(key),
            reference=str(uuid7()),
            cause=str(uuid7()),
            actor=CLERK,
        )

    def refund(self) -> Any:
        """Give money back by hand."""
        key = self.order()
        if not key:
            return None
        return payments.refund(
            order_id=key, amount=self.amount(key), cause=str(uuid7()), reason="sorry", actor=CLERK
        )

    def capture(self) -> Any:
        """Take money by hand."""
        key = self.order()
        if not key:
            return None
        return payments.capture(
            order_id=key, amount=self.amount(key), cause=str(uuid7()), actor=CLERK
        )

    def void_payments(self) -> Any:
        """Let go of what was not taken."""
        return payments.void(order_id=self.order(), cause=str(uuid7()), reason="no", actor=CLERK)

    def resolve(self) -> Any:
        """Say what became of a transaction that a person does."""
        row = self.of_living(Transaction.objects.all(), "payment__order_id", state="manual")
        if row is None:
            return None
        return payments.resolve(
            transaction_id=row.pk,
            succeeded=self.chance.random() < 0.7,
            reference=str(uuid7()),
            reason="looked",
            actor=CLERK,
        )

    def announce_return(self) -> Any:
        """Ask to send units back."""
        order = self.of_living(Order.objects.distinct(), "pk", lines__shipped__gt=0)
        if order is None:
            return None
        key = order.pk
        wishes = [
            Wish(line.pk, self.some(line.shipped), "not_wanted")
            for line in OrderLine.objects.filter(order_id=key)
            if self.chance.random() < 0.7
        ]
        return authorizations.authorize(
            order_id=key, wishes=wishes, actor=CLERK, approved=self.chance.random() < 0.7
        )

    def decide_return(self) -> Any:
        """Approve, decline, cancel, send or close a return."""
        found = self.returned("requested", "approved")
        if found is None:
            return None
        act = self.chance.choice(["approve", "mark_sent", "decline", "cancel", "close"])
        more = {} if act in ("approve", "mark_sent") else {"reason": "so"}
        return getattr(authorizations, act)(return_id=found.pk, actor=CLERK, **more)

    def receive_return(self) -> Any:
        """Take some of the goods back in."""
        found = self.returned("approved", "in_transit", "partially_received")
        if found is None:
            return None
        lines = list(ReturnLine.objects.filter(return_order=found))
        return receiving.receive(
            return_id=found.pk,
            location_id=self.one(Level.objects.all()).location_id,
            units=[
                Graded(
                    line.order_line_id,
                    self.chance.choice(["restock", "damaged"]),
                    self.some(line.outstanding),
                )
                for line in lines
            ],
            key=str(uuid7()),
            actor=CLERK,
        )

    def settle_return(self) -> Any:
        """Credit what came back."""
        found = self.returned("partially_received", "received")
        return None if found is None else settlement.settle(return_id=found.pk, actor=CLERK)

    def step_out_of_turn(self) -> Any:
        """Report to the order what no warehouse has done; only what cannot be is tried."""
        key = self.order()
        line = self.one(OrderLine.objects.filter(order_id=key))
        if line is None:
            return None
        step, have = self.chance.choice(
            [
                (ordering.record_packed, line.picked),
                (ordering.record_unpicked, line.picked),
                (ordering.record_delivered, line.shipped - line.delivered),
                (ordering.record_returned, line.return_requested),
            ]
        )
        return step(order_id=key, units={line.pk: have + 1}, actor=CLERK)


def digest() -> list[tuple[str, str]]:
    """Return what a refused act must not change."""
    with connection.cursor() as cursor:
        cursor.execute(DIGEST)
        rows: list[tuple[str, str]] = cursor.fetchall()
    return rows
