"""Queue, send, send again."""

import smtplib
import unicodedata
from datetime import timedelta
from email.utils import parseaddr

import structlog
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, models, transaction

from oms.core import clock, locking
from oms.core.actors import SYSTEM, Actor
from oms.core.address import InvalidEmail, normalize_email
from oms.core.ids import uuid7
from oms.core.timeline import services as timeline
from oms.messaging import attachments, links, rules
from oms.messaging.errors import InvalidRecipient, ReasonNeeded, StillWaiting
from oms.messaging.models import Message
from oms.messaging.states import MESSAGE, MessageState

log = structlog.get_logger()

# Longer than the slowest conversation with a mail server can take, or a second sender would start meanwhile.
LEASE = timedelta(minutes=10)
OUTAGE_WAIT = timedelta(minutes=1)
_LONGEST_SUBJECT = 200
_LONGEST_ERROR = 2_000


def queue(
    *,
    document: models.Model,
    kind: str,
    trigger: str,
    recipient: str,
    language: str,
    subject: str,
    text: str,
    html: str,
    requested_by: str = "",
    reason: str = "",
) -> Message | None:
    """Store one mail about `document` for sending; return None when (document, kind, trigger, recipient) has one.

    Runs in the caller's transaction, so that the mail and its fact commit together; the sending task finds it after
    that. The subject becomes one line. `kind` names the mail (`order_confirmation`), `trigger` the one act or event
    that it tells of. Raises InvalidRecipient.
    """
    message = Message(
        uuid=uuid7(),
        document=document._meta.label_lower,
        document_id=document.pk,
        kind=kind,
        trigger=trigger,
        recipient=_one_address(recipient),
        language=language,
        subject=one_line(subject)[:_LONGEST_SUBJECT],
        text=text,
        html=html,
        requested_by=requested_by,
        reason=reason,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    return Message.objects.filter(uuid=message.uuid).first()


def leave_out(*, document: models.Model, kind: str, trigger: str) -> None:
    """Note in the document's timeline that its mail of this kind is not written: nobody left an e-mail address."""
    timeline.record(
        document,
        "message.left_out",
        actor=SYSTEM,
        reason="There is no e-mail address.",
        data={"mail": kind, "trigger": trigger},
    )


def send_due(*, batch: int = 200, budget_seconds: float = 120.0) -> int:
    """Send what is due, one by one over one connection; return how many mails a server accepted.

    Each mail is claimed in a transaction of its own, sent with none open, and marked as sent after the server took it.
    Should the process die in between, the mail is due again when its lease ends: at least once, with the same
    Message-ID. While no mail server can be reached nothing is claimed and nothing counts as an attempt.
    """
    if connection.in_atomic_block:
        raise RuntimeError("Mails are sent outside of transactions.")
    if not Message.objects.due(clock.now()).exists():
        return 0
    stop_at = clock.now() + timedelta(seconds=budget_seconds)
    backend: BaseEmailBackend = mail.get_connection()
    sent = 0
    try:
        for _ in range(batch):
            if clock.now() >= stop_at or not _reached(backend):
                break
            message = _claim()
            if message is None:
                break
            sent += _send(message, backend)
    finally:
        _close(backend)
    return sent


def resend(*, message_id: int, actor: Actor, reason: str) -> Message:
    """Queue the text of a message once more, asked for by a person.

    The new row has a trigger of its own and the reason; the document's timeline keeps both. Raises ReasonNeeded,
    StillWaiting while the message or an earlier resend of it has not gone out (so a double click sends once), Missing.
    """
    why = one_line(reason)
    if not why:
        raise ReasonNeeded
    with transaction.atomic():
        original = locking.lock_one(Message.objects.filter(pk=message_id))
        stem = f"resend:{original.uuid}:"
        earlier = Message.objects.about(original.document, original.document_id).filter(
            trigger__startswith=stem
        )
        if original.state in (MessageState.QUEUED, MessageState.SENDING) or (
            earlier.waiting().exists()
        ):
            raise StillWaiting(message=str(original.uuid))
        again = Message.objects.create(
            document=original.document,
            document_id=original.document_id,
            kind=original.kind,
            trigger=f"{stem}{earlier.count() + 1}",
            recipient=original.recipient,
            language=original.language,
            subject=original.subject,
            text=original.text,
            html=original.html,
            requested_by=actor.name,
            reason=why[:500],
        )
        _note(again, "message.resent", actor=actor, reason=why[:500])
    return again


def retry(*, message_id: int, actor: Actor) -> Message:
    """Make a parked message due at once with fresh attempts. Raises IllegalTransition, Missing."""
    with transaction.atomic():
        message = locking.lock_one(Message.objects.filter(pk=message_id))
        MESSAGE.move(message, "retry", attempts=0, due_at=clock.now())
        _note(message, "message.retried", actor=actor)
    return message


def one_line(text: str) -> str:
    """Return `text` without line breaks and invisible controls, which could start a header of their own."""
    plain = "".join(
        " " if unicodedata.category(symbol) in {"Cc", "Zl", "Zp", "Cs"} else symbol
        for symbol in text
    )
    return " ".join(plain.split())


def _one_address(recipient: str) -> str:
    try:
        return normalize_email(recipient)
    except InvalidEmail as error:
        raise InvalidRecipient(str(error)) from None


def _reached(backend: BaseEmailBackend) -> bool:
    """Open the connection, or keep it open; when there is no server, let all that is due wait a little."""
    try:
        backend.open()
    except (OSError, smtplib.SMTPException) as error:
        waiting = Message.objects.due(clock.now()).update(
            state=MessageState.QUEUED,
            due_at=clock.now() + OUTAGE_WAIT,
            last_error=f"No mail server: {rules.describe(error)}"[:_LONGEST_ERROR],
        )
        log.error("mail_server_unreachable", waiting=waiting, error=rules.describe(error))
        return False
    return True


def _claim() -> Message | None:
    """Take the oldest due message under a lease, or None. What died on its last attempt is parked on the way."""
    while True:
        now = clock.now()
        with transaction.atomic():
            due = Message.objects.due(now)
            if connection.features.has_select_for_update_skip_locked:
                due = due.select_for_update(skip_locked=True, no_key=True, of=("self",))
            message = due.first()
            if message is None:
                return None
            if message.attempts < rules.MAX_ATTEMPTS:
                MESSAGE.move(message, "claim", attempts=message.attempts + 1, due_at=now + LEASE)
                return message
            MESSAGE.move(message, "park", last_error="The process ended during the last attempt.")
            _note(message, "message.parked", actor=SYSTEM)
        log.error("message_parked", message=str(message.uuid), attempts=message.attempts)


def _send(message: Message, backend: BaseEmailBackend) -> bool:
    try:
        accepted = backend.send_messages([_composed(message, backend)])
        if accepted != 1:
            raise smtplib.SMTPException("The mail backend took no message.")
    except Exception as error:  # noqa: BLE001  # whatever it is: kept, shown, and tried again or parked
        # A conversation that broke off is of no use to the next message.
        _close(backend)
        _note_failure(message, error)
        return False
    with transaction.atomic():
        if _still_mine(message).update(
            state=MESSAGE.target(MessageState.SENDING, "accept"),
            sent_at=clock.now(),
            last_error="",
        ):
            _note(message, "message.sent", actor=SYSTEM)
        else:
            log.error("message_sent_after_its_lease", message=str(message.uuid))
    return True


def _composed(message: Message, backend: BaseEmailBackend) -> mail.EmailMultiAlternatives:
    text, html = links.filled(
        [message.text, message.html],
        document=message.document,
        document_id=message.document_id,
    )
    sender = settings.DEFAULT_FROM_EMAIL
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    composed = mail.EmailMultiAlternatives(
        subject=message.subject,
        body=text,
        from_email=sender,
        to=[message.recipient],
        connection=backend,
        headers={
            # The same on every attempt, so that a mail sent twice can be recognised.
            "Message-ID": f"<{message.uuid}@{domain}>",
            "Content-Language": message.language,
            # RFC 3834: no holiday notices in answer to a machine.
            "Auto-Submitted": "auto-generated",
        },
    )
    composed.attach_alternative(html, "text/html")
    for file in attachments.made(kind=message.kind, document_id=message.document_id):
        composed.attach(file.name, file.content, file.media_type)
    return composed


def _note_failure(message: Message, error: Exception) -> None:
    park = rules.is_permanent(error) or message.attempts >= rules.MAX_ATTEMPTS
    words = rules.describe(error)[:_LONGEST_ERROR]
    with transaction.atomic():
        mine = _still_mine(message).update(
            state=MESSAGE.target(MessageState.SENDING, "park" if park else "postpone"),
            due_at=clock.now() + rules.wait_after(message.attempts),
            last_error=words,
        )
        if mine and park:
            _note(message, "message.parked", actor=SYSTEM, data={"error": words})
    log.error(
        "message_parked" if park else "message_failed",
        message=str(message.uuid),
        attempts=message.attempts,
        error=words,
    )


def _still_mine(message: Message) -> "models.QuerySet[Message]":
    """Keep the message while it is under the lease that this sender took."""
    return Message.objects.filter(pk=message.pk, state=MessageState.SENDING, due_at=message.due_at)


def _note(
    message: Message,
    kind: str,
    *,
    actor: Actor,
    reason: str = "",
    data: dict[str, str] | None = None,
) -> None:
    """Write to the timeline of the message's document."""
    document = (
        apps.get_model(message.document)._default_manager.filter(pk=message.document_id).first()
    )
    if document is not None:
        timeline.record(
            document,
            kind,
            actor=actor,
            reason=reason,
            data={"message": str(message.uuid), "mail": message.kind, **(data or {})},
        )


def _close(backend: BaseEmailBackend) -> None:
    try:
        backend.close()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_connection_not_closed", error=rules.describe(error))
