"""What a bin may hold."""

from hypothesis import given
from hypothesis import strategies as st

from inventory.bins.rules import Goods, Limits, Room, room

MUG = Goods(sku_id=1, lot_id=None, quantity=1, weight_g=400, volume_mm3=1_000_000)
PEN = Goods(sku_id=2, lot_id=None, quantity=10, weight_g=10, volume_mm3=20_000)


def test_a_bin_without_limits_takes_any_number() -> None:
    assert room(Limits(), [PEN], MUG) == Room(None)


def test_a_bin_takes_what_it_still_carries() -> None:
    assert room(Limits(max_weight_g=1000), [PEN], MUG) == Room(2, "it carries no more weight")


def test_a_bin_takes_what_still_fits_into_it() -> None:
    assert room(Limits(max_volume_ml=2100), [PEN], MUG) == Room(1, "there is no more space in it")


def test_the_tighter_limit_counts() -> None:
    assert room(Limits(max_weight_g=1000, max_volume_ml=5000), [PEN], MUG).units == 2
    assert room(Limits(max_weight_g=9000, max_volume_ml=3300), [PEN], MUG).units == 3


def test_what_nobody_has_measured_fits() -> None:
    assert room(Limits(max_weight_g=1, max_volume_ml=1), [], Goods(3, None, 1)) == Room(None)


def test_a_bin_for_one_sku_takes_only_more_of_it() -> None:
    assert room(Limits(one_sku=True), [PEN], MUG).units == 0
    assert room(Limits(one_sku=True), [MUG], MUG).units is None
    assert room(Limits(one_sku=True), [], MUG).units is None


def test_a_bin_for_one_lot_takes_another_lot_only_of_another_sku() -> None:
    first, second = Goods(1, 7, 1), Goods(1, 8, 1)

    assert room(Limits(one_lot=True), [first], second).units == 0
    assert room(Limits(one_lot=True), [first], first).units is None
    assert room(Limits(one_lot=True), [Goods(2, 7, 1)], second).units is None


goods = st.builds(
    Goods,
    st.integers(1, 3),
    st.none() | st.integers(1, 2),
    st.integers(1, 20),
    st.integers(0, 900),
    st.integers(0, 3_000_000),
)


@given(
    st.builds(
        Limits,
        st.none() | st.integers(0, 20_000),
        st.none() | st.integers(0, 50_000),
        st.booleans(),
        st.booleans(),
    ),
    st.lists(goods, max_size=4),
    goods,
)
def test_what_there_is_room_for_breaks_no_limit_and_one_more_does(
    limits: Limits, there: list[Goods], coming: Goods
) -> None:
    units = room(limits, there, coming).units
    if not units:
        return

    def weighs(more: int) -> int:
        return sum(g.weight_g * g.quantity for g in there) + coming.weight_g * more

    def fills(more: int) -> int:
        return sum(g.volume_mm3 * g.quantity for g in there) + coming.volume_mm3 * more

    heavy = limits.max_weight_g is not None and coming.weight_g
    bulky = limits.max_volume_ml is not None and coming.volume_mm3
    assert not heavy or weighs(units) <= (limits.max_weight_g or 0)
    assert not bulky or fills(units) <= (limits.max_volume_ml or 0) * 1000
    assert (heavy and weighs(units + 1) > (limits.max_weight_g or 0)) or (
        bulky and fills(units + 1) > (limits.max_volume_ml or 0) * 1000
    )
