"""Pure decisions about sending."""

import smtplib
import ssl
from datetime import timedelta

MAX_ATTEMPTS = 5
_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
_PERMANENT = 500  # RFC 5321 section 4.2.1: a 5yz reply means that the same command will fail again


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after the `attempts`th failed attempt (1 for the first)."""
    return _WAITS[min(max(attempts, 1), len(_WAITS)) - 1]


def is_permanent(error: Exception) -> bool:
    """Say whether sending the same message again must fail again.

    Permanent is what the server says about this recipient or this text, and a message that cannot be written at all.
    A refused login or sender is our own setting, which a person mends: temporary, and so is everything of the network.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= _PERMANENT for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= _PERMANENT
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return True
    if isinstance(error, (smtplib.SMTPException, OSError, ssl.SSLError)):
        return False
    return isinstance(error, (UnicodeError, ValueError, LookupError))


def describe(error: Exception) -> str:
    """Return what went wrong in one line for the message log, the server's own words included."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_words(words)}" for code, words in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"


def _words(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    return " ".join(text.split())
