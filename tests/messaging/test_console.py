"""Mails of a system without a mail server."""

from io import StringIO

from django.core import mail

from oms.messaging.console import EmailBackend


def test_a_mail_is_shown_as_a_person_reads_it() -> None:
    stream = StringIO()
    message = mail.EmailMultiAlternatives(
        "Ihre Bestellung für Müller", "Grüße\nvom Lager\n", to=["ada@example.com"]
    )
    message.attach_alternative("<p>Grüße</p>", "text/html")
    assert EmailBackend(stream=stream).send_messages([message]) == 1
    shown = stream.getvalue()
    assert "Mail to ada@example.com\nIhre Bestellung für Müller\n\nGrüße\nvom Lager\n" in shown
    assert "<p>" not in shown
