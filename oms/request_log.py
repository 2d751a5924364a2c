"""One log line for each request: what was asked, by whom, from where, and how it ended."""

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

from oms.core import network


class RequestLog(RequestMiddleware):
    """Bind the request's id, address and caller to every line that is logged while it is answered."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """Bind the address that limits count by; what a client writes into a header itself is not believed."""
        structlog.contextvars.bind_contextvars(ip=network.client_address(request))

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """Bind the API client, or else the member of staff; a call with a key opens no session."""
        client_id = getattr(getattr(request, "auth", None), "client_id", None)
        if client_id is not None:
            structlog.contextvars.bind_contextvars(client_id=client_id)
        else:
            RequestMiddleware.bind_user_id(request)
