"""What the page is made of."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from fulfillment.shipping import services as shipping
from fulfillment.statuspage import queries
from fulfillment.statuspage.queries import StatusPage
from fulfillment.statuspage.rules import Headline, Place, Stage
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import Missing
from oms.core.money import Money
from oms.core.timeline import services as timeline
from orders.holds import services as holds
from orders.holds.states import HoldReason
from orders.ordering import services as ordering
from orders.ordering.models import Order
from tests.fulfillment.factories import (
    PICKER,
    label,
    open_work,
    pack,
    packed_shipment,
    pick_all,
    released_order,
    scan,
    shipped_shipment,
    take,
)
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.orders.factories import ChannelFactory, place_order, stocked_sku

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)  # 12:00 in Berlin


def headline(order: Order) -> Headline:
    """Return the headline of the order's page."""
    return queries.page(order.pk).headline


def items(found: tuple[queries.Item, ...]) -> list[tuple[str, int]]:
    """Return name and quantity of each."""
    return [(item.name, item.quantity) for item in found]


def test_an_order_that_was_just_placed() -> None:
    order = place_order([(stocked_sku(5, name="Mug"), 2)], payment_status="paid")
    page = queries.page(order.pk)
    assert page.number == order.number
    assert page.headline is Headline.RECEIVED
    assert page.parcels == ()
    assert items(page.set_aside) == [("Mug", 2)]
    assert (page.packing, page.waiting, page.cancelled) == ((), (), ())
    assert [str(moment.text) for moment in page.moments] == ["Order received"]
    assert page.bill.total == Money(Decimal("28.70"), "EUR")
    assert page.to_pay == Money(Decimal("28.70"), "EUR")


def test_an_unpaid_order_that_waits_says_so_and_one_on_terms_does_not() -> None:
    assert headline(place_order()) is Headline.WAITING_FOR_PAYMENT
    assert headline(place_order(pays_on_terms=True)) is Headline.RECEIVED


def test_a_hold_is_told_without_its_reason() -> None:
    order = place_order(payment_status="paid")
    holds.place_hold(
        order_id=order.pk,
        reason=HoldReason.FRAUD_RISK,
        note="Looks like Eve",
        actor=Actor("staff", "7", "Grace Clerk"),
    )
    page = queries.page(order.pk)
    assert page.headline is Headline.CHECKING
    assert "Eve" not in repr(page)
    assert "fraud" not in repr(page)
    assert "Grace" not in repr(page)


def test_backordered_and_cancelled_parts_are_told_apart() -> None:
    channel = ChannelFactory.create(backorders=True)
    mug, lamp = stocked_sku(1, name="Mug"), stocked_sku(5, name="Lamp")
    order = place_order([(mug, 3), (lamp, 2)], channel=channel, payment_status="paid")
    lamp_line = order.lines.get(sku=lamp)
    ordering.cancel(
        order_id=order.pk, units={lamp_line.pk: 1}, reason="Customer is difficult", actor=PICKER
    )
    page = queries.page(order.pk)
    assert items(page.set_aside) == [("Mug", 1), ("Lamp", 1)]
    assert items(page.waiting) == [("Mug", 2)]
    assert items(page.cancelled) == [("Lamp", 1)]
    assert [(p.place, p.quantity) for p in page.lines[1].places] == [
        (Place.SET_ASIDE, 1),
        (Place.CANCELLED, 1),
    ]
    assert page.bill.credited == Money(Decimal("11.90"), "EUR")
    assert str(page.moments[0].text) == "Cancelled: 1 × Lamp"
    assert "difficult" not in repr(page)


def test_an_order_cancelled_as_a_whole() -> None:
    order = place_order()
    ordering.cancel(order_id=order.pk, units=None, reason="Fraud", actor=PICKER)
    page = queries.page(order.pk)
    assert page.headline is Headline.CANCELLED
    assert str(page.moments[0].text) == "Order cancelled"
    assert (page.to_pay, page.to_refund) == (None, None)


