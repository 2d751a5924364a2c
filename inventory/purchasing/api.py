"""The API of purchase orders: write, find, place, confirm, receive, take back, close, cancel, and get as a file."""

import hashlib
from collections.abc import Callable
from typing import Annotated, Literal

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.lots.schemas import Lots
from inventory.purchasing import errors, queries, ubl, x12
from inventory.purchasing import files as order_files
from inventory.purchasing import services as purchasing
from inventory.purchasing.filters import PurchaseFilters
from inventory.purchasing.models import PurchaseOrder
from inventory.purchasing.schemas import (
    PurchaseOrderOut,
    PurchaseOrderPage,
    purchase_order_out,
)
from inventory.purchasing.services import Arrived, Confirmed, NewLine
from inventory.purchasing.states import OrderFile
from oms.core.api import files, idempotency, openapi, pagination, schemas
from oms.core.api.schemas import Command, Items, Text
from oms.core.api.views import ApiView

READ, WRITE = "purchases:read", "purchases:write"
RECEIVE = "inventory:write"
MOST_LINES = purchasing.MOST_LINES
Code = Annotated[str, Text(20)]
Reason = Annotated[str, Text(200)]
LIST_PARAMETERS = [
    OpenApiParameter(name, str, OpenApiParameter.QUERY)
    for name in (*PurchaseFilters.base_filters, *pagination.PARAMETERS)
]


class PurchaseLineIn(Command):
    """Units of a SKU, in base units. Without `unit_cost` or `expected_on` the supplier's terms decide when placing."""

    sku: schemas.SkuCode
    quantity: schemas.Quantity
    unit_cost: schemas.MoneyAmount | None = None
    expected_on: schemas.Day | None = None

    def to_line(self) -> NewLine:
        """Return it as the service takes it."""
        return NewLine(self.sku, self.quantity, self.unit_cost, self.expected_on)


PurchaseLines = Annotated[
    list[PurchaseLineIn], Items(MOST_LINES, few="no_lines", many="too_many_lines")
]


class CreatePurchase(Command):
    """A draft. `round_up` makes whole packs and minimums of the quantities; `place` places it at once."""

    supplier: Code
    location: Code
    lines: PurchaseLines
    note: Annotated[str, Text(500, multiline=True, blank=True)] = ""
    round_up: bool = True
    place: bool = False


class ChangePurchase(Command):
    """The lines that replace those of a draft; its note stays when none is sent."""

    lines: PurchaseLines
    note: Annotated[str, Text(500, multiline=True, blank=True)] | None = None
    round_up: bool = True


class PlacePurchase(Command):
    """`below_minimum` orders less than the supplier's minimum value."""

    below_minimum: bool = False


class ConfirmedLine(Command):
    """What the supplier confirms of a SKU: units in all. The `rest` is on backorder or cancelled."""

    sku: schemas.SkuCode
    quantity: schemas.Count
    unit_cost: schemas.MoneyAmount | None = None
    expected_on: schemas.Day | None = None
    rest: Literal["backorder", "cancel"] = "backorder"
    rest_on: schemas.Day | None = None


class AcknowledgePurchase(Command):
    """The supplier's answer; lines that are not named are confirmed as they stand."""

    reference: Annotated[str, Text(60, blank=True)] = ""
    lines: Annotated[list[ConfirmedLine], Items(MOST_LINES, least=0, many="too_many_lines")] = []


class ArrivedLine(Command):
    """Units of a SKU that came; with `inspect` they go to quality control. `bin` names a bin by code or barcode."""

    sku: schemas.SkuCode
    quantity: schemas.Quantity
    inspect: bool = False
    bin: Annotated[str, Text(40, blank=True)] = ""
    lots: Lots = Field(default_factory=list)


class ReceivePurchase(Command):
    """Goods that came. `over_reason`: why more than ordered, and than the tolerance allows, is taken.

    `cross_dock`: false has everything put away, also what orders wait for, at a location with bins.
    """

    lines: Annotated[
        list[ArrivedLine], Items(2 * MOST_LINES, few="no_units", many="too_many_lines")
    ]
    delivery_note: Annotated[str, Text(60, blank=True)] = ""
    over_reason: Annotated[str, Text(200, blank=True)] = ""
    cross_dock: bool = True


class EndPurchase(Command):
    """Why."""

    reason: Reason


class CancelledLine(Command):
    """Units of a SKU that are not wanted any more."""

    sku: schemas.SkuCode
    quantity: schemas.Quantity


