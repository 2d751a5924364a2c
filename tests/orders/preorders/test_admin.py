"""How far a pre-order is, and what the console shows of it."""

from datetime import timedelta

import pytest
from django.db.models import F

from oms.core import clock
from orders.ordering import services as ordering
from orders.ordering.models import OrderLine
from orders.preorders import queries
from orders.preorders.filters import PreorderFilters
from orders.preorders.models import Preorder, PreorderLimit
from orders.preorders.states import PreorderState
from tests.accounts.factories import signed_in
from tests.orders.factories import CLERK, ChannelFactory, lines_of, place_order, stocked_sku

TODAY = clock.today()


def days(starts: int, ends: int, released: int) -> dict[str, object]:
    return {
        name: TODAY + timedelta(days=count)
        for name, count in (("starts_on", starts), ("ends_on", ends), ("released_on", released))
    }


@pytest.mark.parametrize(
    ("period", "units", "expected"),
    [
        ((1, 2, 3), 5, PreorderState.SCHEDULED),
        ((0, 0, 3), 5, PreorderState.OPEN),
        ((0, 0, 3), 4, PreorderState.SOLD_OUT),
        ((0, 0, 3), 3, PreorderState.SOLD_OUT),
        ((0, 0, 3), None, PreorderState.OPEN),
        ((-2, -1, 1), 4, PreorderState.CLOSED),
        ((-2, -1, 0), 4, PreorderState.RELEASED),
    ],
)
def test_where_a_preorder_stands_of_which_four_are_sold(
    period: tuple[int, int, int], units: int | None, expected: PreorderState
) -> None:
    preorder = Preorder(units=units, **days(*period))

    assert queries.state(preorder, sold=4, today=TODAY) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("period", "units"),
    [
        ((1, 2, 3), 0),
        ((0, 0, 3), 1),
        ((0, 0, 3), 0),
        ((0, 0, 3), None),
        ((-2, -1, 1), 0),
        ((-2, -1, 0), 0),
    ],
)
def test_the_filter_finds_a_preorder_where_it_stands_and_nowhere_else(
    period: tuple[int, int, int], units: int | None
) -> None:
    preorder = Preorder.objects.create(sku=stocked_sku(0), units=units, **days(*period))
    rows = Preorder.objects.with_presold()

    found = [each for each in PreorderState if PreorderFilters({"state": each}, rows).qs.exists()]

    assert found == [queries.state(preorder, sold=0, today=TODAY)]


@pytest.mark.django_db
def test_the_console_counts_what_is_sold_in_all_and_by_channel_without_what_was_cancelled() -> None:
    sku = stocked_sku(0)
    preorder = Preorder.objects.create(sku=sku, units=4, **days(0, 5, 9))
    shop, market = ChannelFactory.create(), ChannelFactory.create()
    PreorderLimit.objects.create(preorder=preorder, channel=market, units=2)
    orders = [place_order([(sku, units)], channel=each) for units, each in ((3, shop), (2, market))]
    OrderLine.objects.filter(sku=sku).update(preorder=preorder, preordered=F("ordered"))
    (line,) = lines_of(orders[0])
    client = signed_in()
    listed, page = "/admin/orders/preorder/", f"/admin/orders/preorder/{preorder.pk}/change/"
    assert "sold out</span>" in client.get(listed).content.decode()

    ordering.cancel(order_id=orders[0].pk, units={line.pk: 2}, reason="x", actor=CLERK)

    assert "open</span>" in client.get(listed).content.decode()
    words = client.get(page).content.decode()
    assert "open</span>" in words
    assert "2, sold out" in words
    assert client.get("/admin/orders/preorder/add/").status_code == 200
