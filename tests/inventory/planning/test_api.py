"""Planning over HTTP."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from inventory.planning.models import Proposal
from inventory.purchasing.models import PurchaseOrder
from tests.inventory.factories import LevelFactory
from tests.inventory.planning.plans import forecast, plan
from tests.inventory.purchasing.orders import sells, supplier
from tests.orders.factories import api_key

pytestmark = pytest.mark.django_db

PROPOSALS = "/api/v1/planning/proposals"
FORECASTS = "/api/v1/planning/forecasts"


@pytest.fixture
def proposal() -> Proposal:
    level = LevelFactory.create(on_hand=1, sku__code="MUG", location__code="ber")
    sells(supplier(code="acme", email=""), level.sku)
    plan(level)
    return Proposal.objects.get()


def post(path: str, body: Any, *, key: str, intention: str = "first") -> HttpResponse:
    answer: HttpResponse = Client().post(
        path,
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": intention},
    )
    return answer


def get(path: str, *, key: str, **query: Any) -> Any:
    answer = Client().get(path, query, headers={"Authorization": f"Bearer {key}"})
    return answer.status_code, answer.json()


def test_forecasts_are_listed_with_weeks_and_accuracy() -> None:
    level = LevelFactory.create(sku__code="MUG", location__code="ber")
    forecast(level.sku, level.location, 7.0, tested=26, covered=21, units=100, absolute=50)
    forecast(LevelFactory.create().sku, level.location)

    status, body = get(FORECASTS, key=api_key(), sku="MUG")

    assert status == 200
    (found,) = body["results"]
    assert (found["sku"], found["location"], found["per_week"]) == ("MUG", "ber", 7.0)
    assert len(found["weeks"]) == 13
    assert found["weeks"][0]["low"] == 3
    assert found["accuracy"]["coverage"] == pytest.approx(21 / 26, abs=1e-4)
    assert found["accuracy"]["wape"] == 0.5


def test_proposals_are_found_by_state_and_number_with_their_reasons(proposal: Proposal) -> None:
    key = api_key()

    assert get(PROPOSALS, key=key, status="approved")[1]["results"] == []
    (found,) = get(PROPOSALS, key=key, status="open", kind="purchase", supplier="acme")[1][
        "results"
    ]
    assert found == get(f"{PROPOSALS}/{proposal.number}", key=key)[1]
    assert (found["sku"], found["supplier"], found["document"]) == ("MUG", "acme", None)
    assert found["why"][0].startswith("Demand is 7.0 units a week")


def test_approving_makes_a_draft_once(proposal: Proposal) -> None:
    key = api_key()
    body = {"proposals": [proposal.number]}

    first = post(f"{PROPOSALS}/approve", body, key=key)
    again = post(f"{PROPOSALS}/approve", body, key=key)
    other = post(f"{PROPOSALS}/approve", body, key=key, intention="second")

    assert (first.status_code, again.content) == (200, first.content)
    (found,) = first.json()["results"]
    assert (found["status"], found["document"]) == ("approved", PurchaseOrder.objects.get().number)
    assert (other.status_code, other.json()["code"]) == (409, "proposal_not_decidable")


def test_rejecting_says_why(proposal: Proposal) -> None:
    key = api_key()
    bad = post(f"{PROPOSALS}/reject", {"proposals": [proposal.number]}, key=key)
    assert bad.status_code == 422

    body = {"proposals": [proposal.number], "reason": "End of the range", "quiet_days": 30}
    done = post(f"{PROPOSALS}/reject", body, key=key, intention="second")

    (found,) = done.json()["results"]
    assert (found["status"], found["reason"]) == ("rejected", "End of the range")
    assert found["quiet_until"] is not None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"proposals": []},
        {"proposals": ["x"] * 501},
        {"proposals": [1]},
        {"proposals": ["RP-X"], "more": 1},
        {"proposals": "RP-X"},
        [],
    ],
)
def test_bad_bodies_are_refused(body: Any) -> None:
    assert post(f"{PROPOSALS}/approve", body, key=api_key()).status_code == 422


def test_proposals_beyond_reach_or_made_up_do_not_exist(proposal: Proposal) -> None:
    bound = api_key(location_codes=["elsewhere"])
    for key, number in ((bound, proposal.number), (api_key(), "RP-22222-22222")):
        body = {"proposals": [number]}
        assert get(f"{PROPOSALS}/{number}", key=key)[0] == 404
        assert post(f"{PROPOSALS}/approve", body, key=key).status_code == 404
    assert get(PROPOSALS, key=bound)[1]["results"] == []
    assert get(FORECASTS, key=bound)[1]["results"] == []
