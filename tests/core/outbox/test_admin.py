"""Parked deliveries in the console."""

import re

import pytest
from django.urls import reverse

from oms.accounts import roles
from oms.core.actors import SYSTEM
from oms.core.outbox import services
from oms.core.outbox.errors import NotParked
from oms.core.outbox.models import Delivery
from oms.core.outbox.states import DeliveryState
from oms.core.timeline.models import Entry
from tests.accounts.factories import signed_in
from tests.fulfillment.factories import released_order

pytestmark = pytest.mark.django_db


def parked() -> Delivery:
    released_order()
    services.fan_out()
    delivery = Delivery.objects.order_by("id")[0]
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.PARKED, attempts=5, last_error="Traceback <script>"
    )
    return delivery


def test_a_parked_delivery_is_shown_first_and_made_due_again() -> None:
    delivery = parked()
    client = signed_in(roles.MANAGER)
    page = reverse("admin:core_delivery_press", args=(delivery.pk, "retry"))

    rows = client.get("/admin/core/delivery/").context["cl"].result_list
    shown = client.get(reverse("admin:core_delivery_change", args=(delivery.pk,)))
    key = re.search(r'name="press_key" value="(\w+)"', client.get(page).content.decode())
    assert key
    client.post(page, {"press_key": key[1]})

    assert [row.pk for row in rows] == [delivery.pk]
    assert b"Traceback &lt;script&gt;" in shown.content
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.DUE, 0)
    entry = Entry.objects.get(kind="delivery.retried")
    assert (entry.document, entry.document_id) == ("core.delivery", delivery.pk)
    assert (entry.actor_kind, entry.before, entry.after) == (
        "staff",
        {"state": "parked"},
        {"state": "due"},
    )
    page_again = client.get(reverse("admin:core_delivery_change", args=(delivery.pk,)))
    assert b"Delivery retried" in page_again.content


def test_a_delivery_that_is_not_parked_cannot_be_retried() -> None:
    delivery = parked()
    Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.DELIVERED)
    page = reverse("admin:core_delivery_press", args=(delivery.pk, "retry"))

    answer = signed_in(roles.MANAGER).post(page, {"press_key": "0e" * 16})
    with pytest.raises(NotParked):
        services.retry_parked(delivery_id=delivery.pk, actor=SYSTEM)

    assert answer.status_code == 409
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED
    assert not Entry.objects.filter(kind="delivery.retried").exists()
