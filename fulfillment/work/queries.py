"""Reads of work for pages and the API. A page costs the same number of statements however many rows it has."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fulfillment.work.errors import WorkMissing
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder, Reach
from oms.accounts.models import Scope
from orders.channels.authentication import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """One line of work with its units by place; `to_pick` is what nobody has picked yet."""

    id: int
    order_line_id: int
    order_line_uuid: UUID
    position: int
    sku_id: int
    sku_code: str
    name: str
    barcode: str
    quantity: int
    cancelled: int
    short: int
    to_pick: int
    picked: int
    packed: int
    shipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkView:
    """The work of one location for one order."""

    id: int
    uuid: UUID
    number: str
    status: str
    version: int
    order_id: int
    order_uuid: UUID
    order_number: str
    order_on_hold: bool
    order_note: str
    location_id: int
    location_code: str
    location_name: str
    recipient: Mapping[str, Any]
    created_at: datetime
    started_at: datetime | None
    closed_at: datetime | None
    lines: Sequence[WorkLine]

    def units(self, counter: str) -> int:
        """Sum one counter over the lines."""
        return sum(getattr(line, counter) for line in self.lines)


def reach_of(caller: Caller) -> Reach:
    """Return what an API client may see of the warehouse.

    A client bound to channels sees what belongs to their orders, one bound to locations what is done there, one bound
    to both what is both. One bound to neither is a warehouse system of all sites if it may report progress; else it
    sees nothing.
    """
    unbound = not caller.bound_to_channels and caller.location_codes is None
    if unbound and Scope.FULFILLMENT_WRITE not in caller.scopes:
        return Reach(frozenset(), None)
    return Reach(
        caller.channel_ids if caller.bound_to_channels else None,
        caller.location_codes,
    )


def find(reference: str, *, reach: Reach) -> FulfillmentOrder:
    """Return the work with this id or number. Raises WorkMissing, beyond the caller's reach too."""
    rows = FulfillmentOrder.objects.within(reach)
    try:
        found = rows.filter(uuid=UUID(reference)).first()
    except ValueError:
        found = rows.filter(number=reference).first()
    if found is None:
        raise WorkMissing
    return found


def view(fulfillment_order_id: int) -> WorkView:
    """Return one piece of work with its lines. Raises WorkMissing."""
    found = views(FulfillmentOrder.objects.filter(pk=fulfillment_order_id))
    if not found:
        raise WorkMissing
    return found[0]


def views(rows: "QuerySet[FulfillmentOrder]") -> list[WorkView]:
    """Return the work in `rows`, in their order, with lines: two statements."""
    return with_lines(list(rows.select_related("order", "location")))


def with_lines(found: Sequence[FulfillmentOrder]) -> list[WorkView]:
    """Return views of work that was read with its order and location: one more statement."""
    lines = _lines(work.pk for work in found)
    return [
        WorkView(
            id=work.pk,
            uuid=work.uuid,
            number=work.number,
            status=work.status,
            version=work.version,
            order_id=work.order_id,
            order_uuid=work.order.uuid,
            order_number=work.order.number,
            order_on_hold=work.order.on_hold,
            order_note=work.order.note,
            location_id=work.location_id,
            location_code=work.location.code,
            location_name=work.location.name,
            recipient=work.recipient,
            created_at=work.created_at,
            started_at=work.started_at,
            closed_at=work.closed_at,
            lines=lines[work.pk],
        )
        for work in found
    ]


def _lines(work_ids: Iterable[int]) -> dict[int, list[WorkLine]]:
    found: defaultdict[int, list[WorkLine]] = defaultdict(list)
    rows = (
        FulfillmentLine.objects.filter(fulfillment_order__in=list(work_ids))
        .select_related("order_line", "sku")
        .order_by("pk")
    )
    for line in rows:
        found[line.fulfillment_order_id].append(
            WorkLine(
                id=line.pk,
                order_line_id=line.order_line_id,
                order_line_uuid=line.order_line.uuid,
                position=line.order_line.position,
                sku_id=line.sku_id,
                sku_code=line.sku.code,
                name=line.order_line.name,
                barcode=line.sku.barcode,
                quantity=line.quantity,
                cancelled=line.cancelled,
                short=line.short,
                to_pick=line.to_pick,
                picked=line.picked,
                packed=line.packed,
                shipped=line.shipped,
            )
        )
    return found
