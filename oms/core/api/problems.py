"""Turn everything that can go wrong in a request into a problem document (RFC 9457).

`handle` is the one exception handler of the API views; `bad_request`, `permission_denied`, `not_found` and
`server_error` answer what never reaches a view. No answer carries a trace, a statement or the name of a table.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from django.apps import apps
from django.core import exceptions as django_errors
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.db.models import UniqueConstraint
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.views import defaults
from rest_framework import exceptions as rest_errors
from rest_framework.response import Response

from oms.core import errors
from oms.core.api import errors as api_errors
from oms.core.api import rendering, request_id
from oms.core.limits.errors import LimitReached

log = structlog.get_logger()

CONTENT_TYPE = "application/problem+json"
API_PREFIX = "/api/"
_MEMBERS = frozenset({"type", "title", "status", "detail", "code", "errors", "request_id"})

_RIVALS = frozenset({"40001", "40P01", "55P03"})  # serialisation, deadlock, lock not available
_STATEMENT_TIMEOUT = "57014"
_FULL = frozenset({"53100", "53200"})  # disk, memory
_REST_CODES: dict[type[rest_errors.APIException], str] = {
    rest_errors.ParseError: "unreadable",
    rest_errors.NotAuthenticated: "not_authenticated",
    rest_errors.AuthenticationFailed: "authentication_failed",
    rest_errors.PermissionDenied: "not_allowed",
    rest_errors.NotFound: "not_found",
    rest_errors.MethodNotAllowed: "method_not_allowed",
    rest_errors.NotAcceptable: "not_acceptable",
    rest_errors.UnsupportedMediaType: "unsupported_media_type",
    rest_errors.Throttled: "too_many_requests",
}
_TITLES = {
    400: "The request cannot be read",
    401: "Sign in with a valid API key",
    403: "You may not do this",
    404: "Not found",
    405: "This method is not possible here",
    406: "No answer in the wanted form; use application/json",
    415: "Send the body as application/json, UTF-8, not compressed",
    422: "The input is not valid",
    429: "This was tried too often",
    500: "Something went wrong on our side",
}


class DatabaseBusy(errors.DomainError):
    """Rivals held the rows until all tries were used up."""

    status = 503
    code = "busy"
    title = "Too many requests work on the same things; please try again"
    retry_after = 1


class Unavailable(errors.DomainError):
    """The database cannot be reached or took too long."""

    status = 503
    code = "unavailable"
    title = "The service is not available at the moment; please try again"
    retry_after = 5


class StorageFull(errors.DomainError):
    """Nothing can be written until an operator makes room; reading works."""

    status = 503
    code = "storage_full"
    title = "Nothing can be stored at the moment; please try again later"
    retry_after = 30


class OutOfRange(errors.Invalid):
    """A value passed all checks, but the database cannot hold it."""

    code = "out_of_range"
    title = "A value is longer or larger than can be stored"


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the problem for `error`; None for what only a defect of ours can raise (it becomes a logged 500)."""
    request = context["request"]
    meaning = translate(error)
    if meaning is not None:
        body, headers = _of_domain(meaning)
    elif isinstance(error, rest_errors.APIException):
        body, headers = _of_framework(error)
    else:
        return None
    body["request_id"] = request_id.of(getattr(request, "_request", request))
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def translate(error: Exception) -> errors.DomainError | None:
    """Return the refusal that `error` means; None for framework errors and for defects."""
    match error:
        case errors.DomainError():
            return error
        case Http404():
            return errors.Missing()
        case django_errors.PermissionDenied():
            return errors.NotAllowed()
        case django_errors.RequestDataTooBig():
            return api_errors.TooLarge()
        case django_errors.SuspiciousOperation() | UnreadablePostError():
            return errors.Unreadable()
        case DatabaseError() | InterfaceError():
            return _of_database(error)
    return None


def constraint_of(error: IntegrityError) -> str | None:
    """Return the name of the constraint that `error` broke.

    PostgreSQL tells it. SQLite names a CHECK, but of a UNIQUE only the columns: the models know the rest.
    """
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        name: str | None = diagnosis.constraint_name
        return name
    kind, _, what = str(error).partition(" constraint failed: ")
    if kind == "CHECK":
        return what
    if kind == "UNIQUE":
        # Either "index 'name'" (a condition or an expression) or "table.column, table.column".
        if what.startswith("index "):
            return what.removeprefix("index ").strip("'")
        pairs = [column.split(".", 1) for column in what.split(", ")]
        return _unique_over(pairs[0][0], [column for _, column in pairs])
    return None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 400 (a forbidden host, a suspicious request)."""
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    return _respond(request, translate(exception) or errors.Unreadable())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 403."""
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return _respond(request, errors.NotAllowed())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 404."""
    if not _is_api(request):
        return defaults.page_not_found(request, exception)
    return _respond(request, errors.Missing())


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer 500 without a word about the cause; the log has it under the request id."""
    if not _is_api(request):
        return defaults.server_error(request)
    body = _body(500, "internal_error", _TITLES[500])
    return _as_response(request, body, {})


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


