"""The API of costs: what stock is worth, and the charges of purchase orders."""

import hashlib
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.costing import errors, queries
from inventory.costing import services as costing
from inventory.costing.filters import WorthFilters
from inventory.costing.models import LandedCharge, SkuCost
from inventory.costing.schemas import (
    ChargeList,
    ChargeOut,
    WorthPage,
    charge_out,
    worth_out,
)
from inventory.costing.services import NewCharge
from inventory.purchasing import queries as purchasing
from inventory.purchasing.errors import PurchaseReceiptMissing
from inventory.purchasing.models import PurchaseOrder, PurchaseReceipt
from oms.core.api import idempotency, openapi, pagination, schemas
from oms.core.api.schemas import Command, Text
from oms.core.api.views import ApiView

READ, WRITE = "costs:read", "costs:write"


class AddCharge(Command):
    """A charge without tax. `rate`: what one unit of its currency is worth in the company's, if that is another.

    `receipt` names one receipt by its number; without it, the charge is for the whole order and is split once nothing
    more of it is to come.
    """

    kind: Literal["freight", "duty", "insurance", "other"]
    amount: schemas.MoneyAmount
    currency: schemas.CurrencyCode
    rate: schemas.MoneyAmount | None = None
    basis: Literal["value", "weight", "volume", "quantity"] = "value"
    receipt: Annotated[str, Text(30)] | None = None
    reference: Annotated[str, Text(60, blank=True)] = ""


class WithdrawCharge(Command):
    """Why."""

    reason: Annotated[str, Text(200)]


class StockValueView(ApiView):
    """What stock is worth."""

    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="stock_value",
        parameters=[
            OpenApiParameter(name, str, OpenApiParameter.QUERY)
            for name in (*WorthFilters.base_filters, *pagination.PARAMETERS)
        ],
        responses=WorthPage,
    )
    def get(self, request: Request) -> Response:
        """List what is left of each SKU and worth how much, with its locations."""
        policy = queries.policy_in_force()
        found, cut = pagination.narrowed(
            WorthFilters, request.query_params, SkuCost.objects.select_related("sku")
        )
        page, following = pagination.page(found, cut)
        places = queries.places_of(list(page), policy.currency)
        return Response(
            WorthPage(
                results=[
                    worth_out(
                        each,
                        places[each.sku_id],
                        currency=policy.currency,
                        method=policy.method,
                        reach=self.caller.location_codes,
                    )
                    for each in page
                ],
                next=following,
                limit=cut.limit,
            )
        )


class ChargesView(ApiView):
    """The charges of a purchase order."""

    required_scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(operation_id="charge_list", responses=ChargeList)
    def get(self, request: Request, reference: str) -> Response:
        """List the charges with what of each fell on which receipt line, and why."""
        order = purchasing.find(reference, reach=self.caller.location_codes)
        policy = queries.policy_in_force()
        return Response(
            ChargeList(
                results=[
                    charge_out(charge, policy.currency) for charge in queries.charges_of(order.pk)
                ]
            )
        )

    @extend_schema(
        operation_id="charge_add",
        request=AddCharge,
        responses={201: ChargeOut},
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Note a charge, and split it over the goods as soon as they are there."""
        command = self.command(AddCharge)
        reach = self.caller.location_codes

        def add() -> Response:
            order = purchasing.find(reference, reach=reach)
            made = costing.add_charge(
                order_id=order.pk,
                charge=NewCharge(
                    kind=command.kind,
                    amount=command.amount,
                    currency=command.currency,
                    rate=command.rate,
                    basis=command.basis,
                    reference=command.reference,
                    receipt_id=_receipt(order, command.receipt),
                ),
                key=_key(self.caller.client_id, request),
                actor=self.caller.actor,
                location_codes=reach,
            )
            return Response(_shown(made), status=201)

        return idempotency.once(request, add)


class WithdrawView(ApiView):
    """Taking a charge back."""

    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="charge_withdraw",
        request=WithdrawCharge,
        responses=ChargeOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str, charge: str) -> HttpResponse:
        """Take a charge back that was a mistake."""
        command = self.command(WithdrawCharge)
        reach = self.caller.location_codes

        def withdraw() -> Response:
            order = purchasing.find(reference, reach=reach)
            done = costing.withdraw_charge(
                order_id=order.pk,
                charge_id=_charge(order, charge),
                reason=command.reason,
                actor=self.caller.actor,
                location_codes=reach,
            )
            return Response(_shown(done))

        return idempotency.once(request, withdraw)


def _receipt(order: PurchaseOrder, number: str | None) -> int | None:
    if number is None:
        return None
    found = PurchaseReceipt.objects.filter(order=order, number=number).first()
    if found is None:
        raise PurchaseReceiptMissing
    return found.pk


def _charge(order: PurchaseOrder, reference: str) -> int:
    try:
        found = LandedCharge.objects.filter(order=order, uuid=UUID(reference)).first()
    except ValueError:
        found = None
    if found is None:
        raise errors.ChargeMissing
    return found.pk


def _shown(charge: LandedCharge) -> ChargeOut:
    policy = queries.policy_in_force()
    return charge_out(queries.charges_of(charge.order_id).get(pk=charge.pk), policy.currency)


def _key(client_id: int, request: Request) -> str:
    """Return the name of the call: the caller's own key, so that it stays done when answers are forgotten."""
    own = f"{client_id}\0{request.path}\0{request.headers[idempotency.HEADER]}"
    return f"api:{hashlib.sha256(own.encode()).hexdigest()[:40]}"
