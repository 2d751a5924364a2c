"""The base of all API views: who may call which method, and how a body becomes a command.

    class Orders(ApiView):
        required_scopes = {"GET": "orders:read", "POST": "orders:write"}

        def post(self, request):
            command = self.command(PlaceOrder)
            return idempotency.once(request, lambda: Response(..., status=201))

A method without a declared scope is refused, so a forgotten declaration is noticed at the first call.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from oms.core import errors, text
from oms.core.api import errors as api_errors
from oms.core.api import parsing, rendering, schemas

CommandT = TypeVar("CommandT", bound=BaseModel)

_LONGEST_QUERY = 8_000


class HasScope(BasePermission):
    """Let a caller in who has the scope that the view declares for the method.

    The authentication puts an object with `scopes` (a frozenset of names) and `client_id` into `request.auth`.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Say whether the caller may go on; raises MissingScope, naming the scope."""
        caller: Any = request.auth
        if caller is None:
            return False
        method = request.method or ""
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            return True  # answered by 405
        method = "GET" if method == "HEAD" else method
        scope = getattr(view, "required_scopes", {}).get(method)
        if scope is None:
            raise api_errors.MissingScope("No API key may do this.")
        if scope not in caller.scopes:
            raise api_errors.MissingScope(f"The API key lacks the scope {scope}.", scope=scope)
        return True


class ApiView(APIView):
    """Base of the API's views: strict JSON in, fast JSON out, closed unless a scope is declared."""

    required_scopes: ClassVar[Mapping[str, str]] = {}

    permission_classes = [HasScope]
    parser_classes = [parsing.StrictJSONParser]
    renderer_classes = [rendering.JsonRenderer]
    content_negotiation_class = rendering.Negotiation
    metadata_class = None  # OPTIONS is a method like any other

    @property
    def caller(self) -> Any:
        """Return who calls, as the authentication made it: `client_id`, `actor`, `scopes`, channels, locations."""
        return self.request.auth

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the caller in, or raise UriTooLong, what authentication, scope and throttles refuse, and Missing."""
        if len(request.META.get("QUERY_STRING", "")) > _LONGEST_QUERY:
            raise api_errors.UriTooLong
        super().initial(request, *args, **kwargs)
        # No text of ours holds control characters, so nothing has this name; some databases cannot even look for it.
        if not all(text.is_clean(value) for value in kwargs.values() if isinstance(value, str)):
            raise errors.Missing

    def command(self, model: type[CommandT]) -> CommandT:
        """Return the body as `model`; raises the refusals of `parsing.read` and `schemas.parse`."""
        return schemas.parse(model, parsing.read(self.request._request))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep answers out of shared caches."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers.setdefault("Cache-Control", "no-store")
        return final
