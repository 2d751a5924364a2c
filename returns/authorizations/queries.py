"""Find returns and their orders within someone's reach; read them with their lines."""

from collections import defaultdict
from uuid import UUID

from django.db.models import Prefetch, QuerySet, Sum

from oms.accounts.models import Scope
from oms.core import numbering
from orders.channels.authentication import Caller
from orders.ordering.errors import OrderMissing
from orders.ordering.models import Order, OrderLine
from returns.authorizations import errors, rules
from returns.authorizations.models import Return, ReturnLine

Reach = frozenset[int] | None
"""Keys of the channels within reach; None is all."""


def reach_of(caller: Caller) -> Reach:
    """Return whose orders' returns an API client may see.

    A client bound to channels: of their orders. One bound to none is a warehouse system of all channels if it may write
    returns; else it sees nothing.
    """
    if caller.bound_to_channels:
        return caller.channel_ids
    return None if Scope.RETURNS_WRITE in caller.scopes else frozenset()


def check_decides(caller: Caller) -> None:
    """Raise NotForWarehouses for a client that is bound to locations alone: it receives goods and decides nothing."""
    if caller.location_codes is not None and not caller.bound_to_channels:
        raise errors.NotForWarehouses


def within(reach: Reach) -> "QuerySet[Return]":
    """Return the returns within reach, with their order, lines and credits ready to be shown."""
    rows = Return.objects.select_related("order").prefetch_related(
        Prefetch(
            "lines",
            ReturnLine.objects.select_related("order_line").annotate(
                credited=Sum("receipts__settlement__amount")
            ),
        )
    )
    return rows if reach is None else rows.filter(order__channel_id__in=reach)


def find(reference: str, *, reach: Reach) -> Return:
    """Return the return with this id or number. Raises ReturnMissing, also beyond the reach."""
    try:
        wanted = within(reach).filter(uuid=UUID(reference))
    except ValueError:
        wanted = within(reach).filter(number=reference.strip().upper())
    found = wanted.first()
    if found is None:
        raise errors.ReturnMissing
    return found


def counted(order_id: int) -> dict[OrderLine, rules.Line]:
    """Return the lines of an order, in their order, with the counters that decide what may come back."""
    return {
        line: rules.Line(
            shipped=line.shipped,
            return_requested=line.return_requested,
            returned=line.returned,
            written_off=line.written_off,
        )
        for line in OrderLine.objects.filter(order_id=order_id).order_by("position")
    }


def line_keys(order: Order) -> dict[UUID, int]:
    """Return the inside keys of the order's lines by their ids."""
    return dict(OrderLine.objects.filter(order=order).values_list("uuid", "pk"))


def kit_parts(order: Order) -> dict[UUID, list[tuple[int, int]]]:
    """Return the inside keys of the lines that the order's kits are made of, each with its units per kit."""
    found: defaultdict[UUID, list[tuple[int, int]]] = defaultdict(list)
    rows = OrderLine.objects.filter(order=order, kit__isnull=False).order_by("position")
    for kit, line_id, units in rows.values_list("kit__uuid", "pk", "units_per_kit"):
        found[kit].append((line_id, units or 1))
    return dict(found)


def find_order(reference: str, *, reach: Reach) -> Order:
    """Return the order with this id or OMS number. Raises OrderMissing, also beyond the reach."""
    orders = Order.objects.all() if reach is None else Order.objects.filter(channel_id__in=reach)
    try:
        order = orders.filter(uuid=UUID(reference)).first()
    except ValueError:
        order = orders.filter(number=numbering.normalize(reference)).first()
    if order is None:
        raise OrderMissing
    return order
