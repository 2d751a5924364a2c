"""Give every request an id, so that an answer, a log line and a timeline entry can be put together."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

HEADER = "X-Request-ID"
_META = "HTTP_X_REQUEST_ID"
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,63}", re.ASCII)


def of(request: HttpRequest) -> str:
    """Return the id of `request`; a request that came past the middleware gets one now."""
    found = request.META.get(_META, "")
    if not _SANE.fullmatch(found):
        found = request.META[_META] = str(uuid.uuid4())
    return found


class RequestIdMiddleware:
    """Keep a sane incoming id (8 to 64 letters, digits and . _ : -) or make one; put it on the answer.

    It must stand before the middleware that logs requests, which reads the header too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer `request`."""
        found = of(request)
        response = self.get_response(request)
        response.headers[HEADER] = found
        return response
