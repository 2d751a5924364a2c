"""The API of parcels: find them, pack, take apart, print the slip."""

from typing import Annotated, Self

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import Field, model_validator
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.packing import documents, queries, rules, services
from fulfillment.packing.filters import ShipmentFilters
from fulfillment.packing.models import Shipment
from fulfillment.packing.schemas import ShipmentOut, ShipmentPage, shipment_out
from fulfillment.packing.states import ShipmentStatus
from fulfillment.work import queries as work_queries
from fulfillment.work.schemas import Lines, Scans, units_by_line
from oms.core.api import files, idempotency, openapi, pagination, schemas
from oms.core.api.schemas import Command, Text
from oms.core.api.views import ApiView
from orders.channels.authentication import caller_of

LIST_PARAMETERS = [
    OpenApiParameter(name, str, OpenApiParameter.QUERY)
    for name in (*ShipmentFilters.base_filters, *pagination.PARAMETERS)
]

Grams = Annotated[int, Field(ge=1, le=rules.MAX_WEIGHT_G)]
Millimetres = Annotated[int, Field(ge=1, le=rules.MAX_SIDE_MM)]


class Pack(Command):
    """Pack one parcel: the scanned units, units of lines, or all that is picked when neither is sent."""

    weight_g: Grams
    length_mm: Millimetres
    width_mm: Millimetres
    height_mm: Millimetres
    scans: Scans | None = None
    lines: Lines | None = None

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.scans is not None and self.lines is not None:
            raise schemas.refused("either_or", "Send scans or lines, or neither of the two.")
        return self


class Unpack(Command):
    """Take a parcel apart."""

    reason: Annotated[str, Text(200, blank=True)] = ""


def find(request: Request, reference: str) -> Shipment:
    """Return the parcel that the caller means. Raises ShipmentMissing, beyond the caller's reach too."""
    return queries.find(reference, reach=work_queries.reach_of(caller_of(request)))


class ShipmentListView(ApiView):
    """The parcels within the caller's reach."""

    required_scopes = {"GET": "fulfillment:read"}

    @extend_schema(operation_id="shipment_list", parameters=LIST_PARAMETERS, responses=ShipmentPage)
    def get(self, request: Request) -> Response:
        """List parcels, newest first."""
        rows = Shipment.objects.within(work_queries.reach_of(caller_of(request)))
        found, cut = pagination.narrowed(
            ShipmentFilters,
            request.query_params,
            rows.exclude(status=ShipmentStatus.DRAFT).select_related(*queries.RELATED),
        )
        page, following = pagination.page(found, cut)
        return Response(
            ShipmentPage.model_construct(
                results=[shipment_out(view) for view in queries.with_lines(page)],
                next=following,
                limit=cut.limit,
            )
        )


class ShipmentView(ApiView):
    """One parcel, by id or number."""

    required_scopes = {"GET": "fulfillment:read"}

    @extend_schema(operation_id="shipment_read", responses=ShipmentOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return the parcel."""
        return Response(shipment_out(queries.view(find(request, reference).pk)))


class PackView(ApiView):
    """Packing."""

    required_scopes = {"POST": "fulfillment:write"}

    @extend_schema(
        operation_id="fulfillment_order_pack",
        request=Pack,
        responses={201: ShipmentOut},
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Pack picked units into one parcel."""
        command = self.command(Pack)

        def pack() -> Response:
            work = work_queries.find(reference, reach=work_queries.reach_of(caller_of(request)))
            view = work_queries.view(work.pk)
            shipment = services.pack(
                fulfillment_order_id=work.pk,
                units=units_by_line(view, command.lines),
                scans=command.scans or (),
                weight_g=command.weight_g,
                length_mm=command.length_mm,
                width_mm=command.width_mm,
                height_mm=command.height_mm,
                key="",  # the call is keyed as a whole
                actor=caller_of(request).actor,
            )
            return Response(shipment_out(queries.view(shipment.pk)), status=201)

        return idempotency.once(request, pack)


class UnpackView(ApiView):
    """Taking apart."""

    required_scopes = {"POST": "fulfillment:write"}

    @extend_schema(
        operation_id="shipment_unpack",
        request=Unpack,
        responses=ShipmentOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Take a packed parcel without label apart; its units are picked again."""
        command = self.command(Unpack)

        def unpack() -> Response:
            shipment = find(request, reference)
            services.unpack(
                shipment_id=shipment.pk, actor=caller_of(request).actor, reason=command.reason
            )
            return Response(shipment_out(queries.view(shipment.pk)))

        return idempotency.once(request, unpack)


class SlipView(files.FileView):
    """The packing slip on paper."""

    required_scopes = {"GET": "fulfillment:read"}

    @extend_schema(operation_id="shipment_slip", responses={(200, files.PDF): OpenApiTypes.BINARY})
    def get(self, request: Request, reference: str) -> HttpResponse:
        """Return the packing slip as PDF."""
        shipment = find(request, reference)
        return files.download(
            documents.packing_slip(queries.slip(shipment.pk)),
            name=f"{shipment.number}-slip.pdf",
            media_type=files.PDF,
        )
