"""The API of carts: what can be sold, and units held until the order comes."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.kits import queries as kits
from inventory.packs import queries as packs
from inventory.reservations import queries as reservations
from inventory.reservations.api import AvailabilityPage, shown, skus_asked
from inventory.reservations.errors import ReservationMissing
from inventory.reservations.models import Reservation
from inventory.reservations.states import Purpose
from oms.core import clock, errors
from oms.core.api import idempotency, openapi, schemas
from oms.core.api.schemas import Answer, Command, Items, Text
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem
from orders.carts import services
from orders.channels import queries as channels
from orders.channels.authentication import CHANNEL_HEADER, Caller, caller_of
from orders.channels.models import MOST_MINUTES, Channel
from orders.routing.rules import Destination

MOST_LINES = 500
Minutes = Annotated[int, Field(ge=1, le=MOST_MINUTES)]


class CartLineIn(Command):
    """Units of a SKU. `location` names the only place that they may come from; else routing chooses."""

    sku: schemas.SkuCode
    quantity: schemas.Quantity
    location: Annotated[str, Text(20, blank=True)] = ""


class DestinationIn(Command):
    """Where the goods will go, as far as it is known; routing prefers what is near."""

    country: schemas.CountryCode
    region: Annotated[str, Text(100, blank=True)] = ""
    postcode: Annotated[str, Text(20, blank=True)] = ""


class Reserve(Command):
    """Hold a cart or a quote of the caller's channel, all lines or none.

    For `minutes`, else for as long as the channel gives `payment_method`, else as long as it gives a cart. `owner` is
    the channel's own name for it: the cart's id, the quote's number.
    """

    lines: Annotated[list[CartLineIn], Items(MOST_LINES, few="no_lines", many="too_many_lines")]
    purpose: Literal["cart", "quote"] = "cart"
    owner: Annotated[str, Text(128, blank=True)] = ""
    note: Annotated[str, Text(200, blank=True)] = ""
    minutes: Minutes | None = None
    payment_method: Annotated[str, Text(30, blank=True)] = ""
    destination: DestinationIn | None = None


class Extend(Command):
    """Hold it longer, from now on: for `minutes`, else as long as the channel gives `payment_method`, or a cart."""

    minutes: Minutes | None = None
    payment_method: Annotated[str, Text(30, blank=True)] = ""


class Release(Command):
    """Let it go at once."""

    reason: Annotated[str, Text(200, blank=True)] = ""


class ReservationLineOut(Answer):
    """Units held at a location."""

    sku: str
    location: str
    quantity: int


class ReservationOut(Answer):
    """Units held for someone. What has ended, or has expired, holds none: its `lines` are empty."""

    id: str
    purpose: Literal["cart", "quote", "person"]
    status: Literal["active", "ordered", "released", "expired"]
    channel: str
    owner: str
    note: str
    created_at: datetime
    expires_at: datetime
    order: str
    lines: list[ReservationLineOut]


class AvailabilityView(ApiView):
    """Availability."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(
        operation_id="availability_read",
        parameters=[
            OpenApiParameter(
                "sku", str, OpenApiParameter.QUERY, required=True, many=True, explode=True
            ),
            OpenApiParameter(
                "channel",
                str,
                OpenApiParameter.QUERY,
                description="Leave out what this channel does not see. Without it: the only channel of the key.",
            ),
            OpenApiParameter(
                "unit",
                str,
                OpenApiParameter.QUERY,
                description="Say it in packs of this name as well.",
            ),
            OpenApiParameter(
                "reservation",
                str,
                OpenApiParameter.QUERY,
                description="Add what this reservation holds: it is there for its owner.",
            ),
        ],
        responses=AvailabilityPage,
    )
    def get(self, request: Request) -> Response:
        """Say what can be promised of up to 200 SKUs: `?sku=A&sku=B`."""
        codes = skus_asked(request, also={"channel", "reservation", "unit"})
        unit = request.query_params.get("unit", "")
        caller = caller_of(request)
        known, parts = kits.known(codes)
        offered = reservations.offered(
            skus=known,
            parts=parts,
            location_codes=caller.location_codes,
            reservation_id=_reservation_asked(request, caller),
            buffers=_buffers(request, caller, kits.needed(parts, known.values())),
        )
        each = packs.factors(codes) if unit else {}
        return Response(
            AvailabilityPage(
                results=[
                    shown(
                        code,
                        offered[code],
                        is_kit=known[code] in parts,
                        unit=unit,
                        each=each.get((code, unit)),
                    )
                    for code in codes
                    if code in known
                ],
                unknown=[code for code in codes if code not in known],
            )
        )


