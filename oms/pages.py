"""Middleware that only pages need; a call of the API passes it by.

A call brings its key. It has no session, no form that another site could forge, nobody who reads messages, and no
language or time zone of its own. What calls and pages share (host names, headers, ids, the log) stays in the
framework's own classes, in `MIDDLEWARE`.
"""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from oms.accounts.middleware import OwnTimeZone

_CALLS = "/api/v"  # of any version; what else lies under /api/ is pages about it


class _ForPages:
    """Hand calls on untouched. Stands before the class that it changes."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        """Answer `request`."""
        if request.path_info.startswith(_CALLS):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]  # of the class that it changes


class Sessions(_ForPages, SessionMiddleware):
    """Who is signed in to the console."""


class Languages(_ForPages, LocaleMiddleware):
    """The language of whoever looks at the page; calls are answered in the one of the installation."""

    def __call__(self, request: HttpRequest) -> Any:
        """Answer `request`; the thread may have shown a page in another language before."""
        translation.deactivate()
        return super().__call__(request)


class Forgery(_ForPages, CsrfViewMiddleware):
    """Forms that another site has sent. The views of the API are exempt."""


class Users(_ForPages, AuthenticationMiddleware):
    """The member of staff behind the session."""


class TimeZones(_ForPages, OwnTimeZone):
    """The time zone of the member of staff."""


class Messages(_ForPages, MessageMiddleware):
    """What the next page tells."""
