"""The API of promises: when what is not in stock will be."""

from collections.abc import Sequence
from datetime import date

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.kits import queries as kits
from inventory.reservations.api import skus_asked
from oms.core.api.schemas import Answer
from oms.core.api.views import ApiView
from orders.channels.authentication import caller_of
from orders.ordering import queries as ordering
from orders.promising import queries
from orders.promising.rules import Part


class PartOut(Answer):
    """Units, and the day from which they can be allocated; null: no day is known."""

    units: int
    on: date | None


class LinePromise(Answer):
    """When the waiting units of a line come; the parts add up to `backordered`."""

    line_id: str
    sku: str
    backordered: int
    promises: list[PartOut]


class OrderPromises(Answer):
    """The lines of an order that wait for stock."""

    number: str
    lines: list[LinePromise]


class SkuPromise(Answer):
    """The units of a SKU that a new order could be promised, by day, behind all orders that wait."""

    sku: str
    promises: list[PartOut]


class PromisePage(Answer):
    """One entry per known SKU, in the order asked; `unknown` are codes that no SKU has, to the letter."""

    results: list[SkuPromise]
    unknown: list[str]


class OrderPromisesView(ApiView):
    """Promises of one order."""

    required_scopes = {"GET": "orders:read"}

    @extend_schema(operation_id="order_promises", responses=OrderPromises)
    def get(self, request: Request, reference: str) -> Response:
        """Say when the units of an order that wait for stock are expected, by id or OMS number."""
        order = ordering.find(reference, channel_ids=caller_of(request).channel_ids)
        promises = queries.of_order(order)
        return Response(
            OrderPromises(
                number=order.number,
                lines=[
                    LinePromise(
                        line_id=str(line.uuid),
                        sku=line.sku_code,
                        backordered=line.backordered,
                        promises=_shown(promises[line.pk]),
                    )
                    for line in ordering.lines_of(order)
                    if line.pk in promises
                ],
            )
        )


class PromisesView(ApiView):
    """Promises to new orders."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(
        operation_id="promises_read",
        parameters=[
            OpenApiParameter(
                "sku", str, OpenApiParameter.QUERY, required=True, many=True, explode=True
            )
        ],
        responses=PromisePage,
    )
    def get(self, request: Request) -> Response:
        """Say what could be promised of up to 200 SKUs and for when: `?sku=A&sku=B`."""
        codes = skus_asked(request)
        known, parts = kits.known(codes)
        promises = queries.for_new_orders(
            list(known.values()), parts=parts, location_codes=self.caller.location_codes
        )
        return Response(
            PromisePage(
                results=[
                    SkuPromise(sku=code, promises=_shown(promises[known[code]]))
                    for code in codes
                    if code in known
                ],
                unknown=[code for code in codes if code not in known],
            )
        )


def _shown(parts: Sequence[Part]) -> list[PartOut]:
    return [PartOut(units=part.units, on=part.on) for part in parts]
