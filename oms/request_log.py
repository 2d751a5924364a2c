"""One log line for each request: what was asked, by whom, from where, and how it ended."""

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares.request import RequestMiddleware, logger

from oms.core import network
from oms.core.api import request_id


class RequestLog(RequestMiddleware):
    """Bind the request's id, address and caller to every line that is logged while it is answered.

    The framework's own asks and says more than we do, on every request; what is not an answer as any other (one that
    fails, one that is sent in pieces) stays with it.
    """

    def prepare(self, request: HttpRequest) -> None:
        """Bind the id, and the address that limits count by; what a client writes into a header is not believed."""
        structlog.contextvars.bind_contextvars(
            request_id=request_id.of(request), ip=network.client_address(request)
        )

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        """Write the line."""
        if response.streaming or hasattr(request, "_raised_exception"):
            super().handle_response(request, response)
            return
        self.bind_user_id(request)
        logger.log(
            self._log_level_for_status_code(response.status_code),
            "request_finished",
            code=response.status_code,
            request=self.format_request(request),
        )
        structlog.contextvars.clear_contextvars()

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """Bind the API client, or else the member of staff; a call with a key opens no session."""
        client_id = getattr(getattr(request, "auth", None), "client_id", None)
        if client_id is not None:
            structlog.contextvars.bind_contextvars(client_id=client_id)
        else:
            RequestMiddleware.bind_user_id(request)
