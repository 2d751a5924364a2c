"""The API of what waits: for what, who in turn, whom the next units are for, and who would get a delivery."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Annotated

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.packs.errors import SkuMissing
from oms.core import text
from oms.core.api import idempotency, openapi, pagination, schemas
from oms.core.api.schemas import Answer, Command, Items, Text
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem, Invalid
from orders.backorders import queries
from orders.backorders.filters import WaitedForFilters
from orders.channels.authentication import caller_of
from orders.ordering import queries as ordering
from orders.ordering import services
from orders.ordering.services import Pin

READ, WRITE = "backorders:read", "backorders:write"
MOST_LINES = 250
LARGEST = 1_000_000
LONGEST_CODE = 64


class PinIn(Command):
    """Units of a line for which the next ones are set aside."""

    line_id: schemas.Uuid
    units: schemas.Quantity


class ReserveFor(Command):
    """Whom the next units are for, the first before the second; no lines: everyone is served in turn again."""

    lines: Annotated[list[PinIn], Items(MOST_LINES, least=0, many="too_many_lines")]
    reason: Annotated[str, Text(200)]


class WaitedForOut(Answer):
    """What orders of the key's channels wait for of a SKU. `late` lines were promised for a day that is over."""

    sku: str
    name: str
    units: int
    lines: int
    set_aside: int
    since: datetime
    first_on: date | None
    last_on: date | None
    without_day: int
    late: int


class WaitedForPage(Answer):
    """A page of SKUs, the newest article first."""

    results: list[WaitedForOut]
    next: str | None
    limit: int


class WaiterOut(Answer):
    """A line that waits; of other channels, all but the units is null. `set_aside` of its units go before all others.

    `promised_on` is the day on which all of them are to have come, `told_on` the one that the customer heard,
    `wait_until` the last day on which they wait.
    """

    order: str | None
    line_id: str | None
    channel: str | None
    units: int
    set_aside: int
    priority: int | None
    since: datetime | None
    promised_on: date | None
    told_on: date | None
    wait_until: date | None


class QueueOut(Answer):
    """Who waits for a SKU, in turn; `left_off` more lines stand behind them."""

    sku: str
    units: int
    lines: list[WaiterOut]
    left_off: int


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


class BackordersView(ApiView):
    """What orders wait for."""

    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="backorder_list",
        parameters=openapi.listed(WaitedForFilters),
        responses=WaitedForPage,
    )
    def get(self, request: Request) -> Response:
        """List the SKUs that orders of the key's channels wait for."""
        channels = caller_of(request).channel_ids
        found, cut = pagination.narrowed(
            WaitedForFilters, request.query_params, queries.waited_for(channels)
        )
        page, following = pagination.page(found, cut)
        sums = queries.summaries([sku.pk for sku in page], channels)
        return Response(
            WaitedForPage(
                results=[_waited_for(sums[sku.pk]) for sku in page if sku.pk in sums],
                next=following,
                limit=cut.limit,
            )
        )


class QueueView(ApiView):
    """Who waits for one SKU."""

    required_scopes = {"GET": READ}

    @extend_schema(operation_id="backorder_queue", responses=QueueOut)
    def get(self, request: Request, sku: str) -> Response:
        """Say who waits for a SKU, in turn, and for whom the next units are set aside."""
        return Response(_queue(_sku(sku), caller_of(request).channel_ids))


class ReserveForView(ApiView):
    """Setting aside."""

    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="backorder_reserve_for",
        request=ReserveFor,
        responses=QueueOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, sku: str) -> HttpResponse:
        """Say whom the next units are for; what the key's channels said before is replaced, what others said stays."""
        command = self.command(ReserveFor)
        caller = caller_of(request)

        def reserve() -> Response:
            found = _sku(sku)
            keys = ordering.line_keys([pin.line_id for pin in command.lines])
            services.reserve_for(
                sku_id=found.pk,
                pins=[Pin(keys.get(pin.line_id, 0), pin.units) for pin in command.lines],
                reason=command.reason,
                actor=caller.actor,
                channel_ids=caller.channel_ids,
            )
            return Response(_queue(found, caller.channel_ids))

        return idempotency.once(request, reserve)


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


def _sku(code: str) -> Sku:
    found = Sku.objects.filter(code=_code(code)).first()
    if found is None:
        raise SkuMissing
    return found


def _waited_for(one: queries.WaitingSku) -> WaitedForOut:
    return WaitedForOut(
        sku=one.code,
        name=one.name,
        units=one.units,
        lines=one.lines,
        set_aside=one.pinned,
        since=one.since,
        first_on=one.first_on,
        last_on=one.last_on,
        without_day=one.dayless,
        late=one.late,
    )


def _queue(sku: Sku, channel_ids: Collection[int]) -> QueueOut:
    lines = queries.queue(sku.pk, limit=queries.MOST)
    units, count = queries.waiting_units(sku.pk)
    return QueueOut(
        sku=sku.code,
        units=units,
        lines=[_waiter(one, one.line.order.channel_id in channel_ids) for one in lines],
        left_off=count - len(lines),
    )


def _waiter(one: queries.WaitingLine, own: bool) -> WaiterOut:
    line, order = one.line, one.line.order
    return WaiterOut(
        order=order.number if own else None,
        line_id=str(line.uuid) if own else None,
        channel=order.channel.code if own else None,
        units=line.backordered,
        set_aside=line.pinned,
        priority=order.priority if own else None,
        since=order.placed_at if own else None,
        promised_on=line.promised_on if own else None,
        told_on=one.told_on if own else None,
        wait_until=line.cancel_on if own else None,
    )


def _code(written: str) -> str:
    """Return what may be a code; the empty text, which nothing has, for what cannot be one."""
    return written if len(written) <= LONGEST_CODE and text.is_clean(written) else ""
