"""The load generator: a process of its own that costs little, so that the servers get the machine.

Reads one job as JSON from standard input, makes all requests beforehand, sends them over kept-alive connections, one
thread a client, and writes a report as JSON to standard output.
"""

import json
import random
import socket
import sys
import threading
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

SHIP_TO = {
    "name": "Ada Lovelace",
    "street": ["Torstr. 12"],
    "city": "Berlin",
    "postcode": "10119",
    "country": "DE",
    "phone": "+49 30 1234567",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`count` requests by `clients` clients.

    With `skus` each is a new order of `lines` different ones of them, `paid` before or not; else a GET of one of
    `paths`.
    """

    port: int
    clients: int
    count: int
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    skus: list[str] = field(default_factory=list)
    lines: int = 1
    paid: bool = False
    paths: list[str] = field(default_factory=list)
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How it went. `seconds` is wall time from the first request to the last answer; latencies are milliseconds."""

    seconds: float
    statuses: dict[str, int]
    p50: float
    p99: float
    first_failure: str


def requests(job: Job) -> list[bytes]:
    """Return the requests of `job`, whole."""
    chance = random.Random(job.seed)
    host = {"Host": f"127.0.0.1:{job.port}", **job.headers}
    if job.skus:
        return [_order(job, host, chance) for _ in range(job.count)]
    return [_request("GET", chance.choice(job.paths), host, b"") for _ in range(job.count)]


def _order(job: Job, headers: dict[str, str], chance: random.Random) -> bytes:
    key = str(uuid.UUID(int=chance.getrandbits(128)))
    body: dict[str, Any] = {
        "external_id": key,
        "customer": {"name": "Ada Lovelace", "email": "ada@example.com"},
        "ship_to": SHIP_TO,
        "lines": [{"sku": sku, "quantity": 1} for sku in chance.sample(job.skus, job.lines)],
    }
    if job.paid:
        body["payment"] = {"method": "channel", "reference": key}
    named = {**headers, "Content-Type": "application/json", "Idempotency-Key": key}
    return _request("POST", job.path, named, json.dumps(body).encode())


def _request(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    if body:
        headers = {**headers, "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


class _Client:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def send(self, request: bytes) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        lower = head.lower()
        length = int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self._more()
        if b"connection: close" in lower:
            self._socket.close()
            self._socket = None
        return int(head[9:12]), body

    def _more(self) -> bytes:
        if self._socket is None:
            raise ConnectionError("There is no connection.")
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("The server closed the connection in the middle of an answer.")
        return data


def run(job: Job) -> Report:
    """Send all requests of `job`; each client takes the next one when it has its answer."""
    waiting = iter(requests(job))
    lock = threading.Lock()
    statuses: Counter[str] = Counter()
    latencies: list[float] = []
    failures: list[str] = []

    def work() -> None:
        client = _Client(job.port)
        while True:
            with lock:
                request = next(waiting, None)
            if request is None:
                return
            start = time.perf_counter()
            try:
                status, body = client.send(request)
            except OSError as error:
                client = _Client(job.port)
                status, body = 0, str(error).encode()
            taken = time.perf_counter() - start
            with lock:
                statuses[str(status)] += 1
                latencies.append(taken * 1000)
                if status >= 400 or not status:
                    failures.append(f"{status} {body[:500].decode(errors='replace')}")

    threads = [threading.Thread(target=work) for _ in range(job.clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    latencies.sort()
    return Report(
        seconds=seconds,
        statuses=dict(statuses),
        p50=latencies[len(latencies) // 2],
        p99=latencies[len(latencies) * 99 // 100],
        first_failure=failures[0] if failures else "",
    )


if __name__ == "__main__":
    json.dump(asdict(run(Job(**json.load(sys.stdin)))), sys.stdout)
