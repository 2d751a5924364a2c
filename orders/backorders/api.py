"""The API of what waits: who would get a delivery."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from oms.core import text
from oms.core.api.schemas import Answer
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem, Invalid
from orders.backorders import queries
from orders.channels.authentication import caller_of

LARGEST = 1_000_000
LONGEST_CODE = 64


class ServedOut(Answer):
    """A line that would get units; `order` is null for orders of channels that you do not serve.

    `shippable`: the order could go to the warehouse then; `waits_for` are the reasons why it could not.
    """

    order: str | None
    line_id: str | None
    units: int
    shippable: bool
    waits_for: list[str]


class WhatIfOut(Answer):
    """Who would get the units, in turn, and how many nobody waits for."""

    sku: str
    location: str
    units: int
    served: list[ServedOut]
    left: int


class WhatIfView(ApiView):
    """What a delivery would change."""

    required_scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="backorders_what_if",
        parameters=[
            OpenApiParameter("sku", str, OpenApiParameter.QUERY, required=True),
            OpenApiParameter("location", str, OpenApiParameter.QUERY, required=True),
            OpenApiParameter("units", int, OpenApiParameter.QUERY, required=True),
        ],
        responses=WhatIfOut,
    )
    def get(self, request: Request) -> Response:
        """Say which lines would get units of a SKU that arrive at a location, in which order; nothing is booked."""
        sku, location, units = self._asked(request)
        found = queries.what_if(sku, location, units)
        channels = caller_of(request).channel_ids
        return Response(
            WhatIfOut(
                sku=sku.code,
                location=location.code,
                units=units,
                served=[
                    ServedOut(
                        order=one.line.order.number if own else None,
                        line_id=str(one.line.uuid) if own else None,
                        units=one.units,
                        shippable=one.shippable,
                        waits_for=[reason.code for reason in one.reasons] if own else [],
                    )
                    for one in found.served
                    for own in [one.line.order.channel_id in channels]
                ],
                left=found.left,
            )
        )

    def _asked(self, request: Request) -> tuple[Sku, Location, int]:
        asked = request.query_params
        problems = [
            FieldProblem(f"/{name[:60]}", "unknown_filter", "There is no such parameter.")
            for name in asked
            if name not in ("sku", "location", "units")
        ]
        sku = Sku.objects.filter(code=_code(asked.get("sku", ""))).first()
        if sku is None:
            problems.append(FieldProblem("/sku", "unknown_reference", "There is no such SKU."))
        location = Location.objects.filter(code=_code(asked.get("location", ""))).first()
        within = self.caller.location_codes
        if location is None or (within is not None and location.code not in within):
            location = None
            problems.append(
                FieldProblem("/location", "unknown_reference", "There is no such location.")
            )
        written = asked.get("units", "")
        units = int(written) if written.isascii() and written.isdigit() and len(written) < 8 else 0
        if not 0 < units <= LARGEST:
            problems.append(
                FieldProblem("/units", "number_range", f"A whole number from 1 to {LARGEST}.")
            )
        if sku is None or location is None or problems:
            raise Invalid(problems=problems)
        return sku, location, units


def _code(written: str) -> str:
    """Return what may be a code; the empty text, which nothing has, for what cannot be one."""
    return written if len(written) <= LONGEST_CODE and text.is_clean(written) else ""
