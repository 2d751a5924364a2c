"""What staff, customers and machines see where there is nothing for them."""

import pytest
from django.test import Client

from oms.accounts import roles
from tests.accounts.factories import signed_in
from tests.fulfillment.factories import open_work
from tests.inventory.factories import LocationFactory

pytestmark = pytest.mark.django_db


def test_staff_without_the_right_get_a_page_of_the_console() -> None:
    answer = signed_in(roles.WAREHOUSE).get("/admin/orders/order/")

    assert answer.status_code == 403
    assert b"This is not for your role" in answer.content
    assert b"To the overview" in answer.content


@pytest.mark.parametrize("address", ["/admin/nothing/here/", "/admin/orders/order/999/change/"])
def test_staff_at_an_address_of_nothing_get_a_page_of_the_console(address: str) -> None:
    answer = signed_in(roles.MANAGER).get(address)

    assert answer.status_code == 404
    assert b"There is no such page" in answer.content
    assert b"To the overview" in answer.content


def test_work_of_another_location_looks_like_none() -> None:
    work = open_work()
    client = signed_in(roles.WAREHOUSE, at=[LocationFactory.create()])

    theirs = client.get(f"/admin/warehouse/pick/{work.pk}/")
    none = client.get("/admin/warehouse/pick/999999/")

    assert (theirs.status_code, none.status_code) == (404, 404)
    assert b"There is no such page" in theirs.content


def test_others_see_nothing_of_the_console() -> None:
    elsewhere = Client().get("/nothing/here/")
    signed_out = Client().get("/admin/nothing/here/")
    machine = signed_in(roles.MANAGER).get("/api/v1/nothing")

    assert elsewhere.status_code == 404
    assert b"overview" not in elsewhere.content
    assert signed_out.status_code == 302
    assert (machine.status_code, machine.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "address",
    [
        "/admin/orders/offer/?q=%00",
        "/admin/search/?s=%00&extended=1",
        "/admin/autocomplete/?app_label=orders&model_name=price&field_name=sku&term=a%00",
        "/status/?language=%00",
    ],
)
def test_an_address_with_a_zero_byte_is_a_bad_one(address: str) -> None:
    assert signed_in(roles.MANAGER).get(address).status_code == 400


@pytest.mark.parametrize("page", ["x", "0", "99", "9" * 5000])
def test_a_page_of_hits_that_is_not_there_is_not_found(page: str) -> None:
    answer = signed_in(roles.MANAGER).get("/admin/search/", {"s": "order", "page": page})

    assert answer.status_code == 404