class CancelPurchase(Command):
    """Why, and what; without `lines` everything that has not come."""

    reason: Reason
    lines: (
        Annotated[list[CancelledLine], Items(MOST_LINES, few="no_lines", many="too_many_lines")]
        | None
    ) = None


class PurchaseOrdersView(ApiView):
    """The purchase orders for the caller's locations."""

    required_scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="purchase_order_list",
        parameters=LIST_PARAMETERS,
        responses=PurchaseOrderPage,
    )
    def get(self, request: Request) -> Response:
        """List purchase orders, newest first."""
        found, cut = pagination.narrowed(
            PurchaseFilters,
            request.query_params,
            queries.within(self.caller.location_codes),
        )
        page, following = pagination.page(found, cut)
        return Response(
            PurchaseOrderPage(
                results=[purchase_order_out(each) for each in page],
                next=following,
                limit=cut.limit,
            )
        )

    @extend_schema(
        operation_id="purchase_order_create",
        request=CreatePurchase,
        responses={201: PurchaseOrderOut},
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Write a draft, which touches nothing, or place the order at once."""
        command = self.command(CreatePurchase)
        reach = self.caller.location_codes

        def create() -> Response:
            order = purchasing.draft(
                supplier_code=command.supplier,
                location_code=command.location,
                lines=[line.to_line() for line in command.lines],
                note=command.note,
                round_up=command.round_up,
                location_codes=reach,
                actor=self.caller.actor,
            )
            if command.place:
                purchasing.place(order_id=order.pk, actor=self.caller.actor)
            shown = queries.find(str(order.uuid), reach=reach)
            return Response(purchase_order_out(shown), status=201)

        return idempotency.once(request, create)


class PurchaseOrderView(ApiView):
    """One purchase order, by id or number."""

    required_scopes = {"GET": READ}

    @extend_schema(operation_id="purchase_order_read", responses=PurchaseOrderOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return the order with its lines and receipts."""
        return Response(
            purchase_order_out(queries.find(reference, reach=self.caller.location_codes))
        )


class _ActView(ApiView):
    """Base of acts on one purchase order."""

    required_scopes = {"POST": WRITE}

    def act(
        self, request: Request, reference: str, effect: Callable[[PurchaseOrder], object]
    ) -> HttpResponse:
        """Find the order within the caller's reach, do the one thing, show it as it is then."""
        reach = self.caller.location_codes

        def run() -> Response:
            found = queries.find(reference, reach=reach)
            effect(found)
            return Response(purchase_order_out(queries.find(str(found.uuid), reach=reach)))

        return idempotency.once(request, run)


class ChangeView(_ActView):
    """Changing a draft."""

    @extend_schema(
        operation_id="purchase_order_change",
        request=ChangePurchase,
        responses=PurchaseOrderOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Replace the lines of a draft."""
        command = self.command(ChangePurchase)
        return self.act(
            request,
            reference,
            lambda found: purchasing.change(
                order_id=found.pk,
                lines=[line.to_line() for line in command.lines],
                note=command.note,
                round_up=command.round_up,
                actor=self.caller.actor,
            ),
        )


class PlaceView(_ActView):
    """Placing."""

    @extend_schema(
        operation_id="purchase_order_place",
        request=PlacePurchase,
        responses=PurchaseOrderOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Fix prices and days, say what comes, and send the order to the supplier."""
        command = self.command(PlacePurchase)
        return self.act(
            request,
            reference,
            lambda found: purchasing.place(
                order_id=found.pk,
                below_minimum=command.below_minimum,
                actor=self.caller.actor,
            ),
        )


class AcknowledgeView(_ActView):
    """Noting what the supplier confirms."""

    @extend_schema(
        operation_id="purchase_order_acknowledge",
        request=AcknowledgePurchase,
        responses=PurchaseOrderOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Note quantities, prices and days as the supplier confirms them."""
        command = self.command(AcknowledgePurchase)
        return self.act(
            request,
            reference,
            lambda found: purchasing.acknowledge(
                order_id=found.pk,
                reference=command.reference,
                confirmations=[
                    Confirmed(
                        sku_code=line.sku,
                        quantity=line.quantity,
                        unit_cost=line.unit_cost,
                        expected_on=line.expected_on,
                        rest=line.rest,
                        rest_on=line.rest_on,
                    )
                    for line in command.lines
                ],
                actor=self.caller.actor,
            ),
        )


class ReceiveView(_ActView):
    """Receiving."""

    required_scopes = {"POST": RECEIVE}

    @extend_schema(
        operation_id="purchase_order_receive",
        request=ReceivePurchase,
        responses=PurchaseOrderOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Receive goods in part, whole, or with more than was ordered."""
        command = self.command(ReceivePurchase)
        return self.act(
            request,
            reference,
            lambda found: purchasing.receive(
                order_id=found.pk,
                units=[
                    Arrived(
                        line.sku,
                        line.quantity,
                        line.inspect,
                        line.bin,
                        [lot.named() for lot in line.lots],
                    )
                    for line in command.lines
                ],
                key=_key(self.caller.client_id, request),
                delivery_note=command.delivery_note,
                over_reason=command.over_reason,
                cross_dock=command.cross_dock,
                location_codes=self.caller.location_codes,
                actor=self.caller.actor,
            ),
        )


class UndoView(_ActView):
    """Taking a receipt back."""

    required_scopes = {"POST": RECEIVE}

    @extend_schema(
        operation_id="purchase_order_undo_receipt",
        request=EndPurchase,
        responses=PurchaseOrderOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str, receipt: str) -> HttpResponse:
        """Take a receipt back, by its number: its units leave the stock and are to come again."""
        reason = self.command(EndPurchase).reason

        def undo(found: PurchaseOrder) -> object:
            keys = {each.number: each.pk for each in found.receipts.all()}
            if receipt not in keys:
                raise errors.PurchaseReceiptMissing
            return purchasing.undo_receipt(
                order_id=found.pk,
                receipt_id=keys[receipt],
                reason=reason,
                actor=self.caller.actor,
            )

        return self.act(request, reference, undo)


class CloseView(_ActView):
    """Closing."""

    @extend_schema(
        operation_id="purchase_order_close",
        request=EndPurchase,
        responses=PurchaseOrderOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """End an order of which something has come; the rest will not come."""
        reason = self.command(EndPurchase).reason
        return self.act(
            request,
            reference,
            lambda found: purchasing.close(
                order_id=found.pk, reason=reason, actor=self.caller.actor
            ),
        )


class CancelView(_ActView):
    """Cancelling."""

    @extend_schema(
        operation_id="purchase_order_cancel",
        request=CancelPurchase,
        responses=PurchaseOrderOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Cancel what has not come, all of it or some units."""
        command = self.command(CancelPurchase)
        units: dict[str, int] = {}
        for line in command.lines or ():
            units[line.sku] = units.get(line.sku, 0) + line.quantity
        return self.act(
            request,
            reference,
            lambda found: purchasing.cancel(
                order_id=found.pk,
                reason=command.reason,
                units=units or None,
                actor=self.caller.actor,
            ),
        )


class _FileView(files.FileView):
    """Base of the forms in which an order goes to its supplier."""

    required_scopes = {"GET": READ}

    def file(self, reference: str, form: str) -> HttpResponse:
        """Answer with an order within the caller's reach."""
        made = order_files.of(queries.find(reference, reach=self.caller.location_codes), form)
        return files.download(made.content, name=made.name, media_type=made.media_type)


class PdfView(_FileView):
    """On paper."""

    @extend_schema(
        operation_id="purchase_order_pdf", responses={(200, files.PDF): OpenApiTypes.BINARY}
    )
    def get(self, _request: Request, reference: str) -> HttpResponse:
        """Return the order as PDF, as it was placed."""
        return self.file(reference, order_files.PDF)


class X12View(_FileView):
    """For machines, in X12."""

    @extend_schema(
        operation_id="purchase_order_x12", responses={(200, x12.MEDIA_TYPE): OpenApiTypes.BINARY}
    )
    def get(self, _request: Request, reference: str) -> HttpResponse:
        """Return the order as ASC X12 850, version 004010."""
        return self.file(reference, OrderFile.X12)


class UblView(_FileView):
    """For machines, in UBL."""

    @extend_schema(
        operation_id="purchase_order_ubl", responses={(200, ubl.MEDIA_TYPE): OpenApiTypes.BINARY}
    )
    def get(self, _request: Request, reference: str) -> HttpResponse:
        """Return the order as UBL 2.1 Order."""
        return self.file(reference, OrderFile.UBL)


def _key(client_id: int, request: Request) -> str:
    """Return the name of the call: the caller's own key, so that it stays done when answers are forgotten."""
    own = f"{client_id}\0{request.path}\0{request.headers[idempotency.HEADER]}"
    return f"api:{hashlib.sha256(own.encode()).hexdigest()[:40]}"
