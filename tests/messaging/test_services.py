"""Queueing, sending, resending."""

import smtplib
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection, transaction
from django.db.models import Model
from pytest_django import Settings

from oms.core import clock, errors
from oms.core.actors import Actor
from oms.core.flows import IllegalTransition
from oms.core.timeline.models import Entry
from oms.messaging import links, rules, services
from oms.messaging.errors import InvalidRecipient, ReasonNeeded, StillWaiting
from oms.messaging.models import Message
from oms.messaging.states import MessageState
from tests.messaging import smtp

pytestmark = pytest.mark.django_db(transaction=True)

GRACE = Actor("staff", "7", "Grace")
Queued = Callable[..., Message]


def later(**span: float) -> time_machine.travel:
    """Travel to the present plus `span`."""
    return time_machine.travel(clock.now() + timedelta(**span), tick=True)


# Queueing -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_trigger_makes_one_row_however_often_it_is_repeated(
    document: Model, queued: Queued
) -> None:
    first = queued()
    again = services.queue(
        document=document,
        kind="order_confirmation",
        trigger="orders.order_placed.v1",
        recipient="ada@EXAMPLE.com",
        language="de",
        subject="Another",
        text="Other",
        html="Other",
    )
    assert again is None
    assert Message.objects.get().pk == first.pk
    assert Message.objects.get().subject == "Your order"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "difference",
    [
        {"kind": "parcel_shipped"},
        {"trigger": "another"},
        {"recipient": "grace@example.com"},
    ],
)
def test_another_kind_trigger_or_recipient_is_another_mail(
    queued: Queued, difference: dict[str, str]
) -> None:
    queued()
    queued(**difference)
    assert Message.objects.count() == 2


def test_a_mail_is_gone_with_the_transaction_that_queued_it(queued: Queued) -> None:
    with transaction.atomic():
        queued()
        transaction.set_rollback(True)
    assert services.send_due() == 0
    assert mail.outbox == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "recipient",
    [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\n",
        "ada@example.com, eve@example.com",
        "ada",
        "",
        "a@b",
        f"{'a' * 250}@example.com",
        "Ada <ada@example.com>",
    ],
)
def test_what_is_not_one_address_is_refused(queued: Queued, recipient: str) -> None:
    with pytest.raises(InvalidRecipient):
        queued(recipient=recipient)
    assert not Message.objects.exists()


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_a_subject_cannot_start_a_header(
    server: smtp.MailServer, queued: Queued, line_end: str
) -> None:
    queued(subject=f"Your order{line_end}Bcc: eve@example.com{line_end}{line_end}Body")
    assert services.send_due() == 1
    sent = server.accepted[0]
    assert sent["Subject"] == "Your order Bcc: eve@example.com Body"
    assert sent["Bcc"] is None
    assert server.recipients == ["ada@example.com"]


@pytest.mark.django_db
def test_a_long_subject_is_cut_to_its_column(queued: Queued) -> None:
    assert len(queued(subject="x" * 500).subject) == 200


# Sending ------------------------------------------------------------------------------------------------------------


def test_a_mail_is_sent_once_and_marked_after_the_server_took_it(
    server: smtp.MailServer, queued: Queued
) -> None:
    message = queued(subject="Ihre Bestellung für Müller", text="Grüße\n.\nEnde", language="de")
    assert services.send_due() == 1
    assert services.send_due() == 0
    message.refresh_from_db()
    assert message.state == MessageState.SENT
    assert message.sent_at is not None
    assert message.attempts == 1
    (sent,) = server.accepted
    assert sent["Subject"] == "Ihre Bestellung für Müller"
    assert sent["To"] == "ada@example.com"
    assert sent["Message-ID"] == f"<{message.uuid}@localhost>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Content-Language"] == "de"
    text = sent.get_body(("plain",))
    html = sent.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Grüße", ".", "Ende"]
    assert html.get_content().strip() == "<p>Thank you.</p>"
    assert list(Entry.objects.values_list("kind", flat=True)) == ["message.sent"]


