"""The API of lots: find them, where they lie, who got them; quarantine, release, recall."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.recalls import queries, services
from fulfillment.recalls.filters import LotFilters, RecipientFilters
from fulfillment.recalls.services import SetAside
from inventory.lots import queries as lot_queries
from inventory.lots import services as lots
from inventory.lots.models import Lot
from inventory.production import tracing
from inventory.production.tracing import Traced, Units
from oms.core.api import idempotency, openapi, pagination
from oms.core.api.schemas import Answer, Command, Text
from oms.core.api.views import ApiView
from orders.channels.authentication import caller_of

LIST_PARAMETERS = [
    OpenApiParameter(name, str, OpenApiParameter.QUERY)
    for name in (*LotFilters.base_filters, *pagination.PARAMETERS)
]
PAGE_PARAMETERS = [
    OpenApiParameter(name, str, OpenApiParameter.QUERY)
    for name in (*RecipientFilters.base_filters, *pagination.PARAMETERS)
]


class LotOut(Answer):
    """A lot, or a serial number. `expires_on` is the last day on which it may be used."""

    id: UUID
    sku: str
    number: str
    status: str
    reason: str
    made_on: date | None
    expires_on: date | None
    best_before: str
    origin: str

    @classmethod
    def of(cls, lot: Lot) -> Self:
        """Describe a lot that has its SKU at hand."""
        return cls(
            id=lot.uuid,
            sku=lot.sku.code,
            number=lot.number,
            status=lot.status,
            reason=lot.reason,
            made_on=lot.made_on,
            expires_on=lot.expires_on,
            best_before=lot.best_before,
            origin=lot.origin,
        )


class LotPage(Answer):
    """Lots, newest first. `next` is the cursor of the next page, null on the last."""

    results: list[LotOut]
    next: str | None
    limit: int


class LyingOut(Answer):
    """Units at a location in one condition: good, damaged, or in quality control."""

    location: str
    condition: str
    units: int


class LotDetail(LotOut):
    """A lot with where it lies within the caller's reach, and how far it went.

    `shipped_goods` are units of goods that were made with it; parcels and orders are of both.
    """

    lying: list[LyingOut]
    shipped_units: int
    shipped_goods: int
    shipped_parcels: int
    shipped_orders: int


class RecipientOut(Answer):
    """Units of a lot, or of goods made with it, that left in a parcel, and for whom. `sku`, `lot`: what was sent."""

    order_id: UUID
    order: str
    channel: str
    external_id: str
    customer: str
    email: str
    phone: str
    shipment_id: UUID
    shipment: str
    tracking_number: str
    shipped_at: datetime | None
    sku: str
    lot: str
    units: int


class RecipientPage(Answer):
    """Who got a lot or goods made with it, parcel by parcel, latest first.

    `next` is the cursor of the next page, null on the last.
    """

    results: list[RecipientOut]
    next: str | None
    limit: int


class StepOut(Answer):
    """Units of a lot that came to a location, left it, or changed their condition there; empty ends are outside."""

    at: datetime
    location: str
    kind: str
    document: str
    source: str
    target: str
    quantity: int
    reason: str


class TracedUnitsOut(Answer):
    """Units that went into a posting of production or came out of it; `lot` is null where none is known."""

    sku: str
    lot: str | None
    lot_id: UUID | None
    quantity: int


class TracedOut(Answer):
    """A posting of production: what went in and what came out."""

    posting: str
    production_order: str
    location: str
    at: datetime
    consumed: list[TracedUnitsOut]
    produced: list[TracedUnitsOut]


class TraceOut(Answer):
    """What a lot went through, latest first: its steps, and the postings of production on every level.

    In `went_into`, `consumed` are the lot and lots made with it; in `made_of`, `produced` are the lot and lots in it.
    """

    steps: list[StepOut]
    made_of: list[TracedOut]
    went_into: list[TracedOut]


class JudgeLot(Command):
    """Why."""

    reason: Annotated[str, Text(lots.LONGEST_REASON)]


class SetAsideOut(Answer):
    """The lot after the act, and what became of its units: set aside, unpicked, packed in parcels that cannot leave.

    `rerouted` and `backordered` are units of orders that lost theirs.
    """

    lot: LotOut
    units: int
    unpicked: int
    packed: int
    rerouted: int
    backordered: int


class ReleasedOut(Answer):
    """The lot after its release, and the units that are available again."""

    lot: LotOut
    units: int


class LotsView(ApiView):
    """Lots and serial numbers."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(operation_id="lot_list", parameters=LIST_PARAMETERS, responses=LotPage)
    def get(self, request: Request) -> Response:
        """List lots, newest first."""
        found, cut = pagination.narrowed(
            LotFilters, request.query_params, Lot.objects.select_related("sku")
        )
        page, following = pagination.page(found, cut)
        return Response(
            LotPage(results=[LotOut.of(each) for each in page], next=following, limit=cut.limit)
        )