def _buffers(request: Request, caller: Caller, sku_ids: Collection[int]) -> dict[int, int]:
    code = request.query_params.get("channel")
    if code is None and len(caller.channels) != 1:
        return {}
    return channels.buffers(caller.channel(code), sku_ids)


def _reservation_asked(request: Request, caller: Caller) -> int | None:
    asked = request.query_params.get("reservation")
    if asked is None:
        return None
    found = reservations.find(asked, channel_codes=list(caller.channels))
    if found is None:
        raise errors.Invalid(
            problems=[
                FieldProblem(
                    "/reservation", "unknown_reservation", "Your channels have no such reservation."
                )
            ]
        )
    return found.pk


class ReservationsView(ApiView):
    """All reservations of the caller's channels."""

    required_scopes = {"POST": "orders:write"}

    @extend_schema(
        operation_id="reservation_make",
        request=Reserve,
        responses={201: ReservationOut},
        parameters=[openapi.IDEMPOTENCY_KEY, CHANNEL_HEADER],
    )
    def post(self, request: Request) -> HttpResponse:
        """Hold units for a cart or a quote: all lines, or 409 with every shortage."""
        command = self.command(Reserve)
        caller = caller_of(request)
        channel = caller.channel(request.headers.get("OMS-Channel"))
        there = command.destination

        def reserve() -> Response:
            made = services.reserve(
                channel=channel,
                lines=[
                    services.CartLine(line.sku, line.quantity, line.location)
                    for line in command.lines
                ],
                purpose=Purpose(command.purpose),
                owner=command.owner,
                note=command.note,
                minutes=command.minutes,
                payment_method=command.payment_method,
                destination=Destination(there.country, there.region, there.postcode)
                if there
                else services.ANYWHERE,
                location_codes=caller.location_codes,
                actor=caller.actor,
            )
            return Response(_out(made, caller), status=201)

        return idempotency.once(request, reserve)


class ReservationView(ApiView):
    """One reservation, by its id."""

    required_scopes = {"GET": "orders:read"}

    @extend_schema(operation_id="reservation_read", responses=ReservationOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return the reservation with what it holds."""
        caller = caller_of(request)
        found = reservations.find(reference, channel_codes=list(caller.channels))
        if found is None:
            raise ReservationMissing
        return Response(_out(found, caller))


class ExtendView(ApiView):
    """Extending."""

    required_scopes = {"POST": "orders:write"}

    @extend_schema(
        operation_id="reservation_extend",
        request=Extend,
        responses=ReservationOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Hold it longer, for a second try to pay for example; 409 when it has expired or ended."""
        command = self.command(Extend)
        caller = caller_of(request)

        def extend() -> Response:
            found = services.extend(
                channels_by_code=_served(caller),
                uuid=reference,
                minutes=command.minutes,
                payment_method=command.payment_method,
                actor=caller.actor,
            )
            return Response(_out(found, caller))

        return idempotency.once(request, extend)


class ReleaseView(ApiView):
    """Releasing."""

    required_scopes = {"POST": "orders:write"}

    @extend_schema(
        operation_id="reservation_release",
        request=Release,
        responses=ReservationOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Give its units back at once."""
        command = self.command(Release)
        caller = caller_of(request)

        def release() -> Response:
            found = services.release(
                channels_by_code=_served(caller),
                uuid=reference,
                reason=command.reason,
                actor=caller.actor,
            )
            return Response(_out(found, caller))

        return idempotency.once(request, release)


def _served(caller: Caller) -> dict[str, Channel]:
    return dict(caller.channels)


def _out(found: Reservation, caller: Caller) -> ReservationOut:
    """Describe a reservation; what it holds elsewhere is not the business of a client that is bound to locations."""
    places = caller.location_codes
    at = clock.now()
    holds = found.holds(at)
    lines = reservations.lines_of(found) if holds else ()
    return ReservationOut(
        id=str(found.uuid),
        purpose=found.purpose,
        status="expired" if found.status == "active" and not holds else found.status,
        channel=found.channel_code,
        owner=found.owner,
        note=found.note,
        created_at=found.created_at,
        expires_at=found.expires_at,
        order=found.order_number,
        lines=[
            ReservationLineOut(
                sku=line.level.sku.code, location=line.level.location.code, quantity=line.quantity
            )
            for line in lines
            if places is None or line.level.location.code in places
        ],
    )