def test_many_mails_share_one_conversation(server: smtp.MailServer, queued: Queued) -> None:
    for number in range(5):
        queued(trigger=f"event {number}")
    assert services.send_due() == 5
    assert server.conversations == 1


def test_nothing_is_sent_inside_a_transaction(queued: Queued) -> None:
    queued()
    with transaction.atomic(), pytest.raises(RuntimeError):
        services.send_due()


def test_no_transaction_is_open_while_the_server_is_talked_to(
    monkeypatch: pytest.MonkeyPatch, queued: Queued
) -> None:
    seen: list[tuple[bool, str]] = []

    def note(_backend: object, messages: list[mail.EmailMessage]) -> int:
        seen.append((connection.in_atomic_block, Message.objects.get().state))
        return len(messages)

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", note)
    queued()
    assert services.send_due() == 1
    assert seen == [(False, "sending")]


def test_while_no_server_is_there_nothing_counts_and_all_goes_out_later(
    server: smtp.MailServer, settings: Settings, queued: Queued
) -> None:
    port = settings.EMAIL_PORT
    with smtp.running() as gone:
        settings.EMAIL_PORT = gone.port
    first, second = queued(), queued(trigger="another")
    for hour in range(12):
        with later(hours=hour):
            assert services.send_due() == 0
    for message in (first, second):
        message.refresh_from_db()
        assert (message.state, message.attempts) == (MessageState.QUEUED, 0)
        assert message.last_error.startswith("No mail server: ConnectionRefusedError")
    settings.EMAIL_PORT = port
    assert services.send_due() == 0
    with later(hours=13):
        assert services.send_due() == 2
    assert len(server.accepted) == 2


@pytest.mark.parametrize("greeting", ["421 closing", "554 no service here", ""])
def test_a_server_that_turns_us_away_at_the_door_counts_as_no_server(
    server: smtp.MailServer, queued: Queued, greeting: str
) -> None:
    message = queued()
    server.answers["connect"] = [greeting]
    assert services.send_due() == 0
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.QUEUED, 0)
    with later(minutes=2):
        assert services.send_due() == 1


def test_a_server_that_drops_before_accepting_gets_the_same_mail_again(
    server: smtp.MailServer, queued: Queued
) -> None:
    message = queued()
    server.answers["accept"] = [""]
    assert services.send_due() == 0
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.QUEUED, 1)
    assert message.sent_at is None
    assert server.accepted == []
    with later(minutes=2):
        assert services.send_due() == 1
    (sent,) = server.accepted
    assert sent["Message-ID"] == f"<{message.uuid}@localhost>"


def test_a_server_that_accepts_and_drops_gets_the_mail_once(
    server: smtp.MailServer, queued: Queued
) -> None:
    queued()
    queued(trigger="another")
    server.answers["accept"] = ["250 taken, and hang up"]
    assert services.send_due() == 1
    with later(minutes=2):
        assert services.send_due() == 1
    assert len(server.accepted) == 2
    assert len({sent["Message-ID"] for sent in server.accepted}) == 2


@pytest.mark.parametrize("step", ["sender", "recipient", "data", "accept"])
def test_a_temporary_refusal_is_tried_again_with_growing_waits_and_then_parked(
    server: smtp.MailServer, queued: Queued, step: smtp.Step
) -> None:
    message = queued()
    waits: list[int] = []
    moment = clock.now()
    for attempt in range(1, 6):
        server.answers[step] = ["451 try again later"]
        with time_machine.travel(moment, tick=False):
            assert services.send_due() == 0
            message.refresh_from_db()
            assert message.attempts == attempt
            assert "451 try again later" in message.last_error
        waits.append(int((message.due_at - moment).total_seconds()))
        if attempt < 5:
            with time_machine.travel(message.due_at - timedelta(seconds=1), tick=False):
                assert services.send_due() == 0
        moment = message.due_at
    assert waits[:4] == [60, 300, 1_800, 7_200]
    assert message.state == MessageState.PARKED
    with time_machine.travel(moment + timedelta(days=30), tick=False):
        assert services.send_due() == 0
    assert server.accepted == []
    assert Entry.objects.get().kind == "message.parked"


