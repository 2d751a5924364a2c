"""The refusals of the API itself, whatever it is asked for."""

from typing import ClassVar

from oms.core import errors


class EmptyBody(errors.Unreadable):
    """A body is needed; `{}` is one."""

    code = "empty_body"
    title = "The request has no body"


class InvalidJson(errors.Unreadable):
    """The body is cut off or is no JSON (RFC 8259)."""

    code = "invalid_json"
    title = "The body is not valid JSON"


class InvalidUtf8(errors.Unreadable):
    """JSON is UTF-8."""

    code = "invalid_utf8"
    title = "The body is not valid UTF-8"


class ByteOrderMark(errors.Unreadable):
    """RFC 8259 forbids the mark."""

    code = "byte_order_mark"
    title = "The body begins with a byte-order mark"


class TooDeep(errors.Unreadable):
    """Arrays and objects are nested deeper than any command needs."""

    code = "too_deep"
    title = "The body is nested too deeply"


class TooManyMembers(errors.Unreadable):
    """An object has more members than any command knows."""

    code = "too_many_members"
    title = "An object in the body has too many members"


class DuplicateKey(errors.Unreadable):
    """An object names a member twice: nobody can know which one is meant."""

    code = "duplicate_key"
    title = "An object in the body names a member twice"


class NotANumber(errors.Unreadable):
    """JSON knows neither NaN nor Infinity."""

    code = "not_a_number"
    title = "NaN and Infinity are not JSON"


class LengthRequired(errors.Unreadable):
    """The body comes in chunks, without its length."""

    status = 411
    code = "length_required"
    title = "Send the body with Content-Length"


class TooLarge(errors.Unreadable):
    """The body is larger than the limit."""

    status = 413
    code = "too_large"
    title = "The body is too large"


class UriTooLong(errors.Unreadable):
    """The query is longer than any sensible one."""

    status = 414
    code = "uri_too_long"
    title = "The address of the request is too long"


class UnsupportedMedia(errors.Unreadable):
    """The body is not plain application/json in UTF-8, or is compressed."""

    status = 415
    code = "unsupported_media_type"
    title = "Send the body as application/json, UTF-8, not compressed"


class KeyMissing(errors.Unreadable):
    """The header Idempotency-Key is missing; `link` tells how it works."""

    code = "idempotency_key_missing"
    title = "This request needs the header Idempotency-Key"


class KeyInvalid(errors.Unreadable):
    """The header Idempotency-Key is empty, too long, sent twice or holds other than visible ASCII characters."""

    code = "idempotency_key_invalid"
    title = "The header Idempotency-Key is not valid"


class KeyReused(errors.Invalid):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used for another request"


class KeyInFlight(errors.Conflict):
    """The first request with this key is still being worked on."""

    code = "key_in_flight"
    title = "The first request with this Idempotency-Key is still being worked on"
    retry_after: ClassVar[int | None] = 1


class MissingScope(errors.NotAllowed):
    """The credential is valid but does not allow this; `scope` names what is missing."""

    code = "missing_scope"
    title = "The API key does not allow this"
