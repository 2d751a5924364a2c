import io
import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.test import APIRequestFactory

from oms.core import errors
from oms.core.api import parsing
from oms.core.api.errors import UnsupportedMedia

LARGE = parsing.MOST_BYTES + 1


def status_of(raw: bytes) -> int:
    try:
        parsing.loads(raw)
    except errors.DomainError as error:
        return error.status
    return 200


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


def code_of(error: errors.DomainError) -> str:
    return error.problems[0].code if error.problems else error.code


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "empty_body"),
        (b" \r\n\t", 400, "empty_body"),
        (b'{"qty": 1', 400, "invalid_json"),
        (b'{"qty": ', 400, "invalid_json"),
        (b'{"a": "', 400, "invalid_json"),
        (b"{'a': 1}", 400, "invalid_json"),
        (b'{"a": 1,}', 400, "invalid_json"),
        (b'{"a": 01}', 400, "invalid_json"),
        (b'{"a": +1}', 400, "invalid_json"),
        (b'{"a": 1} x', 400, "invalid_json"),
        (b'{"a": "\\x"}', 400, "invalid_json"),
        (b"{} // comment", 400, "invalid_json"),
        (b"[" * 200_000, 400, "too_deep"),
        (b'{"a":' * 200_000, 400, "too_deep"),
        (b"[" * 33 + b"]" * 33, 400, "too_deep"),
        (b'{"a": NaN}', 400, "not_a_number"),
        (b'{"a": Infinity}', 400, "not_a_number"),
        (b'{"a": -Infinity}', 400, "not_a_number"),
        (b'{"a": 1e400}', 422, "number_range"),
        (b'{"a": -1e400}', 422, "number_range"),
        (b'{"a": 1e-400}', 422, "number_range"),
        (b'{"a": 0e99999999}', 422, "number_range"),
        (b'{"a": 1e999999999999999999999}', 422, "number_range"),
        (b'{"a": ' + b"9" * 5_000 + b"}", 422, "number_range"),
        (b'{"a": 0.' + b"9" * 5_000 + b"}", 422, "number_range"),
        (b'{"qty": 1, "qty": 2}', 400, "duplicate_key"),
        (b'{"lines": [{"qty": 1, "q\\u0074y": 1}]}', 400, "duplicate_key"),
        (b'{"a": "\xff"}', 400, "invalid_utf8"),
        (b'{"a": "\xc0\xaf"}', 400, "invalid_utf8"),
        (b'{"a": "\xed\xa0\x80"}', 400, "invalid_utf8"),
        ('{"a": "ä"}'.encode("latin-1"), 400, "invalid_utf8"),
        ('{"a": 1}'.encode("utf-16"), 400, "invalid_utf8"),
        (b'\xef\xbb\xbf{"a": 1}', 400, "byte_order_mark"),
        (b'{"a": "\\ud800"}', 422, "control_char"),
        (b'{"a": "\\uDC00x"}', 422, "control_char"),
        (b'{"\\ud800": 1}', 422, "control_char"),
        (b'{"a": "\\u0000"}', 422, "control_char"),
        (b'{"a": "\\u001b[31m"}', 422, "control_char"),
        (b'{"a": "\x00"}', 422, "control_char"),
        (b'{"a": "x\ny"}', 422, "control_char"),
        (b"\x00", 400, "invalid_json"),
        (b'"' + b"x" * LARGE + b'"', 413, "too_large"),
        (b"{" + b",".join(b'"%d":1' % n for n in range(1_001)) + b"}", 400, "too_many_members"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_body_that_is_no_plain_json_is_refused(raw: bytes, status: int, code: str) -> None:
    with pytest.raises(errors.DomainError) as caught:
        parsing.loads(raw)
    assert (caught.value.status, code_of(caught.value)) == (status, code)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"{}", {}),
        (b' {"a": [1, true, null, "x"]} ', {"a": [1, True, None, "x"]}),
        (b'{"a": "\\ud83d\\ude00\\n\\t\\r"}', {"a": "😀\n\t\r"}),
        (b'{"a": "\\\\u0000"}', {"a": "\\u0000"}),
        ('{"a": "Zoë 東京"}'.encode(), {"a": "Zoë 東京"}),
        (b'"[[[["', "[[[["),
        (b"[" * 32 + b"]" * 32, nested(32)),
        (b"[" + b'"[[[[[[[[[[\\"[{",' * 40 + b"[]]", ['[[[[[[[[[["[{'] * 40 + [[]]),
        (b"[" + b"[]," * 99 + b"{}]", [[]] * 99 + [{}]),
        (b"12345678901234567890", 12345678901234567890),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_plain_json_means_what_it_says(raw: bytes, expected: Any) -> None:
    assert parsing.loads(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"), [(b"19.90", "19.90"), (b"1e3", "1E+3"), (b"0.1", "0.1"), (b"-0", "-0")]
)
def test_a_number_with_a_fraction_is_exact(raw: bytes, expected: str) -> None:
    number = parsing.loads(raw)
    assert type(number) is Decimal
    assert str(number) == expected


