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


def test_the_backlog_counts_what_waits_and_what_needs_a_person(
    queued: Callable[..., Message],
) -> None:
    assert queries.backlog() == queries.Backlog(0, None, 0)
    messages = [queued(trigger=f"event {number}") for number in range(5)]
    oldest = clock.now() - timedelta(hours=2)
    for message, state in zip(
        messages,
        [
            MessageState.QUEUED,
            MessageState.SENDING,
            MessageState.SENT,
            MessageState.PARKED,
            MessageState.PARKED,
        ],
        strict=True,
    ):
        Message.objects.filter(pk=message.pk).update(state=state)
    Message.objects.filter(pk=messages[1].pk).update(due_at=oldest)
    assert queries.backlog() == queries.Backlog(waiting=2, oldest_due_at=oldest, parked=2)


def test_the_log_of_a_document_is_its_own_oldest_first(
    document: Model, queued: Callable[..., Message]
) -> None:
    first, second = queued(), queued(trigger="another")
    other = get_user_model().objects.create_user(username="eve", password="not used here 1")
    queued(document=other)
    assert list(queries.log_of("accounts.user", document.pk)) == [first, second]
