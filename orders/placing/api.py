"""The API's door for new orders."""

from decimal import Decimal
from typing import Annotated

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from oms.core.api import idempotency, openapi, schemas
from oms.core.api.schemas import Command, Items, Text
from oms.core.api.views import ApiView
from orders.channels.authentication import CHANNEL_HEADER, caller_of
from orders.ordering import api as ordering_api
from orders.ordering.schemas import OrderOut, OrderPage, full
from orders.placing import services
from orders.placing.drafts import Draft, DraftLine, DraftPayment

MOST_LINES = 1_000


class LineIn(Command):
    """Units of a SKU. Without `unit_price` the channel's price list answers; `discount` is for the whole line.

    `unit` names a pack of the SKU: `quantity` counts packs then, and `unit_price` is for one of them.
    """

    sku: schemas.SkuCode
    quantity: schemas.Quantity
    unit_price: schemas.MoneyAmount | None = None
    discount: schemas.MoneyAmount | None = None
    external_line_id: Annotated[str, Text(128, blank=True)] = ""
    unit: Annotated[str, Text(20, blank=True)] = ""


class CustomerIn(Command):
    """Who orders."""

    name: Annotated[str, Text(200)]
    email: schemas.EmailText | None = None
    phone: Annotated[str, Text(40, blank=True)] = ""


class DeclaredIn(Command):
    """The channel's own totals; what differs from ours by more than one minor unit holds the order."""

    subtotal: schemas.MoneyAmount | None = None
    discount: schemas.MoneyAmount | None = None
    shipping: schemas.MoneyAmount | None = None
    tax: schemas.MoneyAmount | None = None
    total: schemas.MoneyAmount | None = None


class PaymentIn(Command):
    """How it is paid: `channel` means already paid there."""

    method: Annotated[str, Text(30)]
    amount: schemas.MoneyAmount | None = None
    reference: Annotated[str, Text(128, blank=True)] = ""


class PlaceOrder(Command):
    """A new order of the caller's channel. `reservation` is what the channel holds for it: it becomes the order's.

    What is not in stock after `wait_until` is cancelled by itself; left out, the channel's rule counts.
    """

    external_id: schemas.ExternalId
    customer: CustomerIn
    ship_to: schemas.AddressIn
    bill_to: schemas.AddressIn | None = None
    lines: Annotated[list[LineIn], Items(MOST_LINES, few="no_lines", many="too_many_lines")]
    currency: schemas.CurrencyCode | None = None
    language: schemas.LanguageCode | None = None
    po_number: Annotated[str, Text(64, blank=True)] = ""
    note: Annotated[str, Text(1000, multiline=True, blank=True)] = ""
    discount: schemas.MoneyAmount | None = None
    shipping: schemas.MoneyAmount | None = None
    declared: DeclaredIn | None = None
    payment: PaymentIn | None = None
    placed_at: schemas.Instant | None = None
    ship_complete: bool = False
    reservation: schemas.Uuid | None = None
    wait_until: schemas.Day | None = None

    def to_draft(self) -> Draft:
        """Return the order as placing reads it."""
        payment = self.payment
        declared = self.declared.model_dump(exclude_none=True) if self.declared else {}
        ship_to = self.ship_to.to_address()
        return Draft(
            external_id=self.external_id,
            lines=tuple(
                DraftLine(
                    sku=line.sku,
                    quantity=line.quantity,
                    unit_price=line.unit_price,
                    discount=line.discount or Decimal(0),
                    external_line_id=line.external_line_id,
                    unit=line.unit,
                )
                for line in self.lines
            ),
            customer_name=self.customer.name,
            email=self.customer.email or "",
            phone=self.customer.phone,
            ship_to=ship_to,
            bill_to=self.bill_to.to_address() if self.bill_to else None,
            currency=self.currency or "",
            language=self.language or "",
            po_number=self.po_number,
            note=self.note,
            discount=self.discount or Decimal(0),
            shipping=self.shipping,
            declared=declared,
            payment=DraftPayment(
                method=payment.method, amount=payment.amount, reference=payment.reference
            )
            if payment
            else None,
            placed_at=self.placed_at,
            ship_complete=self.ship_complete,
            reservation=str(self.reservation) if self.reservation else "",
            wait_until=self.wait_until,
        )


class OrdersView(ApiView):
    """All orders of the caller's channels: list them, add one."""

    required_scopes = {"GET": "orders:read", "POST": "orders:write"}

    @extend_schema(
        operation_id="order_list",
        parameters=ordering_api.LIST_PARAMETERS,
        responses=OrderPage,
    )
    def get(self, request: Request) -> Response:
        """List orders, newest first."""
        return ordering_api.list_orders(request)

    @extend_schema(
        operation_id="order_place",
        request=PlaceOrder,
        responses={201: OrderOut, 200: OrderOut},
        parameters=[openapi.IDEMPOTENCY_KEY, CHANNEL_HEADER],
    )
    def post(self, request: Request) -> HttpResponse:
        """Place an order: 201 with the order, 200 when the channel has sent the same one before."""
        command = self.command(PlaceOrder)
        channel = caller_of(request).channel(request.headers.get("OMS-Channel"))

        def place() -> Response:
            placed = services.place(
                channel=channel, draft=command.to_draft(), actor=caller_of(request).actor
            )
            return Response(
                full(placed.order, placed.lines, placed.kits), status=201 if placed.created else 200
            )

        return idempotency.once(request, place)
