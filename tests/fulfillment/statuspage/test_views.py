"""The page over HTTP."""

import re
import statistics
import time
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from django.db import connection
from django.test import Client
from pytest_django import Settings

from fulfillment.statuspage import services
from fulfillment.statuspage.models import StatusLink
from oms.core import clock
from oms.core.actors import SYSTEM
from orders.ordering.models import Order
from tests.fulfillment.factories import scan, shipped_shipment
from tests.orders.factories import place_order, stocked_sku

pytestmark = pytest.mark.django_db

NOWHERE = "WEB-22222-22222"


@pytest.fixture
def order() -> Order:
    """Give an order of ada@example.com to 10119 Berlin."""
    return place_order([(stocked_sku(5, name="Mug"), 2)])


def link(order: Order) -> str:
    """Return the address of the order's page."""
    return f"/status/{services.issue(order_id=order.pk)}"


def ask(client: Client, number: str, proof: str, **extra: Any) -> Any:
    """Send the form."""
    return client.post("/status/", {"number": number, "proof": proof}, **extra)


def without_echo(response: Any, *typed: str) -> str:
    """Return the body without what the browser sent and without the form's own token."""
    body: str = response.content.decode()
    for value in typed:
        body = body.replace(f'value="{value}"', 'value="typed"')
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", body)


def headers(response: Any) -> dict[str, str]:
    """Return the headers without those that follow the request: its id, the form's token, what was typed."""
    own = {"Content-Length", "Set-Cookie", "X-Request-ID"}
    return {name: value for name, value in response.items() if name not in own}


# Reading --------------------------------------------------------------------------------------------------------------


def test_the_link_shows_the_order(client: Client, order: Order) -> None:
    response = client.get(link(order))
    assert response.status_code == 200
    body = response.content.decode()
    assert order.number in body
    assert "Mug" in body
    assert "28.70" in body


def test_the_answer_is_private(client: Client, order: Order) -> None:
    response = client.get(link(order))
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert not response.cookies


