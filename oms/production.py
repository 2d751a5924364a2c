"""What makes a production start unsafe. Pure: judges values, reads nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

MIN_SECRET_LENGTH = 50
MIN_SECRET_CHARACTERS = 12
_PLACEHOLDERS = ("change", "secret", "insecure", "example", "password", "default")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The values that decide whether a production start is safe."""

    secret_key: str
    allowed_hosts: Sequence[str]
    database_url: str
    redis_url: str
    cache_url: str
    email_url: str
    single_host: bool


def refusals(start: Start) -> list[str]:
    """Return one sentence per unsafe setting, each beginning with the setting's name; empty when safe."""
    found = [*_secret(start.secret_key), *_hosts(start.allowed_hosts)]
    if not start.single_host:
        if not start.database_url or start.database_url.startswith("sqlite"):
            found.append(
                "DATABASE_URL: names no PostgreSQL; SQLite serves one machine only"
                " (set SINGLE_HOST=1 if that is what you run)."
            )
        if not start.redis_url:
            found.append(
                "REDIS_URL: is missing; the file queue serves one machine only"
                " (set SINGLE_HOST=1 if that is what you run)."
            )
    if start.cache_url.startswith(("locmem", "dummy")):
        found.append(
            "CACHE_URL: a cache of one process cannot limit rates across processes;"
            " use redis://, dbcache:// or, on one machine, filecache://."
        )
    if start.redis_url and start.cache_url and _server(start.redis_url) == _server(start.cache_url):
        found.append(
            "CACHE_URL: is the database of REDIS_URL; a full cache would push queued work out."
            " Give the cache a database, better a server, of its own."
        )
    if not start.email_url or start.email_url.startswith(("console", "dummy", "memory")):
        found.append(
            "EMAIL_URL: delivers no mail to customers; give smtp+tls://user:password@host:587."
        )
    return found


def _secret(key: str) -> list[str]:
    if not key:
        return [
            'SECRET_KEY: is missing; make one with: python3 -c "import secrets; print(secrets.token_urlsafe(64))"'
        ]
    if len(key) < MIN_SECRET_LENGTH or len(set(key)) < MIN_SECRET_CHARACTERS:
        return [
            f"SECRET_KEY: is too short or too plain; at least {MIN_SECRET_LENGTH} random characters."
        ]
    if any(word in key.lower() for word in _PLACEHOLDERS):
        return ["SECRET_KEY: looks like a placeholder from an example."]
    return []


def _hosts(hosts: Sequence[str]) -> list[str]:
    if not hosts:
        return ["ALLOWED_HOSTS: is missing; name the host names that you serve, comma-separated."]
    if any(host.strip() in {"*", "."} or host.strip().startswith("*") for host in hosts):
        return ["ALLOWED_HOSTS: a wildcard accepts forged Host headers; name the host names."]
    return []


def _server(url: str) -> str:
    without_scheme = url.split("://", 1)[-1].split("@", 1)[-1]
    address = without_scheme.split("?", 1)[0].rstrip("/")
    return address if "/" in address else f"{address}/0"
