"""Every API route, with the scope that each of its methods needs. A route that is not listed here fails."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from oms.accounts.models import Scope
from oms.core.api.views import ApiView
from tests.orders.factories import ChannelFactory, api_key

UNKNOWN_ID = "01a20190-8514-77a8-a02f-c6d48c0ec831"


def api_routes() -> Iterator[tuple[str, type[ApiView]]]:
    """Yield (path, view class) of every route below /api/v1/."""

    def walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, Any]]:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern):
                yield route, pattern.callback

    for route, callback in walk(get_resolver().url_patterns, ""):
        if route.startswith("api/v1/"):
            yield route, callback.view_class


ROUTES = list(api_routes())
CALLS = [
    (route, method, view.required_scopes[method])
    for route, view in ROUTES
    for method in sorted(view.required_scopes)
]


def address(route: str) -> str:
    """Return a path of the route with ids that nothing has."""
    path = route
    for part in route.split("/"):
        if part.startswith("<"):
            path = path.replace(part, UNKNOWN_ID)
    return f"/{path}"


def test_there_are_routes() -> None:
    assert len(ROUTES) >= 10


@pytest.mark.parametrize(("route", "view"), ROUTES, ids=[route for route, _ in ROUTES])
def test_every_method_of_a_route_names_a_scope_that_exists(route: str, view: type[ApiView]) -> None:
    methods = {
        name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)
    }
    assert issubclass(view, ApiView)
    assert set(view.required_scopes) == methods
    assert set(view.required_scopes.values()) <= set(Scope.values)


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "method", "scope"), CALLS)
def test_nobody_comes_in_without_a_key_or_without_the_scope(
    route: str, method: str, scope: str
) -> None:
    http = Client()
    without_scope = api_key(
        ChannelFactory.create(), scopes=[str(each) for each in Scope if each != scope]
    )
    call: dict[str, Any] = {"content_type": "application/json", "data": "{}"}
    anonymous = http.generic(method, address(route), **call)
    lacking = http.generic(
        method,
        address(route),
        **call,
        headers={"Authorization": f"Bearer {without_scope}", "Idempotency-Key": "k"},
    )

    assert anonymous.status_code == 401
    assert (lacking.status_code, lacking.json()["code"]) == (403, "missing_scope")


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "method", "scope"), CALLS)
def test_nonsense_is_answered_with_a_problem_and_never_a_crash(
    route: str, method: str, scope: str
) -> None:
    key = api_key(ChannelFactory.create())
    http = Client(raise_request_exception=False)
    for body in ("", "[]", "{}", '{"lines": "x"}', '{"reason": {"a": []}}', "[[[["):
        response = http.generic(
            method,
            address(route),
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": f"k{len(body)}"},
        )
        assert response.status_code < 500, (body, response.content)
        if response.status_code >= 400:
            assert response.headers["Content-Type"] == "application/problem+json"
            assert response.json()["request_id"]
