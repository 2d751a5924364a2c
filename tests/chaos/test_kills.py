"""SIGKILL at any moment: nothing accepted is lost, nothing is done twice.

A real system (web, worker with beat, warehouse: processes of their own) takes orders over HTTP from clients that repeat
a request by its key until they are answered, while one process after the other is killed without warning and started
again. At the end everything comes to rest and the books are read. `OMS_CHAOS_SECONDS` lengthens the run.
"""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.servers import postgres
from tests.servers.processes import die_with_parent, free_port

ROOT = Path(__file__).resolve().parents[2]
SECONDS = float(os.environ.get("OMS_CHAOS_SECONDS") or 20)
LONGEST_DELAY = 90
FEWEST_ORDERS = 25
CLIENTS = 3
LOST_ANSWERS = 0.2
START_SECONDS = 60


class House:
    """The running system: its processes by name, in a folder and on a database of its own."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OMS_")},
            "OMS_VAR": str(folder / "var"),
            "DATABASE_URL": database_url,
            "EMAIL_URL": f"filemail:///{folder / 'mails'}",
            "DJANGO_SETTINGS_MODULE": "oms.settings",
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_CONCURRENCY": "2",
            "LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
        }
        for name in ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "REDIS_URL", "CACHE_URL"):
            self.environment.pop(name, None)

    def start(self, name: str) -> None:
        """Start (again) a process in a group of its own."""
        commands = {
            "web": ["gunicorn", "--config", "deploy/gunicorn.conf.py", "oms.wsgi:application"],
            "worker": [
                *(
                    "celery",
                    "--app",
                    "oms.celery",
                    "--quiet",
                    "worker",
                    "--beat",
                    "--pool",
                    "threads",
                ),
                *("--concurrency", "2", "--without-gossip", "--without-mingle"),
            ],
            "warehouse": ["tests.chaos.people", "warehouse"],
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *commands[name]],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def kill(self, name: str) -> None:
        """Kill a process and all of its children, without warning."""
        process = self.processes[name]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_web_worker(self, chance: random.Random) -> bool:
        """Kill one of the processes that answer requests; its master starts another. Say whether there was one."""
        master = self.processes["web"].pid
        try:
            children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
            os.kill(int(chance.choice(children)), signal.SIGKILL)
        except (OSError, IndexError):
            return False
        return True

    def call(self, what: str) -> Any:
        """Run one of `tests.chaos.people` to its end and return its answer."""
        answer = self.folder / f"{what}.json"
        subprocess.run(
            [sys.executable, "-m", "tests.chaos.people", what],
            cwd=ROOT,
            env={**self.environment, "CHAOS_ANSWER": str(answer)},
            check=True,
            timeout=600,
        )
        return json.loads(answer.read_text(encoding="utf-8"))

    def wait_until_ready(self) -> None:
        """Wait for the first answer of the web."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            with suppress(OSError, http.client.HTTPException):
                if request(self.port, "GET", "/readyz")[0] == 200:
                    return
            time.sleep(0.2)
        pytest.fail(f"The web did not start: {(self.folder / 'web.log').read_text()[-2000:]}")

    def end(self) -> None:
        """Kill whatever runs."""
        for name in self.processes:
            self.kill(name)


