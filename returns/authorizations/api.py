"""The API of returns: open, find, decide."""

from collections.abc import Callable
from typing import Annotated, Literal

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from oms.core.api import idempotency, openapi, pagination, schemas
from oms.core.api.schemas import Command, Items, Text
from oms.core.api.views import ApiView
from orders.channels.authentication import caller_of
from orders.ordering.models import Order
from returns.authorizations import queries
from returns.authorizations import services as authorizations
from returns.authorizations.filters import ReturnFilters
from returns.authorizations.models import Return
from returns.authorizations.schemas import ReturnOut, ReturnPage, return_out
from returns.authorizations.services import Wish

MOST_LINES = 1_000
NO_LINE = 0  # a key that no line has
LIST_PARAMETERS = [
    OpenApiParameter(name, str, OpenApiParameter.QUERY)
    for name in (*ReturnFilters.base_filters, *pagination.PARAMETERS)
]


Reason = Literal["not_wanted", "wrong_size", "damaged", "defective", "wrong_item", "late", "other"]


class ReturnLineIn(Command):
    """Shipped units of an order line, by the line's id, and why they come back."""

    line_id: schemas.Uuid
    quantity: schemas.Quantity
    reason: Reason


class ReturnKitIn(Command):
    """Whole kits of an order, by the kit's id, and why they come back: so many units of each part as lie in them."""

    kit_id: schemas.Uuid
    quantity: schemas.Quantity
    reason: Reason


class OpenReturn(Command):
    """Goods that are to come back: units of lines, whole kits, or both. `order` is its id or number.

    `approve` false leaves the decision to a person.
    """

    order: Annotated[str, Text(64)]
    lines: (
        Annotated[list[ReturnLineIn], Items(MOST_LINES, few="no_lines", many="too_many_lines")]
        | None
    ) = None
    kits: (
        Annotated[list[ReturnKitIn], Items(MOST_LINES, few="no_kits", many="too_many_kits")] | None
    ) = None
    note: Annotated[str, Text(500, multiline=True, blank=True)] = ""
    approve: bool = True


class Decide(Command):
    """Why."""

    reason: Annotated[str, Text(500)]


class Nothing(Command):
    """No members: `{}`."""


class ReturnsView(ApiView):
    """All returns of the caller's channels."""

    required_scopes = {"GET": "returns:read", "POST": "returns:write"}

    @extend_schema(operation_id="return_list", parameters=LIST_PARAMETERS, responses=ReturnPage)
    def get(self, request: Request) -> Response:
        """List returns, newest first."""
        found, cut = pagination.narrowed(
            ReturnFilters,
            request.query_params,
            queries.within(queries.reach_of(caller_of(request))),
        )
        page, following = pagination.page(found, cut)
        return Response(
            ReturnPage(results=[return_out(each) for each in page], next=following, limit=cut.limit)
        )

    @extend_schema(
        operation_id="return_open",
        request=OpenReturn,
        responses={201: ReturnOut},
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Open a return of shipped units."""
        command = self.command(OpenReturn)
        caller = caller_of(request)
        queries.check_decides(caller)
        reach = queries.reach_of(caller)

        def open_return() -> Response:
            order = queries.find_order(command.order, reach=reach)
            opened = authorizations.authorize(
                order_id=order.pk,
                wishes=_wishes(order, command),
                note=command.note,
                approved=command.approve,
                actor=caller.actor,
            )
            return Response(return_out(queries.find(str(opened.uuid), reach=reach)), status=201)

        return idempotency.once(request, open_return)


def _wishes(order: Order, command: OpenReturn) -> list[Wish]:
    """Return what is asked for by lines; whole kits are so many units of each of theirs."""
    keys = queries.line_keys(order)
    wishes = [
        Wish(keys.get(line.line_id, NO_LINE), line.quantity, line.reason)
        for line in command.lines or ()
    ]
    parts = queries.kit_parts(order) if command.kits else {}
    for index, kit in enumerate(command.kits or ()):
        at = f"/kits/{index}"
        wishes += [
            Wish(line_id, kit.quantity * each, kit.reason, at)
            for line_id, each in parts.get(kit.kit_id, [(NO_LINE, 1)])
        ]
    return wishes


class ReturnView(ApiView):
    """One return, by id or number."""

    required_scopes = {"GET": "returns:read"}

    @extend_schema(operation_id="return_read", responses=ReturnOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return the return with its lines."""
        return Response(
            return_out(queries.find(reference, reach=queries.reach_of(caller_of(request))))
        )


class _ActView(ApiView):
    """Base of acts on one return."""

    required_scopes = {"POST": "returns:write"}

    def act(
        self, request: Request, reference: str, effect: Callable[[Return], object]
    ) -> HttpResponse:
        """Find the return within the caller's reach, do the one thing, show it as it is then."""
        caller = caller_of(request)
        queries.check_decides(caller)
        reach = queries.reach_of(caller)

        def run() -> Response:
            found = queries.find(reference, reach=reach)
            effect(found)
            return Response(return_out(queries.find(str(found.uuid), reach=reach)))

        return idempotency.once(request, run)


class ApproveView(_ActView):
    """Approving."""

    @extend_schema(
        operation_id="return_approve",
        request=Nothing,
        responses=ReturnOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Let the goods come."""
        self.command(Nothing)
        actor = caller_of(request).actor
        return self.act(
            request,
            reference,
            lambda found: authorizations.approve(return_id=found.pk, actor=actor),
        )


class DeclineView(_ActView):
    """Declining."""

    @extend_schema(
        operation_id="return_decline",
        request=Decide,
        responses=ReturnOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Refuse a requested return."""
        reason, actor = self.command(Decide).reason, caller_of(request).actor
        return self.act(
            request,
            reference,
            lambda found: authorizations.decline(return_id=found.pk, reason=reason, actor=actor),
        )


class CancelView(_ActView):
    """Cancelling."""

    @extend_schema(
        operation_id="return_cancel",
        request=Decide,
        responses=ReturnOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """End a return of which nothing has come."""
        reason, actor = self.command(Decide).reason, caller_of(request).actor
        return self.act(
            request,
            reference,
            lambda found: authorizations.cancel(return_id=found.pk, reason=reason, actor=actor),
        )
