"""The fold, by examples and on random histories against plain sums and a fold of single units."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.costing.rules import (
    AVERAGE,
    FIFO,
    Book,
    Change,
    Current,
    Known,
    Line,
    Original,
    Unknown,
    split,
)
from oms.core import money

FEW = settings(max_examples=40)
BOTH = pytest.mark.parametrize("method", [FIFO, AVERAGE])


def book(method: str = FIFO) -> Book:
    """Return the empty book of a SKU."""
    return Book(method=method, currency="EUR")


def eur(text: str) -> Decimal:
    """Return an amount."""
    return Decimal(text)


def test_first_in_leaves_first() -> None:
    made = book()
    made.receive(1, 10, Known(eur("10.00")))
    made.receive(2, 10, Known(eur("30.00")))
    made.issue(3, 12)

    assert made.postings[3].cost == eur("16.00")
    assert [(take.layer, take.units, take.value) for take in made.takes] == [
        (1, 10, eur("10.00")),
        (2, 2, eur("6.00")),
    ]
    assert (made.units, made.pool) == (8, eur("24.00"))


def test_by_the_average_every_unit_costs_the_mean_of_what_is_left() -> None:
    made = book(AVERAGE)
    made.receive(1, 10, Known(eur("10.00")))
    made.receive(2, 10, Known(eur("30.00")))
    made.issue(3, 12)

    assert made.postings[3].cost == eur("24.00")
    assert (made.units, made.pool) == (8, eur("16.00"))


@BOTH
def test_cents_that_cannot_be_halved_are_not_lost(method: str) -> None:
    made = book(method)
    made.receive(1, 3, Known(eur("10.00")))
    for movement in (2, 3, 4):
        made.issue(movement, 1)

    assert [made.postings[key].cost for key in (2, 3, 4)] == [
        eur("3.34"),
        eur("3.33"),
        eur("3.33"),
    ]
    assert made.pool == 0


@BOTH
def test_what_nobody_knows_the_cost_of_is_unknown_and_not_free(method: str) -> None:
    made = book(method)
    made.receive(1, 4, Unknown())
    made.receive(2, 4, Known(eur("8.00")))
    made.issue(3, 6)

    assert (made.postings[3].unknown, made.postings[3].cost) == (4, eur("4.00"))
    assert (made.known, made.pool) == (2, eur("4.00"))


@BOTH
def test_a_cost_stated_late_reaches_units_that_are_gone(method: str) -> None:
    made = book(method)
    made.receive(1, 4, Unknown())
    made.issue(2, 3)
    made.revalue(Change(key=7, layer=1, amount=eur("10.00"), is_first=True))

    assert (made.postings[2].unknown, made.postings[2].cost) == (0, eur("7.50"))
    assert (made.known, made.pool) == (1, eur("2.50"))
    assert (made.postings[1].unknown, made.postings[1].cost) == (0, eur("10.00"))
    assert [(each.change, each.amount) for each in made.corrections] == [(7, eur("7.50"))]


@BOTH
def test_freight_that_comes_late_is_shared_between_what_is_left_and_what_is_gone(
    method: str,
) -> None:
    made = book(method)
    made.receive(1, 10, Known(eur("20.00")))
    made.issue(2, 4)
    made.revalue(Change(key=1, layer=1, amount=eur("5.01"), is_first=False))

    assert made.postings[2].cost == eur("8.00") + eur("2.01")
    assert made.pool == eur("12.00") + eur("3.00")
    assert made.takes[0].value == eur("8.00")  # what was written stays written


@BOTH
def test_units_that_come_back_cost_what_they_cost_when_they_left(method: str) -> None:
    made = book(method)
    made.lines[5] = _line()
    made.receive(1, 2, Known(eur("2.00")))
    made.receive(2, 2, Known(eur("20.00")))
    made.issue(3, 2, line=5)
    was = made.postings[3].cost
    made.receive(4, 1, Original(5))

    assert made.postings[4].cost == money.unit_share(was, 2, 0, 1, "EUR")
    made.receive(5, 1, Original(5))
    assert made.postings[4].cost + made.postings[5].cost == was


@BOTH
def test_found_units_cost_what_a_unit_costs_now(method: str) -> None:
    made = book(method)
    made.receive(1, 2, Current())
    assert made.postings[1].unknown == 2
    made.receive(2, 4, Known(eur("6.00")))
    made.receive(3, 2, Current())
    assert made.postings[3].cost == eur("3.00")


@BOTH
def test_found_units_cost_what_the_last_ones_did_when_nothing_is_left(method: str) -> None:
    made = book(method)
    made.receive(1, 4, Known(eur("6.00")))
    made.issue(2, 4)
    made.receive(3, 2, Current())
    assert made.postings[3].cost == eur("3.00")


@BOTH
def test_units_that_leave_before_they_came_take_the_cost_of_those_that_come(method: str) -> None:
    made = book(method)
    made.issue(1, 3)
    assert (made.postings[1].short, made.units) == (3, -3)
    made.receive(2, 2, Known(eur("4.00")))
    made.receive(3, 5, Known(eur("15.00")))

    assert (made.postings[1].short, made.postings[1].cost) == (0, eur("7.00"))
    assert (made.units, made.pool, made.owed) == (4, eur("12.00"), [])


def test_a_receipt_taken_back_takes_its_own_units() -> None:
    made = book()
    made.receive(1, 5, Known(eur("5.00")))
    made.receive(2, 5, Known(eur("50.00")))
    made.issue(3, 5, layer=2)

    assert made.postings[3].cost == eur("50.00")
    assert made.pool == eur("5.00")


def test_a_receipt_taken_back_leaves_the_average_as_it_was() -> None:
    made = book(AVERAGE)
    made.receive(1, 5, Known(eur("5.00")))
    made.receive(2, 5, Known(eur("50.00")))
    made.issue(3, 5, layer=2)

    assert made.pool == eur("5.00")


def test_a_charge_taken_back_leaves_what_was_there_before() -> None:
    made = book()
    made.receive(1, 7, Known(eur("7.00")))
    made.issue(2, 3)
    for key, amount in ((1, "1.00"), (2, "-1.00")):
        made.revalue(Change(key=key, layer=1, amount=eur(amount), is_first=False))

    assert (made.postings[2].cost, made.pool) == (eur("3.00"), eur("4.00"))


def test_a_charge_is_split_by_largest_remainder() -> None:
    assert split(eur("10.00"), [1, 1, 1], "EUR") == [eur("3.34"), eur("3.33"), eur("3.33")]
    assert split(eur("100"), [Decimal("2.5"), Decimal("7.5")], "JPY") == [eur("25"), eur("75")]


# On random histories ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """Something that happens: units come (cost in cents, None unknown), go, or a layer costs more."""

    kind: str
    units: int
    cents: int | None = None


ACTS = st.lists(
    st.one_of(
        st.builds(
            Act,
            st.just("come"),
            st.integers(1, 20),
            st.one_of(st.none(), st.integers(0, 5_000)),
        ),
        st.builds(Act, st.sampled_from(["go", "find", "back"]), st.integers(1, 15)),
        st.builds(
            Act, st.sampled_from(["charge", "state"]), st.integers(1, 50), st.integers(0, 999)
        ),
    ),
    max_size=40,
)


def lived(method: str, acts: list[Act], charged: list[Decimal] | None = None) -> Book:
    """Let the acts happen; all units that go, go to order line 1, from which some come back.

    The charges that fell on a layer are added to `charged`.
    """
    made = book(method)
    made.lines[1] = _line()
    for movement, act in enumerate(acts, start=1):
        layers = [each for each in made.layers.values() if (act.kind == "state") != each.is_known]
        if act.kind == "come":
            cost = Unknown() if act.cents is None else Known(Decimal(act.cents) / 100)
            made.receive(movement, act.units, cost)
        elif act.kind == "find":
            made.receive(movement, act.units, Current())
        elif act.kind == "back":
            made.receive(movement, act.units, Original(1))
        elif act.kind == "go":
            made.issue(movement, act.units, line=1)
        elif layers and act.cents is not None:
            layer, amount = layers[act.units % len(layers)], Decimal(act.cents) / 100
            made.revalue(Change(movement, layer.movement, amount, act.kind == "state"))
            if charged is not None and act.kind == "charge":
                charged.append(amount)
    return made


@BOTH
@given(acts=ACTS)
@FEW
def test_value_in_is_value_out_and_value_left(method: str, acts: list[Act]) -> None:
    charged: list[Decimal] = []
    made = lived(method, acts, charged)
    came = sum(each.cost for each in made.postings.values() if each.incoming)
    went = sum(each.cost for each in made.postings.values() if not each.incoming)

    assert came + sum(charged) == went + made.pool


@BOTH
@given(acts=ACTS)
@FEW
def test_units_are_in_one_layer_or_gone(method: str, acts: list[Act]) -> None:
    made = lived(method, acts)
    came = sum(act.units for act in acts if act.kind in ("come", "find", "back"))
    went = sum(act.units for act in acts if act.kind == "go")

    assert made.units == came - went
    assert made.known == sum(each.left for each in made.layers.values() if each.is_known)
    for posting in made.postings.values():
        taken = [take for take in made.takes if take.movement == posting.movement]
        if not posting.incoming:
            assert sum(take.units for take in taken) + posting.short == posting.units
            assert posting.unknown == sum(take.units for take in taken if not take.is_known)
    for layer in made.layers.values():
        taken = [take for take in made.takes if take.layer == layer.movement]
        assert layer.left == layer.units - sum(take.units for take in taken)
        assert [take.first for take in taken] == [
            sum(each.units for each in taken[:place]) for place in range(len(taken))
        ]


@BOTH
@given(acts=ACTS)
@FEW
def test_a_consumption_costs_what_was_written_and_its_corrections(
    method: str, acts: list[Act]
) -> None:
    made = lived(method, acts)
    for posting in made.postings.values():
        if posting.incoming:
            continue
        taken = [take for take in made.takes if take.movement == posting.movement]
        written = sum(take.value or 0 for take in taken)
        corrected = sum(
            each.amount for each in made.corrections if each.take.movement == posting.movement
        )
        assert posting.cost == written + corrected


@given(acts=ACTS)
@FEW
def test_first_in_first_out_holds_its_value_in_layers(acts: list[Act]) -> None:
    made = lived(FIFO, acts)
    assert made.pool == sum(each.held for each in made.layers.values())


@BOTH
@given(acts=ACTS)
@FEW
def test_what_is_left_of_nothing_is_worth_nothing(method: str, acts: list[Act]) -> None:
    made = lived(method, [*acts, Act("go", 10_000)])
    assert (made.known, made.pool) == (0, 0)


def _line() -> Line:
    return Line()
