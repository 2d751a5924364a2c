import re

import pytest
from rest_framework.test import APIClient

from tests.core.api.things import Effects


@pytest.mark.parametrize(
    "sent", ["abcdefgh", "A1.b_c:d-e", "4f17325c-558a-4a04-a863-2b3a295759a7", "x" * 64]
)
def test_a_sane_id_is_kept(client: APIClient, sent: str) -> None:
    assert client.get("/api/things", headers={"X-Request-ID": sent}).headers["X-Request-ID"] == sent


@pytest.mark.parametrize(
    "sent",
    ["", "short", "x" * 65, "a b c d e f", "abc\r\ndefgh", "ünïcödé-id", "-abcdefgh", "<script>x"],
)
def test_any_other_id_is_replaced(client: APIClient, sent: str) -> None:
    answered = client.get("/api/things", headers={"X-Request-ID": sent}).headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f-]{27}", answered)


def test_two_requests_have_two_ids(client: APIClient, effects: Effects) -> None:
    first, second = client.get("/api/things"), client.get("/api/things")
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


def test_pages_have_an_id_too(client: APIClient) -> None:
    assert client.get("/nothing").headers["X-Request-ID"]
