"""Lists paged by key."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from oms.accounts import roles
from oms.core import clock
from oms.core.admin.paging import KeysetChangeList
from orders.ordering.models import Order
from tests.accounts.factories import signed_in
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.orders.factories import ChannelFactory, place_order, stocked_sku

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/order/"


@pytest.fixture
def pages_of_four(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show four rows a page."""
    before = KeysetChangeList.get_results

    def few(self: Any, request: Any) -> None:
        self.list_per_page = 4
        before(self, request)

    monkeypatch.setattr(KeysetChangeList, "get_results", few)


@pytest.fixture
def orders() -> list[Order]:
    """Place ten orders; some at the very same instant."""
    sku, channel, now = stocked_sku(100), ChannelFactory.create(), clock.now()
    return [
        place_order([(sku, 1)], channel=channel, placed_at=now - timedelta(hours=index // 3))
        for index in range(10)
    ]


def walk(client: Client, address: str, way: str) -> list[list[int]]:
    """Follow `older_url` or `newer_url` to the end; return the keys of each page."""
    seen = []
    while address:
        changes = client.get(address).context["cl"]
        seen.append([row.pk for row in changes.result_list])
        step = getattr(changes, way)
        address = f"{LIST}{step}" if step else ""
    return seen


@pytest.mark.usefixtures("pages_of_four")
def test_going_down_shows_every_row_once_in_order(orders: list[Order]) -> None:
    client = signed_in(roles.SERVICE)

    pages = walk(client, f"{LIST}?tab=all", "older_url")

    assert [len(page) for page in pages] == [4, 4, 2]
    expected = sorted(orders, key=lambda o: (o.placed_at, o.pk), reverse=True)
    assert [pk for page in pages for pk in page] == [order.pk for order in expected]


@pytest.mark.usefixtures("pages_of_four")
def test_going_back_up_ends_at_a_whole_first_page(orders: list[Order]) -> None:
    client = signed_in(roles.SERVICE)
    address, last = f"{LIST}?tab=all", ""
    while address:
        last = address
        step = client.get(address).context["cl"].older_url
        address = f"{LIST}{step}" if step else ""

    pages = walk(client, last, "newer_url")

    assert [len(page) for page in pages] == [2, 4, 4]
    assert pages[-1] == walk(client, f"{LIST}?tab=all", "older_url")[0]


@pytest.mark.usefixtures("pages_of_four")
def test_rows_that_come_meanwhile_neither_repeat_nor_hide_any(orders: list[Order]) -> None:
    client = signed_in(roles.SERVICE)
    first = client.get(f"{LIST}?tab=all").context["cl"]
    place_order([(stocked_sku(5), 1)], channel=orders[0].channel)

    second = client.get(LIST + first.older_url).context["cl"]

    seen = [row.pk for row in (*first.result_list, *second.result_list)]
    expected = sorted(orders, key=lambda o: (o.placed_at, o.pk), reverse=True)
    assert seen == [order.pk for order in expected[:8]]


@pytest.mark.usefixtures("pages_of_four")
def test_links_keep_search_filter_and_tab_and_drop_the_place(orders: list[Order]) -> None:
    client = signed_in(roles.SERVICE)
    channel = orders[0].channel_id

    changes = client.get(LIST, {"q": "ada", "tab": "open", "channel__id__exact": channel}).context[
        "cl"
    ]

    for part in ("q=ada", "tab=open", f"channel__id__exact={channel}", "after="):
        assert part in changes.older_url
    deeper = client.get(LIST + changes.older_url).context["cl"]
    assert "after=" not in deeper.get_query_string({"channel__id__exact": 1})


@pytest.mark.parametrize(
    "place", ["x", "WyJhIl0", "W10", "%00", "eyJhIjoxfQ", "bnVsbA", "W1tdLFtdXQ"]
)
def test_a_forged_place_is_refused_like_any_wrong_filter(place: str, orders: list[Order]) -> None:
    client = signed_in(roles.SERVICE)

    for name in ("after", "before"):
        answer = client.get(LIST, {name: place})
        assert answer.status_code == 302
        assert answer["Location"] == f"{LIST}?e=1"


def test_lists_in_the_order_of_related_columns_page_as_well(
    monkeypatch: pytest.MonkeyPatch, pages_of_four: None
) -> None:
    client = signed_in(roles.MANAGER)
    places = [LocationFactory.create(code=f"p{n}") for n in range(2)]
    for n in range(5):
        sku = SkuFactory.create(code=f"S-{n}")
        for place in places:
            LevelFactory.create(sku=sku, location=place)
    address, seen = "/admin/inventory/level/", []
    while address:
        changes = client.get(address).context["cl"]
        seen += [(row.sku.code, row.location.code) for row in changes.result_list]
        address = f"/admin/inventory/level/{changes.older_url}" if changes.older_url else ""

    assert seen == [(f"S-{n}", f"p{m}") for n in range(5) for m in range(2)]


@pytest.mark.parametrize("way", ["after", "before"])
@pytest.mark.parametrize("values", [[None, None], ["\x00", "1"], ["\ud800", "1"], ["a"], [{}, []]])
def test_a_place_of_no_value_is_refused_like_any_wrong_filter(way: str, values: list[Any]) -> None:
    place = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    answer = signed_in(roles.MANAGER).get("/admin/accounts/user/", {way: place})

    assert answer["Location"] == "/admin/accounts/user/?e=1"
