"""Logging: one JSON object a line in production, plain lines elsewhere; no access token in either."""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TOKEN_LENGTH = 24


def redact_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop query strings and mask path parts that look like an access token, as in a signed link."""
    request = event.get("request")
    if isinstance(request, str):
        path = request.split("?", 1)[0]
        event["request"] = "/".join(_mask(part) for part in path.split("/"))
    return event


def _mask(part: str) -> str:
    return "***" if len(part) >= _TOKEN_LENGTH and not _UUID.fullmatch(part) else part


_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    redact_request,
)


def configure_structlog() -> None:
    """Send structlog's events through the standard library's loggers and their one handler."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_config(*, json_lines: bool, level: str) -> dict[str, Any]:
    """Return the `LOGGING` setting. Tracebacks are plain text: the decorated ones cost a second each."""
    renderer: list[Processor] = (
        [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
        if json_lines
        else [
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": list(_SHARED),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *renderer,
                ],
            },
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "oms": {"level": level},
            **{name: {"level": level} for name in _APPS},
            "django": {"level": level},
            # Each request is logged once, by django_structlog; the schedule's start and end of
            # every task each second would drown everything else.
            "django.server": {"level": "WARNING"},
            "django_structlog": {"level": level},
            "django_structlog.celery": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            "celery.worker.job": {"level": "ERROR"},
            "gunicorn": {"level": level},
        },
    }


_APPS = ("customers", "inventory", "orders", "fulfillment", "returns")
