"""A small house in the middle of its day: orders in every stage, made by the services alone."""

from datetime import timedelta
from decimal import Decimal

from fulfillment.picking import services as picking
from fulfillment.recalls import services as recalls
from fulfillment.shipping import services as shipping
from fulfillment.work.models import FulfillmentOrder
from inventory.bins.states import BinKind
from inventory.catalog.models import Sku, Tracking
from inventory.costing import services as costing
from inventory.counting import services as counting
from inventory.locations.models import Location
from inventory.lots.models import Lot
from inventory.packs import services as packs
from inventory.packs.rules import NewPack
from inventory.planning import services as planning
from inventory.production import services as production
from inventory.purchasing import services as purchasing
from inventory.purchasing.models import PurchaseOrder
from inventory.purchasing.services import Arrived, Confirmed
from inventory.reservations import services as reservations
from inventory.reservations.models import Reservation
from inventory.stock import services as stock
from inventory.stock.models import Level
from inventory.stock.services import Spot
from inventory.storing import services as storing
from inventory.storing.services import Figure
from inventory.transfers import services as transfers
from inventory.transfers.rules import Units
from oms.core import clock
from oms.core.api.models import IdempotencyKey
from oms.core.outbox import services as outbox
from oms.messaging import services as messaging
from orders.carts import services as carts
from orders.channels.models import Channel
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.payments import services as payments
from orders.payments.models import Transaction
from orders.placing import services as placing
from orders.placing.drafts import Draft, DraftLine, DraftPayment
from orders.preorders.models import Preorder
from orders.promising import services as promising
from orders.substituting.models import Substitute, SubstitutionRule
from returns.settlement import services as settlement
from tests.fulfillment.factories import (
    label,
    lines_of,
    pack,
    packed_shipment,
    pick_all,
    picked_work,
    scan,
    shipped_shipment,
)
from tests.inventory.costing import costs
from tests.inventory.counting.counts import count, draft, reviewed, started
from tests.inventory.factories import (
    BinFactory,
    Came,
    LevelFactory,
    LocationFactory,
    SkuFactory,
    bin_of,
    draft_transfer,
    kit_of,
    lots_level,
    released_transfer,
    shipped_transfer,
    transfer_line,
    with_bins,
)
from tests.inventory.planning.plans import plan
from tests.inventory.production.made import (
    begun_order,
    center,
    confirmed_order,
    drafted_order,
    posted,
    released_bill,
    stocked,
)
from tests.inventory.purchasing import orders as buying
from tests.orders.factories import BERLIN, CLERK, ChannelFactory, TaxRateFactory
from tests.orders.factories import lines_of as order_lines
from tests.returns.factories import open_return, receive_return


def place(
    channel: Channel, lines: dict[Sku, int], name: str, method: str = "channel", **changes: object
) -> Order:
    """Place an order at 11.90 a unit and let everything happen that follows from it."""
    draft = Draft(
        external_id=name,
        customer_name="Ada Lovelace",
        email="ada@example.com",
        ship_to=BERLIN,
        lines=tuple(
            DraftLine(sku=sku.code, quantity=units, unit_price=Decimal("11.90"))
            for sku, units in lines.items()
        ),
        payment=DraftPayment(method=method, reference="tok_approve"),
        **changes,  # type: ignore[arg-type]  # whatever a draft may hold
    )
    order = placing.place(channel=channel, draft=draft, actor=CLERK).order
    settle()
    return order


def settle() -> None:
    """Let everything happen that is due: events, what gateways are asked, mails."""
    while outbox.drain() + payments.carry_out_due() + promising.repromise_due():
        pass
    messaging.send_due()


def work_of(order: Order) -> FulfillmentOrder:
    """Return the only work of an order."""
    return FulfillmentOrder.objects.get(order=order)


