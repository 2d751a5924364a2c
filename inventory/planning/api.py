"""The API of planning: read forecasts, find proposals, approve and reject them."""

from typing import Annotated

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.planning import queries
from inventory.planning import services as planning
from inventory.planning.filters import ForecastFilters, ProposalFilters
from inventory.planning.schemas import (
    ForecastPage,
    ProposalOut,
    ProposalPage,
    ProposalsOut,
    forecast_out,
    proposal_out,
)
from oms.core.api import idempotency, openapi, pagination
from oms.core.api.schemas import Command, Items, Text
from oms.core.api.views import ApiView

READ, WRITE = "planning:read", "planning:write"
Number = Annotated[str, Text(24)]
Numbers = Annotated[
    list[Number], Items(planning.MOST_AT_ONCE, few="no_proposals", many="too_many_proposals")
]


def _parameters(filters: type[ForecastFilters] | type[ProposalFilters]) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(name, str, OpenApiParameter.QUERY)
        for name in (*filters.base_filters, *pagination.PARAMETERS)
    ]


class ApproveProposals(Command):
    """Numbers of open proposals."""

    proposals: Numbers


class RejectProposals(Command):
    """Numbers of open proposals, why not, and for how many days they are not proposed again."""

    proposals: Numbers
    reason: Annotated[str, Text(200)]
    quiet_days: Annotated[int, Field(ge=0, le=planning.MOST_QUIET_DAYS)] = planning.QUIET_DAYS


class ForecastsView(ApiView):
    """The forecasts for the caller's locations."""

    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="forecast_list",
        parameters=_parameters(ForecastFilters),
        responses=ForecastPage,
    )
    def get(self, request: Request) -> Response:
        """List forecasts with their intervals and how good they were."""
        found, cut = pagination.narrowed(
            ForecastFilters, request.query_params, queries.forecasts(self.caller.location_codes)
        )
        page, following = pagination.page(found, cut)
        return Response(
            ForecastPage(
                results=[forecast_out(each) for each in page], next=following, limit=cut.limit
            )
        )


class ProposalsView(ApiView):
    """The proposals for the caller's locations."""

    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="proposal_list",
        parameters=_parameters(ProposalFilters),
        responses=ProposalPage,
    )
    def get(self, request: Request) -> Response:
        """List proposals, newest first."""
        found, cut = pagination.narrowed(
            ProposalFilters, request.query_params, queries.proposals(self.caller.location_codes)
        )
        page, following = pagination.page(found, cut)
        return Response(
            ProposalPage(
                results=[proposal_out(each) for each in page], next=following, limit=cut.limit
            )
        )


class ProposalView(ApiView):
    """One proposal, by id or number."""

    required_scopes = {"GET": READ}

    @extend_schema(operation_id="proposal_read", responses=ProposalOut)
    def get(self, _request: Request, reference: str) -> Response:
        """Return the proposal with its reasons."""
        return Response(proposal_out(queries.find(reference, reach=self.caller.location_codes)))


class ApproveView(ApiView):
    """Approving."""

    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="proposals_approve",
        request=ApproveProposals,
        responses=ProposalsOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Make drafts of proposals, all or none: purchases by supplier, transfers by source, production orders."""
        command = self.command(ApproveProposals)

        def approve() -> Response:
            keys = queries.keys_of(command.proposals, reach=self.caller.location_codes)
            planning.approve(proposal_ids=keys, actor=self.caller.actor)
            return _shown(keys)

        return idempotency.once(request, approve)


class RejectView(ApiView):
    """Rejecting."""

    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="proposals_reject",
        request=RejectProposals,
        responses=ProposalsOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Turn proposals down, all or none; their needs are not proposed again for a while."""
        command = self.command(RejectProposals)

        def reject() -> Response:
            keys = queries.keys_of(command.proposals, reach=self.caller.location_codes)
            planning.reject(
                proposal_ids=keys,
                reason=command.reason,
                quiet_days=command.quiet_days,
                actor=self.caller.actor,
            )
            return _shown(keys)

        return idempotency.once(request, reject)


def _shown(keys: list[int]) -> Response:
    return Response(ProposalsOut(results=[proposal_out(each) for each in queries.by_keys(keys)]))
