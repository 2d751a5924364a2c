"""Reads of the message log."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Model

from oms.core import clock
from oms.messaging import queries
from oms.messaging.models import Message
from oms.messaging.states import MessageState

pytestmark = pytest.mark.django_db


def test_the_oldest_mail_that_no_server_was_offered_is_told(
    queued: Callable[..., Message],
) -> None:
    assert queries.oldest_untried() is None
    messages = [queued(trigger=f"event {number}") for number in range(4)]
    now = clock.now()
    for hours, (message, state, attempts) in enumerate(
        zip(
            messages,
            [MessageState.QUEUED, MessageState.QUEUED, MessageState.SENT, MessageState.PARKED],
            [0, 1, 1, 0],
            strict=True,
        ),
        start=1,
    ):
        Message.objects.filter(pk=message.pk).update(
            state=state, attempts=attempts, created_at=now - timedelta(hours=hours)
        )
    assert queries.oldest_untried() == now - timedelta(hours=1)


def test_the_log_of_a_document_is_its_own_oldest_first(
    document: Model, queued: Callable[..., Message]
) -> None:
    first, second = queued(), queued(trigger="another")
    other = get_user_model().objects.create_user(username="eve", password="not used here 1")
    queued(document=other)
    assert list(queries.log_of("accounts.user", document.pk)) == [first, second]
