"""What every test may use, and how the suite is divided.

The suite runs twice. On the embedded default (SQLite in a file, so that threads and live servers see it) everything
runs that is not marked `pg`. On PostgreSQL (DATABASE_URL) everything runs that is marked `pg`, and again every test
that uses the database, unless it is marked `sqlite` or drives a browser: those are marked `both` here.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import django
import hypothesis
import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache, caches
from django.db import connection, connections
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer
from zeal import zeal_context
from zeal.apps import ZealConfig

from oms.accounts import roles
from oms.core.outbox import services as outbox
from tests.servers import redis as redis_server

hypothesis.settings.register_profile("oms", deadline=None, print_blob=True)
hypothesis.settings.load_profile("oms")

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_serialized_rollback", "live_server"}
LEFT_TO_POSTGRES = pytest.StashKey[int]()
TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE SAVEPOINT")


# Division of the suite ----------------------------------------------------------------------------


def on_postgres() -> bool:
    """Return whether this pass runs on PostgreSQL."""
    return settings.DATABASES["default"]["ENGINE"].endswith("postgresql")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark `both`, keep the users of one Redis together, and leave out what belongs to the other database."""
    foreign = "sqlite" if on_postgres() else "pg"
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        fixtures = set(getattr(item, "fixturenames", ()))
        if "redis_url" in fixtures:
            item.add_marker("redis")
        if {"page", "browser"} & fixtures:
            item.add_marker("browser")
            marks.add("browser")
        if marks & {"redis"} or "redis_url" in fixtures:
            item.add_marker(pytest.mark.xdist_group("redis"))
        uses_database = "django_db" in marks or fixtures & DATABASE_FIXTURES
        if uses_database and not marks & {"pg", "sqlite", "browser"}:
            item.add_marker("both")
        (left if foreign in marks else kept).append(item)
    if left:
        items[:] = kept
        config.stash[LEFT_TO_POSTGRES] = len(left)
        config.hook.pytest_deselected(items=left)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how many tests this database could not run."""
    left = config.stash.get(LEFT_TO_POSTGRES, 0)
    if left:
        other = "the embedded default" if on_postgres() else "PostgreSQL"
        terminalreporter.write_line(f"{left} tests need {other}; `make test` runs them as well.")


# Surroundings -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Put the embedded test database into a file of this run; on PostgreSQL give each worker its own."""
    if on_postgres():
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")
        return
    config = connections["default"].settings_dict
    path = tmp_path_factory.mktemp("database") / "oms.sqlite3"
    config["TEST"]["NAME"] = str(path)
    if (ready := migrated(request.config)).exists():
        shutil.copyfile(ready, path)
        config["TEST"]["MIGRATE"] = False
    # The same locking as in production; only a power cut would tell the difference.
    config["OPTIONS"]["init_command"] = config["OPTIONS"]["init_command"].replace(
        "synchronous=FULL", "synchronous=OFF"
    )


def migrated(config: pytest.Config) -> Path:
    """Return where an embedded database with just these migrations is kept from run to run, if it is."""
    digest = hashlib.sha256(django.__version__.encode())
    for app in apps.get_app_configs():
        for path in sorted(Path(app.path, "migrations").glob("*.py")):
            digest.update(path.read_bytes())
    assert config.cache is not None
    return config.cache.mkdir("migrated") / f"{digest.hexdigest()[:16]}.sqlite3"


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Let the copy of a migrated database be; it lies in a folder of this run."""
    return not on_postgres()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Make the ready roles once; a test that empties the whole database makes them anew when it needs them.

    What was migrated on the embedded default is kept for the next run.
    """
    with django_db_blocker.unblock():
        if not on_postgres() and not (ready := migrated(request.config)).exists():
            part = ready.with_suffix(f".{os.getpid()}")
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(part)])
            for old in ready.parent.glob("*.sqlite3"):
                old.unlink(missing_ok=True)
            part.replace(ready)
        roles.setup()


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the tests' cache and uploads out of the system in `var/`, and let static files be found when asked for."""
    settings.CACHES["default"]["LOCATION"] = str(tmp_path_factory.mktemp("cache"))
    with suppress(AttributeError):  # made while the tests were imported, perhaps
        del caches["default"]
    settings.WHITENOISE_AUTOREFRESH = True  # else each client looks through all static files first
    # The usual one takes a third of a second for each password, which is what it is for.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = str(tmp_path_factory.mktemp("media"))
    settings.OMS_FAKE_CARD_DIR = str(tmp_path_factory.mktemp("fake_card"))


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Let no test count on, or suffer from, what another left in the cache."""
    yield
    cache.clear()


# Tools --------------------------------------------------------------------------------------------


@pytest.fixture
def drain() -> Callable[[], int]:
    """Run the outbox until nothing is due; gives the number of deliveries run."""
    return outbox.drain


@contextmanager
def captured_statements() -> Iterator[list[str]]:
    """Collect the SQL texts (without parameters) that this connection runs, transaction control left out."""
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(TRANSACTION_CONTROL):
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


@pytest.fixture
def statements() -> Callable[[], AbstractContextManager[list[str]]]:
    """Give a collector of SQL texts, for use in a `with`."""
    return captured_statements


@pytest.fixture(scope="session")
def _zeal() -> None:
    """Teach the ORM to notice N+1 queries; it does so inside `no_n_plus_one` only."""
    ZealConfig.create("zeal").ready()


@pytest.fixture
def no_n_plus_one(_zeal: None) -> Iterator[None]:
    """Fail the test when it loads related rows one by one."""
    with zeal_context():
        yield


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Give the address of a real, empty Redis database."""
    with redis_server.running() as url:
        yield url


# Browser ------------------------------------------------------------------------------------------

BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> str:
    """Return the path of the browser, or fail saying how to get one."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given
    found = next((path for name in BROWSER_NAMES if (path := shutil.which(name))), None)
    if not found:
        pytest.fail(
            "The browser tests found no Chromium. Install it (Debian: apt-get install chromium) or name its"
            " binary in CHROMIUM.",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start one headless Chromium for the session."""
    path = chromium_path()
    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=path, args=list(BROWSER_OPTIONS))
            yield chromium
            chromium.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, tmp_path: Path) -> Iterator[Page]:
    """Open a fresh page on the live server; fails when a script died or the content policy was broken."""
    context = browser.new_context(base_url=live_server.url, locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            problems.append(message.text)

    opened.on("console", note)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    context.close()
    assert problems == []
