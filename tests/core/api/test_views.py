from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from oms.core.api import rendering, schemas
from tests.core.api.things import Effects


def test_a_caller_with_the_scope_comes_in(client: APIClient) -> None:
    response = client.get("/api/things")
    assert (response.status_code, response.json()) == (200, {"ok": True})
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "authorization", "status", "code"),
    [
        ("GET", "", 401, "not_authenticated"),
        ("POST", "", 401, "not_authenticated"),
        ("GET", "client-1", 403, "missing_scope"),
        ("GET", "client-1 things:write", 403, "missing_scope"),
        ("POST", "client-1 things:read", 403, "missing_scope"),
        ("PATCH", "", 401, "not_authenticated"),
        # PUT is written but nobody declared its scope: closed.
        ("PUT", "client-1 things:read things:write", 403, "missing_scope"),
        ("DELETE", "client-1 things:read things:write", 405, "method_not_allowed"),
        ("OPTIONS", "client-1 things:read things:write", 405, "method_not_allowed"),
    ],
)
def test_everybody_else_is_refused(
    client: APIClient, effects: Effects, method: str, authorization: str, status: int, code: str
) -> None:
    response = client.generic(
        method,
        "/api/things",
        "{}",
        content_type="application/json",
        headers={"Authorization": authorization},
    )
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert effects.calls == 0
    if status == 401:
        assert response.headers["WWW-Authenticate"] == "Fake"
    if status == 405:
        assert "GET" in response.headers["Allow"]


def test_a_head_request_needs_the_scope_of_get(client: APIClient) -> None:
    assert client.head("/api/things").status_code == 200
    refused = client.head("/api/things", headers={"Authorization": "client-1 things:write"})
    assert refused.status_code == 403


def test_the_missing_scope_is_named(client: APIClient) -> None:
    response = client.get("/api/things", headers={"Authorization": "client-1 other"})
    assert response.json()["scope"] == "things:read"


BODIES: list[tuple[bytes, dict[str, Any], int, str, str]] = [
    (b"", {}, 400, "empty_body", ""),
    (b'{"name": "x"', {}, 400, "invalid_json", ""),
    (b"[" * 200_000, {}, 400, "too_deep", ""),
    (b'{"name": NaN}', {}, 400, "not_a_number", ""),
    (b'{"amount": 1e400}', {}, 422, "invalid", "number_range"),
    (b'{"name": "x", "name": "y"}', {}, 400, "duplicate_key", ""),
    (b'{"name": "\xff"}', {}, 400, "invalid_utf8", ""),
    (b'\xef\xbb\xbf{"name": "x"}', {}, 400, "byte_order_mark", ""),
    (b'{"name": "\\ud800"}', {}, 422, "invalid", "control_char"),
    (b'{"name": "\\u0000"}', {}, 422, "invalid", "control_char"),
    (b'{"name": "x"}', {"content_type": "text/plain"}, 415, "unsupported_media_type", ""),
    (b"name=x", {"content_type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type", ""),
    (b'{"name": "' + b"x" * 11_000_000 + b'"}', {}, 413, "too_large", ""),
    (b'[{"name": "x"}]', {}, 422, "invalid", "not_object"),
    (b"\x1f\x8b\x08", {"headers": {"Content-Encoding": "gzip"}}, 415, "unsupported_media_type", ""),
    (b"{}", {}, 422, "invalid", "required"),
    (b'{"name": "x", "status": "paid"}', {}, 422, "invalid", "unknown_field"),
]  # fmt: skip


@pytest.mark.parametrize("path", ["/api/plain", "/api/things"])
@pytest.mark.parametrize(
    ("raw", "extra", "status", "code", "field_code"), BODIES, ids=lambda value: repr(value)[:40]
)
def test_a_bad_body_is_refused_before_anything_happens(
    client: APIClient,
    effects: Effects,
    path: str,
    raw: bytes,
    extra: dict[str, Any],
    status: int,
    code: str,
    field_code: str,
) -> None:
    response = client.post(path, raw, **{"content_type": "application/json", **extra})
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code)
    assert [problem["code"] for problem in body["errors"]] == ([field_code] if field_code else [])
    assert len(response.content) < 1_000
    assert effects.calls == 0


def test_a_good_body_becomes_a_command_and_is_answered_exactly(client: APIClient) -> None:
    response = client.post(
        "/api/plain", b'{"name": "x", "amount": 19.90}', content_type="application/json"
    )
    assert response.content == b'{"name":"x","amount":"19.90"}'


def test_an_unwanted_form_of_answer_is_refused_in_json(client: APIClient) -> None:
    response = client.get("/api/things", headers={"Accept": "text/html"})
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")
    assert client.get("/api/things?format=xml").status_code == 200


@dataclass
class Point:
    x: int
    y: Decimal


class Out(schemas.Answer):
    at: datetime
    points: list[Any]


def test_models_dataclasses_and_exact_values_are_written_as_json() -> None:
    value = {
        "out": Out(at=datetime(2026, 3, 1, 12, tzinfo=UTC), points=[Point(1, Decimal("2.50"))]),
        "id": UUID(int=7),
        "none": None,
        "text": "Zoë",
    }
    assert rendering.json_bytes(value).decode() == (
        '{"out":{"at":"2026-03-01T12:00:00Z","points":[{"x":1,"y":"2.50"}]},'
        '"id":"00000000-0000-0000-0000-000000000007","none":null,"text":"Zoë"}'
    )
