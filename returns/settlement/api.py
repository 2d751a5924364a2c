"""The API of settling returns."""

from decimal import Decimal

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from oms.core import money
from oms.core.api import idempotency, openapi
from oms.core.api.schemas import Answer, Command
from oms.core.api.views import ApiView
from orders.channels.authentication import caller_of
from returns.authorizations import queries
from returns.authorizations.schemas import ReturnOut, return_out
from returns.settlement import services as settlement


class Settle(Command):
    """No members: `{}`."""


class SettledOut(Answer):
    """The return; what was credited now, and how much of it is being given back."""

    settled: ReturnOut
    credited: Decimal
    refund: Decimal


class SettleView(ApiView):
    """Settling."""

    required_scopes = {"POST": "returns:write"}

    @extend_schema(
        operation_id="return_settle",
        request=Settle,
        responses=SettledOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> HttpResponse:
        """Credit what has come back, and give back what is overpaid."""
        self.command(Settle)
        caller = caller_of(request)
        queries.check_decides(caller)
        reach = queries.reach_of(caller)

        def settle() -> Response:
            found = queries.find(reference, reach=reach)
            settled = settlement.settle(return_id=found.pk, actor=caller.actor)
            shown = return_out(queries.find(str(found.uuid), reach=reach))
            refund = sum((each.amount for each in settled.refunds), Decimal(0))
            return Response(
                SettledOut(
                    settled=shown,
                    credited=money.quantize(settled.credited, shown.currency),
                    refund=money.quantize(refund, shown.currency),
                )
            )

        return idempotency.once(request, settle)
