"""A call of the API passes by what only pages need, and keeps what every answer needs."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from tests.orders.factories import ChannelFactory, api_key

pytestmark = pytest.mark.django_db

ALWAYS = {
    "Content-Length",
    "Content-Security-Policy",
    "Content-Type",
    "Cross-Origin-Opener-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-Request-ID",
}


@pytest.fixture
def key() -> dict[str, str]:
    """Give the header of a client that serves a channel."""
    return {"Authorization": f"Bearer {api_key(ChannelFactory.create())}"}


@pytest.mark.parametrize(
    ("address", "status", "more"),
    [
        ("/api/v1/orders", 200, {"Allow", "Cache-Control"}),
        ("/api/v1/orders/NONE", 404, {"Allow", "Cache-Control"}),
        ("/api/v1/nothing", 404, set()),
    ],
)
def test_every_answer_has_the_headers_that_keep_it_safe(
    client: Client, key: dict[str, str], address: str, status: int, more: set[str]
) -> None:
    answer = client.get(address, headers=key)

    assert answer.status_code == status
    assert set(answer.headers) == ALWAYS | more
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_refused_key_is_a_problem_with_its_id(client: Client) -> None:
    answer = client.get("/api/v1/orders", headers={"Authorization": "Bearer oms_no_key"})

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="oms"'
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


def test_a_call_opens_no_session_even_for_staff(admin_client: Client, key: dict[str, str]) -> None:
    assert admin_client.get("/api/v1/orders").status_code == 401

    answer: Any = admin_client.get("/api/v1/orders", headers=key)
    assert answer.status_code == 200
    assert not answer.cookies
    assert not hasattr(answer.wsgi_request, "session")


def test_a_call_needs_no_token_against_forgery_and_a_form_does(key: dict[str, str]) -> None:
    checking = Client(enforce_csrf_checks=True)

    call = checking.post("/api/v1/orders", "{}", content_type="application/json", headers=key)
    form = checking.post("/admin/login/", {"username": "someone", "password": "x"})

    assert call.status_code == 422
    assert form.status_code == 403


def test_a_call_does_not_speak_the_language_of_the_page_before(client: Client) -> None:
    page = client.get("/status/", headers={"accept-language": "de"})
    assert page.headers["Content-Language"] == "de"

    with translation.override("de"):  # as a thread is that has shown such a page
        answer = client.get("/api/v1/orders", headers={"accept-language": "de"})

    assert answer.json()["detail"] == "Authentication credentials were not provided."


def test_a_foreign_host_is_refused_with_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/orders", headers={"host": "elsewhere.example"})

    assert answer.status_code == 400
    assert answer.json()["code"] == "unreadable"


def test_the_pages_about_the_api_are_pages(client: Client) -> None:
    assert client.get("/api/docs").headers["Location"] == "/api/docs/"
    assert client.get("/api/docs/").headers["Content-Language"] == "en"
