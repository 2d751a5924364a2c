"""The message log in the console."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from oms.accounts import roles
from oms.messaging import services
from oms.messaging.models import Message
from oms.messaging.states import MessageState
from tests.accounts.factories import signed_in
from tests.orders.factories import place_order

pytestmark = pytest.mark.django_db


def mail(state: str = MessageState.SENT) -> Message:
    message = services.queue(
        document=place_order(),
        kind="order_confirmation",
        trigger="test",
        recipient="ada@example.com",
        language="en",
        subject="Your order",
        text="Thank you <b>",
        html="<p>Thank you</p>",
    )
    assert message is not None
    Message.objects.filter(pk=message.pk).update(state=state)
    return message


def press(client: Client, message: Message, name: str, **data: Any) -> Any:
    page = reverse("admin:messaging_message_press", args=(message.pk, name))
    key = re.search(r'name="press_key" value="(\w+)"', client.get(page).content.decode())
    return client.post(page, {"press_key": key[1] if key else "", **data})


def test_a_mail_is_sent_again_with_a_reason() -> None:
    message = mail()

    press(signed_in(roles.SERVICE), message, "resend", reason="customer lost it")

    again = Message.objects.exclude(pk=message.pk).get()
    assert (again.recipient, again.reason) == ("ada@example.com", "customer lost it")


def test_a_mail_is_not_sent_again_without_a_reason() -> None:
    message = mail()

    assert press(signed_in(roles.SERVICE), message, "resend", reason=" ").status_code == 422

    assert Message.objects.count() == 1


def test_a_parked_mail_is_due_again() -> None:
    message = mail(MessageState.PARKED)

    press(signed_in(roles.SERVICE), message, "retry")

    message.refresh_from_db()
    assert message.state == MessageState.QUEUED


def test_the_reader_sees_that_a_mail_went_but_not_to_whom() -> None:
    message = mail()
    client = signed_in(roles.READ_ONLY)

    page = client.get(reverse("admin:messaging_message_change", args=(message.pk,)))
    listed = client.get("/admin/messaging/message/")

    assert page.status_code == 200
    assert b"ada@example.com" not in page.content
    assert b"Thank you" not in page.content
    assert b"ada@example.com" not in listed.content


def test_the_list_leaves_the_bodies_in_the_database(django_assert_max_num_queries: Any) -> None:
    mail()
    client = signed_in(roles.SERVICE)

    with django_assert_max_num_queries(8) as asked:
        client.get("/admin/messaging/message/")

    assert not [query for query in asked.captured_queries if '"html"' in query["sql"]]


@pytest.mark.parametrize(("role", "found"), [(roles.SERVICE, 1), (roles.READ_ONLY, 0)])
def test_who_may_not_see_addresses_cannot_search_for_them(role: str, found: int) -> None:
    message = mail()
    client = signed_in(role)

    by_address = client.get("/admin/messaging/message/", {"q": message.recipient})
    by_subject = client.get("/admin/messaging/message/", {"q": message.subject})

    assert len(by_address.context["cl"].result_list) == found
    assert len(by_subject.context["cl"].result_list) == 1
