"""Refusals of messaging."""

from oms.core import errors


class InvalidRecipient(errors.Invalid):
    """The text is not one e-mail address that mail can be sent to."""

    code = "invalid_recipient"
    title = "This is not an e-mail address"


class ReasonNeeded(errors.Invalid):
    """A resend is a person's act and says why."""

    code = "reason_needed"
    title = "Please say why the message is sent again"


class StillWaiting(errors.Conflict):
    """The message, or a resend of it, has not gone out yet."""

    code = "message_still_waiting"
    title = "This message is still waiting to be sent"