@pytest.mark.parametrize("step", ["recipient", "data", "accept"])
def test_a_permanent_refusal_is_parked_at_once(
    server: smtp.MailServer, queued: Queued, step: smtp.Step
) -> None:
    message, next_one = queued(), queued(trigger="another")
    server.answers[step] = ["550 5.1.1 no such mailbox"]
    assert services.send_due() == 1
    message.refresh_from_db()
    next_one.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.PARKED, 1)
    assert message.last_error == "550 5.1.1 no such mailbox"
    assert next_one.state == MessageState.SENT
    assert Entry.objects.get(kind="message.parked").data["error"] == "550 5.1.1 no such mailbox"


def test_a_refused_sender_is_our_own_fault_and_parks_no_mail(
    server: smtp.MailServer, queued: Queued
) -> None:
    message = queued()
    server.answers["sender"] = ["550 not your domain"]
    assert services.send_due() == 0
    message.refresh_from_db()
    assert message.state == MessageState.QUEUED


def test_one_bad_mail_does_not_stop_the_next(server: smtp.MailServer, queued: Queued) -> None:
    queued()
    queued(trigger="another")
    server.answers["recipient"] = ["451 greylisted"]
    assert services.send_due() == 1
    assert len(server.accepted) == 1


def test_a_mail_whose_sender_died_is_sent_after_the_lease_and_not_before(
    monkeypatch: pytest.MonkeyPatch, queued: Queued
) -> None:
    message = queued()

    def die(*_: Any) -> int:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", die)
        with pytest.raises(SystemExit):
            services.send_due()
    message.refresh_from_db()
    assert message.state == MessageState.SENDING
    with later(minutes=9):
        assert services.send_due() == 0
    with later(minutes=11):
        assert services.send_due() == 1
    assert len(mail.outbox) == 1


def test_a_mail_that_kills_every_sender_is_parked_after_five_attempts(
    monkeypatch: pytest.MonkeyPatch, queued: Queued
) -> None:
    poison, healthy = queued(), queued(trigger="another")

    def die(*_: Any) -> int:
        raise SystemExit

    Message.objects.filter(pk=healthy.pk).update(due_at=clock.now() + timedelta(hours=2))
    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", die)
        for attempt in range(rules.MAX_ATTEMPTS):
            with later(minutes=11 * attempt), pytest.raises(SystemExit):
                services.send_due()
    with later(hours=3):
        assert services.send_due() == 1
    poison.refresh_from_db()
    assert poison.state == MessageState.PARKED
    assert len(mail.outbox) == 1


def test_two_senders_at_once_send_each_mail_once(server: smtp.MailServer, queued: Queued) -> None:
    for number in range(12):
        queued(trigger=f"event {number}")
    counts: list[int] = []
    gate = threading.Barrier(3)

    def send() -> None:
        gate.wait()
        counts.append(services.send_due())
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 12
    assert len({sent["Message-ID"] for sent in server.accepted}) == 12
    assert len(server.accepted) == 12


# Private links ------------------------------------------------------------------------------------------------------

made: list[tuple[str, int]] = []


def make(document: str, document_id: int) -> str:
    made.append((document, document_id))
    return f"https://shop.example/status/secret-{len(made)}"


MAKERS = {"status": make}


@pytest.fixture
def makers(settings: Settings) -> Any:
    settings.OMS_PRIVATE_LINKS = f"{__name__}.MAKERS"
    links._makers.cache_clear()
    made.clear()
    yield
    links._makers.cache_clear()


@pytest.mark.usefixtures("makers")
def test_a_private_link_is_in_the_mail_and_never_in_the_log(
    document: Model, queued: Queued
) -> None:
    mark = links.mark("status")
    message = queued(text=f"See {mark}.", html=f'<a href="{mark}">See</a>')
    services.send_due()
    sent = mail.outbox[0]
    assert isinstance(sent, mail.EmailMultiAlternatives)
    assert sent.body == "See https://shop.example/status/secret-1."
    assert sent.alternatives[0][0] == '<a href="https://shop.example/status/secret-1">See</a>'
    assert made == [(document._meta.label_lower, document.pk)]
    message.refresh_from_db()
    assert "secret" not in message.text + message.html


