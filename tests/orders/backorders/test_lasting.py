"""What waits is given units that last as long as the order demands, and is promised no others."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.catalog.models import Sku
from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from inventory.locations.models import Location
from inventory.lots.rules import Batch, Demand, Need, most_that_serve, unserved
from oms.accounts import roles
from oms.core import clock
from orders.backorders import queries
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.ordering.rules import Buyer, Waiter, serve
from orders.promising import queries as promising
from orders.routing.rules import Candidate, Destination
from tests.accounts.factories import signed_in
from tests.inventory.factories import Came, LocationFactory, SkuFactory, receive_lots
from tests.orders.factories import CLERK, ChannelFactory, lines_of, place_order, units_of

TODAY = date(2026, 3, 2)


@pytest.fixture
def sku() -> Sku:
    """Return tea, which expires."""
    return SkuFactory.create(tracking="lot", expires=True, shelf_life_days=90)


@pytest.fixture
def berlin() -> Location:
    """Return where it comes."""
    return LocationFactory.create()


def waits(sku: Sku, units: int, life_days: int = 0) -> Order:
    return place_order(
        [(sku, units)],
        channel=ChannelFactory.create(on_terms=True),
        minimum_life_days=life_days,
    )


def fill(sku: Sku) -> int:
    return ordering.fill_backorders(sku_id=sku.pk, document="R", actor=CLERK)


def allocated(*orders: Order) -> list[int]:
    return [units_of(lines_of(order)[0]).get("allocated", 0) for order in orders]


@pytest.mark.django_db
def test_who_demands_more_is_passed_over_by_goods_that_expire_too_soon(
    sku: Sku, berlin: Location
) -> None:
    strict, lax = waits(sku, 2, 60), waits(sku, 3)
    receive_lots(sku, berlin, {"SOON": Came(4, 10)})

    assert fill(sku) == 3
    assert allocated(strict, lax) == [0, 3]

    receive_lots(sku, berlin, {"LATE": Came(1, 90)})
    assert fill(sku) == 1
    assert allocated(strict, lax) == [1, 3]


@pytest.mark.django_db
def test_what_lasts_is_left_to_those_who_were_promised_it_before(
    sku: Sku, berlin: Location
) -> None:
    receive_lots(sku, berlin, {"SOON": Came(1, 10), "LATE": Came(3, 90)})
    first = waits(sku, 2, 60)
    receive_lots(sku, berlin, {"SOON": Came(3, 10)})
    second = waits(sku, 9, 60)
    ordering.cancel(order_id=second.pk, units={lines_of(second)[0].pk: 5}, reason="x", actor=CLERK)

    assert allocated(first) == [2]
    assert fill(sku) == 0
    assert units_of(lines_of(second)[0])["allocated"] == 4


@pytest.mark.django_db
def test_the_what_if_counts_goods_that_arrive_as_fresh(sku: Sku, berlin: Location) -> None:
    strict, keen = waits(sku, 2, 60), waits(sku, 1, 120)
    receive_lots(sku, berlin, {"SOON": Came(4, 10)})

    found = queries.what_if(sku, berlin, 5)

    assert [(one.line.order_id, one.units) for one in found.served] == [(strict.pk, 2)]
    assert found.left == 7
    assert keen.pk not in {one.line.order_id for one in found.served}


@pytest.mark.django_db
def test_the_queue_says_who_is_passed_over_by_what_expires_too_soon(
    sku: Sku, berlin: Location
) -> None:
    waits(sku, 2, 60)
    waits(sku, 1)

    answer = signed_in(roles.MANAGER).get(f"/admin/backorders/{sku.pk}/")

    assert answer.content.decode().count("has to last 60 days") == 1


@pytest.mark.django_db
def test_nobody_is_promised_for_today_what_does_not_last(sku: Sku, berlin: Location) -> None:
    friday = clock.today() + timedelta(days=4)
    strict, lax = waits(sku, 2, 60), waits(sku, 3)
    receive_lots(sku, berlin, {"SOON": Came(4, 10)})
    inbound.expect(supply="tests.supply", lines=[Expected(1, sku.pk, berlin.pk, 9, friday)])

    days = {
        waiter.order: [(one.units, one.on) for one in portions]
        for waiter, portions in promising.all_in_turn([sku.pk])
    }

    assert days == {strict.pk: [(2, friday)], lax.pk: [(3, clock.today())]}


@pytest.mark.django_db
def test_a_short_is_not_made_good_with_what_does_not_last(sku: Sku, berlin: Location) -> None:
    receive_lots(sku, berlin, {"LATE": Came(2, 90)})
    order = waits(sku, 2, 60)
    receive_lots(sku, LocationFactory.create(), {"SOON": Came(5, 10)})
    (line,) = lines_of(order)

    outcome = ordering.record_short(
        order_id=order.pk,
        line_id=line.pk,
        location_id=berlin.pk,
        quantity=1,
        reason="broken",
        cause="short",
        actor=CLERK,
    )

    assert outcome == {"rerouted": 0, "backordered": 1}


@pytest.mark.django_db
def test_it_costs_no_statement_where_nobody_demands_it(
    sku: Sku, berlin: Location, statements: object
) -> None:
    def counted(life_days: int) -> int:
        waits(sku, 1, life_days)
        with statements() as seen:  # type: ignore[operator]  # the fixture
            promising.all_in_turn([sku.pk])
        return len(seen)

    assert counted(0) == 3
    few = counted(60)
    assert counted(60) == few


@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from([0, 5, 10, 20])), max_size=4),
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from([0, 5, 15])), max_size=5),
)
def test_each_gets_as_much_as_leaves_enough_for_those_before(
    lots: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    batches = [
        Batch(key, units, TODAY + timedelta(days=life))
        for key, (units, life) in enumerate(lots, start=1)
    ]
    turn = [
        Waiter(key, key, 1, units, 2, life_days=life) for key, (units, life) in enumerate(asked)
    ]
    lasting = {life: most_that_serve(batches, [], Need(TODAY, life, True)) for _, life in asked}

    takes = serve(
        turn,
        [Candidate(1, 1, "BER", sum(units for units, _ in lots), 1, "DE", "", "")],
        {waiter.order: Buyer(Destination("DE", "", "")) for waiter in turn},
        {1: lasting},
    )

    given_to = {take.line: take.quantity for take in takes}
    before: list[Demand] = []
    for waiter in turn:
        need = Need(TODAY, waiter.life_days, True)
        most = max(
            units
            for units in range(waiter.units + 1)
            if not unserved(batches, strictest_first([*before, Demand(99, units, need)]))
        )
        assert given_to.get(waiter.line, 0) == most
        before.append(Demand(waiter.line, most, need))


def strictest_first(demands: list[Demand]) -> list[Demand]:
    return sorted(demands, key=lambda one: -one.need.life_days)