def test_a_cut_body_tells_where() -> None:
    with pytest.raises(errors.Unreadable) as caught:
        parsing.loads(b'{"quantity": 1')
    assert caught.value.fields == {"offset": 14}
    assert "offset 14" in caught.value.detail


def test_text_that_cannot_be_stored_is_named_with_its_place() -> None:
    with pytest.raises(errors.Invalid) as caught:
        parsing.loads(b'{"lines": [{"note": "\\u0000"}, {"a/b~": "\\udfff"}], "ok": "\\n"}')
    assert [problem.pointer for problem in caught.value.problems] == [
        "/lines/0/note",
        "/lines/1/a~1b~0",
    ]


def test_messages_repeat_no_hostile_name() -> None:
    name = b"x" * 50_000
    with pytest.raises(errors.Unreadable) as caught:
        parsing.loads(b'{"%b": 1, "%b": 2}' % (name, name))
    assert len(caught.value.detail) < 100


@pytest.mark.parametrize(
    "raw",
    [
        b'"' + b'\\"' * 4_000_000,
        b"[" + b'"a",' * 1_000_000,
        b"[" + b"[]," * 1_000_000,
        b"[" + b'{"":"["},' * 1_000_000,
        b'"' * 5_000_000,
        b"{" * 9_000_000,
    ],
    ids=["escaped quotes", "strings", "lists", "objects", "quotes", "braces"],
)
def test_no_large_body_takes_long(raw: bytes) -> None:
    started = time.process_time()
    with pytest.raises(errors.DomainError):
        parsing.loads(raw)
    assert time.process_time() - started < 10


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    assert status_of(raw) in (200, 400, 422)


@given(st.text('[]{}",:\\u0019aeE.-+ntf\x00é', max_size=60))
def test_anything_like_json_is_read_or_refused(source: str) -> None:
    assert status_of(source.encode()) in (200, 400, 422)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(st.characters(exclude_categories=["C"])),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text("abc"), children, max_size=4),
)  # fmt: skip


@given(JSON)
def test_what_a_decent_client_writes_is_read_back(value: Any) -> None:
    assert parsing.loads(json.dumps(value).encode()) == value


HEADERS: list[tuple[dict[str, str], int, str]] = [
    ({"CONTENT_TYPE": "text/plain"}, 415, "unsupported_media_type"),
    ({"CONTENT_TYPE": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
    ({"CONTENT_TYPE": "application/xml"}, 415, "unsupported_media_type"),
    ({"CONTENT_TYPE": "application/json; charset=latin-1"}, 415, "unsupported_media_type"),
    ({"CONTENT_TYPE": "application/jsonx"}, 415, "unsupported_media_type"),
    ({"HTTP_CONTENT_ENCODING": "gzip"}, 415, "unsupported_media_type"),
    ({"CONTENT_LENGTH": str(LARGE)}, 413, "too_large"),
    ({"CONTENT_LENGTH": "9" * 5_000}, 413, "too_large"),
    ({"CONTENT_LENGTH": "-1"}, 411, "length_required"),
    ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, 411, "length_required"),
    ({"CONTENT_LENGTH": "", "CONTENT_TYPE": ""}, 400, "empty_body"),
]


@pytest.mark.parametrize(("headers", "status", "code"), HEADERS, ids=str)
def test_some_bodies_are_refused_unread(headers: dict[str, str], status: int, code: str) -> None:
    request = APIRequestFactory().post("/", b"{}", content_type="application/json")
    request.META.update(headers)
    del request._stream  # reading it would fail
    with pytest.raises(errors.DomainError) as caught:
        parsing.read(request)
    assert (caught.value.status, caught.value.code) == (status, code)


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", 'Application/JSON ; charset="UTF-8"'],
)
def test_plain_json_bodies_are_read(content_type: str) -> None:
    request = APIRequestFactory().post("/", b'{"a": 1.5}', content_type=content_type)
    assert parsing.read(request) == {"a": Decimal("1.5")}


def test_the_parser_reads_what_the_framework_hands_it() -> None:
    request = APIRequestFactory().post("/", b'{"a": 1}', content_type="application/json")
    parser = parsing.StrictJSONParser()
    body = io.BytesIO(request.body)
    assert parser.parse(body, "application/json", {"request": request}) == {"a": 1}
    request.META["HTTP_CONTENT_ENCODING"] = "gzip"
    with pytest.raises(UnsupportedMedia):
        parser.parse(body, "application/json", {"request": request})
    assert UnsupportedMedia.status == UnsupportedMediaType.status_code


@pytest.mark.parametrize("surrogate", ["d800", "dbff", "dc00", "dfff", "DC00", "DFFF"])
def test_a_lone_surrogate_is_found_however_it_is_written(surrogate: str) -> None:
    with pytest.raises(errors.Invalid) as refusal:
        parsing.loads(f'{{"a": "\\u{surrogate}"}}'.encode())
    assert [problem.code for problem in refusal.value.problems] == ["control_char"]