class _Strict(HTMLParser):
    """What a strict content policy forbids, and what would leave the house."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style", "iframe", "img"}:
            self.found.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.found.append(name)
            if name in {"href", "src", "action"} and re.match(r"[a-z]+:|//", value or ""):
                self.found.append(f"{name} {value}")


def test_no_script_no_inline_style_and_no_address_elsewhere(client: Client, order: Order) -> None:
    shipment = shipped_shipment()
    scan(shipment, "delayed", clock.now())
    for path in (link(order), link(shipment.fulfillment_order.order), "/status/", "/status/x"):
        assert _Strict(client.get(path).content.decode()).found == []


def test_stored_text_is_shown_as_text(client: Client) -> None:
    evil = '<img src=x onerror="alert(1)">{{ 7|add:7 }}'
    shipment = shipped_shipment([(stocked_sku(5, name=evil), 1)])
    scan(shipment, "unknown", clock.now(), description=evil, place=evil[:40])
    body = client.get(link(shipment.fulfillment_order.order)).content.decode()
    assert "<img" not in body
    assert body.count("&lt;img src=x") >= 4
    assert _Strict(body).found == []


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "head", "options"])
def test_the_page_can_be_read_and_nothing_else(client: Client, order: Order, method: str) -> None:
    response = getattr(client, method)(link(order))
    assert response.status_code == 405
    assert response["Allow"] == "GET"
    assert order.number not in response.content.decode()
    assert response["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_the_form_can_be_read_and_sent_and_nothing_else(client: Client, method: str) -> None:
    assert getattr(client, method)("/status/").status_code == 405
    assert client.head("/status/").status_code == 200


# Links that open nothing ----------------------------------------------------------------------------------------------


def test_altered_expired_revoked_and_invented_links_get_the_same_answer(
    client: Client, order: Order
) -> None:
    good = link(order)
    altered = good[:-1] + ("A" if good[-1] != "A" else "B")
    answers = [client.get(altered), client.get(f"/status/{'A' * 32}"), client.get("/status/x")]
    with time_machine.travel(clock.now() + timedelta(days=200), tick=False):
        answers.append(client.get(good))
    assert client.get(good).status_code == 200
    services.revoke_all(order_id=order.pk, actor=SYSTEM, reason="Test")
    answers.append(client.get(good))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert all(headers(answer) == headers(answers[0]) for answer in answers)
    assert order.number not in answers[0].content.decode()


def test_the_token_of_another_order_opens_that_order_alone(client: Client, order: Order) -> None:
    other = place_order()
    body = client.get(link(other)).content.decode()
    assert other.number in body
    assert order.number not in body


def test_many_links_that_open_nothing_are_refused(client: Client) -> None:
    codes = [client.get(f"/status/{number:032}").status_code for number in range(70)]
    assert codes == [404] * 60 + [429] * 10
    assert client.get("/status/x", REMOTE_ADDR="203.0.113.9").status_code == 404


# Looking up -----------------------------------------------------------------------------------------------------------


def test_a_right_pair_leads_to_the_page(client: Client, order: Order) -> None:
    response = ask(client, order.number, "10119")
    assert response.status_code == 303
    assert re.fullmatch(r"/status/[A-Za-z0-9_-]{32}", response["Location"])
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"
    assert order.number in client.get(response["Location"]).content.decode()


@pytest.mark.parametrize("factor", ["eve@example.com", "99999", "' OR 1=1 --", "%", "_____", "😀"])
def test_a_wrong_number_and_a_wrong_factor_get_the_same_answer(
    client: Client, order: Order, factor: str
) -> None:
    wrong_factor = ask(client, order.number, factor)
    wrong_number = ask(client, NOWHERE, factor)
    right_factor_wrong_number = ask(client, NOWHERE, "ada@example.com")
    assert wrong_factor.status_code == wrong_number.status_code == 404
    assert headers(wrong_factor) == headers(wrong_number) == headers(right_factor_wrong_number)
    shown = without_echo(wrong_factor, order.number)
    assert shown == without_echo(wrong_number, NOWHERE)
    assert "We find no order with these details" in shown
    assert without_echo(right_factor_wrong_number, NOWHERE, "ada@example.com") == without_echo(
        ask(client, order.number, "eva@example.com"), order.number, "eva@example.com"
    )
    assert not StatusLink.objects.exists()


def test_a_wrong_number_and_a_wrong_factor_take_the_same_statements(
    client: Client, order: Order
) -> None:
    def statements(number: str) -> list[str]:
        seen: list[str] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            seen.append(re.sub(r"\s+", " ", sql))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            assert ask(client, number, "99999").status_code == 404
        return seen

    assert statements(order.number) == statements(NOWHERE)


@pytest.mark.slow
def test_a_wrong_number_and_a_wrong_factor_take_the_same_time(client: Client, order: Order) -> None:
    def milliseconds(number: str, host: int) -> float:
        start = time.perf_counter()
        ask(client, number, "99999", REMOTE_ADDR=f"198.51.100.{host}")
        return (time.perf_counter() - start) * 1000

    # In turns, so that whatever else the machine does hits both alike; below every limit.
    pairs = [(milliseconds(order.number, n), milliseconds(NOWHERE, n)) for n in range(1, 41)]
    there, nowhere = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert abs(there - nowhere) < 20


@pytest.mark.parametrize(
    ("number", "proof"),
    [("", ""), (NOWHERE, ""), ("", "10119"), ("x" * 65, "10119"), (NOWHERE, "x" * 255)],
)
def test_an_incomplete_form_says_what_is_missing(client: Client, number: str, proof: str) -> None:
    response = ask(client, number, proof)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()


@pytest.mark.parametrize("typed", ["\x00", "WEB\x00", "WEB\u202e", "a\u200bb"])
def test_invisible_characters_are_refused(client: Client, typed: str) -> None:
    assert ask(client, typed, "10119").status_code == 422


def test_the_sixth_wrong_try_gets_429_for_any_number(client: Client, order: Order) -> None:
    for number in (order.number, NOWHERE):
        codes = [ask(client, number, "99999").status_code for _ in range(7)]
        assert codes == [404] * 5 + [429] * 2
    refused, elsewhere = ask(client, order.number, "99999"), ask(client, NOWHERE, "99999")
    assert without_echo(refused) == without_echo(elsewhere)
    assert 1 <= int(refused["Retry-After"]) <= 900
    assert refused["Cache-Control"] == "no-store"
    assert "15 minutes" in refused.content.decode()


def test_a_forged_forwarded_header_does_not_widen_the_limit(
    client: Client, order: Order, settings: Settings
) -> None:
    settings.NUM_PROXIES = 1

    def code(host: int) -> int:
        forged = f"192.0.2.{host}, 198.51.100.7"
        status: int = ask(
            client, order.number, "99999", headers={"x-forwarded-for": forged}
        ).status_code
        return status

    assert [code(host) for host in range(7)] == [404] * 5 + [429] * 2


def test_customers_behind_the_own_proxy_are_counted_apart(
    client: Client, order: Order, settings: Settings
) -> None:
    settings.NUM_PROXIES = 1
    codes = [
        ask(
            client, order.number, "99999", headers={"x-forwarded-for": f"198.51.100.{host}"}
        ).status_code
        for host in range(7)
    ]
    assert codes == [404] * 7


def test_the_limit_does_not_live_in_the_cache_of_one_process(
    client: Client, order: Order, settings: Settings
) -> None:
    for _ in range(5):
        ask(client, order.number, "99999")
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert ask(Client(), order.number, "99999").status_code == 429


def test_the_form_is_protected_against_other_sites(order: Order) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert ask(strict, order.number, "10119").status_code == 403
    page = strict.get("/status/").content.decode()
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    response = strict.post(
        "/status/",
        {"number": order.number, "proof": "10119", "csrfmiddlewaretoken": token[1]},
    )
    assert response.status_code == 303


# Language -------------------------------------------------------------------------------------------------------------


def test_the_page_is_in_the_language_of_the_order_and_can_be_switched(client: Client) -> None:
    address = link(place_order(language="de"))
    german = client.get(address, headers={"accept-language": "en"})
    assert german["Content-Language"] == "de"
    assert '<html lang="de">' in german.content.decode()
    assert "Was bisher geschah" in german.content.decode()
    english = client.get(f"{address}?language=en")
    assert english["Content-Language"] == "en"
    assert "What has happened" in english.content.decode()


@pytest.mark.parametrize("language", ["fr", "", "de'><script>", "../de", "DE"])
def test_an_unknown_language_is_ignored(client: Client, language: str) -> None:
    address = link(place_order(language="de"))
    response = client.get(address, {"language": language})
    assert response["Content-Language"] == "de"
    assert "script>" not in response.content.decode()


def test_the_form_follows_the_browser_and_keeps_the_language_that_was_chosen(
    client: Client, order: Order
) -> None:
    german = client.get("/status/", headers={"accept-language": "de-CH,de;q=0.9"})
    assert "Wo ist meine Bestellung?" in german.content.decode()
    chosen = client.post("/status/?language=de", {"number": order.number, "proof": "10119"})
    assert chosen["Location"].endswith("?language=de")


@pytest.mark.parametrize("name", ["next", "redirect", "url", "return_to"])
def test_no_parameter_leads_elsewhere(client: Client, order: Order, name: str) -> None:
    response = client.post(
        f"/status/?{name}=//evil.example", {"number": order.number, "proof": "10119"}
    )
    assert response["Location"].startswith("/status/")
    assert "evil" not in response["Location"]


def test_every_language_renders_every_page(client: Client, order: Order) -> None:
    for language, _ in configured.LANGUAGES:
        for path in (link(order), "/status/", "/status/x"):
            body = client.get(path, {"language": language}).content.decode()
            assert f'<html lang="{language}">' in body