def build_sold_otherwise(
    channel: Channel, berlin: Location, mug: Sku, cup: Sku
) -> dict[str, Order]:
    """Sell a kit, packs, and a substitute; the orders by name of their stage."""
    house: dict[str, Order] = {}
    gift = kit_of({mug: 2, cup: 1}, code="GIFT")
    house["kit"] = place(channel, {gift: 2, mug: 1}, "kit", "bank_transfer")
    packs.define(sku_id=cup.pk, packs=[NewPack("CASE", 6, "CASE-1")], actor=CLERK)
    house["packs"] = placing.place(
        channel=channel,
        draft=Draft(
            external_id="packs",
            customer_name="Ada Lovelace",
            ship_to=BERLIN,
            lines=(DraftLine(sku=cup.code, quantity=2, unit="CASE", unit_price=Decimal("50.00")),),
        ),
        actor=CLERK,
    ).order
    settle()

    spare = LevelFactory.create(on_hand=50, location=berlin).sku
    gone = LevelFactory.create(on_hand=0, location=berlin).sku
    Substitute.objects.create(sku=gone, other=spare, price_rule="keep")
    SubstitutionRule.objects.create(sku=gone, mode="automatic")
    house["substituted"] = place(channel, {gone: 2}, "substituted", "bank_transfer")
    return house


def build() -> dict[str, Order]:
    """Build it; the orders by name of their stage."""
    TaxRateFactory.create()
    channel = ChannelFactory.create(backorders=True)
    berlin = LocationFactory.create()
    mug, cup = (LevelFactory.create(on_hand=50, location=berlin).sku for _ in range(2))
    rare = LevelFactory.create(on_hand=1, location=berlin).sku
    house: dict[str, Order] = {}

    house |= build_sold_otherwise(channel, berlin, mug, cup)

    returned = house["returned"] = place(channel, {mug: 3, cup: 1}, "returned")
    work = work_of(returned)
    pick_all(work)
    shipment = label(pack(work))
    shipping.ship(shipment_id=shipment.pk, actor=CLERK)
    settle()
    shipment.refresh_from_db()
    scan(shipment, "delivered")
    found = open_return(returned, 2)
    receive_return(found, restock=1)
    settlement.settle(return_id=found.pk, actor=CLERK)
    settle()

    build_reservations(channel)
    build_lots()
    house["waiting"] = place(channel, {rare: 3}, "waiting", "bank_transfer")
    house["presold"] = build_preorder(channel)
    house["held"] = place(channel, {mug: 1}, "held", declared={"total": Decimal(1)})
    cancelled = house["cancelled"] = place(channel, {mug: 2}, "cancelled", "bank_transfer")
    ordering.cancel(order_id=cancelled.pk, units=None, reason="no", actor=CLERK)

    picked = house["picked"] = place(channel, {mug: 4}, "picked")
    work = work_of(picked)
    (line,) = lines_of(work)
    picking.confirm(fulfillment_order_id=work.pk, quantities={line.pk: 3}, actor=CLERK)
    label(pack(work, {line.pk: 2}))

    carded = house["carded"] = place(channel, {cup: 2}, "carded", "fake_card")
    work = work_of(carded)
    pick_all(work)
    shipment = label(pack(work))
    shipping.ship(shipment_id=shipment.pk, actor=CLERK)

    build_transfers()
    build_production()
    build_purchases()
    build_proposals()
    build_counts()
    build_bins()
    build_costs(mug)

    IdempotencyKey.objects.create(
        caller="1", route="orders", key="k", fingerprint="f", status=201, body="{}"
    )
    settle()
    for order in house.values():
        order.refresh_from_db()
    assert Transaction.objects.filter(kind="refund", state="manual").exists()
    assert order_lines(house["waiting"])[0].backordered == 2
    return house


def build_preorder(channel: Channel) -> Order:
    """Sell all that may be sold of a SKU in advance."""
    today = clock.today()
    novelty = SkuFactory.create()
    Preorder.objects.create(
        sku=novelty,
        starts_on=today,
        ends_on=today + timedelta(days=3),
        released_on=today + timedelta(days=9),
        units=2,
    )
    return place(channel, {novelty: 2}, "presold")


def build_transfers() -> None:
    """Leave a transfer in each state behind; each has four units of a SKU of its own."""
    draft_transfer()
    released_transfer()
    shipped_transfer()
    for into, outcome in (("available", ""), ("damaged", "lost"), ("available", "found_at_source")):
        transfer = shipped_transfer()
        code = transfer_line(transfer).sku.code
        transfers.receive(
            transfer_id=transfer.pk,
            units=[Units(code, 3, into)],
            complete=True,
            key=f"world-{transfer.pk}",
            actor=CLERK,
        )
        if outcome:
            transfers.settle(
                transfer_id=transfer.pk,
                units=[Units(code, 1, outcome)],
                reason="looked for it",
                key=f"world-settled-{transfer.pk}",
                actor=CLERK,
            )
    transfers.cancel(transfer_id=released_transfer().pk, reason="no", actor=CLERK)


