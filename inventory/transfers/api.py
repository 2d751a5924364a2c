"""The API of transfers: draft, find, release, ship, receive, settle, cancel."""

import hashlib
from collections.abc import Callable
from typing import Annotated, Literal

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.lots.rules import LONGEST_NUMBER
from inventory.lots.schemas import MOST_LOTS
from inventory.transfers import queries, rules, walking
from inventory.transfers import services as transfers
from inventory.transfers.filters import TransferFilters
from inventory.transfers.models import TransferOrder
from inventory.transfers.rules import Fetched, Units, Wanted
from inventory.transfers.schemas import (
    PickListOut,
    TransferOut,
    TransferPage,
    pick_list_out,
    transfer_out,
)
from inventory.transfers.services import acting
from inventory.transfers.services.acting import Reach
from oms.core.api import idempotency, openapi, pagination, schemas
from oms.core.api.schemas import Command, Items, Text
from oms.core.api.views import ApiView

MOST_UNITS = 3 * rules.MOST_LINES
LocationCode = Annotated[str, Text(20)]
Reason = Annotated[str, Text(200)]
LIST_PARAMETERS = [
    OpenApiParameter(name, str, OpenApiParameter.QUERY)
    for name in (*TransferFilters.base_filters, *pagination.PARAMETERS)
]


class TransferLineIn(Command):
    """Units of a SKU that are to be moved; a SKU has one line."""

    sku: schemas.SkuCode
    quantity: schemas.Quantity


class CreateTransfer(Command):
    """Goods to be moved between two locations. With `release` they are allocated at the source at once."""

    source: LocationCode
    destination: LocationCode
    lines: Annotated[
        list[TransferLineIn], Items(rules.MOST_LINES, few="no_lines", many="too_many_lines")
    ]
    note: Annotated[str, Text(500, multiline=True, blank=True)] = ""
    wanted_on: schemas.Day | None = None
    release: bool = False


class FetchedIn(Command):
    """Units that were fetched from one bin (by code or barcode) and are of one lot; either may be left out."""

    quantity: schemas.Quantity
    bin: Annotated[str, Text(64, blank=True)] = ""
    lot: Annotated[str, Text(LONGEST_NUMBER, blank=True)] = ""


class ShipUnits(Command):
    """Units of a line that leave the source, named by their SKU.

    `fetched` says where they were fetched; what it does not name is taken by the removal rule, first expired first.
    """

    sku: schemas.SkuCode
    quantity: schemas.Quantity
    fetched: Annotated[list[FetchedIn], Items(MOST_LOTS, least=0, many="too_many_places")] = []


class ShipTransfer(Command):
    """What leaves the source; without `units` everything that is open."""

    units: (
        Annotated[list[ShipUnits], Items(MOST_UNITS, few="no_units", many="too_many_units")] | None
    ) = None


class ReceiveUnits(Command):
    """Units of a line that arrived, and where they are put; `bin` names a bin by code or barcode."""

    sku: schemas.SkuCode
    quantity: schemas.Quantity
    bucket: Literal["available", "damaged", "quality_control"] = "available"
    bin: Annotated[str, Text(40, blank=True)] = ""


class ReceiveTransfer(Command):
    """What arrived. `complete`: nothing more comes. `found_reason`: why more than was shipped is accepted.

    `cross_dock`: false has everything put away, also what orders wait for, at a location with bins.
    """

    units: Annotated[list[ReceiveUnits], Items(MOST_UNITS, least=0, many="too_many_units")]
    complete: bool = False
    found_reason: Annotated[str, Text(200, blank=True)] = ""
    cross_dock: bool = True


class SettleUnits(Command):
    """Units in transit that will not arrive, and what became of them."""

    sku: schemas.SkuCode
    quantity: schemas.Quantity
    outcome: Literal["lost", "found_at_source"]


class SettleTransfer(Command):
    """What became of a difference, and why."""

    units: Annotated[list[SettleUnits], Items(MOST_UNITS, few="no_units", many="too_many_units")]
    reason: Reason


class CancelTransfer(Command):
    """Why."""

    reason: Reason


class NoMembers(Command):
    """No members: `{}`."""


