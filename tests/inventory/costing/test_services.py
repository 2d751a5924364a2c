"""The books of costs, kept behind the ledger."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal

import pytest

from inventory.catalog.models import Sku
from inventory.costing import errors
from inventory.costing import services as costing
from inventory.costing.models import (
    ChargeShare,
    Correction,
    CostChange,
    CostEntry,
    CostLayer,
    CostPolicy,
    LandedCharge,
    SkuCost,
)
from inventory.costing.services import folding
from inventory.locations.models import Location
from inventory.purchasing import services as purchasing
from inventory.stock import services as stock
from inventory.stock.models import Level, Movement
from oms.core import clock
from oms.core.timeline.models import Entry
from orders.ordering.models import Order
from tests.inventory.costing.costs import (
    KEEPER,
    books,
    bought,
    charged,
    cost_of,
    decided,
    written,
)
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory, shipped_transfer
from tests.inventory.purchasing import orders as buying
from tests.orders.factories import lines_of, place_order, ship
from tests.returns.factories import open_return, receive_return

pytestmark = pytest.mark.django_db

D = Decimal
Statements = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def berlin() -> Location:
    """Return the warehouse."""
    return LocationFactory.create()


@pytest.fixture
def mug() -> Sku:
    """Return the SKU."""
    return SkuFactory.create(code="MUG")


def sold(sku: Sku, units: int) -> Order:
    """Sell and ship units."""
    order = place_order([(sku, units)], released=True)
    ship(order, number=f"S-{order.pk}")
    return order


def adjust(sku: Sku, location: Location, delta: int) -> None:
    """Find units, or miss some."""
    stock.adjust(
        sku_id=sku.pk,
        location_id=location.pk,
        delta=delta,
        document="",
        cause=f"test:{Movement.objects.count()}",
        actor=KEEPER,
        reason="counted",
    )


# What units cost --------------------------------------------------------------------------------------


def test_nothing_is_costed_before_somebody_decided_how(mug: Sku, berlin: Location) -> None:
    bought(mug, 10, "2.50", berlin)
    assert costing.run() == 0
    assert not CostEntry.objects.exists()


def test_goods_cost_what_their_receipt_says(mug: Sku, berlin: Location) -> None:
    decided()
    bought(mug, 10, "2.50", berlin)
    kept = books(mug)

    assert (kept.units, kept.known, kept.value) == (10, 10, D("25.00"))
    assert (kept.due, kept.failures) == (False, 0)


def test_what_shipped_first_costs_what_came_first(mug: Sku, berlin: Location) -> None:
    decided()
    bought(mug, 4, "2.00", berlin)
    bought(mug, 10, "3.00", berlin)
    order = sold(mug, 6)
    kept = books(mug)

    assert cost_of("ship:").cost == D("14.00")
    assert cost_of("ship:").line_id == lines_of(order)[0].pk
    assert (kept.units, kept.value) == (8, D("24.00"))


def test_by_the_average_it_costs_the_mean(mug: Sku, berlin: Location) -> None:
    decided("average")
    bought(mug, 4, "2.00", berlin)
    bought(mug, 12, "3.00", berlin)
    sold(mug, 8)

    assert books(mug).value == D("22.00")
    assert cost_of("ship:").cost == D("22.00")


def test_a_transfer_changes_no_value(mug: Sku, berlin: Location) -> None:
    decided()
    bought(mug, 10, "2.50", berlin)
    before = books(mug)
    shipped_transfer({mug: 4}, source=berlin)
    after = books(mug)

    assert (after.units, after.value) == (before.units, before.value) == (10, D("25.00"))
    assert CostEntry.objects.count() == 1


def test_opening_stock_has_an_unknown_cost_and_not_none(mug: Sku, berlin: Location) -> None:
    decided()
    LevelFactory.create(sku=mug, location=berlin, on_hand=5)
    sold(mug, 2)
    kept = books(mug)

    assert (kept.units, kept.known, kept.unknown, kept.value) == (3, 0, 3, D(0))
    assert (cost_of("ship:").unknown, cost_of("ship:").cost) == (2, D(0))


def test_stating_the_cost_of_opening_stock_reaches_what_was_sold_of_it(
    mug: Sku, berlin: Location
) -> None:
    decided()
    LevelFactory.create(sku=mug, location=berlin, on_hand=5)
    sold(mug, 2)
    books(mug)
    told = costing.state_cost(
        sku_id=mug.pk, unit_cost=D("1.111"), reason="last year's list", actor=KEEPER
    )
    kept = books(mug)

    assert told == 5
    assert (kept.known, kept.unknown, kept.value) == (3, 0, D("3.33"))
    assert (cost_of("ship:").unknown, cost_of("ship:").cost) == (0, D("2.23"))
    with pytest.raises(errors.NothingToState):
        costing.state_cost(sku_id=mug.pk, unit_cost=D(1), reason="again", actor=KEEPER)


def test_missing_units_take_their_cost_with_them_and_found_ones_cost_what_others_do(
    mug: Sku, berlin: Location
) -> None:
    decided()
    bought(mug, 10, "2.50", berlin)
    adjust(mug, berlin, -4)
    adjust(mug, berlin, 2)
    assert (books(mug).units, books(mug).value) == (8, D("20.00"))


def test_returned_goods_cost_what_they_cost_when_they_left(mug: Sku, berlin: Location) -> None:
    decided()
    bought(mug, 3, "2.00", berlin)
    bought(mug, 10, "9.00", berlin)
    order = sold(mug, 3)
    receive_return(open_return(order, 2), restock=2, location=berlin)
    kept = books(mug)

    back = CostEntry.objects.get(incoming=True, line_id=lines_of(order)[0].pk)
    assert back.cost == D("4.00")
    assert (kept.units, kept.value) == (12, D("94.00"))


def test_a_receipt_taken_back_takes_its_own_cost_back(mug: Sku, berlin: Location) -> None:
    decided()
    bought(mug, 5, "1.00", berlin)
    order = bought(mug, 5, "10.00", berlin)
    purchasing.undo_receipt(
        order_id=order.pk, receipt_id=order.receipts.get().pk, reason="typed twice", actor=KEEPER
    )
    assert (books(mug).units, books(mug).value) == (5, D("5.00"))


# Charges ----------------------------------------------------------------------------------------------


def test_freight_makes_the_goods_dearer_in_proportion_to_their_value(berlin: Location) -> None:
    decided()
    cheap, dear = SkuFactory.create(), SkuFactory.create()
    seller = buying.supplier()
    buying.sells(seller, cheap, {1: "1.00"})
    buying.sells(seller, dear, {1: "9.00"})
    order = buying.placed(berlin, {cheap: 10, dear: 10}, seller=seller)
    buying.receive(order, {cheap: 10, dear: 10})
    charge = charged(order, "33.33")

    assert (books(cheap).value, books(dear).value) == (D("13.33"), D("120.00"))
    assert list(ChargeShare.objects.filter(charge=charge).values_list("measure", "amount")) == [
        (D("10.0000"), D("3.33")),
        (D("90.0000"), D("30.00")),
    ]


@pytest.mark.parametrize(
    ("basis", "shares"),
    [("weight", [D(20), D(40)]), ("volume", [D(40), D(20)]), ("quantity", [D(12), D(48)])],
)
def test_a_charge_is_split_by_what_was_asked(
    basis: str, shares: list[Decimal], berlin: Location
) -> None:
    decided()
    seller = buying.supplier()
    # 1000 g against 2000 g, 2000 cm3 against 1000 cm3, 1 unit against 4.
    one = SkuFactory.create(weight_g=1000, length_mm=100, width_mm=100, height_mm=200)
    four = SkuFactory.create(weight_g=500, length_mm=50, width_mm=50, height_mm=100)
    for sku in (one, four):
        buying.sells(seller, sku)
    order = buying.placed(berlin, {one: 1, four: 4}, seller=seller)
    buying.receive(order, {one: 1, four: 4})
    charge = charged(order, "60.00", basis=basis)

    assert list(charge.shares.values_list("amount", flat=True)) == shares


def test_freight_that_comes_after_the_sale_is_booked_on_what_was_sold(
    mug: Sku, berlin: Location
) -> None:
    decided()
    order = bought(mug, 10, "2.00", berlin)
    sold(mug, 4)
    books(mug)
    assert cost_of("ship:").cost == D("8.00")
    charged(order, "5.01")
    kept = books(mug)

    assert cost_of("ship:").cost == D("10.01")
    assert kept.value == D("15.00")
    assert Correction.objects.get().amount == D("2.01")
    assert Correction.objects.get().consumption.value == D("8.00")


def test_a_charge_for_the_order_waits_until_nothing_more_comes(mug: Sku, berlin: Location) -> None:
    decided()
    seller = buying.supplier()
    buying.sells(seller, mug, {1: "2.00"})
    order = buying.placed(berlin, {mug: 10}, seller=seller)
    charge = charged(order, "10.00")
    buying.receive(order, {mug: 4})
    assert books(mug).value == D("8.00")

    buying.receive(order, {mug: 6})
    assert books(mug).value == D("30.00")
    charge.refresh_from_db()
    assert charge.split_at is not None
    assert list(charge.shares.values_list("amount", flat=True)) == [D("4.00"), D("6.00")]


def test_a_charge_for_one_receipt_is_split_at_once(mug: Sku, berlin: Location) -> None:
    decided()
    seller = buying.supplier()
    buying.sells(seller, mug, {1: "2.00"})
    order = buying.placed(berlin, {mug: 10}, seller=seller)
    receipt = buying.receive(order, {mug: 4})
    charged(order, "10.00", receipt_id=receipt.pk)

    assert books(mug).value == D("18.00")


def test_a_charge_taken_back_leaves_what_was_there_before(mug: Sku, berlin: Location) -> None:
    decided()
    order = bought(mug, 10, "2.00", berlin)
    sold(mug, 4)
    charge = charged(order, "5.00")
    assert books(mug).value == D("15.00")
    costing.withdraw_charge(order_id=order.pk, charge_id=charge.pk, reason="not ours", actor=KEEPER)

    assert (books(mug).value, cost_of("ship:").cost) == (D("12.00"), D("8.00"))
    assert Correction.objects.count() == 2
    with pytest.raises(errors.ChargeWithdrawn):
        costing.withdraw_charge(
            order_id=order.pk, charge_id=charge.pk, reason="not ours", actor=KEEPER
        )


def test_a_charge_in_another_currency_needs_a_rate(mug: Sku, berlin: Location) -> None:
    decided()
    order = bought(mug, 10, "2.00", berlin)
    with pytest.raises(errors.RateNeeded):
        charged(order, "10.00", currency="USD")
    assert not LandedCharge.objects.exists()
    charge = charged(order, "10.00", currency="USD", rate=D("0.9155"))

    assert charge.cost == D("9.16")
    assert books(mug).value == D("29.16")


def test_everything_wrong_with_a_charge_is_told_at_once(mug: Sku, berlin: Location) -> None:
    decided()
    order = bought(mug, 10, "2.00", berlin)
    with pytest.raises(errors.InvalidCharge) as refused:
        charged(order, "-1.005", kind="bribe", basis="mood", receipt_id=999_999, rate=D(0))
    assert {problem.pointer for problem in refused.value.problems} == {
        "/kind",
        "/basis",
        "/amount",
        "/rate",
        "/receipt",
    }
    assert not LandedCharge.objects.exists()


def test_goods_without_a_weight_take_no_charge_by_weight(berlin: Location) -> None:
    decided()
    order = bought(SkuFactory.create(weight_g=0), 3, "1.00", berlin)
    with pytest.raises(errors.InvalidCharge, match="no weight"):
        charged(order, "1.00", basis="weight")


def test_the_same_call_again_notes_one_charge(mug: Sku, berlin: Location) -> None:
    decided()
    order = bought(mug, 10, "2.00", berlin)
    call = {
        "order_id": order.pk,
        "charge": costing.NewCharge(kind="duty", amount=D(5), currency="EUR", basis="value"),
        "key": "call-1",
        "actor": KEEPER,
    }
    assert costing.add_charge(**call) == costing.add_charge(**call)
    assert LandedCharge.objects.count() == 1
    other = costing.NewCharge(kind="duty", amount=D(6), currency="EUR", basis="value")
    with pytest.raises(errors.ChargeKeyReused):
        costing.add_charge(**{**call, "charge": other})


# Currencies -------------------------------------------------------------------------------------------


def test_goods_paid_in_pounds_have_no_cost_before_a_rate_is_told(
    mug: Sku, berlin: Location
) -> None:
    decided()
    bought(mug, 10, "2.00", berlin, seller=buying.supplier(currency="GBP"))
    sold(mug, 4)
    assert (books(mug).unknown, cost_of("ship:").unknown) == (6, 4)

    costing.add_rate(currency="GBP", rate=D("1.15"), valid_from=date(2020, 1, 1), actor=KEEPER)
    kept = books(mug)
    assert (kept.unknown, kept.value) == (0, D("13.80"))
    assert cost_of("ship:").cost == D("9.20")


def test_later_goods_are_converted_when_they_come_by_the_rate_of_the_day(
    mug: Sku, berlin: Location
) -> None:
    decided()
    today = clock.today()
    for days, rate in ((30, "1.10"), (0, "1.20"), (-1, "1.50")):
        costing.add_rate(
            currency="GBP", rate=D(rate), valid_from=today - timedelta(days=days), actor=KEEPER
        )
    bought(mug, 10, "2.00", berlin, seller=buying.supplier(currency="GBP"))

    assert books(mug).value == D("24.00")
    assert CostChange.objects.get().kind == "converted"


def test_a_rate_is_told_once_and_makes_sense(mug: Sku) -> None:
    with pytest.raises(errors.NoPolicy):
        costing.add_rate(currency="GBP", rate=D(1), valid_from=date(2026, 1, 1), actor=KEEPER)
    decided()
    with pytest.raises(errors.InvalidRate) as refused:
        costing.add_rate(currency="EUR", rate=D(0), valid_from=date(2026, 1, 1), actor=KEEPER)
    assert len(refused.value.problems) == 2
    costing.add_rate(currency="GBP", rate=D(1), valid_from=date(2026, 1, 1), actor=KEEPER)
    with pytest.raises(errors.RateKnown):
        costing.add_rate(currency="GBP", rate=D(2), valid_from=date(2026, 1, 1), actor=KEEPER)


def test_freight_on_goods_without_a_rate_waits_for_it(mug: Sku, berlin: Location) -> None:
    decided()
    order = bought(mug, 10, "2.00", berlin, seller=buying.supplier(currency="GBP"))
    charged(order, "10.00")
    assert (books(mug).unknown, books(mug).value) == (10, D(0))
    costing.add_rate(currency="GBP", rate=D("1.5"), valid_from=date(2020, 1, 1), actor=KEEPER)
    assert (books(mug).unknown, books(mug).value) == (0, D("40.00"))


# The method -------------------------------------------------------------------------------------------


def test_another_method_writes_all_books_anew_and_leaves_a_record(
    mug: Sku, berlin: Location
) -> None:
    decided("fifo")
    bought(mug, 4, "2.00", berlin)
    bought(mug, 12, "3.00", berlin)
    sold(mug, 8)
    assert books(mug).value == D("24.00")
    decided("average")
    assert SkuCost.objects.get().due
    kept = books(mug)

    assert (kept.value, kept.due) == (D("22.00"), False)
    assert cost_of("ship:").cost == D("22.00")
    assert CostPolicy.objects.count() == 2
    told = Entry.objects.filter(kind="cost_policy.decided").order_by("pk").last()
    assert told is not None
    assert (told.before["method"], told.after["method"]) == ("fifo", "average")


def test_the_same_method_again_decides_nothing() -> None:
    assert decided() == decided()
    assert CostPolicy.objects.count() == 1


def test_the_currency_stays() -> None:
    decided()
    with pytest.raises(errors.CurrencyFixed):
        decided(currency="USD")
    with pytest.raises(errors.InvalidPolicy) as refused:
        costing.set_policy(method="lifo", currency="XXQ", reason=" ", actor=KEEPER)
    assert len(refused.value.problems) == 3


# Keeping up -------------------------------------------------------------------------------------------


def test_a_movement_that_turns_up_late_is_costed_in_its_place(mug: Sku, berlin: Location) -> None:
    decided()
    bought(mug, 4, "2.00", berlin)
    first = Movement.objects.get()
    bought(mug, 4, "5.00", berlin)
    # As if the first receipt had become visible only after the second.
    Movement.objects.filter(pk=first.pk).update(source="transit")
    sold(mug, 3)
    books(mug)
    assert cost_of("ship:").cost == D("15.00")

    Movement.objects.filter(pk=first.pk).update(source="supplier")
    kept = books(mug)
    assert cost_of("ship:").cost == D("6.00")
    assert (kept.units, kept.value) == (5, D("22.00"))


def test_looking_again_finds_nothing_to_do(mug: Sku, berlin: Location) -> None:
    decided()
    bought(mug, 4, "2.00", berlin)
    books(mug)
    before = written(mug)
    assert costing.notice() == 0
    assert costing.run() == 0
    assert written(mug) == before


def test_a_sku_whose_books_cannot_be_kept_stops_no_other(mug: Sku, berlin: Location) -> None:
    decided()
    other = SkuFactory.create()
    bought(mug, 4, "2.00", berlin)
    books(mug)
    SkuCost.objects.update(value=D("0.001"))  # as nobody writes it
    sold(mug, 1)
    bought(other, 4, "2.00", berlin)
    CostLayer.objects.update(held=D("0.001"))
    kept = books(other)

    assert kept.value == D("8.00")
    broken = SkuCost.objects.get(sku=mug)
    assert (broken.due, broken.failures) == (True, 1)
    assert "finer than the smallest amount" in broken.error
    for _ in range(3):
        costing.run()
    broken.refresh_from_db()
    assert broken.failures == 3
    costing.work_out_anew(sku_id=mug.pk, reason="repaired", actor=KEEPER)
    assert (books(mug).failures, books(mug).value) == (0, D("6.00"))


@pytest.mark.parametrize("method", ["fifo", "average"])
@pytest.mark.parametrize("seed", range(3))
def test_books_kept_in_pieces_are_those_written_at_once(
    method: str, seed: int, mug: Sku, berlin: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A random history, costed at random instants in small pieces; then everything forgotten and written anew."""
    monkeypatch.setattr(folding, "BATCH", 3)
    chance = random.Random(seed)
    decided(method)
    buying_orders = []
    sales: list[Order] = []
    LevelFactory.create(sku=mug, location=berlin, on_hand=4)
    for _ in range(24):
        free = Level.objects.get(sku=mug, location=berlin).available
        act = chance.choice(["buy", "sell", "sell", "find", "miss", "freight", "back", "state"])
        if act == "buy":
            seller = buying.supplier(currency=chance.choice(["EUR", "GBP"]))
            price = f"{chance.randint(1, 900) / 100:.2f}"
            buying_orders.append(bought(mug, chance.randint(1, 9), price, berlin, seller=seller))
        elif act == "sell" and free:
            sales.append(sold(mug, chance.randint(1, free)))
        elif act == "find":
            adjust(mug, berlin, chance.randint(1, 3))
        elif act == "miss" and free:
            adjust(mug, berlin, -1)
        elif act == "freight" and buying_orders:
            charged(chance.choice(buying_orders), f"{chance.randint(1, 999) / 100:.2f}")
        elif act == "back" and sales:
            receive_return(
                open_return(sales.pop(), 1), restock=1, key=f"r{len(sales)}-{free}", location=berlin
            )
        elif act == "state":
            rates = CostChange.objects.filter(kind="converted").exists()
            if not rates and chance.random() < 0.3:
                costing.add_rate(
                    currency="GBP",
                    rate=D("1.17"),
                    valid_from=date(2020, 1, 1) + timedelta(days=chance.randint(0, 999)),
                    actor=KEEPER,
                )
        if chance.random() < 0.4:
            books(mug)
    books(mug)
    before = written(mug)
    costing.work_out_anew(sku_id=mug.pk, reason="to compare", actor=KEEPER)
    books(mug)

    assert written(mug) == before
    assert before["books"][0] == Level.objects.get(sku=mug, location=berlin).on_hand


def test_keeping_up_costs_the_same_however_long_the_history_is(
    mug: Sku, berlin: Location, statements: Statements
) -> None:
    decided()

    def statements_of_a_day() -> int:
        bought(mug, 5, "2.00", berlin)
        sold(mug, 1)
        with statements() as seen:
            costing.keep_up_with(sku_id=mug.pk)
        return len(seen)

    statements_of_a_day()
    few = statements_of_a_day()
    for _ in range(4):
        statements_of_a_day()
    assert statements_of_a_day() == few <= 15
