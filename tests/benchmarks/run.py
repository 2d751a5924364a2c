"""The run itself, started by `__main__` with the environment of a production start and an empty database."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import django

django.setup()

# Everything below reads the settings when it is imported.
from django.db import connection  # noqa: E402

from tests.benchmarks import checks, floor_tables, world  # noqa: E402
from tests.benchmarks.load import Job, Report  # noqa: E402
from tests.benchmarks.meters import Meter  # noqa: E402
from tests.servers.processes import free_port  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
HOT = "one hot SKU, 16 clients"
HOT_UNITS = 500
HOT_REFUSED = 60
HOT_CLIENTS = 16


@dataclass(frozen=True, slots=True)
class Target:
    """A server under load: the product or the floor."""

    name: str
    port: int
    pid: int
    prefix: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Workload:
    """`count` operations by `clients` clients; `lines` of 0 means reading."""

    name: str
    clients: int
    count: int
    lines: int = 0
    read: str = ""
    paid: bool = False


WORKLOADS = (
    Workload("place, 3 lines, 1 client", 1, 200, lines=3),
    Workload("place, 3 lines, 8 clients", 8, 400, lines=3),
    Workload("place, 3 lines, 16 clients", 16, 400, lines=3),
    Workload("place, 1 line, 16 clients", 16, 400, lines=1),
    Workload("place, 20 lines, 8 clients", 8, 160, lines=20),
    Workload("place, 3 lines, paid, 8 clients", 8, 400, lines=3, paid=True),
    Workload("read by number, 8 clients", 8, 600, read="number"),
    Workload("newest 50, 8 clients", 8, 300, read="newest"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement: CPU milliseconds per operation, operations per second, latencies in milliseconds."""

    application: float
    database: float
    rate: float
    p50: float
    p99: float

    @property
    def total(self) -> float:
        """Return application and database together."""
        return self.application + self.database


class Failed(Exception):
    """An answer was wrong, or the books do not balance."""


