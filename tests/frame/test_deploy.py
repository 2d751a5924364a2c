"""What is shipped for production works: the commands of the compose file, run here with real servers."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml

from tests.servers import postgres
from tests.servers.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(
        (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")
    )
    return loaded


def command(service: str, folder: Path) -> list[str]:
    """Return the command of a service as the container would run it, with its files in `folder`."""
    if service == "web":
        last = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8").strip().splitlines()[-1]
        words = yaml.safe_load(last.removeprefix("CMD "))
    else:
        words = compose()["services"][service]["command"]
    words = [word.replace("/tmp/", f"{folder}/") for word in words]
    return [str(BIN / words[0]), *words[1:]]


def test_the_example_names_every_setting_and_no_other() -> None:
    sources = [ROOT / "oms/settings.py", ROOT / "deploy/gunicorn.conf.py"]
    read: set[str] = set()
    for source in sources:
        text = source.read_text(encoding="utf-8")
        read |= set(re.findall(r"""(?:env\.\w+|environ\.get)\(\s*"([A-Z_]+)\"""", text))
    example = (ROOT / "deploy/oms.env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
    assert named == read


def test_every_service_is_watched_and_none_of_ours_is_root() -> None:
    services = compose()["services"]
    assert set(services) == {"postgres", "queue", "cache", "migrate", "web", "worker", "beat"}
    assert [name for name, service in services.items() if "healthcheck" not in service] == [
        "migrate"
    ]
    for name in ("migrate", "web", "worker", "beat"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["read_only"] is True
    assert "noeviction" in services["queue"]["command"]
    assert "USER oms" in (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")


@contextmanager
def running(words: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield
        assert process.poll() is None, log.read_text(errors="replace")
    finally:
        process.terminate()
        process.wait(timeout=60)


def answer(address: str, path: str, *, scheme: str = "https") -> tuple[int, str]:
    """Ask as a proxy would; return status and location or body, without following redirects."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    opener = urllib.request.build_opener(Stay)
    request = urllib.request.Request(
        f"{address}{path}", headers={"Host": "orders.shop.test", "X-Forwarded-Proto": scheme}
    )
    try:
        with opener.open(request, timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Location") or error.read().decode()


def until(expected: str, seconds: float, ask: Any) -> str:
    """Ask until the answer is `expected` or time is over; return the last answer."""
    end = time.monotonic() + seconds
    got = ""
    while got != expected and time.monotonic() < end:
        try:
            got = ask()
        except OSError as error:
            got = str(error)
        time.sleep(0.2)
    return got


@pytest.mark.slow
@pytest.mark.redis
def test_web_worker_and_beat_work_together_in_production(tmp_path: Path, redis_url: str) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server, _, number = redis_url.rpartition("/")
    with postgres.running() as database:
        made = f"oms_{secrets.token_hex(4)}"
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {made}")
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "OMS_VAR": str(tmp_path),
            "STATIC_ROOT": str(tmp_path / "static"),
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "orders.shop.test",
            "DATABASE_URL": urlsplit(database)._replace(path=f"/{made}").geturl(),
            "REDIS_URL": redis_url,
            "CACHE_URL": f"{server}/{(int(number) + 1) % 16}",
            "EMAIL_URL": "smtp://127.0.0.1:1",
            "BIND": f"127.0.0.1:{port}",
            "WEB_CONCURRENCY": "1",
            "NUM_PROXIES": "1",
        }

        def manage(*words: str) -> str:
            done = subprocess.run(
                [sys.executable, "manage.py", *words],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()

        try:
            with running(command("web", tmp_path), environment, tmp_path / "web.log"):
                waiting = until("503", 60, lambda: str(answer(address, "/readyz")[0]))
                assert waiting == "503"  # up, but the schema is missing
                migrate = command("migrate", tmp_path)
                subprocess.run(migrate, cwd=ROOT, env=environment, check=True, capture_output=True)
                assert answer(address, "/readyz?strict")[0] == 200
                assert answer(address, "/admin/", scheme="http") == (
                    301,
                    "https://orders.shop.test/admin/",
                )
                assert answer(address, "/admin/?a=b")[0] == 302  # to the login
                manage(
                    "shell",
                    "--no-imports",
                    "-c",
                    "from oms.core.outbox.models import Event\n"
                    "Event.objects.create(name='frame.waited.v1', aggregate='frame', aggregate_id='1',"
                    " sequence=1, payload={})",
                )
                worker = command("worker", tmp_path)
                beat = command("beat", tmp_path)
                with (
                    running(worker, environment, tmp_path / "worker.log"),
                    running(beat, environment, tmp_path / "beat.log"),
                ):
                    state = until("relayed", 60, lambda: _state(environment["DATABASE_URL"]))
                assert state == "relayed"
            lines = (tmp_path / "web.log").read_text(encoding="utf-8").splitlines()
            logged = [json.loads(line) for line in lines if '"request_finished"' in line]
            assert [(line["code"], line["request"]) for line in logged] == [(302, "GET /admin/")]
            assert all(environment["SECRET_KEY"] not in line for line in lines)
        finally:
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {made} WITH (FORCE)")


def _state(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT state FROM core_event").fetchone()
    return str(row[0]) if row else ""
