"""The API of margins."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import django_filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.costing import queries as costing
from oms.core import money
from oms.core.api import pagination
from oms.core.api.filters import InstantFilter
from oms.core.api.schemas import Answer
from oms.core.api.views import ApiView
from oms.reporting.margins import queries
from oms.reporting.margins.queries import Row
from orders.ordering.models import OrderLine


class MarginFilters(django_filters.FilterSet):
    """Filters of the API's list. Instants are RFC 3339, both ends included."""

    channel = django_filters.CharFilter("order__channel__code", max_length=20)
    order = django_filters.CharFilter("order__number", max_length=20)
    sku = django_filters.CharFilter("sku_code", max_length=64)
    placed_at_min = InstantFilter("order__placed_at", "gte")
    placed_at_max = InstantFilter("order__placed_at", "lte")

    class Meta:
        model = OrderLine
        fields: list[str] = []


class MarginOut(Answer):
    """What a line earns. `revenue` is in `currency`, all other amounts in `cost_currency`.

    An amount that is not known is null, and `why` says why there is no margin: `not_costed` yet, `unknown_cost`,
    `no_rate`, `not_set_up`.
    """

    order: str
    channel: str
    line_id: UUID
    sku: str
    units: int
    currency: str
    revenue: Decimal
    cost_currency: str | None
    value: Decimal | None
    cost: Decimal | None
    margin: Decimal | None
    freight: Decimal | None
    after_freight: Decimal | None
    why: str


class MarginPage(Answer):
    """A page of lines of which something has shipped; `next` is the cursor of the next one."""

    results: list[MarginOut]
    next: str | None
    limit: int


class MarginsView(ApiView):
    """What order lines of the caller's channels earn."""

    required_scopes = {"GET": "costs:read"}

    @extend_schema(
        operation_id="margin_list",
        parameters=[
            OpenApiParameter(name, str, OpenApiParameter.QUERY)
            for name in (*MarginFilters.base_filters, *pagination.PARAMETERS)
        ],
        responses=MarginPage,
    )
    def get(self, request: Request) -> Response:
        """List what lines earn, newest first."""
        rows = OrderLine.objects.filter(
            shipped__gt=0, order__channel__in=self.caller.channel_ids
        ).select_related("order__channel")
        found, cut = pagination.narrowed(MarginFilters, request.query_params, rows)
        page, following = pagination.page(found, cut)
        policy = costing.policy()
        company = policy.currency if policy else None
        return Response(
            MarginPage(
                results=[_shown(row, company) for row in queries.of_lines(list(page))],
                next=following,
                limit=cut.limit,
            )
        )


def _shown(row: Row, company: str | None) -> MarginOut:
    made = row.margin

    def told(amount: Decimal | None) -> Any:
        return None if amount is None or company is None else money.quantize(amount, company)

    return MarginOut(
        order=row.line.order.number,
        channel=row.line.order.channel.code,
        line_id=row.line.uuid,
        sku=row.line.sku_code,
        units=made.units,
        currency=row.line.order.currency,
        revenue=money.quantize(made.revenue, row.line.order.currency),
        cost_currency=company,
        value=told(made.value),
        cost=told(made.cost),
        margin=told(made.margin),
        freight=told(made.freight),
        after_freight=told(made.after_freight),
        why=made.why,
    )