class TransfersView(ApiView):
    """The transfers from and to the caller's locations."""

    required_scopes = {"GET": "transfers:read", "POST": "transfers:write"}

    @extend_schema(operation_id="transfer_list", parameters=LIST_PARAMETERS, responses=TransferPage)
    def get(self, request: Request) -> Response:
        """List transfers, newest first."""
        found, cut = pagination.narrowed(
            TransferFilters,
            request.query_params,
            queries.within(queries.reach_of(self.caller.location_codes)),
        )
        page, following = pagination.page(found, cut)
        return Response(
            TransferPage(
                results=[transfer_out(each) for each in page], next=following, limit=cut.limit
            )
        )

    @extend_schema(
        operation_id="transfer_create",
        request=CreateTransfer,
        responses={201: TransferOut},
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Draft a transfer; nothing is reserved before it is released."""
        command = self.command(CreateTransfer)
        reach = queries.reach_of(self.caller.location_codes)

        def create() -> Response:
            transfer = transfers.create(
                source_code=command.source,
                destination_code=command.destination,
                lines=[Wanted(line.sku, line.quantity) for line in command.lines],
                note=command.note,
                wanted_on=command.wanted_on,
                actor=self.caller.actor,
                reach=reach,
            )
            if command.release:
                transfers.release(transfer_id=transfer.pk, actor=self.caller.actor, reach=reach)
            return Response(transfer_out(queries.find(str(transfer.uuid), reach=reach)), status=201)

        return idempotency.once(request, create)


class TransferView(ApiView):
    """One transfer, by id or number."""

    required_scopes = {"GET": "transfers:read"}

    @extend_schema(operation_id="transfer_read", responses=TransferOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return the transfer with its lines."""
        reach = queries.reach_of(self.caller.location_codes)
        return Response(transfer_out(queries.find(reference, reach=reach)))


class PickListView(ApiView):
    """What to fetch."""

    required_scopes = {"GET": "transfers:read"}

    @extend_schema(operation_id="transfer_pick_list", responses=PickListOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return what is still to be shipped, bin by bin and lot by lot, in the order in which one walks."""
        reach = queries.reach_of(self.caller.location_codes)
        found = queries.find(reference, reach=reach)
        acting.check_end(reach, found.source_id)
        return Response(pick_list_out(found, walking.pick_list(found, list(found.lines.all()))))


class _ActView(ApiView):
    """Base of acts on one transfer."""

    required_scopes = {"POST": "transfers:write"}

    def act(
        self, request: Request, reference: str, effect: Callable[[TransferOrder, Reach], object]
    ) -> HttpResponse:
        """Find the transfer within the caller's reach, do the one thing, show it as it is then."""
        reach = queries.reach_of(self.caller.location_codes)

        def run() -> Response:
            found = queries.find(reference, reach=reach)
            effect(found, reach)
            return Response(transfer_out(queries.find(str(found.uuid), reach=reach)))

        return idempotency.once(request, run)

    def key(self, request: Request) -> str:
        """Return the name of the call: the caller's own key, so that it stays done when answers are forgotten."""
        own = f"{self.caller.client_id}\0{request.path}\0{idempotency.key_of(request)}"
        return f"api:{hashlib.sha256(own.encode()).hexdigest()[:40]}"


class ReleaseView(_ActView):
    """Releasing."""

    @extend_schema(
        operation_id="transfer_release",
        request=NoMembers,
        responses=TransferOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Allocate every unit at the source; 409 with all shortages when one is missing."""
        self.command(NoMembers)
        return self.act(
            request,
            reference,
            lambda found, reach: transfers.release(
                transfer_id=found.pk, actor=self.caller.actor, reach=reach
            ),
        )


class ShipView(_ActView):
    """Shipping."""

    @extend_schema(
        operation_id="transfer_ship",
        request=ShipTransfer,
        responses=TransferOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Send units from the source, some or all."""
        command = self.command(ShipTransfer)
        units = (
            None
            if command.units is None
            else [
                Units(
                    each.sku,
                    each.quantity,
                    fetched=[
                        Fetched(place.quantity, place.bin.strip(), place.lot.strip())
                        for place in each.fetched
                    ],
                )
                for each in command.units
            ]
        )
        return self.act(
            request,
            reference,
            lambda found, reach: transfers.ship(
                transfer_id=found.pk,
                units=units,
                key=self.key(request),
                actor=self.caller.actor,
                reach=reach,
            ),
        )


class ReceiveView(_ActView):
    """Receiving."""

    @extend_schema(
        operation_id="transfer_receive",
        request=ReceiveTransfer,
        responses=TransferOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Take units in at the destination; `complete` leaves what is missing as a difference to settle."""
        command = self.command(ReceiveTransfer)
        return self.act(
            request,
            reference,
            lambda found, reach: transfers.receive(
                transfer_id=found.pk,
                units=[
                    Units(each.sku, each.quantity, each.bucket, each.bin) for each in command.units
                ],
                complete=command.complete,
                found=command.found_reason,
                cross_dock=command.cross_dock,
                key=self.key(request),
                actor=self.caller.actor,
                reach=reach,
            ),
        )


class SettleView(_ActView):
    """Settling."""

    @extend_schema(
        operation_id="transfer_settle",
        request=SettleTransfer,
        responses=TransferOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Say what became of units that will not arrive."""
        command = self.command(SettleTransfer)
        return self.act(
            request,
            reference,
            lambda found, reach: transfers.settle(
                transfer_id=found.pk,
                units=[Units(each.sku, each.quantity, each.outcome) for each in command.units],
                reason=command.reason,
                key=self.key(request),
                actor=self.caller.actor,
                reach=reach,
            ),
        )


class CancelView(_ActView):
    """Cancelling."""

    @extend_schema(
        operation_id="transfer_cancel",
        request=CancelTransfer,
        responses=TransferOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Give up what has not been shipped."""
        command = self.command(CancelTransfer)
        return self.act(
            request,
            reference,
            lambda found, reach: transfers.cancel(
                transfer_id=found.pk,
                reason=command.reason,
                actor=self.caller.actor,
                reach=reach,
            ),
        )
