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
