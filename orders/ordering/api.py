"""The API of orders: find, list, cancel."""

from typing import Annotated

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from oms.core.api import idempotency, openapi, pagination, schemas
from oms.core.api.schemas import Answer, Command, Items, Text
from oms.core.api.views import ApiView
from orders.channels.authentication import caller_of
from orders.ordering import queries
from orders.ordering import services as ordering
from orders.ordering.filters import OrderFilters
from orders.ordering.schemas import OrderOut, OrderPage, full, summary


class CancelLine(Command):
    """Units of one line, by its id."""

    line_id: schemas.Uuid
    quantity: schemas.Quantity


class CancelKit(Command):
    """Whole kits, by the kit's id: so many units of each part as lie in them."""

    kit_id: schemas.Uuid
    quantity: schemas.Quantity


class CancelOrder(Command):
    """Cancel what has not shipped: everything, or units of lines and kits. `version` refuses a stale view."""

    reason: Annotated[str, Text(500)]
    lines: Annotated[list[CancelLine], Items(1_000)] | None = None
    kits: Annotated[list[CancelKit], Items(1_000)] | None = None
    version: schemas.Count | None = None


class CancelAnswer(Answer):
    """The order after the call; units of lines cancelled at once, and asked of the warehouse."""

    order: OrderOut
    cancelled: dict[str, int]
    requested: dict[str, int]


LIST_PARAMETERS = [
    OpenApiParameter(name, str, OpenApiParameter.QUERY)
    for name in (*OrderFilters.base_filters, *pagination.PARAMETERS)
]


def list_orders(request: Request) -> Response:
    """Return a page of the caller's orders, newest first."""
    filters, cut = pagination.narrowed(
        OrderFilters, request.query_params, queries.summaries(caller_of(request).channel_ids)
    )
    rows, following = pagination.page(
        filters,
        cut,
        column="placed_at",
        place=lambda row: (row["placed_at"], row["pk"]),
    )
    return Response(
        OrderPage.made(results=[summary(row) for row in rows], next=following, limit=cut.limit)
    )


class OrderView(ApiView):
    """One order, by id or OMS number."""

    required_scopes = {"GET": "orders:read"}

    @extend_schema(operation_id="order_read", responses=OrderOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return the order."""
        order = queries.find(reference, channel_ids=caller_of(request).channel_ids)
        lines = queries.lines_of(order)
        return Response(full(order, lines, queries.kits_of(lines)))


class ExternalOrderView(ApiView):
    """One order, by the channel's own id."""

    required_scopes = {"GET": "orders:read"}

    @extend_schema(operation_id="order_read_by_external_id", responses=OrderOut)
    def get(self, request: Request, external_id: str) -> Response:
        """Return the order."""
        order = queries.find_external(external_id, channel_ids=caller_of(request).channel_ids)
        lines = queries.lines_of(order)
        return Response(full(order, lines, queries.kits_of(lines)))


class CancelView(ApiView):
    """Cancelling."""

    required_scopes = {"POST": "orders:write"}

    @extend_schema(
        operation_id="order_cancel",
        request=CancelOrder,
        responses=CancelAnswer,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Cancel the order or units of its lines."""
        command = self.command(CancelOrder)

        def cancel() -> Response:
            order = queries.find(reference, channel_ids=caller_of(request).channel_ids)
            outcome = ordering.cancel(
                order_id=order.pk,
                units=queries.units_by_line(
                    order,
                    [(line.line_id, line.quantity) for line in command.lines or ()],
                    [(kit.kit_id, kit.quantity) for kit in command.kits or ()],
                )
                if command.lines is not None or command.kits is not None
                else None,
                reason=command.reason,
                actor=caller_of(request).actor,
                expected_version=command.version,
            )
            order = queries.find(reference, channel_ids=caller_of(request).channel_ids)
            lines = queries.lines_of(order)
            ids = {line.pk: str(line.uuid) for line in lines}
            return Response(
                CancelAnswer(
                    order=full(order, lines, queries.kits_of(lines)),
                    cancelled={ids[line]: units for line, units in outcome.cancelled.items()},
                    requested={ids[line]: units for line, units in outcome.requested.items()},
                )
            )

        return idempotency.once(request, cancel)
