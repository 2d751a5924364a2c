"""Availability over HTTP."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.orders.factories import api_key

pytestmark = pytest.mark.django_db


def ask(query: Any, **client: Any) -> HttpResponse:
    """Ask for availability."""
    headers = {"Authorization": f"Bearer {api_key(**client)}"}
    answer: HttpResponse = Client().get("/api/v1/availability", query, headers=headers)
    return answer


@pytest.fixture(autouse=True)
def _stock() -> None:
    """Put TEA into two warehouses and a closed store, and MUG nowhere."""
    tea = SkuFactory(code="TEA")
    SkuFactory(code="MUG")
    LevelFactory(sku=tea, location__code="berlin", location__priority=1, on_hand=10, safety_stock=3)
    LevelFactory(sku=tea, location__code="paris", location__priority=2, on_hand=4, damaged=1)
    LevelFactory(sku=tea, location=LocationFactory(closed_to_orders=True, code="attic"), on_hand=9)


# What is told of a SKU that nobody asked for in packs.
SINGLE = {"unit": "", "units_per_pack": None, "packs_to_sell": None}


def test_what_can_be_sold_is_told_in_all_and_by_location() -> None:
    answer = ask({"sku": ["MUG", "TEA", "nope", "TEA"]})

    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {"sku": "MUG", "is_kit": False, **SINGLE, "available_to_sell": 0, "locations": []},
            {
                "sku": "TEA",
                "is_kit": False,
                **SINGLE,
                "available_to_sell": 10,
                "locations": [
                    {
                        "location": "berlin",
                        "on_hand": 10,
                        "committed": 0,
                        "available": 10,
                        "available_to_sell": 7,
                    },
                    {
                        "location": "paris",
                        "on_hand": 4,
                        "committed": 0,
                        "available": 3,
                        "available_to_sell": 3,
                    },
                ],
            },
        ],
        "unknown": ["nope"],
    }


def test_a_client_sees_its_own_locations_only() -> None:
    (tea,) = ask({"sku": "TEA"}, location_codes=["paris"]).json()["results"]

    assert [place["location"] for place in tea["locations"]] == ["paris"]
    assert tea["available_to_sell"] == 3


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({}, ("/sku", "required")),
        ({"sku": [f"S{n}" for n in range(201)]}, ("/sku", "too_many")),
        ({"sku": "TEA", "sku__startswith": "T"}, ("/sku__startswith", "unknown_filter")),
        ({"sku": ["TEA", "x" * 65]}, ("/sku/1", "unknown_sku")),
        ({"sku": ["\0"]}, ("/sku/0", "unknown_sku")),
        ({"sku": [""]}, ("/sku/0", "unknown_sku")),
    ],
)
def test_a_bad_question_is_refused(query: Any, problem: tuple[str, str]) -> None:
    answer = ask(query)

    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [problem]


def test_availability_needs_its_scope() -> None:
    assert ask({"sku": "TEA"}, scopes=["orders:read"]).status_code == 403
    assert Client().get("/api/v1/availability", {"sku": "TEA"}).status_code == 401


def test_many_skus_cost_no_more_statements_than_one(django_assert_num_queries: Any) -> None:
    for n in range(20):
        LevelFactory(sku__code=f"S{n}")
    headers = {"Authorization": f"Bearer {api_key()}"}
    http = Client()
    http.get("/api/v1/availability", {"sku": "TEA"}, headers=headers)

    for skus in (["TEA"], [f"S{n}" for n in range(20)]):
        with django_assert_num_queries(3):
            http.get("/api/v1/availability", {"sku": skus}, headers=headers)
