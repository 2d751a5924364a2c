"""The API of stock: receipts and corrections."""

import hashlib
from typing import Annotated, Self

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.stock import errors
from inventory.stock import services as stock
from inventory.stock.models import Level
from oms.core.api import idempotency, openapi, schemas
from oms.core.api.schemas import Answer, Command, Items, Text
from oms.core.api.views import ApiView

MOST_LINES = 500
LocationCode = Annotated[str, Text(20)]


class LevelOut(Answer):
    """Units of one SKU at one location. `available` can be promised: what is on hand and nothing else."""

    sku: str
    location: str
    on_hand: int
    committed: int
    reserved: int
    damaged: int
    quality_control: int
    available: int

    @classmethod
    def of(cls, level: Level, *, sku: str, location: str) -> Self:
        """Describe a level."""
        return cls(
            sku=sku,
            location=location,
            on_hand=level.on_hand,
            committed=level.committed,
            reserved=level.reserved,
            damaged=level.damaged,
            quality_control=level.quality_control,
            available=level.available,
        )


class ReceiptLine(Command):
    """Units of a SKU."""

    sku: schemas.SkuCode
    quantity: schemas.Quantity


class ReceiveStock(Command):
    """A delivery from a supplier, received as a whole."""

    location: LocationCode
    document: Annotated[str, Text(60)]
    lines: Annotated[list[ReceiptLine], Items(MOST_LINES, few="no_lines", many="too_many_lines")]


class ReceiptOut(Answer):
    """The levels after the receipt, line by line."""

    document: str
    levels: list[LevelOut]


class AdjustStock(Command):
    """A correction: `delta` adds or takes away; `on_hand` sets what was counted, with `expected` as it was seen."""

    location: LocationCode
    sku: schemas.SkuCode
    reason: Annotated[str, Text(200)]
    delta: Annotated[
        int | None, Field(ge=-schemas.LARGEST_QUANTITY, le=schemas.LARGEST_QUANTITY)
    ] = None
    on_hand: schemas.Count | None = None
    expected: schemas.Count | None = None

    def change(self) -> stock.Delta | stock.Counted:
        """Return what is to be done. Raises AmbiguousChange, ExpectedRequired."""
        if (self.delta is None) == (self.on_hand is None):
            raise errors.AmbiguousChange
        if self.delta is not None:
            return stock.Delta(self.delta)
        if self.expected is None:
            raise errors.ExpectedRequired
        return stock.Counted(on_hand=self.on_hand or 0, expected=self.expected)


class ReceiptsView(ApiView):
    """Receipts."""

    required_scopes = {"POST": "inventory:write"}

    @extend_schema(
        operation_id="stock_receive",
        request=ReceiveStock,
        responses={201: ReceiptOut},
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Receive a delivery, whole or not at all."""
        command = self.command(ReceiveStock)

        def receive() -> Response:
            levels = stock.receive_delivery(
                location_code=command.location,
                lines=[stock.Delivered(line.sku, line.quantity) for line in command.lines],
                document=command.document,
                cause=_cause(self.caller.client_id, request),
                actor=self.caller.actor,
                location_codes=self.caller.location_codes,
            )
            shown = [
                LevelOut.of(level, sku=line.sku, location=command.location)
                for level, line in zip(levels, command.lines, strict=True)
            ]
            return Response(ReceiptOut(document=command.document, levels=shown), status=201)

        return idempotency.once(request, receive)


class AdjustmentsView(ApiView):
    """Corrections."""

    required_scopes = {"POST": "inventory:write"}

    @extend_schema(
        operation_id="stock_adjust",
        request=AdjustStock,
        responses={201: LevelOut},
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Correct a level: 428 when a quantity is set unseen, 409 with the actual one when it is another."""
        command = self.command(AdjustStock)
        change = command.change()

        def adjust() -> Response:
            level = stock.correct(
                location_code=command.location,
                sku_code=command.sku,
                change=change,
                cause=_cause(self.caller.client_id, request),
                actor=self.caller.actor,
                reason=command.reason,
                location_codes=self.caller.location_codes,
            )
            return Response(
                LevelOut.of(level, sku=command.sku, location=command.location), status=201
            )

        return idempotency.once(request, adjust)


def _cause(client_id: int, request: Request) -> str:
    """Return the name of the act: the caller's own key, so that it stays done when answers are forgotten."""
    key = f"{client_id}\0{request.path}\0{request.headers[idempotency.HEADER]}"
    return f"api:{hashlib.sha256(key.encode()).hexdigest()[:40]}"
