"""The bootstrap: which Python, which port, once at a time, nothing left behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from oms import __main__ as bootstrap

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_the_supported_pythons_are_suitable(version: tuple[int, int]) -> None:
    assert bootstrap.unsuitable((*version, 0), "linux") == ""


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (2, 7)])
def test_any_other_python_is_told_which_ones_are(version: tuple[int, int]) -> None:
    said = bootstrap.unsuitable((*version, 0), "linux")
    assert said == f"Python {version[0]}.{version[1]} cannot run this; Python 3.11 to 3.13 can."


def test_windows_is_told_of_wsl() -> None:
    assert "WSL" in bootstrap.unsuitable((3, 12), "win32")


def test_a_missing_venv_module_names_the_package_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert bootstrap.missing_venv_package((3, 12)) == ""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else 1)
    assert "apt-get install python3.12-venv" in bootstrap.missing_venv_package((3, 12))


def test_it_needs_the_standard_library_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "oms", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout


def test_what_follows_test_is_given_to_pytest() -> None:
    options = bootstrap.parse(
        ["test", "--only", "pg", "-x", "tests/orders", "-k", "cancel or place"]
    )
    assert options.only == "pg"
    assert options.pytest == ["-x", "tests/orders", "-k", "cancel or place"]
    assert bootstrap.parse(["test"]).pytest == []
    with pytest.raises(SystemExit):
        bootstrap.parse(["demo", "--no-srve"])


def test_a_taken_port_gives_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        chosen = bootstrap.free_port(port)
        assert port < chosen < port + bootstrap.PORTS_TRIED
        with pytest.raises(bootstrap.Stop, match="--port"):
            bootstrap.free_port(port, tried=1)
    assert bootstrap.free_port(port) == port


def test_a_second_demo_is_told_where_the_first_runs(tmp_path: Path) -> None:
    lock = tmp_path / "demo.lock"
    with bootstrap.only_one(lock):
        lock.write_text("http://127.0.0.1:8003, process 4711\n", encoding="utf-8")
        with pytest.raises(bootstrap.Stop, match="8003, process 4711"), bootstrap.only_one(lock):
            pytest.fail("two at once")
    with bootstrap.only_one(lock):
        pass


def test_a_lock_of_a_killed_demo_holds_nobody_up(tmp_path: Path) -> None:
    lock = tmp_path / "demo.lock"
    code = (
        "import sys, time, pathlib; sys.path.insert(0, '.')\n"
        "from oms import __main__ as b\n"
        f"with b.only_one(pathlib.Path({str(lock)!r})): print('held', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout
    assert child.stdout.readline() == b"held\n"
    child.kill()
    child.wait()
    with bootstrap.only_one(lock):
        pass


def test_the_registry_of_pip_is_told_to_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UV_DEFAULT_INDEX", "SSL_CERT_FILE", "UV_INSECURE_HOST"):
        monkeypatch.delenv(name, raising=False)
    config = "global.index-url='https://registry.test/simple'\n:env:.cert='/etc/ca.pem'\nglobal.timeout='9'\n"
    assert bootstrap.uv_environment(config) == {
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_DEFAULT_INDEX": "https://registry.test/simple",
        "SSL_CERT_FILE": "/etc/ca.pem",
    }
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mine.test/simple")
    assert "UV_DEFAULT_INDEX" not in bootstrap.uv_environment(config)


def test_the_settings_of_a_production_do_not_reach_the_demo() -> None:
    left = bootstrap.scrubbed(
        {"DATABASE_URL": "postgres://live", "SECRET_KEY": "s", "PATH": "/bin"}
    )
    assert left == {"PATH": "/bin"}


def test_compiled_modules_are_kept_where_they_may_not_lie_beside_their_sources() -> None:
    left = bootstrap.scrubbed({"PYTHONDONTWRITEBYTECODE": "1"})
    assert left == {"PYTHONPYCACHEPREFIX": str(bootstrap.VENV / "bytecode")}


def test_an_installed_lock_is_not_installed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = tmp_path / "stamp.json"
    monkeypatch.setattr(bootstrap, "VAR", tmp_path)
    monkeypatch.setattr(bootstrap, "STAMP", stamp)
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    calls: list[str] = []
    monkeypatch.setattr(bootstrap, "_install", calls.append)
    bootstrap.ensure_environment("dev")
    bootstrap.ensure_environment("dev")
    bootstrap.ensure_environment("base")
    assert calls == ["dev"]
    stamp.write_text(json.dumps({"dev": "an older lock"}), encoding="utf-8")
    bootstrap.ensure_environment("dev")
    assert calls == ["dev", "dev"]


def test_the_locks_hold_hashes_and_no_address() -> None:
    for name in ("base", "dev", "installer"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "--index" not in text


STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def started(code: str) -> "subprocess.Popen[bytes]":
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True
    )
    assert child.stdout
    assert child.stdout.readline() == b"up\n"
    return child


def test_the_end_is_polite_and_then_firm() -> None:
    polite = started("import time; print('up', flush=True); time.sleep(60)")
    stubborn = started(STUBBORN)
    bootstrap.end([polite, stubborn], patience=1)
    assert (polite.returncode, stubborn.returncode) == (-signal.SIGTERM, -signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a child to its parent")
def test_children_end_even_when_the_bootstrap_is_killed() -> None:
    code = (
        "import os, sys, time; sys.path.insert(0, '.')\n"
        "from oms import __main__ as b\n"
        "child = b.start([sys.executable, '-c', 'import time; time.sleep(60)'], os.environ)\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout
    pid = int(parent.stdout.readline())
    assert running(pid)
    parent.kill()
    parent.wait()
    until = time.monotonic() + 10
    while running(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not running(pid)


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def slow_server() -> Iterator[str]:
    """Serve /readyz: 503 twice, then 200."""
    answers = iter([503, 503, 200])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(next(answers, 200))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_demo_waits_until_it_is_ready(slow_server: str) -> None:
    bootstrap.wait_ready(slow_server, [], seconds=10)


def test_the_demo_says_when_a_server_died_instead_of_waiting() -> None:
    child = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    child.wait()
    with pytest.raises(bootstrap.Stop, match="ended while starting"):
        bootstrap.wait_ready("http://127.0.0.1:1", [child], seconds=10)
    with pytest.raises(bootstrap.Stop, match="Not ready after 0 s"):
        bootstrap.wait_ready("http://127.0.0.1:1", [], seconds=0.3)


def test_the_welcome_names_every_login_the_key_and_a_request() -> None:
    noted = {
        "logins": [
            {"role": "manager", "username": "maria", "password": "pw-1"},
            {"role": "warehouse", "username": "wim", "password": "pw-2"},
        ],
        "api_key": "oms_live_1",
        "curl": "curl {address}/api/v1/orders",
    }
    text = bootstrap.welcome("http://127.0.0.1:8001", noted)
    for part in (
        "http://127.0.0.1:8001/admin/",
        "maria / pw-1",
        "wim / pw-2",
        "oms_live_1",
        "curl http://127.0.0.1:8001/api/v1/orders",
    ):
        assert part in text


def test_a_missing_note_of_the_seed_still_welcomes(tmp_path: Path) -> None:
    assert bootstrap.read_demo(tmp_path / "demo.json") == {}
    assert "/admin/" in bootstrap.welcome("http://127.0.0.1:8000", {})


def test_a_wrong_python_hands_over_to_a_fit_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.suitable_interpreter() is None
    for name in ("python3.12", "python3.10", "python3.14"):
        (tmp_path / name).write_text("#!/bin/sh\n", encoding="ascii")
        (tmp_path / name).chmod(0o755)
    assert bootstrap.suitable_interpreter() == str(tmp_path / "python3.12")


def test_a_data_change_prepares_the_demo_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("orders/migrations/0001_initial.py", "oms/demo/seed.py", "oms/core/clock.py"):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("one", encoding="ascii")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    before = bootstrap.content_hash()
    (tmp_path / "oms/core/clock.py").write_text("two", encoding="ascii")
    assert bootstrap.content_hash() == before
    (tmp_path / "oms/demo/seed.py").write_text("two", encoding="ascii")
    assert bootstrap.content_hash() != before


@pytest.mark.slow
def test_the_makefile_names_every_command() -> None:
    make = shutil.which("make")
    assert make, "make is one of the two tools that a fresh clone needs"
    # An outer make hands down its own flags, which would change what this one prints.
    env = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}}
    for command in ("demo", "test", "check", "openapi", "clean"):
        done = subprocess.run(
            [make, "--dry-run", command, "PYTHON=python3", "ARGS="],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == f"python3 oms {command}"
