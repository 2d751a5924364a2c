"""A small API of its own, for the machinery alone: no topic of the product is needed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import path
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from oms.core.api import idempotency, schemas
from oms.core.api.schemas import Command
from oms.core.api.views import ApiView


@dataclass(frozen=True)
class FakeCaller:
    client_id: str
    scopes: frozenset[str]
    is_authenticated: bool = True


class FakeAuthentication(BaseAuthentication):
    """`Authorization: <client> <scope> <scope>`."""

    def authenticate(self, request: Request) -> tuple[FakeCaller, FakeCaller] | None:
        words = request.headers.get("Authorization", "").split()
        if not words:
            return None
        caller = FakeCaller(words[0], frozenset(words[1:]))
        return caller, caller

    def authenticate_header(self, request: Request) -> str:
        return "Fake"


class Thing(Command):
    name: schemas.SkuCode
    amount: schemas.MoneyAmount | None = None


class Effects:
    """What the views do besides answering; a test replaces `run`."""

    calls: int
    run: Callable[[], Any]
    body: Any

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.calls, self.run, self.body = 0, lambda: None, {"ok": True}


EFFECTS = Effects()


class Things(ApiView):
    authentication_classes = [FakeAuthentication]
    required_scopes = {"GET": "things:read", "POST": "things:write"}

    def get(self, request: Request) -> Response:
        EFFECTS.run()
        return Response(EFFECTS.body)

    def post(self, request: Request, **kwargs: Any) -> Any:
        command = self.command(Thing)

        def effect() -> Response:
            EFFECTS.calls += 1
            EFFECTS.run()
            return Response({"name": command.name, "call": EFFECTS.calls}, status=201)

        return idempotency.once(request, effect)

    def put(self, request: Request) -> Response:
        return Response({})


class Plain(Things):
    """Without keys."""

    def post(self, request: Request, **kwargs: Any) -> Any:
        return Response(self.command(Thing))


urlpatterns = [
    path("api/things", Things.as_view()),
    path("api/things/<str:id>/copy", Things.as_view()),
    path("api/plain", Plain.as_view()),
    path("admin/", admin.site.urls),
    path("api/docs/", Things.as_view(), name="api-docs"),
]


handler400 = "oms.core.api.problems.bad_request"
handler403 = "oms.core.api.problems.permission_denied"
handler404 = "oms.core.api.problems.not_found"
handler500 = "oms.core.api.problems.server_error"
