"""The API of receiving returns."""

import hashlib
from typing import Annotated, Literal

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.locations.models import Location
from inventory.lots.schemas import LotsNamed
from oms.core.api import idempotency, openapi, schemas
from oms.core.api.schemas import Command, Items, Text
from oms.core.api.views import ApiView
from orders.channels.authentication import caller_of
from returns.authorizations import queries
from returns.authorizations.schemas import ReturnOut, return_out
from returns.receiving import errors
from returns.receiving import services as receiving
from returns.receiving.rules import Graded

MOST_UNITS = 2_000
NO_LINE = 0  # a key that no line has


class UnitsIn(Command):
    """Units of an order line that came back in one condition."""

    line_id: schemas.Uuid
    grade: Literal["restock", "damaged"]
    quantity: schemas.Quantity
    lots: LotsNamed = Field(default_factory=list)


class ReceiveReturn(Command):
    """Goods that came back to a location."""

    location: Annotated[str, Text(20)]
    units: Annotated[list[UnitsIn], Items(MOST_UNITS, few="no_units", many="too_many_units")]


class ReceiveView(ApiView):
    """Receiving."""

    required_scopes = {"POST": "returns:write"}

    @extend_schema(
        operation_id="return_receive",
        request=ReceiveReturn,
        responses=ReturnOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Receive units, in part or whole, each with its grade."""
        command = self.command(ReceiveReturn)
        caller = caller_of(request)
        reach = queries.reach_of(caller)

        def receive() -> Response:
            found = queries.find(reference, reach=reach)
            lines = {line.order_line.uuid: line.order_line_id for line in found.lines.all()}
            location = Location.objects.filter(code=command.location).first()
            if location is None:
                raise errors.LocationMissing
            receiving.receive(
                return_id=found.pk,
                location_id=location.pk,
                units=[
                    Graded(
                        lines.get(units.line_id, NO_LINE),
                        units.grade,
                        units.quantity,
                        [lot.named() for lot in units.lots],
                    )
                    for units in command.units
                ],
                key=_key(caller.client_id, request),
                actor=caller.actor,
                location_codes=caller.location_codes,
            )
            return Response(return_out(queries.find(str(found.uuid), reach=reach)))

        return idempotency.once(request, receive)


def _key(client_id: int, request: Request) -> str:
    """Return the name of the call: the caller's own key, so that it stays done when answers are forgotten."""
    own = f"{client_id}\0{request.path}\0{request.headers[idempotency.HEADER]}"
    return f"api:{hashlib.sha256(own.encode()).hexdigest()[:40]}"
