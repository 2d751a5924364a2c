"""Returns in the console."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inventory.stock.models import Level
from oms.accounts import roles
from orders.payments.models import Transaction
from returns.authorizations.models import Return
from returns.receiving.models import Receipt
from tests.accounts.factories import signed_in
from tests.inventory.factories import LocationFactory
from tests.returns.factories import open_return, receive_return, shipped_order

pytestmark = pytest.mark.django_db


def press(client: Client, found: Return, name: str, **data: Any) -> Any:
    found.refresh_from_db()
    page = reverse("admin:returns_return_press", args=(found.pk, name))
    hidden = dict(
        re.findall(r'name="(press_\w+)" value="([^"]*)"', client.get(page).content.decode())
    )
    return client.post(page, {**hidden, **data})


def line_of(found: Return) -> int:
    return found.lines.all()[0].order_line_id


def test_returned_goods_are_graded_and_go_where_the_grade_says() -> None:
    found = open_return(shipped_order(3), 3)
    place = LocationFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[place])
    line = line_of(found)

    press(
        client,
        found,
        "receive",
        location=place.pk,
        **{f"restock_{line}": "2", f"damaged_{line}": "1"},
    )

    level = Level.objects.get(location=place)
    assert (level.on_hand, level.damaged, level.available) == (3, 1, 2)
    found.refresh_from_db()
    assert found.status == "received"


def test_receiving_twice_by_one_form_restocks_once() -> None:
    found = open_return(shipped_order(3), 3)
    place = LocationFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[place])
    data = {
        "press_key": "0d" * 16,
        "press_version": str(found.version),
        "location": place.pk,
        f"restock_{line_of(found)}": "2",
    }

    for _ in range(2):
        client.post(reverse("admin:returns_return_press", args=(found.pk, "receive")), data)

    assert Level.objects.get(location=place).on_hand == 2


def test_another_location_cannot_receive_by_a_crafted_form() -> None:
    found = open_return(shipped_order(3), 3)
    own, other = LocationFactory.create(), LocationFactory.create()

    answer = press(
        signed_in(roles.WAREHOUSE, at=[own]),
        found,
        "receive",
        location=other.pk,
        **{f"restock_{line_of(found)}": "1"},
    )

    assert answer.status_code == 422
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("units", [{}, {"restock": "0"}, {"restock": "4"}, {"restock": "-1"}])
def test_a_receipt_of_a_senseless_number_is_refused(units: dict[str, str]) -> None:
    found = open_return(shipped_order(3), 3)
    place = LocationFactory.create()
    data = {f"{grade}_{line_of(found)}": count for grade, count in units.items()}

    answer = press(
        signed_in(roles.WAREHOUSE, at=[place]), found, "receive", location=place.pk, **data
    )

    assert answer.status_code == 422
    assert not Receipt.objects.exists()


def test_more_than_is_expected_in_both_grades_together_is_refused() -> None:
    found = open_return(shipped_order(3), 3)
    place = LocationFactory.create()
    line = line_of(found)

    answer = press(
        signed_in(roles.WAREHOUSE, at=[place]),
        found,
        "receive",
        location=place.pk,
        **{f"restock_{line}": "2", f"damaged_{line}": "2"},
    )

    assert answer.status_code == 409
    assert not Receipt.objects.exists()


def test_settling_is_previewed_and_gives_back_what_the_goods_were_worth() -> None:
    found = open_return(shipped_order(3), 2)
    receive_return(found, restock=2)
    client = signed_in(roles.SERVICE)
    page = reverse("admin:returns_return_press", args=(found.pk, "settle"))

    preview = client.get(page).context["preview"]
    answer = press(client, found, "settle")

    refund = Transaction.objects.get(kind="refund")
    assert answer.status_code == 302
    assert refund.amount == preview.refund
    assert str(preview.credited) == "23.80"


def test_a_requested_return_is_approved_or_declined() -> None:
    one = open_return(shipped_order(2), 1, approved=False)
    two = open_return(shipped_order(2), 1, approved=False)
    client = signed_in(roles.SERVICE)

    press(client, one, "approve")
    press(client, two, "decline", reason="worn")

    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.status, two.status) == ("approved", "declined")


def test_the_warehouse_sees_what_is_expected_and_decides_nothing() -> None:
    asked = open_return(shipped_order(2), 1, approved=False)
    coming = open_return(shipped_order(2), 1)
    client = signed_in(roles.WAREHOUSE, at=[LocationFactory.create()])

    rows = client.get("/admin/returns/return/", {"tab": "all"}).context["cl"].result_list

    assert [row.pk for row in rows] == [coming.pk]
    page = reverse("admin:returns_return_press", args=(asked.pk, "approve"))
    assert client.post(page).status_code == 404
    page = reverse("admin:returns_return_press", args=(coming.pk, "cancel"))
    assert client.post(page, {"reason": "x"}).status_code == 403
    text = client.get(reverse("admin:returns_return_change", args=(coming.pk,))).content.decode()
    assert "ada@example.com" not in text
