"""The API of what channels do when stock is short: read it, set it."""

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.catalog import queries as catalog
from oms.core.api import idempotency, openapi, pagination, schemas
from oms.core.api.schemas import Answer, Command, Items
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem, Invalid
from orders.channels import services
from orders.channels.authentication import CHANNEL_HEADER, caller_of
from orders.channels.filters import BackorderRuleFilters
from orders.channels.models import Channel, ChannelBackorder

READ, WRITE = "backorders:read", "backorders:write"
MOST_SKUS = 500
MOST_DAYS = 3_650
Policy = Literal["deny", "allow", "incoming"]
Days = Annotated[int, Field(ge=0, le=MOST_DAYS)]


class SkuRuleIn(Command):
    """What happens to units of a SKU that are not in stock; null: what the channel does with all others."""

    sku: schemas.SkuCode
    policy: Policy | None


class SetBackorderRules(Command):
    """What is to change; what is left out stays.

    `wait_days` null lets units wait for ever; else what is not in stock after so many days is cancelled by itself.
    `offer_days` null leaves substitutes offered until they are answered.
    """

    policy: Policy | None = None
    wait_days: Days | None = None
    tolerance_days: Days | None = None
    offer_days: Days | None = None
    skus: Annotated[list[SkuRuleIn], Items(MOST_SKUS, least=0, many="too_many_skus")] = []

    def changes(self) -> dict[str, Any]:
        """Return the fields of the channel that are to change."""
        found: dict[str, Any] = {}
        if self.policy is not None:
            found["backorder_policy"] = self.policy
        if "wait_days" in self.model_fields_set:
            found["backorder_days"] = self.wait_days
        if "offer_days" in self.model_fields_set:
            found["offer_days"] = self.offer_days
        if self.tolerance_days is not None:
            found["promise_tolerance_days"] = self.tolerance_days
        return found


class ChannelRule(Answer):
    """What a channel does when stock is short; `priority` 1 is served first, 3 last."""

    channel: str
    policy: str
    wait_days: int | None
    tolerance_days: int
    offer_days: int | None
    priority: int


class SkuRule(Answer):
    """What a channel does when it is short of one SKU."""

    channel: str
    sku: str
    policy: str


class BackorderRulePage(Answer):
    """The channels of the key, and a page of their exceptions by SKU, newest first."""

    channels: list[ChannelRule]
    results: list[SkuRule]
    next: str | None
    limit: int


class BackorderRulesView(ApiView):
    """What the caller's channels do when stock is short."""

    required_scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="backorder_rule_list",
        parameters=openapi.listed(BackorderRuleFilters),
        responses=BackorderRulePage,
    )
    def get(self, request: Request) -> Response:
        """List the rules of the key's channels, and their exceptions by SKU."""
        caller = caller_of(request)
        rows = ChannelBackorder.objects.filter(channel__in=caller.channel_ids)
        found, cut = pagination.narrowed(
            BackorderRuleFilters, request.query_params, rows.select_related("channel", "sku")
        )
        page, following = pagination.page(found, cut)
        return Response(
            BackorderRulePage(
                channels=[_rule(channel) for _, channel in sorted(caller.channels.items())],
                results=[
                    SkuRule(channel=each.channel.code, sku=each.sku.code, policy=each.policy)
                    for each in page
                ],
                next=following,
                limit=cut.limit,
            )
        )

    @extend_schema(
        operation_id="backorder_rule_set",
        request=SetBackorderRules,
        responses=ChannelRule,
        parameters=[openapi.IDEMPOTENCY_KEY, CHANNEL_HEADER],
    )
    def post(self, request: Request) -> HttpResponse:
        """Change what a channel does when stock is short, in all or for SKUs; placed orders keep what was agreed."""
        command = self.command(SetBackorderRules)
        caller = caller_of(request)
        channel = caller.channel(request.headers.get("OMS-Channel"))

        def run() -> Response:
            changed = services.set_backorder_rules(
                channel_id=channel.pk,
                changes=command.changes(),
                of_skus=_of_skus(command.skus),
                actor=caller.actor,
            )
            return Response(_rule(changed))

        return idempotency.once(request, run)


def _of_skus(asked: list[SkuRuleIn]) -> dict[int, str | None]:
    ids = catalog.ids_by_code({each.sku for each in asked})
    found: dict[int, str | None] = {}
    problems = []
    for index, each in enumerate(asked):
        pointer = f"/skus/{index}/sku"
        if each.sku not in ids:
            problems.append(FieldProblem(pointer, "unknown_sku", "There is no such SKU."))
        elif ids[each.sku] in found:
            problems.append(FieldProblem(pointer, "repeated", "This SKU is named twice."))
        else:
            found[ids[each.sku]] = each.policy
    if problems:
        raise Invalid(problems=problems)
    return found


def _rule(channel: Channel) -> ChannelRule:
    return ChannelRule(
        channel=channel.code,
        policy=channel.backorder_policy,
        wait_days=channel.backorder_days,
        tolerance_days=channel.promise_tolerance_days,
        offer_days=channel.offer_days,
        priority=channel.priority,
    )
