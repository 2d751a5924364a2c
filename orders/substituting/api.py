"""The API of substitutes: what may be sent instead, what was offered or sent, and the customer's answer."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.catalog import queries as catalog
from oms.core import money
from oms.core.actors import Actor
from oms.core.api import idempotency, openapi, pagination, schemas
from oms.core.api.schemas import Answer, Command, Items
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem
from orders.channels.authentication import CHANNEL_HEADER, caller_of
from orders.ordering import queries as ordering
from orders.substituting import errors, queries
from orders.substituting import services as substituting
from orders.substituting.filters import RuleFilters, SubstituteFilters, SubstitutionFilters
from orders.substituting.models import Substitute, Substitution
from orders.substituting.services import Choice

READ, WRITE = "backorders:read", "backorders:write"
MOST_SUBSTITUTES = 50


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
    ends_on: date | None
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
        ends_on=found.ends_on,
        created_at=found.created_at,
        decided_at=found.decided_at,
    )


class SubstituteIn(Command):
    """`units` of a SKU for each unit. `price_rule`: what the original cost (keep), the lower of both, its own price."""

    sku: schemas.SkuCode
    units: schemas.Quantity = 1
    price_rule: Literal["keep", "lower", "own"] = "lower"


class NameSubstitutes(Command):
    """A SKU, and what may be sent instead of it, the first choice first; none: nothing."""

    sku: schemas.SkuCode
    substitutes: Annotated[
        list[SubstituteIn], Items(MOST_SUBSTITUTES, least=0, many="too_many_substitutes")
    ]


class SetMode(Command):
    """Who decides in the channel, for a SKU or (none named) for all. null: no rule of its own."""

    sku: schemas.SkuCode | None = None
    mode: Literal["automatic", "ask", "never"] | None


class SubstituteOut(Answer):
    """What may be sent instead of a SKU."""

    sku: str
    substitute: str
    rank: int
    units: int
    price_rule: str
    is_active: bool


class SubstitutePage(Answer):
    """A page of substitutes, newest first."""

    results: list[SubstituteOut]
    next: str | None
    limit: int


class SubstitutesOut(Answer):
    """What may be sent instead of a SKU, the first choice first."""

    sku: str
    substitutes: list[SubstituteOut]


class ModeOut(Answer):
    """Who decides about substitutes: for a SKU (null: all) in a channel (null: all)."""

    sku: str | None
    channel: str | None
    mode: str | None


class ModePage(Answer):
    """A page of rules, newest first."""

    results: list[ModeOut]
    next: str | None
    limit: int


class OfferOut(SubstitutionOut):
    """A substitution with its order and the SKU that it stands for."""

    order: str
    original: str


class OfferPage(Answer):
    """A page of substitutions, newest first."""

    results: list[OfferOut]
    next: str | None
    limit: int


class OffersView(ApiView):
    """The substitutions of all orders that the caller sees."""

    required_scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="substitution_offers",
        parameters=openapi.listed(SubstitutionFilters),
        responses=OfferPage,
    )
    def get(self, request: Request) -> Response:
        """List what was offered or sent instead; `status=offered` are the questions that nobody has answered."""
        found, cut = pagination.narrowed(
            SubstitutionFilters,
            request.query_params,
            queries.of_channels(caller_of(request).channel_ids),
        )
        page, following = pagination.page(found, cut)
        return Response(
            OfferPage(
                results=[
                    OfferOut(
                        **_out(each, each.order.currency).model_dump(),
                        order=each.order.number,
                        original=each.line.sku_code,
                    )
                    for each in page
                ],
                next=following,
                limit=cut.limit,
            )
        )


class SubstitutesView(ApiView):
    """What may be sent instead of what."""

    required_scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="substitute_list",
        parameters=openapi.listed(SubstituteFilters),
        responses=SubstitutePage,
    )
    def get(self, request: Request) -> Response:
        """List substitutes."""
        found, cut = pagination.narrowed(
            SubstituteFilters, request.query_params, queries.substitutes()
        )
        page, following = pagination.page(found, cut)
        return Response(
            SubstitutePage(
                results=[_choice(each) for each in page], next=following, limit=cut.limit
            )
        )

    @extend_schema(
        operation_id="substitutes_name",
        request=NameSubstitutes,
        responses=SubstitutesOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Say what may be sent instead of a SKU; what a former call said is replaced. Offers that are made stand."""
        command = self.command(NameSubstitutes)
        actor = caller_of(request).actor

        def name() -> Response:
            ids = catalog.ids_by_code({command.sku, *(each.sku for each in command.substitutes)})
            _check_known(command, ids)
            rows = substituting.name_substitutes(
                sku_id=ids[command.sku],
                choices=[
                    Choice(ids[each.sku], each.units, each.price_rule)
                    for each in command.substitutes
                ],
                actor=actor,
            )
            return Response(
                SubstitutesOut(sku=command.sku, substitutes=[_choice(each) for each in rows])
            )

        return idempotency.once(request, name)


class ModesView(ApiView):
    """Who decides about substitutes."""

    required_scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="substitution_rule_list",
        parameters=openapi.listed(RuleFilters),
        responses=ModePage,
    )
    def get(self, request: Request) -> Response:
        """List the rules of the key's channels, and those for all channels."""
        found, cut = pagination.narrowed(
            RuleFilters, request.query_params, queries.rules_of(caller_of(request).channel_ids)
        )
        page, following = pagination.page(found, cut)
        return Response(
            ModePage(
                results=[
                    ModeOut(
                        sku=each.sku.code if each.sku else None,
                        channel=each.channel.code if each.channel else None,
                        mode=each.mode,
                    )
                    for each in page
                ],
                next=following,
                limit=cut.limit,
            )
        )

    @extend_schema(
        operation_id="substitution_rule_set",
        request=SetMode,
        responses=ModeOut,
        parameters=[openapi.IDEMPOTENCY_KEY, CHANNEL_HEADER],
    )
    def post(self, request: Request) -> HttpResponse:
        """Say who decides in a channel, for a SKU or for all."""
        command = self.command(SetMode)
        caller = caller_of(request)
        channel = caller.channel(request.headers.get("OMS-Channel"))

        def run() -> Response:
            sku_id = catalog.ids_by_code([command.sku]).get(command.sku) if command.sku else None
            if command.sku and sku_id is None:
                raise errors.SubstitutesInvalid(
                    problems=[FieldProblem("/sku", "unknown_sku", "There is no such SKU.")]
                )
            substituting.set_mode(
                sku_id=sku_id, channel_id=channel.pk, mode=command.mode, actor=caller.actor
            )
            return Response(ModeOut(sku=command.sku, channel=channel.code, mode=command.mode))

        return idempotency.once(request, run)


def _choice(row: Substitute) -> SubstituteOut:
    return SubstituteOut(
        sku=row.sku.code,
        substitute=row.other.code,
        rank=row.rank,
        units=row.units,
        price_rule=row.price_rule,
        is_active=row.is_active,
    )


def _check_known(command: NameSubstitutes, ids: Mapping[str, int]) -> None:
    problems = [
        FieldProblem(f"/substitutes/{index}/sku", "unknown_sku", "There is no such SKU.")
        for index, each in enumerate(command.substitutes)
        if each.sku not in ids
    ]
    if command.sku not in ids:
        problems.insert(0, FieldProblem("/sku", "unknown_sku", "There is no such SKU."))
    if problems:
        raise errors.SubstitutesInvalid(problems=problems)
