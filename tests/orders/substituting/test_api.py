"""Substitutes over HTTP, on the customer's page without scripts, and in the console."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.statuspage import services as statuspage
from oms.accounts import roles
from oms.core.timeline.models import Entry
from orders.ordering.models import Order, OrderLine
from orders.substituting.models import Substitute, Substitution
from tests.accounts.factories import signed_in
from tests.inventory.kits.test_admin import press
from tests.orders.factories import api_key, stocked_sku
from tests.orders.substituting.scene import Scene, lines, settle

pytestmark = pytest.mark.django_db


class Caller:
    """A client of the scene's channel."""

    def __init__(self, scene: Scene) -> None:
        self.key = api_key(scene.channel)
        self.http = Client()
        self.calls = 0

    def post(self, path: str, body: dict[str, Any]) -> Any:
        self.calls += 1
        return self.http.post(
            f"/api/v1/{path}",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}", "Idempotency-Key": f"s-{self.calls}"},
        )

    def get(self, path: str) -> Any:
        return self.http.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {self.key}"})


def asked() -> tuple[Scene, Order, Substitution]:
    scene = Scene("ask", price_rule="own", sand_price="15.00")
    order = scene.buy(3)
    return scene, order, Substitution.objects.get()


def test_an_offer_is_listed_and_answered_over_http() -> None:
    scene, order, offered = asked()
    caller = Caller(scene)

    (listed,) = caller.get(f"orders/{order.number}/substitutions").json()["results"]
    assert (listed["status"], listed["sku"], listed["units"], listed["cost_after"]) == (
        "offered",
        "SAND",
        2,
        "30.00",
    )
    accepted = caller.post(f"substitutions/{offered.uuid}/accept", {})
    assert accepted.json()["status"] == "accepted"
    again = caller.post(f"substitutions/{offered.uuid}/keep", {})
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    old, new = caller.get(f"orders/{order.number}").json()["lines"]
    assert new["substitute_for"] == old["id"]
    assert new["id"] == accepted.json()["new_line_id"]
    assert caller.post(f"substitutions/{order.uuid}/cancel", {}).status_code == 404


def test_units_are_replaced_over_http_with_consent_alone() -> None:
    scene = Scene("never", price_rule="own", sand_price="15.00")
    order = scene.buy(3)
    caller = Caller(scene)
    line = str(OrderLine.objects.get().uuid)
    path = f"orders/{order.number}/substitutions"

    refused = caller.post(path, {"line_id": line, "sku": "SAND"})
    unknown = caller.post(path, {"line_id": line, "sku": "NOPE"})
    asked_for = caller.post(path, {"line_id": line, "sku": "SAND", "ask": True})
    cancelled = caller.post(f"substitutions/{asked_for.json()['id']}/keep", {})
    made = caller.post(path, {"line_id": line, "sku": "SAND", "quantity": 1, "consented": True})

    assert (refused.status_code, refused.json()["code"]) == (409, "consent_needed")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "no_substitute")
    assert (asked_for.status_code, cancelled.json()["status"]) == (201, "kept")
    assert (made.status_code, made.json()["units"], made.json()["consented"]) == (201, 1, True)


@pytest.mark.parametrize(
    ("act", "status", "shown"),
    [
        ("accept", "accepted", [("MOSS", 3, 2, 0), ("SAND", 2, 0, 0)]),
        ("keep", "kept", [("MOSS", 3, 0, 2)]),
        ("cancel", "cancelled", [("MOSS", 3, 2, 0)]),
    ],
)
def test_the_customer_answers_on_the_page_of_the_order(
    act: str, status: str, shown: list[tuple[str, int, int, int]]
) -> None:
    _, order, offered = asked()
    token = statuspage.issue(order_id=order.pk)
    http = Client(enforce_csrf_checks=True)
    page = http.get(f"/status/{token}")
    content = page.content.decode()
    action = re.search(r'<form method="post" action="([^"]+)"', content)
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', content)
    assert action
    assert csrf
    assert page["Referrer-Policy"] == "same-origin"

    answer = http.post(action[1], {"act": act, "csrfmiddlewaretoken": csrf[1]}, follow=True)

    assert "Thank you, we have noted your answer." in answer.content.decode()
    assert "<form" not in answer.content.decode()
    settle()
    offered.refresh_from_db()
    assert (offered.status, lines(order)) == (status, shown)
    assert offered.decided_by == "customer:Ada Lovelace"
    late = http.post(action[1], {"act": act, "csrfmiddlewaretoken": csrf[1]}, follow=True)
    assert "This offer is over." in late.content.decode()