@pytest.mark.usefixtures("makers")
def test_a_mail_with_an_unknown_link_is_parked(queued: Queued) -> None:
    message = queued(text="See private-link:nowhere")
    assert services.send_due() == 0
    message.refresh_from_db()
    assert message.state == MessageState.PARKED
    assert "nowhere" in message.last_error


# A person's acts ----------------------------------------------------------------------------------------------------


def test_a_resend_is_a_row_of_its_own_with_its_reason_in_the_timeline(
    document: Model, queued: Queued
) -> None:
    original = queued()
    services.send_due()
    again = services.resend(message_id=original.pk, actor=GRACE, reason="Customer lost it")
    assert again.pk != original.pk
    assert (again.requested_by, again.reason) == ("Grace", "Customer lost it")
    assert (again.subject, again.text, again.recipient) == (
        original.subject,
        original.text,
        original.recipient,
    )
    services.send_due()
    assert len(mail.outbox) == 2
    entry = Entry.objects.get(kind="message.resent")
    assert (entry.actor_name, entry.reason) == ("Grace", "Customer lost it")
    assert (entry.document, entry.document_id) == (document._meta.label_lower, document.pk)
    third = services.resend(message_id=original.pk, actor=GRACE, reason="And again")
    assert third.trigger != again.trigger


def test_a_double_click_on_resend_sends_once(queued: Queued) -> None:
    original = queued()
    services.send_due()
    services.resend(message_id=original.pk, actor=GRACE, reason="Lost")
    with pytest.raises(StillWaiting):
        services.resend(message_id=original.pk, actor=GRACE, reason="Lost")
    assert Message.objects.count() == 2


@pytest.mark.django_db
def test_what_has_not_gone_out_yet_is_not_sent_again(queued: Queued) -> None:
    original = queued()
    with pytest.raises(StillWaiting):
        services.resend(message_id=original.pk, actor=GRACE, reason="Now")
    assert Message.objects.count() == 1
    assert not Entry.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "\r\n"])
def test_a_resend_without_a_reason_is_refused(queued: Queued, reason: str) -> None:
    original = queued()
    services.send_due()
    with pytest.raises(ReasonNeeded):
        services.resend(message_id=original.pk, actor=GRACE, reason=reason)
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_a_resend_of_nothing_is_missing() -> None:
    with pytest.raises(errors.Missing):
        services.resend(message_id=404, actor=GRACE, reason="Lost")


def test_a_parked_mail_is_sent_after_a_person_retries_it(
    server: smtp.MailServer, queued: Queued
) -> None:
    message = queued()
    server.answers["recipient"] = ["550 mailbox full"]
    services.send_due()
    services.retry(message_id=message.pk, actor=GRACE)
    assert services.send_due() == 1
    message.refresh_from_db()
    assert (message.state, message.last_error) == (MessageState.SENT, "")
    assert Entry.objects.filter(kind="message.retried", actor_name="Grace").count() == 1


@pytest.mark.django_db
def test_only_a_parked_mail_can_be_retried(queued: Queued) -> None:
    message = queued()
    with pytest.raises(IllegalTransition):
        services.retry(message_id=message.pk, actor=GRACE)


def test_the_errors_of_a_mail_server_are_told_apart() -> None:
    assert rules.is_permanent(smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"no")}))
    assert not rules.is_permanent(smtplib.SMTPRecipientsRefused({"a@b.c": (450, b"later")}))
    assert rules.is_permanent(smtplib.SMTPDataError(554, b"spam"))
    assert not rules.is_permanent(smtplib.SMTPDataError(452, b"full"))
    assert not rules.is_permanent(smtplib.SMTPAuthenticationError(535, b"who"))
    assert not rules.is_permanent(smtplib.SMTPSenderRefused(550, b"not you", "us@example.com"))
    assert not rules.is_permanent(smtplib.SMTPServerDisconnected("gone"))
    assert not rules.is_permanent(TimeoutError())
    assert rules.is_permanent(ValueError("bad header"))