def request(
    port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """Ask once; return status and JSON. Raises OSError or HTTPException when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body and json.dumps(body), headers or {})
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content.startswith(b"{") else {}
    finally:
        connection.close()


class Client(threading.Thread):
    """A channel that sends orders one after the other, each until it is answered."""

    def __init__(
        self, name: str, house: House, shop: dict[str, Any], stop: threading.Event
    ) -> None:
        super().__init__(name=name)
        self.house, self.shop, self.stop = house, shop, stop
        self.acknowledged: dict[str, str] = {}
        self.refused: list[Any] = []
        self.repeats = 0
        self.lost = 0

    def run(self) -> None:
        """Send until told to stop; the last order too is brought to its answer."""
        chance = random.Random(self.name)
        number = 0
        while not self.stop.is_set():
            number += 1
            self.send(f"{self.name}-{number}", chance)
            time.sleep(0.15)

    def send(self, external_id: str, chance: random.Random) -> None:
        """Send one order again and again under one key."""
        body = {
            "external_id": external_id,
            "customer": {"name": "Ada Lovelace", "email": "ada@example.com"},
            "ship_to": {
                "name": "Ada Lovelace",
                "street": ["Torstr. 12"],
                "city": "Berlin",
                "postcode": "10119",
                "country": "DE",
            },
            "lines": [
                {"sku": chance.choice(self.shop["skus"]), "quantity": 1, "unit_price": "11.90"}
                for _ in range(chance.randint(1, 3))
            ],
            "payment": {
                "method": chance.choice(["fake_card", "channel"]),
                "reference": "tok_approve",
            },
        }
        headers = {
            "Authorization": f"Bearer {self.shop['key']}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"key-{external_id}",
        }
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with suppress(OSError, http.client.HTTPException, ValueError):
                status, answer = request(self.house.port, "POST", "/api/v1/orders", body, headers)
                if status in (200, 201) and chance.random() < LOST_ANSWERS:
                    self.lost += 1  # as when the connection is cut after the commit
                elif status in (200, 201):
                    self.acknowledged[external_id] = answer["number"]
                    return
                elif status < 500 and answer.get("code") not in ("key_in_flight", "busy"):
                    self.refused.append((status, answer))
                    return
            self.repeats += 1
            time.sleep(0.1)
        self.refused.append((0, "never answered"))


def killing(house: House, clients: list[Client]) -> Counter[str]:
    """Kill at random for `SECONDS`, on a slow machine until enough was accepted; return how often what was killed."""
    chance = random.Random(7)
    kills: Counter[str] = Counter()
    started = time.monotonic()
    first = ["web worker", "worker", "warehouse", "web"]
    usual = ["web worker"] * 5 + ["worker"] * 3 + ["warehouse"] * 3 + ["web"]
    while True:
        taken = time.monotonic() - started
        enough = not first and sum(len(one.acknowledged) for one in clients) >= FEWEST_ORDERS
        if (enough and taken > SECONDS) or taken > SECONDS + LONGEST_DELAY:
            return kills
        time.sleep(chance.uniform(0.3, 2.0))
        what = first.pop(0) if first else chance.choice(usual)
        if what == "web worker":
            kills[what] += house.kill_web_worker(chance)
            continue
        house.kill(what)
        house.start(what)
        kills[what] += 1
        if what == "web":
            house.wait_until_ready()


@contextmanager
def new_database() -> Iterator[str]:
    """Give a new database on the PostgreSQL of the tests."""
    with postgres.running() as server:
        name = sql.Identifier(f"oms_chaos_{os.getpid()}")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
            try:
                head, _, tail = server.partition("?")
                plain = head.rpartition("/")[0] + f"/oms_chaos_{os.getpid()}"
                yield f"{plain}?{tail}" if tail else plain
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def run(folder: Path, database_url: str) -> None:
    """Let the house work under kills, then read its books."""
    house = House(folder, database_url)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=house.environment, check=True
    )
    shop = house.call("seed")
    stop = threading.Event()
    clients = [Client(f"client-{number}", house, shop, stop) for number in range(CLIENTS)]
    try:
        for name in ("web", "worker", "warehouse"):
            house.start(name)
        house.wait_until_ready()
        for client in clients:
            client.start()
        kills = killing(house, clients)
        stop.set()
        for client in clients:
            client.join(180)
    finally:
        stop.set()
        house.end()
    books = house.call("audit")

    acknowledged = {key: number for one in clients for key, number in one.acknowledged.items()}
    assert [one.refused for one in clients] == [[] for _ in clients]
    assert min(kills[what] for what in ("web", "web worker", "worker", "warehouse")) >= 1
    assert len(acknowledged) >= FEWEST_ORDERS
    assert sum(one.lost for one in clients) >= 1
    assert sum(one.repeats - one.lost for one in clients) >= 1
    # Every acknowledged order exists, once, under the number that was told; no other does.
    assert {key: order["number"] for key, order in books["orders"].items()} == acknowledged
    assert books["rows"] == len(books["orders"]) == len(set(acknowledged.values()))
    # Everything went all the way, and nothing of it twice.
    assert {
        (order["status"], order["fulfillment_status"], order["payment_status"])
        for order in books["orders"].values()
    } == {("completed", "shipped", "paid")}
    assert books["issued"] == books["ordered"]
    assert (books["on_hand"], books["committed"]) == (5 * 5_000 - books["ordered"], 0)
    assert books["parcels"] == books["rows"]
    assert books["mails"] == {
        "order_confirmation sent": books["rows"],
        "parcel_shipped sent": books["parcels"],
    }
    assert books["mails_told_twice"] == []
    assert books["card"] == []
    assert set(books["deliveries"]) == {"delivered"}
    assert books["broken"] == []


@pytest.mark.slow
@pytest.mark.sqlite
def test_nothing_is_lost_or_done_twice_on_the_embedded_database(tmp_path: Path) -> None:
    run(tmp_path, "")


@pytest.mark.slow
@pytest.mark.pg
def test_nothing_is_lost_or_done_twice_on_postgresql(tmp_path: Path) -> None:
    with new_database() as url:
        run(tmp_path, url)
