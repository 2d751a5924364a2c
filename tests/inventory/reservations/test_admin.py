"""Reservations in the console."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.reservations.models import Reservation
from inventory.stock.models import Level
from oms.accounts import roles
from oms.core import clock
from tests.accounts.factories import signed_in
from tests.inventory.factories import LevelFactory
from tests.inventory.reservations.test_holding import hold

pytestmark = pytest.mark.django_db

LIST = "/admin/inventory/reservation/"


def press(client: Client, row: models.Model, name: str, **data: Any) -> Any:
    page = reverse(f"admin:inventory_{row._meta.model_name}_press", args=(row.pk, name))
    key = re.search(r'name="press_key" value="(\w+)"', client.get(page).content.decode())
    assert key
    return client.post(page, {"press_key": key[1], **data})


def local(minutes: int) -> str:
    """Return an instant as a browser sends it."""
    return (clock.now() + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")


def page_of(client: Client, row: models.Model) -> str:
    """Return the page of a row."""
    address = reverse(f"admin:inventory_{row._meta.model_name}_change", args=(row.pk,))
    return str(client.get(address).content.decode())


def listed(client: Client, tab: str) -> str:
    """Return a tab of the list."""
    return str(client.get(LIST, {"tab": tab}).content.decode())


def test_units_are_reserved_for_a_person_from_the_page_of_their_level() -> None:
    level = LevelFactory.create(on_hand=5)
    client = signed_in(roles.SERVICE)

    press(
        client,
        level,
        "reserve",
        quantity="2",
        person="Mary",
        reason="photo shooting",
        expires_at=local(60),
    )

    found = Reservation.objects.get()
    assert (found.purpose, found.owner, found.note) == ("person", "Mary", "photo shooting")
    assert found.placed_by.startswith("staff:")
    level.refresh_from_db()
    assert level.reserved == 2
    page = page_of(client, level)
    assert "Who holds what" in page
    assert "person Mary" in page
    assert "photo shooting" in page


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"quantity": "6"}, 409),
        ({"quantity": "0"}, 422),
        ({"reason": " "}, 422),
        ({"person": ""}, 422),
        ({"expires_at": "2020-01-01T10:00"}, 422),
    ],
)
def test_what_cannot_be_reserved_is_refused_and_holds_nothing(
    wrong: dict[str, str], status: int
) -> None:
    level = LevelFactory.create(on_hand=5)
    data = {"quantity": "2", "person": "Mary", "reason": "photo", "expires_at": local(60), **wrong}

    answer = press(signed_in(), level, "reserve", **data)

    assert answer.status_code == status
    assert not Reservation.objects.exists()
    level.refresh_from_db()
    assert level.reserved == 0


def test_a_form_sent_twice_reserves_once() -> None:
    level = LevelFactory.create(on_hand=5)
    client = signed_in()
    page = reverse("admin:inventory_level_press", args=(level.pk, "reserve"))
    data = {"quantity": "2", "person": "Mary", "reason": "photo", "expires_at": local(60)}

    for _ in range(2):
        client.post(page, {"press_key": "0c" * 16, **data})

    assert Reservation.objects.count() == 1


def test_a_reservation_is_held_longer_and_released_by_hand() -> None:
    level = LevelFactory.create(on_hand=5)
    found = hold((level, 2), minutes=10)
    client = signed_in(roles.SERVICE)

    press(client, found, "extend", expires_at=local(120))
    found.refresh_from_db()
    assert found.expires_at > clock.now() + timedelta(minutes=110)

    press(client, found, "release", reason="changed her mind")
    found.refresh_from_db()
    level.refresh_from_db()
    assert (found.status, level.reserved) == ("released", 0)
    page = page_of(client, found)
    assert "It holds nothing any more." in page
    assert "reserved → available" in page
    assert press_status(client, found, "extend") == 409


def press_status(client: Client, row: models.Model, name: str) -> int:
    """Return the status of the page of a button."""
    address = reverse(f"admin:inventory_{row._meta.model_name}_press", args=(row.pk, name))
    return client.get(address).status_code


def test_what_has_expired_is_shown_as_such_before_the_sweeper_ran() -> None:
    level = LevelFactory.create(on_hand=5)
    with time_machine.travel(clock.now() - timedelta(hours=1), tick=True):
        found = hold((level, 2), minutes=10)
    client = signed_in()

    assert "cart 7" in listed(client, "expired")
    assert "cart 7" not in listed(client, "active")
    assert "expired" in page_of(client, level)
    assert press_status(client, found, "extend") == 409
    assert press_status(client, found, "release") == 200


def test_who_works_at_a_location_sees_what_is_held_there() -> None:
    here, elsewhere = LevelFactory.create(), LevelFactory.create()
    mine, others = hold((here, 1)), hold((elsewhere, 1))
    client = signed_in(roles.WAREHOUSE, at=[here.location])

    assert client.get(f"{LIST}{mine.pk}/change/").status_code == 200
    assert client.get(f"{LIST}{others.pk}/change/").status_code == 404
    assert client.get(f"{LIST}{mine.pk}/do/release/").status_code == 403


def test_a_long_list_costs_no_more_statements_than_a_short_one() -> None:
    client = signed_in()
    level: Level = LevelFactory.create(on_hand=50)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            listed(client, "active")
        return len(seen)

    hold((level, 1))
    cost()
    few = cost()
    for _ in range(20):
        hold((level, 1))
    assert cost() == few