def test_a_link_answers_for_its_own_order_alone() -> None:
    scene, _, offered = asked()
    other = scene.buy(1)
    token = statuspage.issue(order_id=other.pk)
    http = Client()

    for address, act in (
        (f"/status/{token}/answer/{offered.uuid}", "accept"),
        (f"/status/{'x' * 32}/answer/{offered.uuid}", "accept"),
        (f"/status/{statuspage.issue(order_id=offered.order_id)}/answer/{offered.uuid}", "take"),
    ):
        assert http.post(address, {"act": act}).status_code == 404
    offered.refresh_from_db()
    assert offered.status == "offered"


def test_service_replaces_or_asks_on_the_page_of_the_order() -> None:
    scene = Scene("never")
    order = scene.buy(3)
    line = OrderLine.objects.get()
    client = signed_in(roles.SERVICE)
    choice = f"{line.pk}:{scene.sand.pk}"

    bad = press(client, "orders_order", order.pk, "substitute", choice=choice, how="now")
    assert "How many?" in bad.content.decode()
    press(client, "orders_order", order.pk, "substitute", choice=choice, how="now", units="1")
    press(client, "orders_order", order.pk, "substitute", choice=choice, how="ask")

    assert lines(order) == [("MOSS", 3, 1, 1), ("SAND", 1, 0, 0)]
    assert [each.status for each in Substitution.objects.order_by("pk")] == ["accepted", "offered"]
    page = client.get(reverse("admin:orders_order_change", args=(order.pk,))).content.decode()
    assert "sent instead of line 1" in page


def test_substitutes_are_named_over_http_and_replaced_as_a_list() -> None:
    scene = Scene("never")
    third = stocked_sku(3, code="CLAY")
    caller = Caller(scene)

    named = caller.post(
        "substitutes",
        {"sku": "MOSS", "substitutes": [{"sku": "CLAY", "units": 2, "price_rule": "own"}]},
    ).json()

    assert named["substitutes"] == [
        {
            "sku": "MOSS",
            "substitute": "CLAY",
            "rank": 1,
            "units": 2,
            "price_rule": "own",
            "is_active": True,
        }
    ]
    listed = caller.get("substitutes?sku=MOSS").json()["results"]
    assert [(each["substitute"], each["is_active"]) for each in listed] == [
        ("CLAY", True),
        ("SAND", False),
    ]
    entry = Entry.objects.get(kind="substitutes_named")
    assert entry.before == {"substitutes": ["1 x SAND, lower"]}
    refused = caller.post(
        "substitutes",
        {"sku": "MOSS", "substitutes": [{"sku": "MOSS"}, {"sku": "CLAY"}, {"sku": "CLAY"}]},
    )
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        ("/substitutes/0/sku", "itself"),
        ("/substitutes/2/sku", "repeated"),
    ]
    assert Substitute.objects.get(is_active=True).other == third


def test_who_decides_is_set_for_the_channel_and_for_a_sku() -> None:
    scene = Scene(None)
    caller = Caller(scene)

    for body in ({"mode": "ask"}, {"sku": "MOSS", "mode": "never"}):
        assert caller.post("substitution-rules", body).status_code == 200
    listed = caller.get("substitution-rules").json()["results"]
    assert [(each["sku"], each["mode"]) for each in listed] == [("MOSS", "never"), (None, "ask")]
    caller.post("substitution-rules", {"sku": "MOSS", "mode": None})
    assert len(caller.get("substitution-rules").json()["results"]) == 1
    assert caller.post("substitution-rules", {"sku": "NOPE", "mode": "ask"}).status_code == 422

    order = scene.buy(3)
    (offer,) = caller.get("substitutions?status=offered").json()["results"]
    assert (offer["order"], offer["original"], offer["sku"]) == (order.number, "MOSS", "SAND")
    assert caller.get("substitutions?status=kept").json()["results"] == []
