import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

import psycopg
import pytest
from django.core import exceptions as django_errors
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.http import Http404, HttpRequest
from django.test import RequestFactory
from rest_framework import exceptions as rest_errors
from rest_framework.test import APIClient

from oms.core import errors
from oms.core.api import problems
from oms.core.api.models import IdempotencyKey
from oms.core.limits.errors import LimitReached
from tests.core.api.things import Effects

MEMBERS = {"type", "title", "status", "detail", "code", "errors", "request_id"}


class Short(errors.Conflict):
    """Some are missing."""

    code = "short"
    title = "There is too little"


class Twice(errors.Conflict):
    """The key is there."""

    code = "twice"
    title = "There is one already"
    constraints: ClassVar[tuple[str, ...]] = ("idempotency_key_unique",)


def database_error(kind: type[Exception], sqlstate: str | None, words: str = "x") -> Exception:
    """Make an error as Django raises it, around the driver's own."""
    error = kind(words)
    cause = psycopg.OperationalError(words)
    cause.sqlstate = sqlstate
    error.__cause__ = cause
    return error


def raising(error: BaseException) -> Callable[[], Any]:
    def run() -> Any:
        raise error

    return run


CASES: list[tuple[Exception, int, str, dict[str, str]]] = [
    (Short(), 409, "short", {}),
    (errors.Busy(), 409, "busy", {"Retry-After": "1"}),
    (errors.Stale(version=3), 412, "stale_version", {}),
    (errors.Missing(), 404, "not_found", {}),
    (LimitReached(seconds=7), 429, "too_many_requests", {"Retry-After": "7"}),
    (Http404("secret row 17"), 404, "not_found", {}),
    (django_errors.PermissionDenied("secret"), 403, "not_allowed", {}),
    (django_errors.SuspiciousOperation("x"), 400, "unreadable", {}),
    (django_errors.RequestDataTooBig("x"), 413, "too_large", {}),
    (rest_errors.ParseError(), 400, "unreadable", {}),
    (rest_errors.NotFound(), 404, "not_found", {}),
    (rest_errors.PermissionDenied(), 403, "not_allowed", {}),
    (rest_errors.Throttled(wait=1.2), 429, "too_many_requests", {"Retry-After": "2"}),
    (rest_errors.UnsupportedMediaType("x"), 415, "unsupported_media_type", {}),
    (rest_errors.ValidationError({"a": ["no"]}), 422, "invalid", {}),
    (
        rest_errors.AuthenticationFailed(),
        401,
        "authentication_failed",
        {"WWW-Authenticate": "Fake"},
    ),
    (database_error(OperationalError, "40P01"), 503, "busy", {"Retry-After": "1"}),
    (database_error(OperationalError, "40001"), 503, "busy", {"Retry-After": "1"}),
    (database_error(OperationalError, "55P03"), 503, "busy", {"Retry-After": "1"}),
    (OperationalError("database is locked"), 503, "busy", {"Retry-After": "1"}),
    (database_error(OperationalError, "53100"), 503, "storage_full", {"Retry-After": "30"}),
    (OperationalError("database or disk is full"), 503, "storage_full", {"Retry-After": "30"}),
    (database_error(OperationalError, "57014"), 503, "unavailable", {"Retry-After": "5"}),
    (database_error(OperationalError, "57P01"), 503, "unavailable", {"Retry-After": "5"}),
    (database_error(OperationalError, "53300"), 503, "unavailable", {"Retry-After": "5"}),
    (database_error(OperationalError, "08006"), 503, "unavailable", {"Retry-After": "5"}),
    (database_error(OperationalError, None), 503, "unavailable", {"Retry-After": "5"}),
    (database_error(InterfaceError, None), 503, "unavailable", {"Retry-After": "5"}),
    (DataError("value too long for type character varying(10)"), 422, "out_of_range", {}),
    (IntegrityError("CHECK constraint failed: nobody_named_this"), 409, "conflict", {}),
    (IntegrityError("CHECK constraint failed: idempotency_key_unique"), 409, "twice", {}),
]


@pytest.mark.parametrize(
    ("error", "status", "code", "headers"), CASES, ids=lambda value: repr(value)[:60]
)
def test_every_failure_becomes_a_problem(
    client: APIClient,
    effects: Effects,
    error: Exception,
    status: int,
    code: str,
    headers: dict[str, str],
) -> None:
    effects.run = raising(error)
    response = client.get("/api/things", headers={"X-Request-ID": "abc-12345"})
    body = json.loads(response.content)
    assert response.status_code == body["status"] == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert body["code"] == code
    assert body["type"] == f"urn:oms:problem:{code}"
    assert body["request_id"] == response.headers["X-Request-ID"] == "abc-12345"
    assert set(body) >= MEMBERS
    for name, value in headers.items():
        assert response.headers[name] == value
    assert "secret" not in response.content.decode()
    assert "character varying" not in response.content.decode()


