"""An unsafe production start is refused, naming each unsafe setting; a safe one is clean."""

import os
import secrets
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from oms import production

ROOT = Path(__file__).resolve().parents[2]
SAFE = production.Start(
    secret_key="dGhpcyBpcyBub3QgYSByZWFsIGtleQ-81hfPQ92mnVbXzLr0aTuwEYgKs",
    allowed_hosts=["orders.shop.test"],
    database_url="postgres://oms:pw@db:5432/oms",
    redis_url="redis://queue:6379/0",
    cache_url="redis://cache:6379/0",
    email_url="smtp+tls://user:pw@mail:587",
    single_host=False,
)


def test_a_safe_start_is_not_refused() -> None:
    assert production.refusals(SAFE) == []


@pytest.mark.parametrize(
    ("unsafe", "named"),
    [
        (replace(SAFE, secret_key=""), "SECRET_KEY"),
        (replace(SAFE, secret_key=SAFE.secret_key[:49]), "SECRET_KEY"),
        (replace(SAFE, secret_key="ab" * 40), "SECRET_KEY"),
        (replace(SAFE, secret_key="django-insecure-" + SAFE.secret_key), "SECRET_KEY"),
        (replace(SAFE, allowed_hosts=[]), "ALLOWED_HOSTS"),
        (replace(SAFE, allowed_hosts=["orders.shop.test", "*"]), "ALLOWED_HOSTS"),
        (replace(SAFE, allowed_hosts=["*.shop.test"]), "ALLOWED_HOSTS"),
        (replace(SAFE, database_url=""), "DATABASE_URL"),
        (replace(SAFE, database_url="sqlite:////srv/oms.sqlite3"), "DATABASE_URL"),
        (replace(SAFE, redis_url="", cache_url="dbcache://cache"), "REDIS_URL"),
        (replace(SAFE, cache_url="locmem://"), "CACHE_URL"),
        (replace(SAFE, cache_url="redis://queue:6379"), "CACHE_URL"),
        (replace(SAFE, email_url=""), "EMAIL_URL"),
        (replace(SAFE, email_url="consolemail://"), "EMAIL_URL"),
    ],
)
def test_each_unsafe_setting_is_named_and_no_other(unsafe: production.Start, named: str) -> None:
    assert [sentence.split(":")[0] for sentence in production.refusals(unsafe)] == [named]


def test_one_machine_may_run_on_sqlite_and_files_when_it_says_so() -> None:
    alone = replace(SAFE, database_url="", redis_url="", cache_url="", single_host=True)
    assert production.refusals(alone) == []
    assert len(production.refusals(replace(alone, single_host=False))) == 2


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return a bare environment with `settings`; data goes to `folder`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **kept,
        "OMS_VAR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
        "PYTHONWARNINGS": "ignore",
        **settings,
    }


def manage(folder: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        check=False,
    )


def production_settings() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "orders.shop.test",
        "DATABASE_URL": "postgres://oms:pw@127.0.0.1:1/oms",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "CACHE_URL": "redis://127.0.0.1:2/0",
        "EMAIL_URL": "smtp+tls://user:pw@127.0.0.1:587",
    }


def test_debug_off_alone_is_refused_with_everything_that_lacks(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", DEBUG="0")
    assert done.returncode != 0
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
        assert f"  {name}: " in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "code", ["import oms.wsgi", "from oms.celery import app; app.conf.broker_url"]
)
def test_web_and_worker_refuse_the_same_start(code: str, tmp_path: Path) -> None:
    unsafe = production_settings() | {"ALLOWED_HOSTS": "*"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(tmp_path, **unsafe),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "ALLOWED_HOSTS: a wildcard" in done.stderr
    assert unsafe["SECRET_KEY"] not in done.stderr


@pytest.mark.slow
def test_a_safe_production_passes_every_deployment_check(tmp_path: Path) -> None:
    safe = production_settings()
    before = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **safe)
    assert "oms.W003" in before.stderr  # styles are not collected yet
    collected = manage(tmp_path, "collectstatic", "--noinput", **safe)
    assert collected.returncode == 0, collected.stderr
    after = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **safe)
    assert after.returncode == 0, after.stderr


def test_debug_or_nothing_at_all_is_not_production(tmp_path: Path) -> None:
    for settings in ({}, {"DEBUG": "1"}, {"DATABASE_URL": "postgres://oms@127.0.0.1:1/oms"}):
        done = manage(
            tmp_path,
            "shell",
            "--no-imports",
            "-c",
            "from django.conf import settings as s; print(s.OMS_PRODUCTION, s.ALLOWED_HOSTS)",
            **settings,
        )
        assert done.stdout.strip() == "False ['localhost', '127.0.0.1', '[::1]']", done.stderr


def test_the_embedded_system_keeps_a_key_of_its_own(tmp_path: Path) -> None:
    show = (
        "shell",
        "--no-imports",
        "-c",
        "from django.conf import settings; print(settings.SECRET_KEY)",
    )
    first, second = manage(tmp_path, *show).stdout, manage(tmp_path, *show).stdout
    assert len(first.strip()) > 60
    assert first == second
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    other = tmp_path / "other"
    other.mkdir()
    assert manage(other, *show).stdout != first