@contextmanager
def served(name: str, module: str, workers: int, prefix: str, log: Path) -> Iterator[Target]:
    """Serve a WSGI application by gunicorn as it is deployed, on a free loopback port."""
    port = free_port()
    environment = {
        **os.environ,
        "BIND": f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": str(workers),
        "WEB_THREADS": "4",
    }
    if name == "floor":
        del environment["DJANGO_SETTINGS_MODULE"]
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", module]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + 60
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise Failed(f"{name} did not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        yield Target(name, port, process.pid, prefix, {})
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def drive(job: Job) -> Report:
    """Run a job in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.load"],
        input=json.dumps(asdict(job)).encode(),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
    )
    return Report(**json.loads(done.stdout))


class Bench:
    """Drives and measures the targets."""

    def __init__(self, made: world.World) -> None:
        self._world = made
        self._seed = int(time.time()) << 16

    def job(self, target: Target, workload: Workload) -> Job:
        """Return the job that `workload` is for `target`."""
        self._seed += 1
        job = Job(
            port=target.port,
            clients=workload.clients,
            count=workload.count,
            path=f"{target.prefix}/orders",
            headers=target.headers,
            seed=self._seed,
        )
        if workload.lines:
            return replace(job, skus=self._world.skus, lines=workload.lines, paid=workload.paid)
        if workload.read == "newest":
            return replace(job, paths=[f"{target.prefix}/orders"])
        return replace(job, paths=[f"{target.prefix}/orders/{n}" for n in self._world.numbers])

    def measure(self, target: Target, workload: Workload) -> Figure:
        """Drive a workload once; raises Failed for any answer but the good one."""
        job = self.job(target, workload)
        meter = Meter(application=target.pid, url=os.environ["DATABASE_URL"])
        before = meter.read()
        report = drive(job)
        spent = meter.read() - before
        good = "201" if workload.lines else "200"
        if set(report.statuses) != {good}:
            raise Failed(
                f"{target.name}: {workload.name}: {report.statuses} {report.first_failure}"
            )
        return Figure(
            application=spent.application * 1000 / job.count,
            database=spent.database * 1000 / job.count,
            rate=job.count / report.seconds,
            p50=report.p50,
            p99=report.p99,
        )

    def sell_out(self, target: Target, code: str) -> Figure:
        """Let all clients buy one SKU until it is gone; exactly its units are sold, the others get 409."""
        count = HOT_UNITS + HOT_REFUSED
        job = replace(self.job(target, Workload("hot", HOT_CLIENTS, count, lines=1)), skus=[code])
        meter = Meter(application=target.pid, url=os.environ["DATABASE_URL"])
        before = meter.read()
        report = drive(job)
        spent = meter.read() - before
        if report.statuses != {"201": HOT_UNITS, "409": HOT_REFUSED}:
            raise Failed(f"{target.name}: hot SKU: {report.statuses} {report.first_failure}")
        if target.name == "oms" and checks.sold(code) != HOT_UNITS:
            raise Failed(f"hot SKU: {checks.sold(code)} of {HOT_UNITS} sold")
        return Figure(
            application=spent.application * 1000 / count,
            database=spent.database * 1000 / count,
            rate=count / report.seconds,
            p50=report.p50,
            p99=report.p99,
        )


def make_floor() -> None:
    """Make and fill the floor's tables beside ours."""
    with connection.cursor() as cursor:
        cursor.execute(floor_tables.SCHEMA)
        cursor.execute(floor_tables.FILL)
        cursor.execute("ANALYZE")


def add_hot(code: str) -> None:
    """Add a SKU of which only `HOT_UNITS` are there, to both."""
    world.add_skus([code], units=HOT_UNITS)
    with connection.cursor() as cursor:
        cursor.execute(floor_tables.ADD, [code, HOT_UNITS])


def main(arguments: list[str]) -> int:
    """Measure, print, store and check."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="S")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", default="")
    options = parser.parse_args(arguments)
    workloads = [
        replace(one, count=max(one.clients, int(one.count * options.scale)))
        for one in WORKLOADS
        if options.only in one.name
    ]
    made = world.build(world.SIZES[options.size])
    make_floor()
    log = Path(os.environ["OMS_VAR"])
    with (
        served("floor", "tests.benchmarks.floor", options.workers, "", log / "floor.log") as floor,
        served("oms", "oms.wsgi", options.workers, "/api/v1", log / "oms.log") as product,
    ):
        ours = replace(product, headers={"Authorization": f"Bearer {made.key}"})
        bench = Bench(made)
        figures: defaultdict[str, defaultdict[str, list[Figure]]]
        figures = defaultdict(lambda: defaultdict(list))
        for target in (floor, ours):  # so that every connection has prepared its statements
            for workload in workloads:
                bench.measure(target, replace(workload, clients=16, count=160))
        for turn in range(options.rounds):
            targets = (floor, ours) if turn % 2 else (ours, floor)
            for workload in workloads:
                for target in targets:
                    figures[workload.name][target.name].append(bench.measure(target, workload))
            if options.only in HOT:
                code = f"HOT-{turn}"
                add_hot(code)
                for target in targets:
                    figures[HOT][target.name].append(bench.sell_out(target, code))
    result = {
        name: {target: _median(found) for target, found in by_target.items()}
        for name, by_target in figures.items()
    }
    _print(result)
    _store(options, result, figures)
    broken = checks.broken()
    for words in broken:
        _say(f"BROKEN: {words}")
    if not broken:
        _say("The books balance: ledger, counters, allocations, orders and outbox agree.")
    return 1 if broken else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _median(figures: list[Figure]) -> Figure:
    columns = zip(*(astuple(figure) for figure in figures), strict=True)
    return Figure(*(statistics.median(column) for column in columns))


def _print(result: dict[str, dict[str, Figure]]) -> None:
    _say(
        f"{'CPU ms per operation':32}{'oms':>24}{'floor':>24}{'ratio':>8}{'rate/s':>14}{'p50 / p99 ms':>16}"
    )
    _say(f"{'':32}{'app +   db =  total':>24}{'app +   db =  total':>24}")
    for name, by_target in result.items():
        ours, floor = by_target["oms"], by_target["floor"]
        _say(
            f"{name:32}"
            + "".join(
                f"{one.application:>10.2f} +{one.database:>5.2f} ={one.total:>6.2f}"
                for one in (ours, floor)
            )
            + f"{ours.total / floor.total:>8.2f}"
            + f"{ours.rate:>7.0f} /{floor.rate:>5.0f}"
            + f"{ours.p50:>9.0f} / {ours.p99:.0f}"
        )
    uniform = result.get("place, 1 line, 16 clients")
    if HOT in result and uniform:
        share = result[HOT]["oms"].rate / uniform["oms"].rate
        _say(f"One hot SKU sells at {share:.2f} of the rate of all SKUs (one line, 16 clients).")


def _store(
    options: argparse.Namespace,
    result: dict[str, dict[str, Figure]],
    figures: Mapping[str, Mapping[str, list[Figure]]],
) -> None:
    at = datetime.now(UTC)
    path = Path(options.json or ROOT / f"var/benchmarks/{at:%Y%m%dT%H%M%SZ}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    document = {
        "at": at.isoformat(),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "postgresql": connection.pg_version,
        "size": options.size,
        "rounds": options.rounds,
        "unit": "CPU milliseconds per operation; rate per second; p50 and p99 in milliseconds",
        "ratios": {
            name: round(by_target["oms"].total / by_target["floor"].total, 3)
            for name, by_target in result.items()
        },
        "medians": {
            name: {target: asdict(figure) for target, figure in by_target.items()}
            for name, by_target in result.items()
        },
        "rounds_measured": {
            name: {target: [asdict(one) for one in found] for target, found in by_target.items()}
            for name, by_target in figures.items()
        },
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    _say(f"Stored in {path}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