def test_units_in_a_parcel_that_has_not_left_are_shown_there_and_only_there() -> None:
    work = open_work({stocked_sku(9, name="Mug"): 5})
    pick_all(work)
    line = work.lines.get()
    pack(work, {line.pk: 2})
    page = queries.page(work.order_id)
    (parcel,) = page.parcels
    assert parcel.stage is Stage.PACKED
    assert items(parcel.items) == [("Mug", 2)]
    assert items(page.packing) == [("Mug", 3)]
    assert page.headline is Headline.PREPARING
    assert (parcel.tracking_number, parcel.carrier, parcel.expected_on) == ("", "", None)


def test_a_labelled_parcel_keeps_its_number_until_it_has_left() -> None:
    shipment = label(packed_shipment())
    (parcel,) = queries.page(shipment.fulfillment_order.order_id).parcels
    assert parcel.tracking_number == ""
    shipping.ship(shipment_id=shipment.pk, actor=PICKER)
    (parcel,) = queries.page(shipment.fulfillment_order.order_id).parcels
    assert parcel.tracking_number == shipment.tracking_number
    assert parcel.carrier == "House Parcel"
    assert parcel.expected_on is not None


def test_scans_are_told_in_the_customers_words_newest_first_and_in_local_time() -> None:
    with time_machine.travel(NOON, tick=False):
        shipment = shipped_shipment()
        scan(shipment, "in_transit", NOON, place="Hannover", description="ARRIVED HUB 12")
        scan(shipment, "picked_up", NOON - timedelta(hours=3), place="Berlin")
        page = queries.page(shipment.fulfillment_order.order_id)
    (parcel,) = page.parcels
    assert parcel.latest is not None
    assert (str(parcel.latest.label), parcel.latest.place) == ("On its way", "Hannover")
    assert parcel.latest.at.isoformat() == "2026-11-24T12:00:00+01:00"
    assert [str(one.label) for one in parcel.earlier] == ["Collected by the carrier"]
    assert "HUB" not in repr(page)
    assert page.zone == "Europe/Berlin"


def test_a_parcel_out_for_delivery_is_expected_today_and_not_on_the_day_after() -> None:
    with time_machine.travel(NOON, tick=False):
        shipment = shipped_shipment()
        scan(shipment, "out_for_delivery", NOON)
        page = queries.page(shipment.fulfillment_order.order_id)
    assert page.headline is Headline.OUT_FOR_DELIVERY
    assert page.arrives_on == NOON.date() == page.today
    with time_machine.travel(NOON + timedelta(days=20), tick=False):
        assert queries.page(shipment.fulfillment_order.order_id).arrives_on is None


def test_trouble_is_told_and_promises_no_day() -> None:
    shipment = shipped_shipment()
    scan(shipment, "delivery_failed", clock.now())
    page = queries.page(shipment.fulfillment_order.order_id)
    assert page.headline is Headline.TROUBLE
    (parcel,) = page.parcels
    assert str(parcel.problem).startswith("The carrier could not hand over your parcel.")
    assert parcel.expected_on is None
    assert page.arrives_on is None


def test_a_parcel_that_came_back_was_not_delivered() -> None:
    shipment = shipped_shipment()
    scan(shipment, "return_to_sender", datetime(2030, 1, 1, tzinfo=UTC))
    scan(shipment, "delivered", datetime(2030, 1, 2, tzinfo=UTC))
    (parcel,) = queries.page(shipment.fulfillment_order.order_id).parcels
    assert parcel.stage is Stage.RETURNED
    assert parcel.latest is not None
    assert str(parcel.latest.label) == "Back with us"


def test_everything_delivered() -> None:
    shipment = shipped_shipment()
    scan(shipment, "delivered", clock.now())
    page = queries.page(shipment.fulfillment_order.order_id)
    assert page.headline is Headline.DELIVERED
    assert page.parcels[0].delivered_at is not None
    assert [place.place for place in page.lines[0].places] == [Place.DELIVERED]
    texts = [str(moment.text) for moment in page.moments]
    assert set(texts) == {"Order received", "Handed to the carrier", "Delivered"}