def _respond(request: HttpRequest, error: errors.DomainError) -> HttpResponse:
    body, headers = _of_domain(error)
    return _as_response(request, body, headers)


def _as_response(
    request: HttpRequest, body: dict[str, Any], headers: Mapping[str, str]
) -> HttpResponse:
    body["request_id"] = request_id.of(request)
    return HttpResponse(
        rendering.json_bytes(body),
        status=body["status"],
        headers={"Content-Type": CONTENT_TYPE, **headers},
    )


def _body(
    status: int,
    code: str,
    title: str,
    detail: str = "",
    problems: Sequence[errors.FieldProblem] = (),
) -> dict[str, Any]:
    return {
        "type": f"urn:oms:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": code,
        "errors": list(problems),
    }


def _of_domain(error: errors.DomainError) -> tuple[dict[str, Any], dict[str, str]]:
    """Return body and headers of a refusal; its typed fields are members beside the standard ones."""
    body = _body(error.status, error.code, error.title, error.detail, error.problems)
    body.update({name: value for name, value in error.fields.items() if name not in _MEMBERS})
    seconds = error.seconds if isinstance(error, LimitReached) else error.retry_after
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return body, headers


def _of_framework(error: rest_errors.APIException) -> tuple[dict[str, Any], dict[str, str]]:
    """Return body and headers of an error of the framework."""
    headers: dict[str, str] = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    if isinstance(error, rest_errors.ValidationError):
        return _body(422, "invalid", _TITLES[422], "", list(_leaves(error.detail, ""))), headers
    status = error.status_code
    code = next((code for kind, code in _REST_CODES.items() if isinstance(error, kind)), "error")
    title = _TITLES.get(status, "The request was refused")
    return _body(status, code, title, str(error.detail)), headers


def _leaves(detail: Any, pointer: str) -> Iterator[errors.FieldProblem]:
    """Yield the single messages of a framework's validation error."""
    if isinstance(detail, Mapping):
        for key, below in detail.items():
            step = "" if key == "non_field_errors" else f"/{key}"
            yield from _leaves(below, pointer + step)
    elif isinstance(detail, list):
        for index, below in enumerate(detail):
            nested = isinstance(below, Mapping | list)
            yield from _leaves(below, f"{pointer}/{index}" if nested else pointer)
    else:
        yield errors.FieldProblem(pointer, getattr(detail, "code", "invalid"), str(detail))


def _of_database(error: Exception) -> errors.DomainError | None:
    """Return what an error of the database means for the caller; None when it is a defect of ours."""
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    words = str(error)
    if isinstance(error, IntegrityError):
        name = constraint_of(error)
        known = _error_of_constraint(name) if name else None
        if known is None:
            # Every constraint that input can break should be checked, or named by an error class, before this.
            log.error("constraint_without_error", constraint=name, exc_info=error)
        return known() if known else errors.Conflict()
    if isinstance(error, DataError):
        log.error("value_out_of_range", exc_info=error)
        return OutOfRange()
    if state in _FULL or "disk is full" in words:
        log.error("storage_full", exc_info=error)
        return StorageFull()
    if state in _RIVALS or "database is locked" in words or "table is locked" in words:
        return DatabaseBusy()
    lost = state is not None and state.startswith(("08", "57P", "53"))
    unreached = state is None and error.__cause__ is not None and _is_psycopg(error.__cause__)
    if state == _STATEMENT_TIMEOUT or lost or (unreached and _is_connection_error(error)):
        log.error("database_unavailable", exc_info=error)
        return Unavailable()
    return None


def _is_psycopg(cause: BaseException) -> bool:
    return type(cause).__module__.startswith("psycopg")


def _is_connection_error(error: Exception) -> bool:
    return isinstance(error, OperationalError | InterfaceError)


def _error_of_constraint(name: str) -> type[errors.DomainError] | None:
    """Return the error class that names the constraint in its `constraints`."""
    pending: list[type[errors.DomainError]] = [errors.DomainError]
    while pending:
        kind = pending.pop()
        if name in kind.constraints:
            return kind
        pending.extend(kind.__subclasses__())
    return None


def _unique_over(table: str, columns: Sequence[str]) -> str | None:
    """Return the name of the unique constraint over `columns` of `table`."""
    for model in apps.get_models():
        if model._meta.db_table != table:
            continue
        column_of = {field.name: field.column for field in model._meta.concrete_fields}
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint) and {
                column_of[name] for name in constraint.fields
            } == set(columns):
                return constraint.name
    return None
