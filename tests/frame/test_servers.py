"""The launchers really start PostgreSQL and Redis, and leave nothing behind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from tests.servers import postgres
from tests.servers import redis as redis_server
from tests.servers.processes import NoServer, ServiceUser, private_folder

ROOT = Path(__file__).resolve().parents[2]


def owner(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


@pytest.mark.slow
def test_postgres_starts_from_the_wheel_and_ends() -> None:
    rights = {folder: folder.stat().st_mode for folder in (Path.home(), ROOT, postgres.binaries())}
    with postgres.embedded() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE proof")
            row = connection.execute(
                "SELECT pg_backend_pid(), current_setting('data_directory'), lower('ÄÖ')"
            ).fetchone()
            assert row
            assert owner(row[0]) == ServiceUser.current().uid != 0
        assert row[2] == "äö"
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url.replace("oms:", "oms:wrong"))
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
    assert not Path(row[1]).parent.exists()
    assert rights == {folder: folder.stat().st_mode for folder in rights}


def test_redis_starts_from_the_wheel_and_ends() -> None:
    with redis_server.embedded() as url:
        with redis.Redis.from_url(url) as client:
            client.set("proof", "1")
            info = client.info()
            folder = client.config_get("dir")["dir"]
        assert owner(info["process_id"]) == ServiceUser.current().uid != 0
        assert info["maxmemory_policy"] == "noeviction"
    with redis.Redis.from_url(url) as client, pytest.raises(redis.ConnectionError):
        client.ping()
    assert not Path(folder).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account to hide files from")
def test_binaries_that_the_service_user_cannot_reach_are_copied_and_run(tmp_path: Path) -> None:
    home = postgres.binaries()
    package = home.parent
    hidden = tmp_path / "hidden"
    shutil.copytree(home, hidden / package.name / home.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, hidden / libraries.name)
    hidden.chmod(0o700)
    user = ServiceUser.current()
    with private_folder("oms-test-", user) as folder:
        copy = postgres._readable(hidden / package.name / home.name, folder, user)
        told = subprocess.run(
            [copy / "bin" / "postgres", "--version"],
            cwd=folder,
            env={},
            capture_output=True,
            text=True,
            check=True,
            **user.popen_arguments(),
        )
    assert told.stdout.startswith("postgres (PostgreSQL)")
    assert copy.is_relative_to(folder)
    assert hidden.stat().st_mode & 0o777 == 0o700


def test_what_is_given_is_taken_unless_only_the_embedded_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OMS_TEST_SERVERS", raising=False)
    monkeypatch.setenv("OMS_TEST_DATABASE_URL", "postgres://given/db")
    monkeypatch.setenv("OMS_TEST_REDIS_URL", "redis://given/3")
    with postgres.running() as url:
        assert url == "postgres://given/db"
    with redis_server.running() as url:
        assert url == "redis://given/3"
    monkeypatch.setenv("OMS_TEST_SERVERS", "embedded")
    with redis_server.running() as url:
        assert url.startswith("redis://127.0.0.1:")


def test_no_server_at_all_is_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMS_TEST_SERVERS", "embedded")
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(NoServer, match="DATABASE_URL"), postgres.running():
        pytest.fail("there is no PostgreSQL to start")
    with pytest.raises(NoServer, match="REDIS_URL"), redis_server.running():
        pytest.fail("there is no Redis to start")


@pytest.mark.slow
def test_a_command_runs_with_the_address_and_its_exit_code_is_kept() -> None:
    code = "import os; print(os.environ['DATABASE_URL'].split(':')[0]); raise SystemExit(7)"
    done = subprocess.run(
        [sys.executable, "-m", "tests.servers", "postgres", "--", sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "OMS_TEST_SERVERS": "embedded"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 7, done.stderr
    assert done.stdout.splitlines()[-1] == "postgres"
