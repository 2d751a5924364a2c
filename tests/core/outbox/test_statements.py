"""The claim beside a plain ORM reference, on random deliveries."""

import random
from datetime import timedelta

import pytest
from django.db.models import Exists, OuterRef

from oms.core import clock
from oms.core.outbox import statements
from oms.core.outbox.models import Delivery, Event
from oms.core.outbox.states import DeliveryState

pytestmark = pytest.mark.django_db


def reference(at: object) -> Delivery | None:
    """Return what is to be claimed, said plainly."""
    older = Delivery.objects.filter(
        stream=OuterRef("stream"), id__lt=OuterRef("id"), state=DeliveryState.DUE
    )
    due = Delivery.objects.filter(state=DeliveryState.DUE, due_at__lte=at).filter(~Exists(older))
    return due.order_by("due_at", "id").first()


@pytest.mark.parametrize("seed", range(5))
def test_the_claim_takes_what_the_plain_query_would(seed: int) -> None:
    chance = random.Random(seed)
    at = clock.now()
    for number in range(30):
        event = Event.objects.create(
            name=f"test.fact_{number}.v1",
            aggregate="order",
            aggregate_id=str(number),
            sequence=1,
            payload={"n": number},
        )
        Delivery.objects.create(
            event=event,
            handler=f"handler {number}",
            stream=f"order:{chance.randint(1, 8)}",
            state=chance.choices(DeliveryState.values, weights=(6, 1, 1))[0],
            attempts=chance.randint(0, 3),
            due_at=at + timedelta(seconds=chance.randint(-20, 5)),
        )
    until = at + timedelta(seconds=30)
    taken = 0
    while (expected := reference(at)) is not None:
        claimed = statements.claim(at=at, until=until)

        assert claimed == statements.Claimed(
            expected.pk,
            expected.handler,
            expected.attempts + 1,
            expected.event.name,
            expected.event.payload,
        )
        leased = Delivery.objects.get(pk=expected.pk)
        assert (leased.attempts, leased.due_at) == (expected.attempts + 1, until)
        if chance.random() < 0.7:
            assert statements.mark_delivered(delivery_id=expected.pk, at=at)
            assert not statements.mark_delivered(delivery_id=expected.pk, at=at)
            done = Delivery.objects.get(pk=expected.pk)
            assert (done.state, done.delivered_at) == (DeliveryState.DELIVERED, at)
        taken += 1
    assert statements.claim(at=at, until=until) is None
    assert taken
