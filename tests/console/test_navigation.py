"""The menu and the search."""

from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import reverse

from oms.accounts import roles
from oms.accounts.models import User
from oms.console import navigation
from tests.accounts.factories import signed_in, staff
from tests.fulfillment.factories import open_work, shipped_shipment
from tests.inventory.factories import LocationFactory

pytestmark = pytest.mark.django_db


def menu_of(user: User, path: str = "/admin/") -> list[dict[str, Any]]:
    request = RequestFactory().get(path)
    request.user = user
    return navigation.menu(request)


def titles(user: User) -> dict[str, list[str]]:
    return {group["title"]: [item["title"] for item in group["items"]] for group in menu_of(user)}


def test_the_warehouse_sees_its_work_and_neither_orders_nor_set_up() -> None:
    shown = titles(staff(roles.WAREHOUSE))

    assert shown["Warehouse"] == ["Work here", "All work", "Parcels"]
    assert shown["Orders"] == ["Returns"]
    assert "Receive" in shown["Stock"]
    assert "Customers" not in shown
    assert "System" not in shown


def test_every_link_of_the_manager_leads_to_a_page() -> None:
    user = staff(roles.MANAGER)
    client = signed_in(roles.MANAGER)

    for group in menu_of(user):
        for item in group["items"]:
            assert client.get(item["link"]).status_code == 200, item["title"]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/admin/", "Overview"),
        ("/admin/orders/order/", "Orders"),
        ("/admin/orders/order/add/", "New order"),
        ("/admin/orders/order/7/change/", "Orders"),
        ("/admin/orders/hold/", "Holds"),
    ],
)
def test_the_link_of_the_page_is_marked_and_no_other(path: str, title: str) -> None:
    marked = [
        item["title"]
        for group in menu_of(staff(roles.MANAGER), path)
        for item in group["items"]
        if item["active"]
    ]

    assert marked == [title]


def test_the_search_finds_what_the_person_may_see() -> None:
    parcel = shipped_shipment()
    number = parcel.fulfillment_order.order.number
    search = f"/admin/search/?extended=1&s={number}"

    def found(role: str, **where: Any) -> set[str]:
        results = signed_in(role, **where).get(search).context["results"]
        return {result.description for result in results}

    assert found(roles.SERVICE) == {"order", "fulfillment order", "shipment"}
    here = [parcel.fulfillment_order.location]
    assert found(roles.WAREHOUSE, at=here) == {"fulfillment order", "shipment"}
    assert found(roles.WAREHOUSE, at=[LocationFactory.create()]) == set()


def test_the_search_shows_a_few_hits_of_each_kind() -> None:
    for _ in range(navigation.HITS + 3):
        open_work()

    results = signed_in(roles.MANAGER).get("/admin/search/?extended=1&s=web-").context["results"]

    orders = [hit for hit in results if hit.description == "order"]
    assert len(orders) == navigation.HITS
    assert all(str(hit.link).startswith("/admin/orders/order/") for hit in orders)


def test_the_start_page_is_where_everyone_lands() -> None:
    for role in roles.ROLES:
        assert signed_in(role).get(reverse("admin:index")).status_code == 200
