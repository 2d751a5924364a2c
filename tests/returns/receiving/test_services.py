"""Goods come back: graded, put away, counted once."""

import pytest

from inventory.locations.models import Location
from inventory.stock.models import Level, Movement
from oms.core.flows import IllegalTransition
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.ordering.models import Order
from returns.authorizations.models import Return
from returns.receiving import errors, services
from returns.receiving.models import Receipt
from returns.receiving.rules import Graded
from tests.inventory.factories import LocationFactory
from tests.orders.factories import CLERK, lines_of, place_order, ship, stocked_sku, units_of
from tests.returns.factories import open_return, receive_return, shipped_order

pytestmark = pytest.mark.django_db


def line_of(found: Return) -> tuple[int, int, int]:
    """Return restocked, damaged and outstanding of the return's first line."""
    line = found.lines.order_by("pk")[0]
    return line.restocked, line.damaged, line.outstanding


def units_at(order: Order, location: object) -> tuple[int, int, int] | None:
    """Return on hand, available and damaged of the first line's SKU at a location; None without a level."""
    level = Level.objects.filter(sku=lines_of(order)[0].sku, location=location).first()
    return level and (level.on_hand, level.available, level.damaged)


def test_each_grade_goes_where_it_belongs_at_the_receiving_location() -> None:
    order, here = shipped_order(3), LocationFactory()
    opened = open_return(order, 3)

    receipts = receive_return(opened, restock=2, damaged=1, location=here)

    assert sorted((each.grade, each.quantity) for each in receipts) == [
        ("damaged", 1),
        ("restock", 2),
    ]
    assert units_at(order, here) == (3, 2, 1)
    assert units_of(lines_of(order)[0]) == {"shipped": 3, "returned": 3}
    assert line_of(opened) == (2, 1, 0)
    opened.refresh_from_db()
    order.refresh_from_db()
    assert (opened.status, order.return_status) == ("received", "returned")
    assert opened.received_at is not None
    movements = Movement.objects.filter(document=opened.number)
    assert {(m.source, m.target, m.quantity) for m in movements} == {
        ("customer", "available", 2),
        ("customer", "damaged", 1),
    }
    assert Event.objects.filter(name="returns.return_received.v1").count() == 1
    entry = Entry.objects.of("returns.return", opened.pk).get(kind="return.units_received")
    assert (entry.before, entry.after) == ({"status": "approved"}, {"status": "received"})


def test_goods_come_in_parts() -> None:
    order = shipped_order(3)
    opened = open_return(order, 3)

    for number, status in enumerate(
        ["partially_received", "partially_received", "received"], start=1
    ):
        receive_return(opened, restock=1, key=f"call-{number}")
        opened.refresh_from_db()
        assert opened.status == status

    assert line_of(opened) == (3, 0, 0)
    assert Event.objects.filter(name="returns.return_received.v1").count() == 3
    with pytest.raises(IllegalTransition):
        receive_return(opened, restock=1, key="call-4")


def test_the_same_call_again_restocks_nothing() -> None:
    order, here = shipped_order(3), LocationFactory()
    opened = open_return(order, 3)
    first = receive_return(opened, restock=1, damaged=1, location=here)

    assert receive_return(opened, restock=1, damaged=1, location=here) == first

    assert units_at(order, here) == (2, 1, 1)
    assert line_of(opened) == (1, 1, 1)
    assert Event.objects.filter(name="returns.return_received.v1").count() == 1


def test_a_key_receives_one_thing() -> None:
    order, here = shipped_order(3), LocationFactory()
    opened = open_return(order, 3)
    receive_return(opened, restock=1, location=here)

    with pytest.raises(errors.ReceiptKeyReused):
        receive_return(opened, restock=2, location=here)
    with pytest.raises(errors.ReceiptKeyReused):
        receive_return(opened, restock=1)
    with pytest.raises(errors.ReceiptKeyReused):
        receive_return(open_return(shipped_order()), restock=1, location=here)

    assert Receipt.objects.count() == 1


def test_no_more_can_come_than_is_expected_by_all_grades_together() -> None:
    order = shipped_order(3)
    opened = open_return(order, 2)

    with pytest.raises(errors.MoreThanExpected) as refusal:
        receive_return(opened, restock=2, damaged=1)

    assert [(each.pointer, each.message) for each in refusal.value.problems] == [
        ("/units/1/quantity", "2 units are to come.")
    ]
    assert not Receipt.objects.exists()
    assert line_of(opened) == (0, 0, 2)
    assert not Movement.objects.filter(document=opened.number).exists()


def test_a_return_must_be_approved_before_it_is_received() -> None:
    opened = open_return(shipped_order(), approved=False)

    with pytest.raises(IllegalTransition):
        receive_return(opened, restock=1)

    assert not Receipt.objects.exists()


def test_everything_senseless_is_named_at_once() -> None:
    order = shipped_order(3)
    opened, here = open_return(order, 2), LocationFactory()
    (line,), (foreign,) = lines_of(order), lines_of(shipped_order())

    def receive(*units: Graded) -> list[tuple[str, str]]:
        with pytest.raises(errors.InvalidReceipt) as refusal:
            services.receive(
                return_id=opened.pk, location_id=here.pk, units=units, key="k", actor=CLERK
            )
        return [(each.pointer, each.code) for each in refusal.value.problems]

    assert receive() == [("/units", "no_units")]
    assert receive(
        Graded(foreign.pk, "restock", 1),
        Graded(line.pk, "shiny", 1),
        Graded(line.pk, "restock", 0),
        Graded(line.pk, "restock", 1),
    ) == [
        ("/units/0/line_id", "unknown_reference"),
        ("/units/1/grade", "unknown_choice"),
        ("/units/2/quantity", "number_range"),
        ("/units/3/grade", "repeated"),
    ]
    assert not Receipt.objects.exists()


def test_a_location_out_of_reach_does_not_exist() -> None:
    opened, here = open_return(shipped_order()), LocationFactory(code="berlin")

    with pytest.raises(errors.LocationMissing):
        receive_return(opened, restock=1, location=here, location_codes=frozenset({"paris"}))

    assert not Receipt.objects.exists()
    assert receive_return(
        opened, restock=1, location=here, location_codes=frozenset({"berlin", "paris"})
    )


def test_nothing_is_received_at_a_location_that_is_switched_off() -> None:
    opened, here = open_return(shipped_order()), LocationFactory.create(is_active=False)

    with pytest.raises(errors.LocationMissing):
        receive_return(opened, restock=1, location=here)

    assert not Receipt.objects.exists()
    Location.objects.filter(pk=here.pk).update(is_active=True)
    assert receive_return(opened, restock=1, location=here)


def test_lines_of_several_skus_are_received_together() -> None:
    order = place_order([(stocked_sku(5), 2), (stocked_sku(5), 1)], released=True)
    ship(order)
    first, second = lines_of(order)
    opened, here = open_return(order, {first.pk: 2, second.pk: 1}), LocationFactory()

    services.receive(
        return_id=opened.pk,
        location_id=here.pk,
        units=[Graded(second.pk, "damaged", 1), Graded(first.pk, "restock", 2)],
        key="call-1",
        actor=CLERK,
    )

    assert [units_of(line)["returned"] for line in (first, second)] == [2, 1]
    opened.refresh_from_db()
    assert opened.status == "received"