def test_parcels_are_numbered_when_there_are_several() -> None:
    channel = ChannelFactory.create()
    mug, lamp = SkuFactory.create(name="Mug"), SkuFactory.create(name="Lamp")
    LevelFactory.create(sku=mug, location=LocationFactory.create(), on_hand=5)
    LevelFactory.create(sku=lamp, location=LocationFactory.create(), on_hand=5)
    order = released_order([(mug, 1), (lamp, 1)], channel=channel)
    for work in take(order):
        pick_all(work)
        shipping.ship(shipment_id=label(pack(work)).pk, actor=PICKER)
    page = queries.page(order.pk)
    assert [parcel.position for parcel in page.parcels] == [1, 2]
    details = {str(moment.detail) for moment in page.moments if moment.detail}
    assert details == {"Parcel 1", "Parcel 2"}


def test_the_page_knows_no_staff_no_reason_no_full_name_and_no_street() -> None:
    shipment = shipped_shipment(note="Ring twice", email="ada@example.com", phone="+49301234567")
    order = shipment.fulfillment_order.order
    timeline.record(order, "order.note", actor=PICKER, reason="VIP of the boss")
    shown = repr(queries.page(order.pk))
    for secret in (
        "Pat Picker",
        "VIP",
        "Ring twice",
        "Ada Lovelace",
        "Torstr",
        "10119",
        "ada@example.com",
        "+4930",
        order.external_id,
    ):
        assert secret not in shown
    page = queries.page(order.pk)
    assert (page.recipient, page.city, page.country) == ("A. L.", "Berlin", "DE")


def test_money_received_and_given_back_is_in_the_story() -> None:
    order = place_order()
    payment = order.payments.create(
        gateway="bank_transfer",
        currency="EUR",
        amount=Decimal("28.70"),
        authorized=Decimal("28.70"),
        captured=Decimal("28.70"),
    )
    for kind, amount, state in (
        ("capture", "28.70", "succeeded"),
        ("refund", "5.00", "succeeded"),
        ("refund", "3.00", "failed"),
        ("authorize", "28.70", "succeeded"),
    ):
        payment.transactions.create(
            kind=kind,
            amount=Decimal(amount),
            state=state,
            key=f"{kind} {amount}",
            actor="Pat Picker",
            reason="Because",
            settled_at=clock.now(),
        )
    page = queries.page(order.pk)
    told = [(str(moment.text), moment.amount) for moment in page.moments if moment.amount]
    assert told == [
        ("Money given back", Money(Decimal("5.00"), "EUR")),
        ("Payment received", Money(Decimal("28.70"), "EUR")),
    ]


def test_an_order_is_cancelled_when_its_units_are_not_when_the_money_goes_back() -> None:
    order = place_order()
    ordering.cancel(order_id=order.pk, units=None, reason="Fraud", actor=PICKER)
    payment = order.payments.create(
        gateway="bank_transfer",
        currency="EUR",
        amount=Decimal("28.70"),
        authorized=Decimal("28.70"),
        captured=Decimal("28.70"),
    )
    payment.transactions.create(
        kind="refund",
        amount=Decimal("28.70"),
        state="succeeded",
        key="refund",
        actor="Pat Picker",
        settled_at=clock.now() + timedelta(days=2),
    )

    page = queries.page(order.pk)

    told = [str(moment.text) for moment in page.moments]
    assert told[:2] == ["Money given back", "Order cancelled"]
    assert page.moments[1].at < page.moments[0].at


def test_an_order_that_is_gone_is_missing() -> None:
    with pytest.raises(Missing):
        queries.page(404)


def _page_of(parcels: int, lines: int) -> Callable[[], StatusPage]:
    """Return a read of an order with so many parcels and lines."""
    order = released_order([(stocked_sku(9), parcels) for _ in range(lines)])
    works = take(order)
    for work in works:
        pick_all(work)
        line = work.lines.get()
        for _ in range(parcels):
            shipment = label(pack(work, {line.pk: 1}))
            shipping.ship(shipment_id=shipment.pk, actor=PICKER)
            shipment.refresh_from_db()
            scan(shipment, "in_transit", clock.now())
            scan(shipment, "out_for_delivery", clock.now())
    return lambda: queries.page(order.pk)


def test_the_number_of_statements_does_not_grow_with_the_order(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    small, large = _page_of(1, 1), _page_of(3, 2)
    with django_assert_max_num_queries(10):
        small()
    with django_assert_max_num_queries(10):
        page = large()
    assert len(page.parcels) == 6