def build_production() -> None:
    """Leave a production order in each state behind; one that was begun lacks parts, and one posting was taken back."""
    place = LocationFactory.create()
    bench = center(place)
    tin, lid, sprue = stocked(place), SkuFactory.create(), SkuFactory.create()
    LevelFactory.create(sku=lid, location=place, on_hand=90)
    bill = released_bill(parts={tin: 2, lid: 1}, byproducts={sprue: 1}, at=bench, load=3)
    drafted_order(location=place, bill=bill)
    confirmed_order(location=place, bill=bill, quantity=3)
    production.cancel(
        order_id=confirmed_order(location=place, bill=bill).pk, reason="no", actor=CLERK
    )
    posted(begun_order(location=place, bill=bill, quantity=5), 4, scrapped=1, finish=True)
    begun = begun_order(location=place, bill=bill, quantity=50, with_shortages=True)
    posted(begun, 2, inspect=1, scrapped=1)
    production.undo(
        order_id=begun.pk, posting_id=posted(begun, 1).pk, reason="miscounted", actor=CLERK
    )
    flour = lots_level({"FLOUR": 9})
    bread = released_bill(SkuFactory.create(tracking=Tracking.LOT), parts={flour.sku: 2})
    baked = begun_order(location=flour.location, bill=bread, quantity=4)
    posted(baked, 2)
    production.undo(
        order_id=baked.pk, posting_id=posted(baked, 1).pk, reason="miscounted", actor=CLERK
    )


def build_counts() -> None:
    """Leave a count in each state behind, each of ten units of a SKU of its own."""
    draft(LevelFactory.create())
    half = [LevelFactory.create()]
    half.append(LevelFactory.create(location=half[0].location))
    count(started(*half), half[0], 8)
    reviewed(LevelFactory.create(), 9)
    for units in (7, 12):
        counting.post(count_id=reviewed(LevelFactory.create(), units).pk, actor=CLERK)
    counting.cancel(
        count_id=reviewed(LevelFactory.create(), 6).pk, reason="wrong aisle", actor=CLERK
    )


def build_bins() -> None:
    """Leave a location with bins behind, whose goods lie in three of them, some of a lot and some damaged."""
    level = LevelFactory.create(on_hand=9, damaged=1)
    location = with_bins(level.location, FACE=BinKind.PICK_FACE)
    lot = Lot.objects.create(sku=level.sku, number="L1")
    stock.receive(
        sku_id=level.sku_id,
        location_id=location.pk,
        quantity=4,
        document="PO",
        cause="world-lot",
        actor=CLERK,
        spots=[Spot(bin_of(location, "FACE").pk, lot.pk, 3)],
    )
    BinFactory.create(location=location, code="SHUT", is_active=False)
    other = LevelFactory.create(location=location, on_hand=0)
    face = bin_of(location, "FACE").pk
    storing.count(
        bin_id=face,
        figures=[Figure(level.sku.code, 3), Figure(other.sku.code, 2)],
        seen=storing.last_move(face),
        key="world",
        actor=CLERK,
    )


def build_lots() -> None:
    """Leave units of lots behind that are shipped, packed and picked, some set aside, and a serial number."""
    level = lots_level({"SOON": Came(6, 10), "LATE": Came(8, 90), "BAD": Came(2, 5)}, expires=True)
    recalls.quarantine(lot_id=Lot.objects.get(number="BAD").pk, reason="Look into it.", actor=CLERK)
    shipped_shipment([(level.sku, 2)])
    packed_shipment([(level.sku, 2)])
    picked_work([(level.sku, 3)])
    lots_level({"SN-1": 1, "SN-2": 1}, tracking="serial")


def build_proposals() -> None:
    """Leave a proposal to buy and one to make behind that were approved, and one that waits."""
    for approved in (True, False):
        level = LevelFactory.create(on_hand=1)
        buying.sells(buying.supplier(email=""), level.sku)
        proposal = plan(level)[-1]
        if approved:
            planning.approve(proposal_ids=[proposal.pk], actor=CLERK)
    level = LevelFactory.create(on_hand=1)
    part = stocked(level.location)
    released_bill(level.sku, {part: 1}, at=center(level.location))
    planning.approve(proposal_ids=[plan(level)[-1].pk], actor=CLERK)


