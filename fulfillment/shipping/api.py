"""The API of shipping: rates, labels, the parcel leaves."""

import hashlib
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.packing import api as packing_api
from fulfillment.packing import queries as packing_queries
from fulfillment.packing.schemas import ShipmentOut, shipment_out
from fulfillment.shipping import queries, services
from oms.core.api import files, idempotency, openapi
from oms.core.api.schemas import Answer, Command, Text
from oms.core.api.views import ApiView
from orders.channels.authentication import caller_of

CarrierCode = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,29}$", json_schema_extra={"example": "house"})
]


class BuyLabel(Command):
    """Buy a label of a service, as the rates name it."""

    service: Annotated[str, Text(40)]
    carrier: CarrierCode = "house"


class RecordLabel(Command):
    """Note a label that was bought elsewhere."""

    carrier: CarrierCode
    service: Annotated[str, Text(40, blank=True)] = ""
    tracking_number: Annotated[str, Text(40)]


class VoidLabel(Command):
    """Give the label back."""

    reason: Annotated[str, Text(200, blank=True)] = ""


class Ship(Command):
    """Hand the parcel to its carrier. The body is `{}`."""


class RateOut(Answer):
    """An offer, in the order's currency; `basis` tells how it was computed."""

    carrier: str
    service: str
    name: str
    amount: Decimal
    currency: str
    transit_days: int
    basis: dict[str, Any]


class RatesOut(Answer):
    """All offers, cheapest first, and why a carrier made none."""

    rates: list[RateOut]
    problems: dict[str, str]


class RatesView(ApiView):
    """Rates."""

    required_scopes = {"GET": "fulfillment:read"}

    @extend_schema(operation_id="shipment_rates", responses=RatesOut)
    def get(self, request: Request, reference: str) -> Response:
        """Ask every carrier what the parcel would cost. Stores nothing."""
        shipment = packing_api.find(request, reference)
        offers = services.rates(shipment_id=shipment.pk)
        return Response(
            RatesOut.model_construct(
                rates=[
                    RateOut.model_construct(
                        carrier=rate.carrier,
                        service=rate.service,
                        name=rate.name,
                        amount=rate.amount,
                        currency=rate.currency,
                        transit_days=rate.transit_days,
                        basis=dict(rate.basis),
                    )
                    for rate in offers.rates
                ],
                problems=offers.problems,
            )
        )


class LabelView(ApiView):
    """Buying labels."""

    required_scopes = {"POST": "fulfillment:write"}

    @extend_schema(
        operation_id="shipment_buy_label",
        request=BuyLabel,
        responses=ShipmentOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> Response:
        """Buy a label for a packed parcel. The same key again gives the same label."""
        key = idempotency.key_of(request)
        command = self.command(BuyLabel)
        shipment = packing_api.find(request, reference)
        # A carrier is asked with no transaction open, so the label's own row carries the key.
        services.buy_label(
            shipment_id=shipment.pk,
            carrier=command.carrier,
            service=command.service,
            key=_own_key(request, key),
            actor=caller_of(request).actor,
        )
        return Response(shipment_out(packing_queries.view(shipment.pk)))


class RecordLabelView(ApiView):
    """Noting labels."""

    required_scopes = {"POST": "fulfillment:write"}

    @extend_schema(
        operation_id="shipment_record_label",
        request=RecordLabel,
        responses=ShipmentOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Note the label of a carrier that is not set up here."""
        command = self.command(RecordLabel)
        key = _own_key(request, idempotency.key_of(request))

        def record() -> Response:
            shipment = packing_api.find(request, reference)
            services.record_label(
                shipment_id=shipment.pk,
                carrier=command.carrier,
                service=command.service,
                tracking_number=command.tracking_number,
                key=key,
                actor=caller_of(request).actor,
            )
            return Response(shipment_out(packing_queries.view(shipment.pk)))

        return idempotency.once(request, record)


class VoidLabelView(ApiView):
    """Voiding labels."""

    required_scopes = {"POST": "fulfillment:write"}

    @extend_schema(operation_id="shipment_void_label", request=VoidLabel, responses=ShipmentOut)
    def post(self, request: Request, reference: str) -> Response:
        """Give the label of a parcel that has not left back to the carrier."""
        command = self.command(VoidLabel)
        shipment = packing_api.find(request, reference)
        services.void_label(
            shipment_id=shipment.pk, actor=caller_of(request).actor, reason=command.reason
        )
        return Response(shipment_out(packing_queries.view(shipment.pk)))


class ShipView(ApiView):
    """Shipping."""

    required_scopes = {"POST": "fulfillment:write"}

    @extend_schema(
        operation_id="shipment_ship",
        request=Ship,
        responses=ShipmentOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Hand a labelled parcel to its carrier: stock falls now."""
        self.command(Ship)

        def ship() -> Response:
            shipment = packing_api.find(request, reference)
            services.ship(shipment_id=shipment.pk, actor=caller_of(request).actor)
            return Response(shipment_out(packing_queries.view(shipment.pk)))

        return idempotency.once(request, ship)


class LabelPdfView(files.FileView):
    """The label on paper."""

    required_scopes = {"GET": "fulfillment:read"}

    @extend_schema(
        operation_id="shipment_label_pdf", responses={(200, files.PDF): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, reference: str) -> HttpResponse:
        """Return the label as PDF, 4 x 6 inch."""
        shipment = packing_api.find(request, reference)
        return files.download(
            queries.label_files(shipment.pk).pdf,
            name=f"{shipment.number}-label.pdf",
            media_type=files.PDF,
        )


class LabelZplView(files.FileView):
    """The label for a thermal printer."""

    required_scopes = {"GET": "fulfillment:read"}

    @extend_schema(
        operation_id="shipment_label_zpl", responses={(200, files.ZPL): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, reference: str) -> HttpResponse:
        """Return the label as ZPL II in UTF-8, 203 dpi."""
        shipment = packing_api.find(request, reference)
        return files.download(
            queries.label_files(shipment.pk).zpl.encode(),
            name=f"{shipment.number}-label.zpl",
            media_type=files.ZPL,
        )


def _own_key(request: Request, key: str) -> str:
    """Return the key of a purchase: that of one client never meets that of another."""
    return "api:" + hashlib.sha256(f"{caller_of(request).client_id}\0{key}".encode()).hexdigest()
