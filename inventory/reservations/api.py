"""The API of availability."""

from itertools import groupby

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.catalog import queries as catalog
from inventory.reservations import queries
from oms.core import errors
from oms.core.api.schemas import Answer
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem

MOST_SKUS = 200
LONGEST_CODE = 64


class AtLocation(Answer):
    """Units at one location that ships orders. `available_to_sell` leaves the safety stock out."""

    location: str
    on_hand: int
    committed: int
    available: int
    available_to_sell: int


class AvailabilityOut(Answer):
    """What can be promised of a SKU, in all and by location."""

    sku: str
    available_to_sell: int
    locations: list[AtLocation]


class AvailabilityPage(Answer):
    """One entry per known SKU, in the order asked; `unknown` are codes that no SKU has, to the letter."""

    results: list[AvailabilityOut]
    unknown: list[str]


class AvailabilityView(ApiView):
    """Availability."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(
        operation_id="availability_read",
        parameters=[
            OpenApiParameter(
                "sku", str, OpenApiParameter.QUERY, required=True, many=True, explode=True
            )
        ],
        responses=AvailabilityPage,
    )
    def get(self, request: Request) -> Response:
        """Say what can be promised of up to 200 SKUs: `?sku=A&sku=B`."""
        codes = skus_asked(request)
        known = catalog.ids_by_code(codes)
        rows = queries.availability(
            sku_ids=known.values(), location_codes=self.caller.location_codes
        )
        by_sku = {sku: list(levels) for sku, levels in groupby(rows, key=lambda row: row.sku_code)}
        return Response(
            AvailabilityPage(
                results=[_shown(code, by_sku.get(code, [])) for code in codes if code in known],
                unknown=[code for code in codes if code not in known],
            )
        )


def skus_asked(request: Request) -> list[str]:
    """Return the SKUs asked for, each once. Raises Invalid."""
    given = request.query_params
    codes = list(dict.fromkeys(given.getlist("sku")))
    problems = [
        FieldProblem(f"/{name[:60]}", "unknown_filter", "There is no such parameter.")
        for name in given
        if name != "sku"
    ]
    if not codes:
        problems.append(FieldProblem("/sku", "required", "Name at least one SKU."))
    if len(codes) > MOST_SKUS:
        problems.append(FieldProblem("/sku", "too_many", f"At most {MOST_SKUS} at once."))
    problems += [
        FieldProblem(f"/sku/{index}", "unknown_sku", "No SKU can have this code.")
        for index, code in enumerate(codes[:MOST_SKUS])
        if not code or len(code) > LONGEST_CODE or "\0" in code
    ]
    if problems:
        raise errors.Invalid(problems=problems)
    return codes


def _shown(code: str, levels: list[queries.Availability]) -> AvailabilityOut:
    return AvailabilityOut(
        sku=code,
        available_to_sell=sum(level.available_to_sell for level in levels),
        locations=[
            AtLocation(
                location=level.location_code,
                on_hand=level.on_hand,
                committed=level.committed,
                available=level.available,
                available_to_sell=level.available_to_sell,
            )
            for level in levels
        ],
    )
