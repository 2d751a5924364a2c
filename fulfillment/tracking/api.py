"""The API of tracking: carriers report scans, shops read them."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.packing import api as packing_api
from fulfillment.shipping.api import CarrierCode
from fulfillment.tracking import queries, services
from fulfillment.work.models import Reach
from oms.core import clock, errors
from oms.core.api import schemas
from oms.core.api.schemas import Answer, Command, Items, Text
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem
from orders.channels.authentication import caller_of

MOST_SCANS = 200
_AHEAD = timedelta(days=1)  # clocks of scanners are set badly, but not that badly


class ScanIn(Command):
    """One event. `status` is one of ours, or the carrier's own word, which counts as unknown."""

    tracking_number: Annotated[str, Text(60)]
    status: Annotated[str, Text(60)]
    occurred_at: schemas.Instant
    code: Annotated[str, Text(60, blank=True)] = ""
    description: Annotated[str, Text(300, blank=True)] = ""
    place: Annotated[str, Text(200, blank=True)] = ""


class RecordScans(Command):
    """Events of parcels of one carrier, in any order, told before or not."""

    carrier: CarrierCode
    scans: Annotated[list[ScanIn], Items(MOST_SCANS, few="no_scans", many="too_many_scans")]


class ScansAnswer(Answer):
    """New scans of known parcels, scans told before, scans of numbers that no parcel has yet."""

    recorded: int
    duplicates: int
    parked: int


class ScanOut(Answer):
    """One event of a parcel; `leg` 2 is the way back to the sender."""

    status: str
    code: str
    description: str
    place: str
    leg: int
    occurred_at: datetime


class TrackingOut(Answer):
    """What is known of a parcel's way, the latest event first."""

    shipment_id: UUID
    carrier: str
    tracking_number: str
    tracking_status: str
    leg: int
    scans: list[ScanOut]


class ScansView(ApiView):
    """Scans of any parcels."""

    required_scopes = {"POST": "tracking:write"}

    @extend_schema(
        operation_id="tracking_record_scans",
        request=RecordScans,
        responses={200: ScansAnswer, 202: ScansAnswer},
    )
    def post(self, request: Request) -> Response:
        """Record scans. The same scan again changes nothing, so no Idempotency-Key is needed.

        The answer is 202 when a number is not known yet: its scans are kept until a parcel has it. A client that is
        bound to channels or locations reports on their parcels only.
        """
        command = self.command(RecordScans)
        _refuse_future(command)
        caller = caller_of(request)
        recorded = services.record_scans(
            carrier=command.carrier,
            scans=[
                services.Report(
                    tracking_number=scan.tracking_number,
                    status=scan.status,
                    occurred_at=scan.occurred_at,
                    code=scan.code,
                    description=scan.description,
                    place=scan.place,
                    raw={
                        **scan.model_dump(exclude={"occurred_at"}),
                        "occurred_at": scan.occurred_at.isoformat(),
                    },
                )
                for scan in command.scans
            ],
            actor=caller.actor,
            reach=Reach(
                caller.channel_ids if caller.bound_to_channels else None, caller.location_codes
            ),
        )
        return Response(
            ScansAnswer(
                recorded=recorded.recorded,
                duplicates=recorded.duplicates,
                parked=recorded.parked,
            ),
            status=202 if recorded.parked else 200,
        )


class TrackingView(ApiView):
    """Scans of one parcel."""

    required_scopes = {"GET": "fulfillment:read"}

    @extend_schema(operation_id="shipment_tracking", responses=TrackingOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return the parcel's scans, the latest first."""
        shipment = packing_api.find(request, reference)
        return Response(
            TrackingOut.model_construct(
                shipment_id=shipment.uuid,
                carrier=shipment.carrier,
                tracking_number=shipment.tracking_number,
                tracking_status=shipment.tracking_status,
                leg=shipment.leg,
                scans=[
                    ScanOut.model_construct(
                        status=scan.status,
                        code=scan.code,
                        description=scan.description,
                        place=scan.place,
                        leg=scan.leg,
                        occurred_at=scan.occurred_at,
                    )
                    for scan in queries.scans_of([shipment.pk])[shipment.pk]
                ],
            )
        )


def _refuse_future(command: RecordScans) -> None:
    latest = clock.now() + _AHEAD
    problems = [
        FieldProblem(f"/scans/{index}/occurred_at", "in_future", "This lies in the future.")
        for index, scan in enumerate(command.scans)
        if scan.occurred_at > latest
    ]
    if problems:
        raise errors.Invalid(problems=problems)
