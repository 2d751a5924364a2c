"""How a return is shown."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from oms.core import money
from oms.core.api.schemas import Answer
from returns.authorizations.models import Return
from returns.authorizations.states import RETURN


class ReturnLineOut(Answer):
    """Units of an order line: to come, and come by grade. `line_id` is the order line's id."""

    line_id: UUID
    sku: str
    name: str
    quantity: int
    reason: str
    outstanding: int
    restocked: int
    damaged: int
    credited: Decimal


class ReturnOut(Answer):
    """A return. `credited` is what has been taken off what the customer owes; `actions` are calls legal now."""

    id: UUID
    number: str
    order_id: UUID
    order_number: str
    status: str
    version: int
    actions: list[str]
    note: str
    currency: str
    credited: Decimal
    created_at: datetime
    received_at: datetime | None
    lines: list[ReturnLineOut]


class ReturnPage(Answer):
    """Returns, newest first."""

    results: list[ReturnOut]
    next: str | None
    limit: int


def return_out(found: Return) -> ReturnOut:
    """Show a return that was read by `queries.within`."""
    currency = found.order.currency
    lines = [
        ReturnLineOut(
            line_id=line.order_line.uuid,
            sku=line.order_line.sku_code,
            name=line.order_line.name,
            quantity=line.quantity,
            reason=line.reason,
            outstanding=line.outstanding,
            restocked=line.restocked,
            damaged=line.damaged,
            # Added by the read, and so unknown to the model.
            credited=money.quantize(getattr(line, "credited", None) or Decimal(0), currency),
        )
        for line in found.lines.all()
    ]
    return ReturnOut(
        id=found.uuid,
        number=found.number,
        order_id=found.order.uuid,
        order_number=found.order.number,
        status=found.status,
        version=found.version,
        actions=sorted({_CALLS[each] for each in RETURN.allowed(found.status) if each in _CALLS}),
        note=found.note,
        currency=currency,
        credited=sum((line.credited for line in lines), money.from_minor(0, currency)),
        created_at=found.created_at,
        received_at=found.received_at,
        lines=lines,
    )


# The call for each act that has one; part or whole is for us to find out. The others are pressed in the console.
_CALLS = {
    "approve": "approve",
    "decline": "decline",
    "cancel": "cancel",
    "receive_part": "receive",
    "receive_all": "receive",
}
