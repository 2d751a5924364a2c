"""The API of picking: an outside warehouse system reports what it fetched and what is missing."""

from typing import Annotated, Any, Self

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from pydantic import model_validator
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.picking import documents, queries, services
from fulfillment.work import queries as work_queries
from fulfillment.work.schemas import Lines, LineUnits, Scans, WorkOut, units_by_line, work_out
from oms.core.api import files, idempotency, openapi, schemas
from oms.core.api.schemas import Answer, Command, Text
from oms.core.api.views import ApiView
from orders.channels.authentication import caller_of


class Pick(Command):
    """Picked units: one per scanned code (barcode or SKU), or by line and quantity."""

    scans: Scans | None = None
    lines: Lines | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.scans is None) == (self.lines is None):
            raise schemas.refused("either_or", "Send scans or lines, one of the two.")
        return self


class Unpick(Command):
    """Picked units to be put back."""

    lines: Lines


class ReportShort(LineUnits):
    """Units of a line that are not where they should be, and why."""

    reason: Annotated[str, Text(services.LONGEST_REASON)]


class ShortAnswer(Answer):
    """The work after the call, and what became of the missing units."""

    work: WorkOut
    rerouted: int
    backordered: int


def _view(request: Request, reference: str) -> Any:
    work = work_queries.find(reference, reach=work_queries.reach_of(caller_of(request)))
    return work_queries.view(work.pk)


class PickView(ApiView):
    """Confirming picks."""

    required_scopes = {"POST": "fulfillment:write"}

    @extend_schema(
        operation_id="fulfillment_order_pick",
        request=Pick,
        responses=WorkOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Confirm picked units, all or none; work that nobody has begun is begun."""
        command = self.command(Pick)

        def pick() -> Response:
            view = _view(request, reference)
            services.confirm(
                fulfillment_order_id=view.id,
                scans=command.scans or (),
                quantities=units_by_line(view, command.lines),
                actor=caller_of(request).actor,
            )
            return Response(work_out(work_queries.view(view.id)))

        return idempotency.once(request, pick)


class UnpickView(ApiView):
    """Putting back."""

    required_scopes = {"POST": "fulfillment:write"}

    @extend_schema(
        operation_id="fulfillment_order_unpick",
        request=Unpick,
        responses=WorkOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Put picked units back that are not packed yet."""
        command = self.command(Unpick)

        def unpick() -> Response:
            view = _view(request, reference)
            services.undo(
                fulfillment_order_id=view.id,
                quantities=units_by_line(view, command.lines) or {},
                actor=caller_of(request).actor,
            )
            return Response(work_out(work_queries.view(view.id)))

        return idempotency.once(request, unpick)


class ShortView(ApiView):
    """Reporting shorts."""

    required_scopes = {"POST": "fulfillment:write"}

    @extend_schema(
        operation_id="fulfillment_order_short",
        request=ReportShort,
        responses=ShortAnswer,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Report units that are missing; they come from elsewhere or are backordered at once."""
        command = self.command(ReportShort)

        def short() -> Response:
            view = _view(request, reference)
            (line_id,) = (units_by_line(view, [command]) or {}).keys()
            outcome = services.report_short(
                line_id=line_id,
                quantity=command.quantity,
                reason=command.reason,
                actor=caller_of(request).actor,
            )
            return Response(
                ShortAnswer.model_construct(
                    work=work_out(work_queries.view(view.id)),
                    rerouted=outcome.rerouted,
                    backordered=outcome.backordered,
                )
            )

        return idempotency.once(request, short)


class PickListView(files.FileView):
    """The pick list on paper."""

    required_scopes = {"GET": "fulfillment:read"}

    @extend_schema(
        operation_id="fulfillment_order_pick_list",
        responses={(200, files.PDF): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, reference: str) -> HttpResponse:
        """Return the pick list as PDF, in walk order."""
        view = _view(request, reference)
        return files.download(
            documents.pick_lists(queries.pick_list([view.id])),
            name=f"{view.number}.pdf",
            media_type=files.PDF,
        )
