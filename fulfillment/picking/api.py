"""The API of picking: an outside warehouse system reports what it fetched and what is missing."""

from typing import Annotated, Any, Self
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from pydantic import model_validator
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.picking import documents, queries, services
from fulfillment.picking.services import Take
from fulfillment.work import queries as work_queries
from fulfillment.work.queries import WorkView
from fulfillment.work.schemas import (
    MOST_LINES,
    Lines,
    LineUnits,
    Scans,
    WorkOut,
    units_by_line,
    work_out,
)
from inventory.lots.schemas import LotsNamed
from oms.core import errors
from oms.core.api import files, idempotency, openapi, schemas
from oms.core.api.schemas import Answer, Command, Items, Text
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem
from orders.channels.authentication import caller_of

BinCode = Annotated[str, Text(64, blank=True)]


class PickedUnits(LineUnits):
    """Units of a line, the bin that they were fetched from (code or barcode), and which lots they are.

    What no lot is named of is of the lots that expire first; serial numbers are all named.
    """

    bin: BinCode = ""
    lots: LotsNamed = []


class Pick(Command):
    """Picked units: one per scanned code (barcode or SKU), or by line and quantity.

    `bin` is where all of it was fetched, unless a line names its own. A line may come once from each of several bins.
    """

    scans: Scans | None = None
    lines: (
        Annotated[list[PickedUnits], Items(MOST_LINES, few="no_lines", many="too_many_lines")]
        | None
    ) = None
    bin: BinCode = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.scans is None) == (self.lines is None):
            raise schemas.refused("either_or", "Send scans or lines, one of the two.")
        return self


class Unpick(Command):
    """Picked units to be put back."""

    lines: Lines


class ReportShort(LineUnits):
    """Units of a line that are not where they should be (in `bin`, if it is named), and why."""

    reason: Annotated[str, Text(services.LONGEST_REASON)]
    bin: BinCode = ""


class ShortAnswer(Answer):
    """The work after the call, and what became of the missing units.

    `elsewhere` are those that other bins here have: they are still to be picked.
    """

    work: WorkOut
    rerouted: int
    backordered: int
    elsewhere: int


def _takes(view: WorkView, lines: list[PickedUnits], place: str) -> list[Take]:
    """Return what was fetched, bin by bin. Raises Invalid, everything at once, for lines that are not of this work."""
    known = {line.order_line_uuid: line.id for line in view.lines}
    takes: list[Take] = []
    seen: set[tuple[UUID, str]] = set()
    problems = []
    for index, line in enumerate(lines):
        pointer = f"/lines/{index}/line_id"
        code = line.bin.strip() or place.strip()
        if line.line_id not in known:
            words = "This line is not part of the work."
            problems.append(FieldProblem(pointer, "unknown_reference", words))
        elif (line.line_id, code) in seen:
            words = "This line is named twice from the same place."
            problems.append(FieldProblem(pointer, "repeated", words))
        else:
            lots = [each.named() for each in line.lots]
            takes.append(Take(known[line.line_id], line.quantity, code, lots))
        seen.add((line.line_id, code))
    if problems:
        raise errors.Invalid(problems=problems)
    return takes


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
            actor = caller_of(request).actor
            if command.lines is None:
                services.confirm(
                    fulfillment_order_id=view.id,
                    scans=command.scans or (),
                    bin_code=command.bin.strip(),
                    actor=actor,
                )
            else:
                takes = _takes(view, command.lines, command.bin)
                services.confirm_takes(fulfillment_order_id=view.id, takes=takes, actor=actor)
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
                bin_code=command.bin.strip(),
                actor=caller_of(request).actor,
            )
            return Response(
                ShortAnswer.model_construct(
                    work=work_out(work_queries.view(view.id)),
                    rerouted=outcome.rerouted,
                    backordered=outcome.backordered,
                    elsewhere=outcome.elsewhere,
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
