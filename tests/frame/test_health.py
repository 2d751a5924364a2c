"""Liveness asks nothing of anyone; readiness says what is missing, and to whom."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from oms import health
from oms.celery import app
from oms.core import clock
from oms.core.outbox.models import Event
from oms.messaging.models import Message

ROOT = Path(__file__).resolve().parents[2]
CLOSED = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def _unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test judge the migrations itself."""
    monkeypatch.setattr(health, "_migrated", set())


@pytest.fixture
def broker() -> Iterator[Callable[[str], None]]:
    """Let the test name another queue for a while."""
    before = {name: app.conf[name] for name in ("broker_url", "broker_transport_options")}

    def use(url: str) -> None:
        options = {"socket_connect_timeout": 1}
        app.conf.update(broker_url=url, broker_transport_options=options)

    yield use
    app.conf.update(before)


@pytest.mark.django_db
def test_alive_touches_no_database(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_may_come_by_any_address_and_only_read(client: Client, path: str) -> None:
    assert client.get(path, headers={"host": "10.9.8.7:8000"}).status_code == 200
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405
    assert client.get("/admin/", headers={"host": "10.9.8.7:8000"}).status_code == 400


@pytest.mark.django_db
def test_ready_when_everything_is_there(client: Client) -> None:
    answer = client.get("/readyz?strict")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {
            "database": "ok",
            "migrations": "ok",
            "queue": "ok",
            "outbox": "ok",
            "mail": "ok",
        },
    }
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer.json()["status"] == "unavailable"
    assert answer.json()["checks"]["migrations"] == "1 not applied"


@pytest.mark.django_db
def test_without_the_queue_orders_are_still_taken(
    client: Client, broker: Callable[[str], None]
) -> None:
    broker(CLOSED)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"]["queue"] == "unreachable"
    assert client.get("/readyz?strict").status_code == 503


@pytest.mark.redis
@pytest.mark.django_db
def test_a_real_redis_is_reachable(
    client: Client, broker: Callable[[str], None], redis_url: str
) -> None:
    broker(redis_url)
    assert client.get("/readyz?strict").json()["checks"]["queue"] == "ok"


@pytest.mark.django_db
@pytest.mark.parametrize(("waiting", "status"), [(119, "ok"), (125, "degraded")])
def test_an_event_that_waits_too_long_is_said(client: Client, waiting: int, status: str) -> None:
    Event.objects.create(
        name="frame.waited.v1",
        aggregate="frame",
        aggregate_id="1",
        sequence=1,
        payload={},
        occurred_at=clock.now() - timedelta(seconds=waiting),
    )
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == status
    assert client.get("/readyz?strict").status_code == (200 if status == "ok" else 503)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("waiting", "attempts", "status"),
    [(119, 0, "ok"), (125, 0, "degraded"), (125, 1, "ok")],
    ids=["not long", "too long", "put off by a server"],
)
def test_a_mail_that_nobody_takes_is_said(
    client: Client, waiting: int, attempts: int, status: str
) -> None:
    now = clock.now()
    Message.objects.create(
        document="orders.order",
        document_id=1,
        kind="order_confirmation",
        trigger="placed",
        recipient="ada@example.com",
        attempts=attempts,
        created_at=now - timedelta(seconds=waiting),
        due_at=now + timedelta(minutes=1),  # as an outage leaves it
    )
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == status
    assert (answer.json()["checks"]["mail"] == "ok") == (status == "ok")
    assert client.get("/readyz?strict").status_code == (200 if status == "ok" else 503)


def test_without_the_database_the_answer_is_quick_and_tells_nothing(tmp_path: Path) -> None:
    code = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "a = Client().get('/readyz'); print(a.status_code, a.content.decode())\n"
        "print(Client().get('/healthz').status_code)"
    )
    secret = "never-show-this"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ.get("PATH", ""),
            "DJANGO_SETTINGS_MODULE": "oms.settings",
            "OMS_VAR": str(tmp_path),
            "DATABASE_URL": f"postgres://oms:{secret}@127.0.0.1:1/oms",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    ready, alive = done.stdout.strip().splitlines()
    assert ready.startswith("503 ")
    assert '"database": "unreachable"' in ready
    assert alive == "200"
    assert "127.0.0.1" not in done.stdout
    assert secret not in done.stdout + done.stderr
