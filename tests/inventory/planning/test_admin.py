"""Planning in the console."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from inventory.planning.models import Policy, Proposal
from inventory.purchasing.models import PurchaseOrder
from oms.accounts import roles
from oms.core.jobs.models import Job
from tests.accounts.factories import signed_in
from tests.inventory.factories import LevelFactory, LocationFactory
from tests.inventory.planning.plans import forecast, policy, proposals, propose, wanted
from tests.inventory.purchasing.orders import sells, supplier

pytestmark = pytest.mark.django_db

LIST = "/admin/inventory/proposal/"


@pytest.fixture
def rows() -> list[Proposal]:
    """Give two open proposals to buy from one supplier."""
    place, seller = LocationFactory.create(), supplier(email="")
    policy()
    for _ in range(2):
        level = LevelFactory.create(on_hand=0, location=place)
        forecast(level.sku, place)
        sells(seller, level.sku)
    propose()
    return proposals()


def choose(client: Client, act: str, rows: list[Proposal]) -> HttpResponse:
    return client.post(
        LIST, {"action": f"{act}_chosen", "_selected_action": [each.pk for each in rows]}
    )


def decide(client: Client, act: str, rows: list[Proposal], **more: object) -> HttpResponse:
    return client.post(
        reverse("admin:proposals_decide"),
        {
            "act": act,
            "press_key": uuid.uuid4().hex,
            "proposal": [f"{each.pk}:{each.version}" for each in rows],
            **more,
        },
    )


def test_chosen_proposals_are_looked_at_and_approved_into_one_draft(rows: list[Proposal]) -> None:
    client = signed_in()

    shown = choose(client, "approve", rows)
    assert shown.status_code == 200
    assert all(each.sku.code in shown.content.decode() for each in rows)
    assert not PurchaseOrder.objects.exists()

    done = decide(client, "approve", rows)

    assert (done.status_code, done["Location"]) == (302, LIST)
    assert PurchaseOrder.objects.get().lines.count() == 2


def test_the_same_form_sent_twice_approves_once(rows: list[Proposal]) -> None:
    client = signed_in()
    key = uuid.uuid4().hex

    for _ in range(2):
        assert decide(client, "approve", rows, press_key=key).status_code == 302

    assert PurchaseOrder.objects.count() == 1


def test_what_has_changed_since_it_was_shown_is_not_approved(rows: list[Proposal]) -> None:
    Proposal.objects.filter(pk=rows[0].pk).update(version=7)

    answer = decide(signed_in(), "approve", rows)

    assert answer.status_code == 412
    assert not PurchaseOrder.objects.exists()


def test_chosen_proposals_are_rejected_with_a_reason(rows: list[Proposal]) -> None:
    client = signed_in()
    assert choose(client, "reject", rows).status_code == 200
    assert decide(client, "reject", rows, reason="", quiet_days="5").status_code == 422

    answer = decide(client, "reject", rows, reason="Too dear", quiet_days="5")

    assert answer.status_code == 302
    assert {each.reason for each in proposals(status="rejected")} == {"Too dear"}


def test_the_reader_is_offered_no_decision(rows: list[Proposal]) -> None:
    client = signed_in(roles.READ_ONLY)

    assert "approve_chosen" not in client.get(LIST).content.decode()
    choose(client, "approve", rows)
    assert decide(client, "approve", rows).status_code == 403
    assert len(proposals()) == 2


def test_one_proposal_is_decided_on_its_page(rows: list[Proposal]) -> None:
    client, each = signed_in(), rows[0]
    page = client.get(f"{LIST}{each.pk}/change/").content.decode()
    assert "Demand is 7.0 units a week" in page

    answer = client.post(
        f"{LIST}{each.pk}/do/approve/",
        {"press_key": uuid.uuid4().hex, "press_version": each.version},
    )

    assert answer.status_code == 302
    assert proposals(status="approved")[0].pk == each.pk


def test_the_list_costs_the_same_however_many_proposals_there_are(
    rows: list[Proposal], statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    client = signed_in()
    counted = []
    for _ in range(2):
        with statements() as seen:
            assert client.get(LIST).status_code == 200
        counted.append(len(seen))
        for _ in range(5):
            level = LevelFactory.create(on_hand=0, location=rows[0].location)
            forecast(level.sku, level.location)
            sells(supplier(email=""), level.sku)
        propose()

    assert counted[0] == counted[1]


def test_two_policies_for_the_same_are_refused_in_words() -> None:
    policy(name="First")
    client = signed_in()

    answer = client.post(
        reverse("admin:inventory_policy_add"),
        {
            "name": "Second",
            "target": "fill_rate",
            "percent": "95",
            "review_days": "1",
            "cover_days": "14",
            "least": "0",
            "transfer_days": "2",
            "is_active": "on",
        },
    )

    assert answer.status_code == 200
    assert "is for the same already" in answer.content.decode()
    assert Policy.objects.count() == 1


def test_jobs_are_started_by_who_may() -> None:
    address = reverse("admin:planning")
    assert signed_in(roles.READ_ONLY).post(address, {"act": "forecast"}).status_code == 403
    assert not Job.objects.exists()

    client = signed_in()
    for act in ("forecast", "forecast", "propose"):
        assert client.post(address, {"act": act}).status_code == 302

    assert sorted(Job.objects.values_list("kind", flat=True)) == [
        "planning.forecast",
        "planning.propose",
    ]


def test_the_page_of_a_forecast_draws_history_and_interval() -> None:
    level = LevelFactory.create(on_hand=5)
    wanted(level.sku, level.location, [3] * 20)
    made = forecast(level.sku, level.location, tried=[["smoothing 0.2", 0.8], ["seasonal", None]])
    policy()

    page = signed_in().get(f"/admin/inventory/forecast/{made.pk}/change/")

    assert page.status_code == 200
    assert "smoothing 0.2" in page.content.decode()
    assert page.context["place"].plan.reorder > 0
    assert len(page.context["chart"].rows) == 20 + 13


def test_a_policy_is_tried_before_it_goes_live() -> None:
    level = LevelFactory.create(on_hand=5)
    forecast(level.sku, level.location, 9.0)
    sells(supplier(email=""), level.sku)
    policy(percent="80.0")
    client = signed_in()
    asked = {"target": "fill_rate", "percent": "99", "cover_days": "14", "review_days": "1"}

    page = client.get(reverse("admin:planning_simulation"), asked)
    again = client.get(reverse("admin:planning_simulation"), asked)

    found = page.context["found"]
    assert found.proposed.fill_rate > found.present.fill_rate
    assert found.proposed.on_hand > found.present.on_hand
    assert found.present.value.keys() == {"EUR"}
    assert again.context["found"] == found
    assert Proposal.objects.count() == 0
    bad = client.get(reverse("admin:planning_simulation"), {**asked, "percent": "300"})
    assert bad.status_code == 422
