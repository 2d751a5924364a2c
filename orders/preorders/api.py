"""The API of pre-orders: what is sold before it is released, and how much of it."""

from collections.abc import Collection
from datetime import date
from typing import Annotated

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.catalog import queries as catalog
from oms.core import clock
from oms.core.api import idempotency, openapi, pagination, schemas
from oms.core.api.schemas import Answer, Command, Items, Text
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem
from orders.channels.authentication import Caller, caller_of
from orders.preorders import queries, services
from orders.preorders.errors import PreorderInvalid
from orders.preorders.filters import PreorderFilters
from orders.preorders.models import Preorder
from orders.preorders.rules import Terms

READ, WRITE = "backorders:read", "backorders:write"
MOST_LIMITS = 100


class LimitIn(Command):
    """Units that a channel of the key may sell in advance at most."""

    channel: Annotated[str, Text(20)]
    units: schemas.Count


class DefinePreorder(Command):
    """A SKU, the days on which it is sold in advance (both included) and the day of its release.

    `units` limits all channels together (null: any number), `limits` single ones.
    """

    sku: schemas.SkuCode
    starts_on: schemas.Day
    ends_on: schemas.Day
    released_on: schemas.Day
    units: schemas.Count | None = None
    limits: Annotated[list[LimitIn], Items(MOST_LIMITS, least=0, many="too_many_limits")] = []


class LimitOut(Answer):
    """Units that a channel may sell in advance, and has sold."""

    channel: str
    units: int
    sold: int


class PreorderOut(Answer):
    """What is sold of a SKU before its release. `state`: scheduled, open, sold_out, closed, released.

    `limits` are those of the key's channels; `units` and `sold` count over all channels.
    """

    sku: str
    state: str
    starts_on: date
    ends_on: date
    released_on: date
    units: int | None
    sold: int
    limits: list[LimitOut]


class PreorderPage(Answer):
    """A page of pre-orders, newest first."""

    results: list[PreorderOut]
    next: str | None
    limit: int


class PreordersView(ApiView):
    """Pre-orders."""

    required_scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="preorder_list",
        parameters=openapi.listed(PreorderFilters),
        responses=PreorderPage,
    )
    def get(self, request: Request) -> Response:
        """List pre-orders with what is sold."""
        channels = caller_of(request).channel_ids
        found, cut = pagination.narrowed(
            PreorderFilters, request.query_params, queries.shown(channels)
        )
        page, following = pagination.page(found, cut)
        return Response(
            PreorderPage(results=[_out(each) for each in page], next=following, limit=cut.limit)
        )

    @extend_schema(
        operation_id="preorder_define",
        request=DefinePreorder,
        responses=PreorderOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Sell a SKU in advance; what a former call said is replaced, but for the limits of others' channels."""
        command = self.command(DefinePreorder)
        caller = caller_of(request)

        def define() -> Response:
            sku_id = catalog.ids_by_code([command.sku]).get(command.sku)
            services.define(
                sku_id=_checked(command, sku_id, caller),
                terms=Terms(
                    starts_on=command.starts_on,
                    ends_on=command.ends_on,
                    released_on=command.released_on,
                    units=command.units,
                    limits={
                        caller.channels[each.channel].pk: each.units for each in command.limits
                    },
                ),
                within=caller.channel_ids,
                actor=caller.actor,
            )
            return Response(_found(command.sku, caller.channel_ids))

        return idempotency.once(request, define)


class PreorderView(ApiView):
    """One pre-order, by its SKU."""

    required_scopes = {"GET": READ}

    @extend_schema(operation_id="preorder_read", responses=PreorderOut)
    def get(self, request: Request, sku: str) -> Response:
        """Return the pre-order of a SKU."""
        return Response(_found(sku, caller_of(request).channel_ids))


def _checked(command: DefinePreorder, sku_id: int | None, caller: Caller) -> int:
    problems = []
    if sku_id is None:
        problems.append(FieldProblem("/sku", "unknown_sku", "There is no such SKU."))
    seen: set[str] = set()
    for index, each in enumerate(command.limits):
        pointer = f"/limits/{index}/channel"
        if each.channel not in caller.channels:
            problems.append(
                FieldProblem(pointer, "unknown_reference", "This client serves no such channel.")
            )
        elif each.channel in seen:
            problems.append(FieldProblem(pointer, "repeated", "This channel is named twice."))
        seen.add(each.channel)
    if sku_id is None or problems:
        raise PreorderInvalid(problems=problems)
    return sku_id


def _found(sku: str, channel_ids: Collection[int]) -> PreorderOut:
    return _out(queries.find(sku, channel_ids=channel_ids))


def _out(preorder: Preorder) -> PreorderOut:
    sold = getattr(preorder, "presold", 0)
    return PreorderOut(
        sku=preorder.sku.code,
        state=queries.state(preorder, sold=sold, today=clock.today()),
        starts_on=preorder.starts_on,
        ends_on=preorder.ends_on,
        released_on=preorder.released_on,
        units=preorder.units,
        sold=sold,
        limits=[
            LimitOut(channel=each.channel.code, units=each.units, sold=getattr(each, "presold", 0))
            for each in preorder.limits.all()
        ],
    )
