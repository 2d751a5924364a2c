"""Each request leaves one line that says who asked what, under the id that the answer carries."""

from typing import Any

import pytest
from django.test import Client

from tests.orders.factories import ChannelFactory, api_key

pytestmark = pytest.mark.django_db


def lines(caplog: pytest.LogCaptureFixture) -> list[Any]:
    """Return what was logged of requests."""
    return [one.msg for one in caplog.records if one.name.startswith("django_structlog")]


def test_a_call_of_a_client_is_one_line_with_its_id_and_address(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    key = api_key(ChannelFactory.create())
    answer = client.get(
        "/api/v1/orders",
        headers={"Authorization": f"Bearer {key}", "X-Request-ID": "abc-12345"},
        REMOTE_ADDR="192.0.2.7",
    )
    (line,) = lines(caplog)

    assert answer.status_code == 200
    assert line["event"] == "request_finished"
    assert line["code"] == 200
    assert line["request"] == "GET /api/v1/orders"
    assert line["request_id"] == answer.headers["X-Request-ID"] == "abc-12345"
    assert line["ip"] == "192.0.2.7"
    assert isinstance(line["client_id"], int)
    assert "user_id" not in line


def test_a_forwarded_address_is_not_believed_without_a_proxy(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/admin/login/", headers={"X-Forwarded-For": "203.0.113.9"}, REMOTE_ADDR="192.0.2.7")
    (line,) = lines(caplog)

    assert line["ip"] == "192.0.2.7"
    assert "client_id" not in line
