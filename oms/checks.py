"""System checks: what runs, but not as it should."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def single_machine(**_: Any) -> list[checks.CheckMessage]:
    """Warn that SQLite and the file queue serve one machine."""
    if settings.OMS_PRODUCTION and not settings.OMS_SINGLE_HOST:
        return []
    found: list[checks.CheckMessage] = []
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        found.append(
            checks.Warning(
                "The database is SQLite, which serves one machine.",
                hint="Set DATABASE_URL to PostgreSQL before a second web or worker machine.",
                id="oms.W001",
            )
        )
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        found.append(
            checks.Warning(
                "The queue is a folder, which serves one machine.",
                hint="Set REDIS_URL before a second web or worker machine.",
                id="oms.W002",
            )
        )
    return found


@checks.register(checks.Tags.staticfiles, deploy=True)
def collected_static(**_: Any) -> list[checks.CheckMessage]:
    """Warn when production pages would lack their styles and scripts."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if settings.OMS_PRODUCTION and not manifest.exists():
        return [
            checks.Warning(
                f"Static files are not collected in {settings.STATIC_ROOT}.",
                hint="Run: manage.py collectstatic --noinput",
                id="oms.W003",
            )
        ]
    return []
