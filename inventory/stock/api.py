"""The API of stock: receipts, corrections, and the ledger over time."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self, TypeVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.lots.schemas import Lots
from inventory.stock import errors, queries
from inventory.stock import services as stock
from inventory.stock.models import Level, Movement
from oms.core.api import idempotency, openapi, pagination, parsing, schemas
from oms.core.api.schemas import Answer, Command, Items, Text
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem, Invalid

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
    """Units of a SKU. Of one that is tracked, `lots` name each of them: lots, or serial numbers of one unit each."""

    sku: schemas.SkuCode
    quantity: schemas.Quantity
    lots: Lots = Field(default_factory=list)


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
    """A correction: `delta` adds or takes away; `on_hand` sets what was counted.

    With `expected` it replaces the quantity that was seen; with `as_of` it was there at that instant, and what has
    moved since stays as it moved.
    """

    location: LocationCode
    sku: schemas.SkuCode
    reason: Annotated[str, Text(200)]
    delta: Annotated[
        int | None, Field(ge=-schemas.LARGEST_QUANTITY, le=schemas.LARGEST_QUANTITY)
    ] = None
    on_hand: schemas.Count | None = None
    expected: schemas.Count | None = None
    as_of: schemas.Instant | None = None

    def change(self) -> stock.Delta | stock.Counted | stock.CountedAt:
        """Return what is to be done. Raises AmbiguousChange, ExpectedRequired."""
        if (self.delta is None) == (self.on_hand is None):
            raise errors.AmbiguousChange
        if self.as_of is not None and (self.delta is not None or self.expected is not None):
            raise errors.AmbiguousChange
        if self.delta is not None:
            return stock.Delta(self.delta)
        counted = self.on_hand or 0
        if self.as_of is not None:
            return stock.CountedAt(on_hand=counted, at=self.as_of)
        if self.expected is None:
            raise errors.ExpectedRequired
        return stock.Counted(on_hand=counted, expected=self.expected)


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
                lines=[
                    stock.Delivered(line.sku, line.quantity, [lot.named() for lot in line.lots])
                    for line in command.lines
                ],
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


class AskedLevel(Command):
    """Which level is asked about."""

    sku: schemas.SkuCode
    location: LocationCode


class AskedBalance(AskedLevel):
    """Which level is asked about, and when."""

    at: schemas.Instant


class BalanceOut(Answer):
    """Units of one SKU at one location, by bucket, at an instant."""

    sku: str
    location: str
    at: datetime
    on_hand: int
    committed: int
    reserved: int
    damaged: int
    quality_control: int
    available: int


class UnitsOut(Answer):
    """Units by bucket."""

    on_hand: int
    committed: int
    reserved: int
    damaged: int
    quality_control: int
    available: int

    @classmethod
    def of(cls, balance: queries.Balance) -> Self:
        """Describe a balance."""
        return cls.made(
            on_hand=balance.on_hand,
            committed=balance.committed,
            reserved=balance.reserved,
            damaged=balance.damaged,
            quality_control=balance.quality_control,
            available=balance.available,
        )


class MovementOut(Answer):
    """Units that moved from one bucket to another, and what was there after it."""

    at: datetime
    kind: str
    source: str
    target: str
    quantity: int
    document: str
    actor: str
    reason: str
    after: UnitsOut


class HistoryPage(Answer):
    """Movements of a level, newest first. `next` is the cursor of the next page, null on the last."""

    results: list[MovementOut]
    next: str | None
    limit: int


_LEVEL_PARAMETERS = [
    OpenApiParameter(name, str, OpenApiParameter.QUERY, required=True)
    for name in ("sku", "location")
]
AskedT = TypeVar("AskedT", bound=AskedLevel)


class BalanceView(ApiView):
    """What was there."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(
        operation_id="stock_balance",
        parameters=[
            *_LEVEL_PARAMETERS,
            OpenApiParameter("at", datetime, OpenApiParameter.QUERY, required=True),
        ],
        responses=BalanceOut,
    )
    def get(self, request: Request) -> Response:
        """Return every bucket as it was at an instant; nothing is where nothing has ever moved."""
        asked = _asked(AskedBalance, request)
        sku_id, location_id = queries.place(
            sku_code=asked.sku,
            location_code=asked.location,
            location_codes=self.caller.location_codes,
        )
        then = queries.balance(sku_id=sku_id, location_id=location_id, at=asked.at)
        return Response(
            BalanceOut(
                sku=asked.sku,
                location=asked.location,
                at=asked.at,
                **UnitsOut.of(then).model_dump(),
            )
        )


class HistoryView(ApiView):
    """The ledger of a level."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(
        operation_id="stock_history",
        parameters=[
            *_LEVEL_PARAMETERS,
            *(
                OpenApiParameter(name, str, OpenApiParameter.QUERY)
                for name in pagination.PARAMETERS
            ),
        ],
        responses=HistoryPage,
    )
    def get(self, request: Request) -> Response:
        """Return the movements of a level, newest first, each with what was there after it."""
        asked = _asked(AskedLevel, request, besides=pagination.PARAMETERS)
        given = request.query_params
        cut = pagination.read(given.get("limit"), given.get("cursor"))
        sku_id, location_id = queries.place(
            sku_code=asked.sku,
            location_code=asked.location,
            location_codes=self.caller.location_codes,
        )
        level_id = queries.level_id_at(sku_id=sku_id, location_id=location_id) or 0
        rows, following = pagination.page(
            queries.history(level_id), cut, column="at", place=lambda row: (row.at, row.pk)
        )
        entries = queries.with_balances(level_id, rows)
        return Response(
            HistoryPage.made(
                results=[_moved(entry.movement, entry.after) for entry in entries],
                next=following,
                limit=cut.limit,
            )
        )


def _moved(movement: Movement, after: queries.Balance) -> MovementOut:
    return MovementOut.made(
        at=movement.at,
        kind=movement.kind,
        source=movement.source,
        target=movement.target,
        quantity=movement.quantity,
        document=movement.document,
        actor=movement.actor,
        reason=movement.reason,
        after=UnitsOut.of(after),
    )


def _asked(model: type[AskedT], request: Request, *, besides: Sequence[str] = ()) -> AskedT:
    """Return the query parameters as `model`; raise Invalid with every problem at once."""
    given = request.query_params
    problems = []
    for name, values in given.lists():
        pointer = f"/{parsing.escape_pointer(name)[:60]}"
        if name not in model.model_fields and name not in besides:
            problems.append(FieldProblem(pointer, "unknown_filter", "There is no such parameter."))
        elif len(values) > 1:
            problems.append(FieldProblem(pointer, "repeated", "This parameter was sent twice."))
    known = {name: given[name] for name in model.model_fields if name in given}
    try:
        asked = schemas.parse(model, known)
    except Invalid as error:
        raise Invalid(problems=[*problems, *error.problems]) from None
    if problems:
        raise Invalid(problems=problems)
    return asked


def _cause(client_id: int, request: Request) -> str:
    """Return the name of the act: the caller's own key, so that it stays done when answers are forgotten."""
    key = f"{client_id}\0{request.path}\0{request.headers[idempotency.HEADER]}"
    return f"api:{hashlib.sha256(key.encode()).hexdigest()[:40]}"
