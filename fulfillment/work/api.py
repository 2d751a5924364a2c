"""The API of work: what a warehouse system has to do."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fulfillment.work import queries
from fulfillment.work.filters import WorkFilters
from fulfillment.work.models import FulfillmentOrder
from fulfillment.work.schemas import WorkOut, WorkPage, work_out
from oms.core.api import pagination
from oms.core.api.views import ApiView
from orders.channels.authentication import caller_of

LIST_PARAMETERS = [
    OpenApiParameter(name, str, OpenApiParameter.QUERY)
    for name in (*WorkFilters.base_filters, *pagination.PARAMETERS)
]


class WorkListView(ApiView):
    """The work of the caller's locations."""

    required_scopes = {"GET": "fulfillment:read"}

    @extend_schema(
        operation_id="fulfillment_order_list", parameters=LIST_PARAMETERS, responses=WorkPage
    )
    def get(self, request: Request) -> Response:
        """List work, newest first; open work unless a status is asked for."""
        rows = FulfillmentOrder.objects.within(queries.reach_of(caller_of(request)))
        found, cut = pagination.narrowed(
            WorkFilters, request.query_params, rows.select_related("order", "location")
        )
        page, following = pagination.page(found, cut)
        return Response(
            WorkPage.model_construct(
                results=[work_out(view) for view in queries.with_lines(page)],
                next=following,
                limit=cut.limit,
            )
        )


class WorkDetailView(ApiView):
    """One piece of work, by id or number."""

    required_scopes = {"GET": "fulfillment:read"}

    @extend_schema(operation_id="fulfillment_order_read", responses=WorkOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return the work with its lines."""
        work = queries.find(reference, reach=queries.reach_of(caller_of(request)))
        return Response(work_out(queries.view(work.pk)))
