"""Read JSON bodies strictly.

What Python's reader lets pass is refused here with its place: duplicate members, NaN, numbers beyond all proportion, a
byte-order mark, lone surrogates, control characters, nesting that would exhaust the stack. A number with a fraction or
an exponent becomes a Decimal, never a float. So an accepted body means to us exactly what it meant to its writer.
"""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any, NoReturn

from django.http import HttpRequest
from rest_framework.parsers import BaseParser

from oms.core import errors, text
from oms.core.api import errors as api_errors

MOST_BYTES = 10 * 1024 * 1024
DEEPEST = 32
MOST_MEMBERS = 1_000
LONGEST_NUMBER = 64
_LARGEST_EXPONENT = 30

# Strings are cut out whole, so that brackets in them do not count. The possessive quantifiers and the optional closing
# quote keep the scan linear on any input, a cut-off string too.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_TO_PARENTHESES = bytes.maketrans(b"[{]}", b"(())")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[{]}"))

# Raw control characters are no JSON and raw surrogates no UTF-8: both can only come as escapes of these forms.
_SUSPICIOUS_ESCAPE = re.compile(r"\\u(?:00[01]|[dD][89a-fA-F])")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


class StrictJSONParser(BaseParser):
    """The parser of all API bodies."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the value of the body; raise the refusals of `read` and `loads`."""
        request = (parser_context or {}).get("request")
        if request is not None:
            check_headers(request)
        return loads(stream.read(MOST_BYTES + 1))


def check_headers(request: HttpRequest) -> None:
    """Refuse a body that need not be read: other media type or charset, compressed, too large, of unknown length."""
    media_type, _, parameters = request.META.get("CONTENT_TYPE", "").partition(";")
    charset = re.sub(r"[\s\"]", "", parameters).lower()
    if media_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise api_errors.UnsupportedMedia
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in (
        "",
        "identity",
    ):
        raise api_errors.UnsupportedMedia("Compressed bodies are not accepted.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit():
        raise api_errors.LengthRequired
    if int(length[:20]) > MOST_BYTES:
        raise api_errors.TooLarge(f"A body has at most {MOST_BYTES:,} bytes.", limit=MOST_BYTES)
    if length == "0" and request.META.get("HTTP_TRANSFER_ENCODING"):
        raise api_errors.LengthRequired


def read(request: HttpRequest) -> Any:
    """Return the value of the body of `request`; an empty one is refused too.

    Raises UnsupportedMedia, TooLarge, LengthRequired and the refusals of `loads`.
    """
    if not request.META.get("CONTENT_TYPE") and request.META.get("CONTENT_LENGTH") in (
        None,
        "",
        "0",
    ):
        raise api_errors.EmptyBody
    check_headers(request)
    return loads(request.body)


def loads(raw: bytes) -> Any:
    """Return the value that the JSON text `raw` stands for.

    Raises TooLarge, EmptyBody, ByteOrderMark, InvalidUtf8, TooDeep, DuplicateKey, TooManyMembers, NotANumber and
    InvalidJson (with the offset in characters); Invalid with code `number_range` or `control_char`.
    """
    if len(raw) > MOST_BYTES:
        raise api_errors.TooLarge(f"A body has at most {MOST_BYTES:,} bytes.", limit=MOST_BYTES)
    if not raw.strip():
        raise api_errors.EmptyBody
    if raw.startswith(b"\xef\xbb\xbf"):
        raise api_errors.ByteOrderMark
    try:
        source = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise api_errors.InvalidUtf8(
            f"The byte at offset {error.start} is not UTF-8.", offset=error.start
        ) from None
    _check_depth(raw)
    try:
        value = _DECODER.decode(source)
    except json.JSONDecodeError as error:
        if error.msg.startswith("Invalid control character"):
            raise _invalid(
                "", "control_char", f"Control character at offset {error.pos}."
            ) from None
        raise api_errors.InvalidJson(
            f"{error.msg} at line {error.lineno} column {error.colno} (offset {error.pos}).",
            offset=error.pos,
        ) from None
    if _SUSPICIOUS_ESCAPE.search(source):
        problems = [
            errors.FieldProblem(
                pointer, "control_char", "Control characters and lone surrogates are not allowed."
            )
            for pointer in _unfit(value, "")
        ]
        if problems:
            raise errors.Invalid(problems=problems)
    return value


def escape_pointer(step: str | int) -> str:
    """Return one step of a JSON pointer (RFC 6901), short and printable whatever the input was."""
    return text.shortened(str(step), 100).replace("~", "~0").replace("/", "~1")


def _check_depth(raw: bytes) -> None:
    """Raise TooDeep before the reader recurses.

    Each round cuts out the innermost pairs, so a well-formed text is empty after as many rounds as it has levels. What
    never closes remains: the reader refuses it, after at most so many levels more.
    """
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return
    left = _STRING.sub(b"", raw).translate(_TO_PARENTHESES, _NO_BRACKETS)
    for _ in range(DEEPEST):
        inner = left.replace(b"()", b"")
        if len(inner) == len(left):
            break
        left = inner
    if b"()" in left or left.count(b"(") > DEEPEST:
        raise api_errors.TooDeep(f"At most {DEEPEST} levels are allowed.", limit=DEEPEST)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of its members; refuse a repeated one."""
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise api_errors.DuplicateKey(f"Twice in one object: {text.shortened(key)}.")
            seen.add(key)
    if len(members) > MOST_MEMBERS:
        raise api_errors.TooManyMembers(f"An object has at most {MOST_MEMBERS:,} members.")
    return members


def _integer(digits: str) -> int | Decimal:
    """Return a whole number; "-0" stays what it is, so that a field can refuse it."""
    if len(digits) > LONGEST_NUMBER:
        raise _out_of_range()
    return Decimal("-0") if digits == "-0" else int(digits)


def _fraction(digits: str) -> Decimal:
    """Return a number with a fraction or an exponent, exactly."""
    if len(digits) > LONGEST_NUMBER:
        raise _out_of_range()
    try:
        number = Decimal(digits)
    except InvalidOperation:
        raise _out_of_range() from None
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise _out_of_range()
    return number


def _constant(_: str) -> NoReturn:
    raise api_errors.NotANumber


def _out_of_range() -> errors.Invalid:
    return _invalid("", "number_range", "A number in the body is beyond all proportion.")


def _invalid(pointer: str, code: str, message: str) -> errors.Invalid:
    return errors.Invalid(message, problems=[errors.FieldProblem(pointer, code, message)])


def _unfit(value: Any, pointer: str) -> Iterator[str]:
    """Yield the pointer of each text below `value` that holds a control character or a lone surrogate."""
    if isinstance(value, str):
        if _UNFIT.search(value):
            yield pointer
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unfit(item, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for key, item in value.items():
            below = f"{pointer}/{escape_pointer(key)}"
            if _UNFIT.search(key):
                yield below
            yield from _unfit(item, below)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_fraction,
    parse_int=_integer,
    parse_constant=_constant,
)
