"""The API of production: what can be made and when; draft, find, confirm, start, post, take back, finish, cancel."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated

from django.http import HttpResponse, QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.lots.schemas import Lots, LotsNamed
from inventory.production import errors, queries, rules
from inventory.production import services as production
from inventory.production.filters import ProductionFilters
from inventory.production.models import ProductionOrder
from inventory.production.queries import Reach
from inventory.production.rules import Used
from inventory.production.schemas import (
    BillOut,
    CapableOut,
    ProductionOut,
    ProductionPage,
    bill_out,
    capable_out,
    production_out,
)
from inventory.production.services import Report, Wish
from oms.core.api import idempotency, openapi, pagination, schemas
from oms.core.api.schemas import Command, Items, Text
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem

LocationCode = Annotated[str, Text(20)]
Reason = Annotated[str, Text(200)]
Why = Annotated[str, Text(200, blank=True)]
LIST_PARAMETERS = [
    OpenApiParameter(name, str, OpenApiParameter.QUERY)
    for name in (*ProductionFilters.base_filters, *pagination.PARAMETERS)
]
_LONGEST = 64


class CreateProduction(Command):
    """Units to be made at a location. With `confirm` components are set aside and days are booked at once."""

    sku: schemas.SkuCode
    location: LocationCode
    quantity: schemas.Quantity
    revision: Annotated[int, schemas.Field(ge=1, le=1_000_000)] | None = None
    work_center: Annotated[str, Text(20, blank=True)] = ""
    due_on: schemas.Day | None = None
    not_before: schemas.Day | None = None
    note: Annotated[str, Text(500, multiline=True, blank=True)] = ""
    confirm: bool = False
    with_shortages: bool = False


class ConfirmProduction(Command):
    """With shortages, what is there is set aside, and the rest is waited for."""

    with_shortages: bool = False


class UsedUnits(Command):
    """Units of a SKU that were used, otherwise than planned or of lots that are named."""

    sku: schemas.SkuCode
    quantity: schemas.Count
    lots: LotsNamed = []


class ByproductUnits(Command):
    """Units of a by-product that came out, otherwise than planned or of lots that are named."""

    sku: schemas.SkuCode
    quantity: schemas.Count
    lots: Lots = []


class PostProduction(Command):
    """What came out: sound units, units to inspect first, spoilt ones. SKUs that are not named went by the plan.

    `lots` are those of the sound units, `inspect_lots` those of the units to inspect; without them, goods that are
    tracked by lot are of one that bears the number of the posting. Of components, what expires first is taken, but for
    lots that are named.
    """

    produced: schemas.Count = 0
    inspect: schemas.Count = 0
    scrapped: schemas.Count = 0
    used: Annotated[
        list[UsedUnits], Items(2 * rules.MOST_LINES, least=0, many="too_many_lines")
    ] = []
    byproducts: Annotated[
        list[ByproductUnits], Items(2 * rules.MOST_LINES, least=0, many="too_many_lines")
    ] = []
    lots: Lots = []
    inspect_lots: Lots = []
    reason: Why = ""
    finish: bool = False


class UndoProduction(Command):
    """Which posting was a mistake, by its number, and why."""

    posting: Annotated[str, Text(30)]
    reason: Reason


class ScheduleProduction(Command):
    """Plan what is left to be made anew; without `start`, as soon as the components are there."""

    start: schemas.Day | None = None
    reason: Reason


class FinishProduction(Command):
    """Why fewer units were made than ordered, if so."""

    reason: Why = ""


class CancelProduction(Command):
    """Why."""

    reason: Reason


class NoContent(Command):
    """No members: `{}`."""


def _one(given: QueryDict, name: str) -> str:
    """Return a query parameter that is sent once. Raises InvalidProduction."""
    values = given.getlist(name)
    if len(values) != 1 or not 0 < len(values[0]) <= _LONGEST:
        raise errors.InvalidProduction(
            problems=[FieldProblem(f"/{name}", "required", "This is required, once.")]
        )
    return values[0]


def _used(said: Sequence[UsedUnits | ByproductUnits]) -> list[Used]:
    return [Used(each.sku, each.quantity, [lot.named() for lot in each.lots]) for each in said]


class CapableView(ApiView):
    """How soon units can be made."""

    required_scopes = {"GET": "production:read"}

    @extend_schema(
        operation_id="production_capable_to_promise",
        parameters=[
            OpenApiParameter("sku", str, OpenApiParameter.QUERY, required=True),
            OpenApiParameter("quantity", int, OpenApiParameter.QUERY, required=True),
            OpenApiParameter("location", str, OpenApiParameter.QUERY, required=True),
        ],
        responses=CapableOut,
    )
    def get(self, request: Request) -> Response:
        """Say how soon units can be made at a location: components, then capacity, then lead days."""
        given = request.query_params
        number = _one(given, "quantity")
        if not (number.isascii() and number.isdecimal()) or len(number) > 7:
            number = "0"
        return Response(
            capable_out(
                queries.capable(
                    sku_code=_one(given, "sku"),
                    location_code=_one(given, "location"),
                    quantity=int(number),
                    location_codes=self.caller.location_codes,
                )
            )
        )


class BillView(ApiView):
    """The bill of materials that is in force for a SKU."""

    required_scopes = {"GET": "production:read"}

    @extend_schema(operation_id="production_bill", responses=BillOut)
    def get(self, request: Request, sku: str) -> Response:
        """Return the revision that is used today; 404 when the SKU is not made."""
        return Response(bill_out(queries.bill_of_sku(sku)))


class ProductionOrdersView(ApiView):
    """The production orders of the caller's locations."""

    required_scopes = {"GET": "production:read", "POST": "production:write"}

    @extend_schema(
        operation_id="production_list", parameters=LIST_PARAMETERS, responses=ProductionPage
    )
    def get(self, request: Request) -> Response:
        """List production orders, newest first."""
        found, cut = pagination.narrowed(
            ProductionFilters,
            request.query_params,
            queries.within(queries.reach_of(self.caller.location_codes)),
        )
        page, following = pagination.page(found, cut)
        return Response(
            ProductionPage(
                results=[production_out(each) for each in page], next=following, limit=cut.limit
            )
        )

    @extend_schema(
        operation_id="production_create",
        request=CreateProduction,
        responses={201: ProductionOut},
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Draft a production order; nothing is set aside before it is confirmed."""
        command = self.command(CreateProduction)
        reach = queries.reach_of(self.caller.location_codes)

        def create() -> Response:
            order = production.create(
                wish=Wish(
                    sku_code=command.sku,
                    location_code=command.location,
                    quantity=command.quantity,
                    revision=command.revision,
                    work_center=command.work_center,
                    due_on=command.due_on,
                    not_before=command.not_before,
                    note=command.note,
                ),
                actor=self.caller.actor,
                reach=reach,
            )
            if command.confirm:
                production.confirm(
                    order_id=order.pk,
                    with_shortages=command.with_shortages,
                    actor=self.caller.actor,
                    reach=reach,
                )
            return Response(production_out(queries.find(str(order.uuid), reach=reach)), status=201)

        return idempotency.once(request, create)


class ProductionOrderView(ApiView):
    """One production order, by id or number."""

    required_scopes = {"GET": "production:read"}

    @extend_schema(operation_id="production_read", responses=ProductionOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return the order with its components, days and postings."""
        reach = queries.reach_of(self.caller.location_codes)
        return Response(production_out(queries.find(reference, reach=reach)))


class _ActView(ApiView):
    """Base of acts on one production order."""

    required_scopes = {"POST": "production:write"}

    def act(
        self, request: Request, reference: str, effect: Callable[[ProductionOrder, Reach], object]
    ) -> HttpResponse:
        """Find the order within the caller's reach, do the one thing, show it as it is then."""
        reach = queries.reach_of(self.caller.location_codes)

        def run() -> Response:
            found = queries.find(reference, reach=reach)
            effect(found, reach)
            return Response(production_out(queries.find(str(found.uuid), reach=reach)))

        return idempotency.once(request, run)

    def key(self, request: Request) -> str:
        """Return the name of the call: the caller's own key, so that it stays done when answers are forgotten."""
        own = f"{self.caller.client_id}\0{request.path}\0{idempotency.key_of(request)}"
        return f"api:{hashlib.sha256(own.encode()).hexdigest()[:40]}"


class ConfirmView(_ActView):
    """Confirming."""

    @extend_schema(
        operation_id="production_confirm",
        request=ConfirmProduction,
        responses=ProductionOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Set components aside, book days, expect the goods; 409 with all shortages when components are short."""
        command = self.command(ConfirmProduction)
        return self.act(
            request,
            reference,
            lambda found, reach: production.confirm(
                order_id=found.pk,
                with_shortages=command.with_shortages,
                actor=self.caller.actor,
                reach=reach,
            ),
        )


class StartView(_ActView):
    """Starting."""

    @extend_schema(
        operation_id="production_start",
        request=NoContent,
        responses=ProductionOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Begin the work; from now on it cannot be cancelled."""
        self.command(NoContent)
        return self.act(
            request,
            reference,
            lambda found, reach: production.start(
                order_id=found.pk, actor=self.caller.actor, reach=reach
            ),
        )


class PostView(_ActView):
    """Posting."""

    @extend_schema(
        operation_id="production_post",
        request=PostProduction,
        responses=ProductionOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Take components out of stock and bring what was made of them, in one; `finish` ends the order."""
        command = self.command(PostProduction)
        return self.act(
            request,
            reference,
            lambda found, reach: production.post(
                order_id=found.pk,
                report=Report(
                    produced=command.produced,
                    inspect=command.inspect,
                    scrapped=command.scrapped,
                    used=_used(command.used),
                    byproducts=_used(command.byproducts),
                    lots=[lot.named() for lot in command.lots],
                    inspect_lots=[lot.named() for lot in command.inspect_lots],
                    reason=command.reason,
                ),
                finish=command.finish,
                key=self.key(request),
                actor=self.caller.actor,
                reach=reach,
            ),
        )


class UndoView(_ActView):
    """Taking back."""

    @extend_schema(
        operation_id="production_undo",
        request=UndoProduction,
        responses=ProductionOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Take a posting back by its exact opposite; 409 once its goods are sold, promised or moved."""
        command = self.command(UndoProduction)
        return self.act(
            request,
            reference,
            lambda found, reach: production.undo(
                order_id=found.pk,
                posting_id=queries.posting_of(found, command.posting).pk,
                reason=command.reason,
                actor=self.caller.actor,
                reach=reach,
            ),
        )


class ScheduleView(_ActView):
    """Planning anew."""

    @extend_schema(
        operation_id="production_schedule",
        request=ScheduleProduction,
        responses=ProductionOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Free the days that are not over and book the earliest ones for what is left to be made."""
        command = self.command(ScheduleProduction)
        return self.act(
            request,
            reference,
            lambda found, reach: production.reschedule(
                order_id=found.pk,
                start=command.start,
                reason=command.reason,
                actor=self.caller.actor,
                reach=reach,
            ),
        )


class FinishView(_ActView):
    """Finishing."""

    @extend_schema(
        operation_id="production_finish",
        request=FinishProduction,
        responses=ProductionOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Make no more; what is left of components and days is free."""
        command = self.command(FinishProduction)
        return self.act(
            request,
            reference,
            lambda found, reach: production.finish(
                order_id=found.pk, reason=command.reason, actor=self.caller.actor, reach=reach
            ),
        )


class CancelView(_ActView):
    """Cancelling."""

    @extend_schema(
        operation_id="production_cancel",
        request=CancelProduction,
        responses=ProductionOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Give up an order that was not begun."""
        command = self.command(CancelProduction)
        return self.act(
            request,
            reference,
            lambda found, reach: production.cancel(
                order_id=found.pk, reason=command.reason, actor=self.caller.actor, reach=reach
            ),
        )