def build_purchases() -> None:
    """Leave a purchase order in each state behind, each of ten units of a SKU of its own."""
    location = LocationFactory.create()
    seller = buying.supplier(email="")

    def order() -> tuple[PurchaseOrder, Sku]:
        sku = SkuFactory.create()
        return buying.placed(location, {sku: 10}, seller=seller), sku

    buying.drafted(location, {SkuFactory.create(): 10}, seller=seller)
    order()
    confirmed, sku = order()
    purchasing.acknowledge(
        order_id=confirmed.pk, confirmations=[Confirmed(sku_code=sku.code, quantity=6)], actor=CLERK
    )
    partly, sku = order()
    wrong = buying.receive(partly, {sku: 2})
    purchasing.undo_receipt(order_id=partly.pk, receipt_id=wrong.pk, reason="wrong", actor=CLERK)
    buying.receive(partly, [Arrived(sku.code, 3), Arrived(sku.code, 1, inspect=True)])
    come, sku = order()
    buying.receive(come, {sku: 12}, over_reason="free of charge")
    short, sku = order()
    buying.receive(short, {sku: 4})
    purchasing.close(order_id=short.pk, reason="they have no more", actor=CLERK)
    ended, _ = order()
    purchasing.cancel(order_id=ended.pk, reason="too dear", actor=CLERK)


def build_costs(sold: Sku) -> None:
    """Cost everything, and leave a charge of each kind behind: waiting, split after the goods had gone, taken back."""
    costs.decided()
    waiting = PurchaseOrder.objects.get(status="partially_received")
    come = PurchaseOrder.objects.get(status="received")
    short = PurchaseOrder.objects.exclude(pk=come.pk).get(status="closed")
    costing.run()
    line = come.lines.get()
    stock.adjust(
        sku_id=line.sku_id,
        location_id=come.location_id,
        delta=-5,
        document="",
        cause="world-broken",
        actor=CLERK,
        reason="broken",
    )
    costs.books(line.sku)
    for order, amount in ((waiting, "3.00"), (come, "4.99"), (short, "7.00")):
        made = costs.charged(order, amount)
    costing.withdraw_charge(order_id=short.pk, charge_id=made.pk, reason="no", actor=CLERK)
    costing.state_cost(sku_id=sold.pk, unit_cost=Decimal("4.10"), reason="list", actor=CLERK)
    place = LocationFactory.create()
    wax = SkuFactory.create()
    costs.bought(wax, 20, "1.50", place)
    posted(begun_order(location=place, bill=released_bill(parts={wax: 2}), quantity=4), 3)
    costing.run()


def build_reservations(channel: Channel) -> None:
    """Leave a reservation in each state behind, and one that has expired and still waits for the sweeper."""
    sku = LevelFactory.create(on_hand=20).sku

    def cart() -> Reservation:
        return carts.reserve(channel=channel, lines=[carts.CartLine(sku.code, 2)], actor=CLERK)

    with clock.travelled(clock.now() - timedelta(hours=2)):
        cart()
        assert reservations.expire_due() == 0
        overdue = cart()
    with clock.travelled(overdue.expires_at - timedelta(hours=1)):
        reservations.extend(
            reservation_id=overdue.pk,
            expires_at=overdue.expires_at + timedelta(minutes=5),
            actor=CLERK,
        )
    with clock.travelled(overdue.expires_at + timedelta(minutes=1)):
        assert reservations.expire_due() == 1
    cart()
    reservations.release_reservation(reservation_id=cart().pk, reason="left", actor=CLERK)
    place(channel, {sku: 1}, "from a cart", reservation=str(cart().uuid))
    reservations.reserve_for_person(
        level_id=Level.objects.get(sku=sku).pk,
        quantity=1,
        person="Mary",
        reason="photo",
        expires_at=clock.now() + timedelta(days=1),
        actor=CLERK,
    )


def places(number: int) -> list[tuple[Sku, Location]]:
    """Return so many SKUs at one location, without a level."""
    location = LocationFactory.create()
    return [(SkuFactory.create(), location) for _ in range(number)]