def test_a_refusal_carries_its_fields_and_all_its_problems(
    client: APIClient, effects: Effects
) -> None:
    effects.run = raising(
        Short(
            "Two are missing.",
            problems=[errors.FieldProblem("/lines/0", "short", "One is missing.")],
            remaining=Decimal("1.50"),
            allowed=["cancel"],
            status="never",
        )
    )
    body = client.get("/api/things").json()
    assert body.pop("request_id")
    assert body == {
        "type": "urn:oms:problem:short",
        "title": "There is too little",
        "status": 409,
        "detail": "Two are missing.",
        "code": "short",
        "errors": [{"pointer": "/lines/0", "code": "short", "message": "One is missing."}],
        "remaining": "1.50",
        "allowed": ["cancel"],
    }


def test_the_frameworks_own_validation_errors_are_listed_one_by_one(
    client: APIClient, effects: Effects
) -> None:
    effects.run = raising(
        rest_errors.ValidationError(
            {"a": ["one", "two"], "b": [{"c": ["three"]}], "non_field_errors": ["four"]}
        )
    )
    found = client.get("/api/things").json()["errors"]
    assert [(problem["pointer"], problem["message"]) for problem in found] == [
        ("/a", "one"),
        ("/a", "two"),
        ("/b/0/c", "three"),
        ("", "four"),
    ]


@pytest.mark.parametrize(
    "error", [RuntimeError("secret"), OperationalError("no such table: secret"), KeyError("secret")]
)
def test_a_defect_is_a_500_that_says_nothing(
    client: APIClient, effects: Effects, error: Exception
) -> None:
    effects.run = raising(error)
    response = client.get("/api/things")
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "internal_error"
    assert response.json()["request_id"] == response.headers["X-Request-ID"]
    assert "secret" not in response.content.decode()


def test_paths_that_lead_nowhere_answer_by_where_they_are(client: APIClient) -> None:
    inside = client.get("/api/nothing")
    assert inside.status_code == 404
    assert inside.headers["Content-Type"] == "application/problem+json"
    assert inside.json()["code"] == "not_found"
    outside = client.get("/nothing")
    assert outside.status_code == 404
    assert outside.headers["Content-Type"].startswith("text/html")


def test_a_foreign_host_name_is_a_problem_too(client: APIClient) -> None:
    response = client.get("/api/things", headers={"Host": "evil.example"})
    assert (response.status_code, response.json()["code"]) == (400, "unreadable")


@pytest.mark.parametrize(
    ("handler", "status"),
    [(problems.bad_request, 400), (problems.permission_denied, 403), (problems.not_found, 404)],
)
def test_the_handlers_leave_pages_to_the_framework(
    handler: Callable[[HttpRequest, Exception], Any], status: int
) -> None:
    page = handler(RequestFactory().get("/page"), Exception("x"))
    assert page.status_code == status
    assert page.headers["Content-Type"].startswith("text/html")
    problem = handler(RequestFactory().get("/api/page"), Exception("x"))
    assert problem.status_code == status
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert problems.server_error(RequestFactory().get("/page")).status_code == 500


@pytest.mark.django_db
def test_a_broken_unique_constraint_is_known_by_name_on_every_database() -> None:
    def add() -> None:
        IdempotencyKey.objects.create(
            caller="c", route="r", key="k", status=200, fingerprint="f", body=""
        )

    add()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        add()
    assert problems.constraint_of(caught.value) == "idempotency_key_unique"
    assert isinstance(problems.translate(caught.value), Twice)


@pytest.mark.django_db
def test_a_broken_check_is_known_by_name_on_every_database() -> None:
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("CREATE TABLE scratch (id integer, CONSTRAINT positive CHECK (id > 0))")
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            cursor.execute("INSERT INTO scratch VALUES (0)")
        cursor.execute("DROP TABLE scratch")
    assert problems.constraint_of(caught.value) == "positive"


def test_an_integrity_error_that_tells_nothing_is_a_conflict() -> None:
    assert problems.constraint_of(IntegrityError("NOT NULL constraint failed: a.b")) is None
    assert type(problems.translate(IntegrityError("what?"))) is errors.Conflict
