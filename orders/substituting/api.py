"""The API of substitutes: what an order was offered or sent instead, replace, ask, and the customer's answer."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.catalog import queries as catalog
from oms.core import money
from oms.core.actors import Actor
from oms.core.api import idempotency, openapi, schemas
from oms.core.api.schemas import Answer, Command
from oms.core.api.views import ApiView
from orders.channels.authentication import caller_of
from orders.ordering import queries as ordering
from orders.substituting import errors, queries
from orders.substituting import services as substituting
from orders.substituting.models import Substitution


class Replace(Command):
    """Waiting units of a line replaced by one of its substitutes, or with `ask` offered to the customer.

    `consented` says that the customer agrees to a higher price.
    """

    line_id: schemas.Uuid
    sku: schemas.SkuCode
    quantity: schemas.Quantity | None = None
    consented: bool = False
    ask: bool = False


class NoMembers(Command):
    """No members: `{}`."""


class SubstitutionOut(Answer):
    """Units of a line replaced, or offered to be, by units of another SKU; costs are with tax."""

    id: UUID
    status: str
    line_id: UUID
    new_line_id: UUID | None
    sku: str
    units: int
    substitute_units: int
    cost_before: Decimal
    cost_after: Decimal
    consented: bool
    created_at: datetime
    decided_at: datetime | None


class SubstitutionsOut(Answer):
    """The substitutions of an order, oldest first."""

    number: str
    results: list[SubstitutionOut]


class SubstitutionsView(ApiView):
    """The substitutions of one order."""

    required_scopes = {"GET": "orders:read", "POST": "orders:write"}

    @extend_schema(operation_id="substitution_list", responses=SubstitutionsOut)
    def get(self, request: Request, reference: str) -> Response:
        """List what was offered or sent instead, by the order's id or number."""
        order = ordering.find(reference, channel_ids=caller_of(request).channel_ids)
        return Response(
            SubstitutionsOut(
                number=order.number,
                results=[_out(each, order.currency) for each in queries.of_order(order)],
            )
        )

    @extend_schema(
        operation_id="substitution_make",
        request=Replace,
        responses={201: SubstitutionOut},
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Replace waiting units (all, if no quantity is given), or ask the customer."""
        command = self.command(Replace)
        caller = caller_of(request)

        def make() -> Response:
            order = ordering.find(reference, channel_ids=caller.channel_ids)
            line = next((x for x in ordering.lines_of(order) if x.uuid == command.line_id), None)
            sku_id = catalog.ids_by_code([command.sku]).get(command.sku)
            if line is None or sku_id is None:
                raise errors.NoSubstitute
            if command.ask:
                made = substituting.ask(
                    order_id=order.pk, line_id=line.pk, sku_id=sku_id, actor=caller.actor
                )
            else:
                made = substituting.replace(
                    order_id=order.pk,
                    line_id=line.pk,
                    sku_id=sku_id,
                    units=command.quantity or line.backordered,
                    consented=command.consented,
                    actor=caller.actor,
                )
            found = queries.find(str(made.uuid))
            return Response(_out(found, order.currency), status=201)

        return idempotency.once(request, make)


class _AnswerView(ApiView):
    """Base of answers to an offer."""

    required_scopes = {"POST": "orders:write"}

    def answered(
        self, request: Request, reference: str, act: Callable[[int, Actor], object]
    ) -> HttpResponse:
        """Find the offer within the caller's reach, do the one thing, show it as it is then."""
        self.command(NoMembers)
        caller = caller_of(request)

        def run() -> Response:
            found = queries.find(reference, channel_ids=caller.channel_ids)
            act(found.pk, caller.actor)
            found = queries.find(reference)
            return Response(_out(found, found.order.currency))

        return idempotency.once(request, run)


class AcceptView(_AnswerView):
    """Accepting."""

    @extend_schema(
        operation_id="substitution_accept",
        request=NoMembers,
        responses=SubstitutionOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Send what was offered, at the cost that was offered."""
        return self.answered(
            request,
            reference,
            lambda key, actor: substituting.accept(substitution_id=key, actor=actor),
        )


class KeepView(_AnswerView):
    """Keeping."""

    @extend_schema(
        operation_id="substitution_keep",
        request=NoMembers,
        responses=SubstitutionOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Leave the units in the queue."""
        return self.answered(
            request,
            reference,
            lambda key, actor: substituting.keep_waiting(substitution_id=key, actor=actor),
        )


class CancelView(_AnswerView):
    """Cancelling."""

    @extend_schema(
        operation_id="substitution_cancel",
        request=NoMembers,
        responses=SubstitutionOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Cancel the units that the offer is about."""
        return self.answered(
            request,
            reference,
            lambda key, actor: substituting.cancel(substitution_id=key, actor=actor),
        )


def _out(found: Substitution, currency: str) -> SubstitutionOut:
    return SubstitutionOut(
        id=found.uuid,
        status=found.status,
        line_id=found.line.uuid,
        new_line_id=found.new_line.uuid if found.new_line else None,
        sku=found.sku.code,
        units=found.units,
        substitute_units=found.substitute_units,
        cost_before=money.written(found.cost_before, currency),
        cost_after=money.written(found.cost_after, currency),
        consented=found.consented,
        created_at=found.created_at,
        decided_at=found.decided_at,
    )
