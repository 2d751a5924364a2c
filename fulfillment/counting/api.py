"""The API of counts: make, find, start, record blind, review, post."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.counting import services
from fulfillment.counting.filters import CountFilters
from fulfillment.counting.services import Figure
from inventory.counting import queries, rules
from inventory.counting import services as counting
from inventory.counting.models import CountLine, CountOrder
from inventory.counting.states import COUNT, CountStatus
from oms.core.api import idempotency, openapi, pagination, schemas
from oms.core.api.schemas import Answer, Command, Items, Text
from oms.core.api.views import ApiView

# Each one is compared with the books under the lock of its level.
MOST_FIGURES = 100
BLIND = (CountStatus.DRAFT, CountStatus.OPEN)
LIST_PARAMETERS = [
    OpenApiParameter(name, str, OpenApiParameter.QUERY)
    for name in (*CountFilters.base_filters, *pagination.PARAMETERS)
]
Skus = Annotated[
    list[schemas.SkuCode], Items(rules.MOST_LINES, few="no_lines", many="too_many_lines")
]


class ToleranceIn(Command):
    """By how much a first figure may differ: in units, or in percent of the book quantity."""

    kind: Literal["units", "percent"] = "units"
    value: schemas.Count = 0


class CreateCount(Command):
    """What is to be counted; `by` says which of skus, bins, abc and days chooses. `start` begins it at once."""

    location: Annotated[str, Text(20)]
    by: Literal["skus", "bins", "abc", "age"]
    skus: Skus | None = None
    bins: Annotated[str, Text(30, blank=True)] = ""
    abc: Literal["A", "B", "C", ""] = ""
    days: schemas.Count = 0
    tolerance: ToleranceIn = ToleranceIn()
    note: Annotated[str, Text(500, blank=True)] = ""
    start: bool = False


class FigureIn(Command):
    """How many units lie on the shelf; picked ones are left out. `found`: the SKU was not expected there."""

    sku: schemas.SkuCode
    counted: schemas.Count
    found: bool = False


class RecordCounts(Command):
    """What one person counted. `counter` names the person: a recount is refused to whoever counted before."""

    figures: Annotated[list[FigureIn], Items(MOST_FIGURES, few="no_lines", many="too_many_lines")]
    counter: Annotated[str, Text(60, blank=True)] = ""


class CountAgain(Command):
    """Lines that somebody else is to count once more, and why."""

    skus: Skus
    reason: Annotated[str, Text(200)]


class CancelCount(Command):
    """Why."""

    reason: Annotated[str, Text(200)]


class NoMembers(Command):
    """No members: `{}`."""


class CountLineOut(Answer):
    """One SKU. While it is being counted, the book quantity and the difference are null."""

    sku: str
    state: str
    expected: bool
    counted: int | None
    picked: int | None
    book: int | None
    difference: int | None
    cause: str
    counted_by: str
    counted_at: datetime | None


class CountSummary(Answer):
    """A count without its lines; `actions` are what is legal now."""

    id: UUID
    number: str
    location: str
    status: str
    by: str
    choice: str
    tolerance: int
    tolerance_kind: str
    note: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    posted_at: datetime | None
    actions: list[str]


class CountOut(CountSummary):
    """A count with its lines, by SKU."""

    lines: list[CountLineOut]


class CountPage(Answer):
    """Counts, newest first. `next` is the cursor of the next page, null on the last."""

    results: list[CountSummary]
    next: str | None
    limit: int


class FigureOut(Answer):
    """What came of a figure: accepted, or somebody else counts again."""

    sku: str
    accepted: bool


class FiguresOut(Answer):
    """What came of the figures, and how many lines still wait."""

    figures: list[FigureOut]
    left: int


class PostedOut(Answer):
    """The count, and what became of units that orders were promised."""

    count: CountOut
    rerouted: int
    backordered: int


class CountsView(ApiView):
    """The counts at the caller's locations."""

    required_scopes = {"GET": "inventory:read", "POST": "inventory:write"}

    @extend_schema(operation_id="count_list", parameters=LIST_PARAMETERS, responses=CountPage)
    def get(self, request: Request) -> Response:
        """List counts, newest first."""
        rows = CountOrder.objects.select_related("location")
        if self.caller.location_codes is not None:
            rows = rows.filter(location__code__in=self.caller.location_codes)
        found, cut = pagination.narrowed(CountFilters, request.query_params, rows)
        page, following = pagination.page(found, cut)
        return Response(
            CountPage(
                results=[CountSummary(**_head(each)) for each in page],
                next=following,
                limit=cut.limit,
            )
        )

    @extend_schema(
        operation_id="count_create",
        request=CreateCount,
        responses={201: CountOut},
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Draft a count; the SKUs are chosen now."""
        command = self.command(CreateCount)

        def create() -> Response:
            count = counting.create(
                location_code=command.location,
                choice=rules.Choice(
                    command.by,
                    skus=command.skus or (),
                    bins=command.bins,
                    abc=command.abc,
                    days=command.days,
                ),
                tolerance=rules.Tolerance(command.tolerance.kind, command.tolerance.value),
                note=command.note,
                actor=self.caller.actor,
                location_codes=self.caller.location_codes,
            )
            if command.start:
                counting.start(count_id=count.pk, actor=self.caller.actor)
            return Response(_shown(count.pk), status=201)

        return idempotency.once(request, create)


class CountView(ApiView):
    """One count, by id or number."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(operation_id="count_read", responses=CountOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return the count; blind while it is being counted."""
        return Response(_shown(_find(self, reference).pk))


class StartView(ApiView):
    """Starting."""

    required_scopes = {"POST": "inventory:write"}

    @extend_schema(
        operation_id="count_start",
        request=NoMembers,
        responses=CountOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Let people count."""
        self.command(NoMembers)
        return _act(
            self, reference, lambda pk: counting.start(count_id=pk, actor=self.caller.actor)
        )


class RecordView(ApiView):
    """Figures."""

    required_scopes = {"POST": "inventory:write"}

    @extend_schema(
        operation_id="count_record",
        request=RecordCounts,
        responses=FiguresOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Note what somebody counted, all figures or none."""
        command = self.command(RecordCounts)

        def record() -> Response:
            noted = services.record_all(
                count_id=_find(self, reference).pk,
                figures=[Figure(each.sku, each.counted, each.found) for each in command.figures],
                counter=command.counter,
                actor=self.caller.actor,
            )
            return Response(
                FiguresOut(
                    figures=[
                        FigureOut(sku=figure.sku, accepted=each.is_accepted)
                        for figure, each in zip(command.figures, noted, strict=True)
                    ],
                    left=noted[-1].left,
                )
            )

        return idempotency.once(request, record)


class FinishView(ApiView):
    """Handing over."""

    required_scopes = {"POST": "inventory:write"}

    @extend_schema(
        operation_id="count_finish",
        request=NoMembers,
        responses=CountOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Hand the count over to the review."""
        self.command(NoMembers)
        return _act(
            self, reference, lambda pk: counting.finish(count_id=pk, actor=self.caller.actor)
        )


class RecountView(ApiView):
    """Doubting."""

    required_scopes = {"POST": "inventory:write"}

    @extend_schema(
        operation_id="count_recount",
        request=CountAgain,
        responses=CountOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Have lines counted once more, by somebody else."""
        command = self.command(CountAgain)
        return _act(
            self,
            reference,
            lambda pk: counting.doubt(
                count_id=pk,
                sku_codes=command.skus,
                reason=command.reason,
                actor=self.caller.actor,
            ),
        )


class PostView(ApiView):
    """Posting."""

    required_scopes = {"POST": "inventory:write"}

    @extend_schema(
        operation_id="count_post",
        request=NoMembers,
        responses=PostedOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Post the differences; orders whose units are not there are served from elsewhere or wait."""
        self.command(NoMembers)

        def post() -> Response:
            outcome = services.post(count_id=_find(self, reference).pk, actor=self.caller.actor)
            return Response(
                PostedOut(
                    count=_shown(outcome.count.pk),
                    rerouted=outcome.rerouted,
                    backordered=outcome.backordered,
                )
            )

        return idempotency.once(request, post)


class CancelView(ApiView):
    """Giving up."""

    required_scopes = {"POST": "inventory:write"}

    @extend_schema(
        operation_id="count_cancel",
        request=CancelCount,
        responses=CountOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Give the count up; the stock stays as it is."""
        command = self.command(CancelCount)
        return _act(
            self,
            reference,
            lambda pk: counting.cancel(count_id=pk, reason=command.reason, actor=self.caller.actor),
        )


def _find(view: ApiView, reference: str) -> CountOrder:
    return queries.find(reference, location_codes=view.caller.location_codes)


def _act(view: ApiView, reference: str, act: Callable[[int], object]) -> HttpResponse:
    def once() -> Response:
        pk = _find(view, reference).pk
        act(pk)
        return Response(_shown(pk))

    return idempotency.once(view.request, once)


def _head(count: CountOrder) -> dict[str, object]:
    return {
        "id": count.uuid,
        "number": count.number,
        "location": count.location.code,
        "status": count.status,
        "by": count.chosen_by,
        "choice": count.choice,
        "tolerance": count.tolerance,
        "tolerance_kind": count.tolerance_kind,
        "note": count.note,
        "created_at": count.created_at,
        "started_at": count.started_at,
        "finished_at": count.finished_at,
        "posted_at": count.posted_at,
        "actions": COUNT.allowed(count.status),
    }


def _shown(count_id: int) -> CountOut:
    count = CountOrder.objects.select_related("location").get(pk=count_id)
    blind = count.status in BLIND
    return CountOut(
        **_head(count), lines=[_line(line, blind=blind) for line in queries.lines_of(count_id)]
    )


def _line(line: CountLine, *, blind: bool) -> CountLineOut:
    return CountLineOut(
        sku=line.sku.code,
        state=line.state,
        expected=line.is_expected,
        counted=line.counted,
        picked=None if blind else line.off_shelf,
        book=None if blind else line.book,
        difference=None if blind else line.difference,
        cause=line.cause,
        counted_by=line.counted_by,
        counted_at=line.counted_at,
    )