class LotView(ApiView):
    """One lot, by id."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(operation_id="lot_read", responses=LotDetail)
    def get(self, request: Request, reference: str) -> Response:
        """Return the lot, where it lies, and how far it went."""
        lot = lot_queries.find(reference)
        reach = queries.reach(lot.pk)
        return Response(
            LotDetail(
                **dict(LotOut.of(lot)),
                lying=[
                    LyingOut(location=each.location_code, condition=each.state, units=each.units)
                    for each in queries.lying(lot.pk, location_codes=self.caller.location_codes)
                ],
                shipped_units=reach.units,
                shipped_goods=reach.goods,
                shipped_parcels=reach.parcels,
                shipped_orders=reach.orders,
            )
        )


class RecipientsView(ApiView):
    """The recall list."""

    required_scopes = {"GET": "fulfillment:read"}

    @extend_schema(
        operation_id="lot_recipients", parameters=PAGE_PARAMETERS, responses=RecipientPage
    )
    def get(self, request: Request, reference: str) -> Response:
        """List every order, customer and parcel that got units of the lot or goods made with it, of your channels."""
        lot = lot_queries.find(reference)
        caller = caller_of(request)
        found, cut = pagination.narrowed(
            RecipientFilters, request.query_params, queries.shipped(lot.pk, caller.channel_ids)
        )
        page, following = pagination.page(found, cut)
        return Response(
            RecipientPage(
                results=[
                    RecipientOut(
                        order_id=each.order_uuid,
                        order=each.order_number,
                        channel=each.channel_code,
                        external_id=each.external_id,
                        customer=each.customer_name,
                        email=each.email,
                        phone=each.phone,
                        shipment_id=each.shipment_uuid,
                        shipment=each.shipment_number,
                        tracking_number=each.tracking_number,
                        shipped_at=each.shipped_at,
                        sku=each.sku_code,
                        lot=each.lot_number,
                        units=each.units,
                    )
                    for each in queries.recipients_of(page)
                ],
                next=following,
                limit=cut.limit,
            )
        )


class TraceView(ApiView):
    """The way of a lot through the house."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(operation_id="lot_trace", responses=TraceOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return the latest 200 steps of the lot at the caller's locations, and as many postings either way."""
        lot = lot_queries.find(reference)
        codes = self.caller.location_codes
        steps = queries.steps(lot.pk, location_codes=codes)
        return Response(
            TraceOut(
                steps=[
                    StepOut(
                        at=each.at,
                        location=each.location_code,
                        kind=each.kind,
                        document=each.document,
                        source=each.condition if each.source else "",
                        target=each.became if each.target else "",
                        quantity=each.quantity,
                        reason=each.reason,
                    )
                    for each in steps
                ],
                made_of=[_traced(each) for each in tracing.made_of(lot.pk, location_codes=codes)],
                went_into=[
                    _traced(each) for each in tracing.went_into(lot.pk, location_codes=codes)
                ],
            )
        )


def _traced(posting: Traced) -> TracedOut:
    return TracedOut(
        posting=posting.number,
        production_order=posting.order_number,
        location=posting.location_code,
        at=posting.at,
        consumed=[_units(each) for each in posting.used],
        produced=[_units(each) for each in posting.made],
    )


def _units(found: Units) -> TracedUnitsOut:
    return TracedUnitsOut(
        sku=found.sku,
        lot=found.lot or None,
        lot_id=found.lot_uuid,
        quantity=found.quantity,
    )


class _JudgeView(ApiView):
    """Base of acts on a lot."""

    required_scopes = {"POST": "inventory:write"}

    def judge(
        self, request: Request, reference: str, effect: Callable[..., SetAside]
    ) -> HttpResponse:
        """Find the lot, do the one thing, say what became of its units."""
        command = self.command(JudgeLot)

        def run() -> Response:
            lot = lot_queries.find(reference)
            done = effect(lot_id=lot.pk, reason=command.reason, actor=self.caller.actor)
            return Response(
                SetAsideOut(
                    lot=LotOut.of(lot_queries.find(reference)),
                    units=done.units,
                    unpicked=done.unpicked,
                    packed=done.packed,
                    rerouted=done.rerouted,
                    backordered=done.backordered,
                )
            )

        return idempotency.once(request, run)


class QuarantineView(_JudgeView):
    """Quarantine."""

    @extend_schema(
        operation_id="lot_quarantine",
        request=JudgeLot,
        responses=SetAsideOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Keep the lot from being sold until it is released."""
        return self.judge(request, reference, services.quarantine)


class RecallView(_JudgeView):
    """Recall."""

    @extend_schema(
        operation_id="lot_recall",
        request=JudgeLot,
        responses=SetAsideOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Recall the lot for ever; nobody is told by this."""
        return self.judge(request, reference, services.recall)


class ReleaseView(ApiView):
    """Release."""

    required_scopes = {"POST": "inventory:write"}

    @extend_schema(
        operation_id="lot_release",
        request=JudgeLot,
        responses=ReleasedOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Let a quarantined lot be sold again."""
        command = self.command(JudgeLot)

        def run() -> Response:
            lot = lot_queries.find(reference)
            units = services.release(lot_id=lot.pk, reason=command.reason, actor=self.caller.actor)
            return Response(ReleasedOut(lot=LotOut.of(lot_queries.find(reference)), units=units))

        return idempotency.once(request, run)
