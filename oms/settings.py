"""Settings, all by environment. Nothing set: a complete system in `var/`, on the loopback address.

Three ways to start:

- *embedded* (none of DEBUG, SECRET_KEY, ALLOWED_HOSTS is set): SQLite, a file queue and a key of its own under `var/`.
  It answers on loopback names only and shows no debug page.
- *development* (`DEBUG=1`): the same with debug pages.
- *production* (anything else): refused with the names of all unsafe settings (`oms.production`).

`deploy/oms.env.example` lists every variable with its meaning.
"""

import logging
import os
import secrets
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from oms import logs, production

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("OMS_VAR", default=str(BASE_DIR / "var")))

# How this start is meant --------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
OMS_PRODUCTION = not DEBUG and any(
    name in os.environ for name in ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS")
)
OMS_SINGLE_HOST = env.bool("SINGLE_HOST", default=not OMS_PRODUCTION)

DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
CACHE_URL = env.str("CACHE_URL", default="")
EMAIL_URL = env.str("EMAIL_URL", default="")
SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])


def _own_key(path: Path) -> str:
    """Return the key of this installation; make it once, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(64)
        file.write(key)
    return key


if OMS_PRODUCTION:
    refused = production.refusals(
        production.Start(
            secret_key=SECRET_KEY,
            allowed_hosts=ALLOWED_HOSTS,
            database_url=DATABASE_URL,
            redis_url=REDIS_URL,
            cache_url=CACHE_URL,
            email_url=EMAIL_URL,
            single_host=OMS_SINGLE_HOST,
        )
    )
    if refused:
        raise ImproperlyConfigured(
            "This production start is unsafe and is refused:\n  " + "\n  ".join(refused)
        )
else:
    SECRET_KEY = SECRET_KEY or _own_key(VAR_DIR / "secret.key")
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]

# Apps ---------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # before the admin, whose templates it replaces
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "oms.core.admin.site.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_structlog",
    "oms",
    "oms.core",
    "oms.accounts",
    "oms.messaging",
    "customers",
    "inventory",
    "orders",
    "fulfillment",
    "returns",
    "oms.reporting",
    "oms.console",
    "oms.demo",
]

MIDDLEWARE = [
    "oms.health.probes",  # before the host name is judged: probes come by address
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "oms.core.api.request_id.RequestIdMiddleware",  # before the one that logs the id
    "oms.request_log.RequestLog",
    "oms.csp.PolicyByPath",
    "oms.pages.Sessions",
    "oms.pages.Languages",
    "django.middleware.common.CommonMiddleware",
    "oms.refusals.NoZeroBytes",
    "oms.pages.Forgery",
    "oms.pages.Users",
    "oms.pages.TimeZones",
    "oms.pages.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# The guard against forged forms is `oms.pages.Forgery`, which the check does not know by its name.
SILENCED_SYSTEM_CHECKS = ["security.W003"]

ROOT_URLCONF = "oms.urls"
WSGI_APPLICATION = "oms.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
            ],
        },
    },
]

OMS_SUBSCRIPTIONS = "oms.subscriptions.SUBSCRIPTIONS"
OMS_PRIVATE_LINKS = "oms.subscriptions.PRIVATE_LINKS"
OMS_MAIL_FILES = "oms.subscriptions.MAIL_FILES"
OMS_COST_ORIGINS = "oms.subscriptions.COST_ORIGINS"
OMS_STOCK_WAITERS = "oms.subscriptions.STOCK_WAITERS"

# Database -----------------------------------------------------------------------------------------


def _database(url: str) -> dict[str, Any]:
    """Return the settings of the database at `url` (empty: the SQLite file in `var/`)."""
    if not url:
        VAR_DIR.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = env.db_url_config(url or f"sqlite:///{VAR_DIR / 'oms.sqlite3'}")
    options: dict[str, Any] = config.setdefault("OPTIONS", {})
    if config["ENGINE"].endswith("sqlite3"):
        # IMMEDIATE takes the one write lock at BEGIN, so rivals wait instead of failing. FULL: an answered order
        # survives a power cut.
        options.update(
            transaction_mode="IMMEDIATE",
            timeout=20,
            init_command=(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;"
                " PRAGMA foreign_keys=ON"
            ),
        )
        return config
    # Off behind a pooler that hands out a connection per transaction and keeps no prepared statements.
    prepare = env.bool("DATABASE_PREPARE", default=True)
    limits = {
        "lock_timeout": env.int("DATABASE_LOCK_TIMEOUT_MS", default=3_000),
        "statement_timeout": env.int("DATABASE_STATEMENT_TIMEOUT_MS", default=15_000),
        "idle_in_transaction_session_timeout": 30_000,
    }
    config["ENGINE"] = "oms.core.postgresql"
    # The server's default is for disks with heads; ours seek as fast as they read, or all is in memory.
    planner = {"random_page_cost": 1.1}
    options.update(
        server_side_binding=True,
        prepare_threshold=2 if prepare else None,
        options=" ".join(f"-c {name}={value}" for name, value in (limits | planner).items()),
    )
    options.setdefault("connect_timeout", 5)
    config["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
    config["CONN_HEALTH_CHECKS"] = True
    return config


DATABASES = {"default": _database(DATABASE_URL)}

# Cache: shared by all processes, because rate limits count in it ----------------------------------

if CACHE_URL:
    CACHES = {"default": env.cache_url_config(CACHE_URL)}
elif OMS_SINGLE_HOST:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(VAR_DIR / "cache"),
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
        }
    }
if CACHES["default"]["BACKEND"].endswith("RedisCache"):
    CACHES["default"].setdefault("OPTIONS", {}).update(socket_timeout=2, socket_connect_timeout=1)

# Queue --------------------------------------------------------------------------------------------

if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        # Far above the longest task, or it would be handed out a second time while it runs.
        "visibility_timeout": 1_800,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "retry_on_timeout": True,
    }
else:
    CELERY_BROKER_URL = "filesystem://localhost"  # without a host kombu warns at each start
    _queue = VAR_DIR / "queue"
    for _folder in (_queue / "messages", _queue / "control"):
        _folder.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "control_folder": str(_queue / "control"),
        "polling_interval": 0.1,
    }

CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "oms"
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
# A task is done when it has ended, not when it was taken; a lost worker gives it back.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
DJANGO_STRUCTLOG_CELERY_ENABLED = True

# Mail ---------------------------------------------------------------------------------------------

vars().update(env.email_url_config(EMAIL_URL or "consolemail://"))
if not EMAIL_URL:
    EMAIL_BACKEND = "oms.messaging.console.EmailBackend"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Order desk <orders@localhost>")
SERVER_EMAIL = env.str("SERVER_EMAIL", default="oms@localhost")

# Customers: links in mails begin with the public address, and open the status page for so many days
PUBLIC_URL = env.str(
    "PUBLIC_URL",
    default=f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
    if OMS_PRODUCTION
    else "http://127.0.0.1:8000",
).rstrip("/")
OMS_STATUS_LINK_DAYS = env.int("STATUS_LINK_DAYS", default=180)

# People -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# Language and time --------------------------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["oms.formats"]
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

# Files --------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))
if not OMS_PRODUCTION:
    Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # empty: the apps' own files are served
STATICFILES_DIRS = [BASE_DIR / "static"] if (BASE_DIR / "static").is_dir() else []
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR_DIR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if OMS_PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        ),
    },
}
WHITENOISE_USE_FINDERS = not OMS_PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024  # the same as the largest body of the API

# Security -----------------------------------------------------------------------------------------

# How many proxies stand in front; the client's address is taken that far from the right of X-Forwarded-For.
NUM_PROXIES = env.int("NUM_PROXIES", default=0)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if NUM_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=OMS_PRODUCTION)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if OMS_PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=OMS_PRODUCTION)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=OMS_PRODUCTION)
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = OMS_PRODUCTION
SESSION_COOKIE_AGE = 8 * 60 * 60  # one shift
CSRF_COOKIE_SECURE = OMS_PRODUCTION
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
CSP_BY_PREFIX = {
    "/admin/": {
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
    },
}

# API ----------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    # Nothing is open by default: a view names who may come in.
    "DEFAULT_AUTHENTICATION_CLASSES": ["orders.channels.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["oms.core.api.rendering.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["oms.core.api.parsing.StrictJSONParser"],
    "EXCEPTION_HANDLER": "oms.core.api.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "NUM_PROXIES": NUM_PROXIES,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Order management API",
    "DESCRIPTION": "Orders, stock, fulfillment and returns. Errors are RFC 9457 problems.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",  # what pydantic writes
    "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
}

# Console ------------------------------------------------------------------------------------------

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Orders",
    "SITE_HEADER": "Order management",
    "SITE_SYMBOL": "package_2",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("fulfillment/statuspage/icon.svg"),
        }
    ],
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda _request: static("console/console.css")],
    "SCRIPTS": [lambda _request: static("console/console.js")],
    "DASHBOARD_CALLBACK": "oms.console.dashboard.context",
    "COMMAND": {"search_callback": "oms.console.navigation.search"},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "oms.console.navigation.menu",
    },
    "COLORS": {
        # A calm blue; white text on 600 and dark text on 400 both have enough contrast.
        "primary": {
            "50": "#eff6ff",
            "100": "#dbeafe",
            "200": "#bfdbfe",
            "300": "#93c5fd",
            "400": "#60a5fa",
            "500": "#3b82f6",
            "600": "#1d4ed8",
            "700": "#1e40af",
            "800": "#1e3a8a",
            "900": "#172554",
            "950": "#0b1533",
        },
    },
}

# Carriers -----------------------------------------------------------------------------------------

OMS_CARRIERS = env.list("CARRIERS", default=["fulfillment.shipping.carriers.house.HouseCarrier"])
# How much faster than the day the house carrier's parcels travel: 1 is real time, 600 a day in some two minutes.
OMS_HOUSE_CARRIER_SPEED = env.float("HOUSE_CARRIER_SPEED", default=1.0)

# Logs ---------------------------------------------------------------------------------------------

logs.configure_structlog()
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # our own middleware has judged or made it
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line for each request, at its end
LOGGING = logs.logging_config(
    json_lines=env.str("LOG_FORMAT", default="json" if OMS_PRODUCTION else "plain") == "json",
    level=env.str("LOG_LEVEL", default="INFO"),
)

# Readiness: how old, in seconds, the oldest undelivered event may be before the system calls itself degraded.
OMS_OUTBOX_LAG_SECONDS = env.int("OUTBOX_LAG_SECONDS", default=120)

# Payment methods in use. The last one is a provider that does not exist and belongs to the demo.
OMS_PAYMENT_GATEWAYS: list[str] = env.list(
    "PAYMENT_GATEWAYS",
    default=[
        "channel",
        "cash_on_delivery",
        "bank_transfer",
        *([] if OMS_PRODUCTION else ["fake_card"]),
    ],
)
OMS_FAKE_CARD_DIR = VAR_DIR / "fake_card"

# Imports: how large an uploaded file may be, and for how many days it is kept.
OMS_IMPORT_MAX_BYTES = env.int("IMPORT_MAX_MB", default=50) * (1 << 20)
OMS_IMPORT_KEEP_DAYS = env.int("IMPORT_KEEP_DAYS", default=30)
