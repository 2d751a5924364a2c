"""Returns of orders that have shipped, made by the services themselves."""

from collections.abc import Mapping
from typing import Any

from orders.ordering.models import Order
from returns.authorizations import services as authorizations
from returns.authorizations.models import Return
from returns.authorizations.services import Wish
from returns.receiving import services as receiving
from returns.receiving.models import Receipt
from returns.receiving.rules import Graded
from tests.inventory.factories import LocationFactory
from tests.orders.factories import CLERK, lines_of, pay, place_order, ship, stocked_sku


def shipped_order(units: int = 3, *, paid: bool = True, **changes: Any) -> Order:
    """Return an order of which every unit has shipped; paid at the channel unless told otherwise."""
    order = place_order([(stocked_sku(10), units)], released=True, **changes)
    if paid:
        pay(order)
    ship(order, number=f"S-{order.pk}")
    return order


def open_return(
    order: Order, quantities: Mapping[int, int] | int = 2, *, approved: bool = True
) -> Return:
    """Open a return of units of the first line, or of the lines given."""
    if isinstance(quantities, int):
        quantities = {lines_of(order)[0].pk: quantities}
    return authorizations.authorize(
        order_id=order.pk,
        wishes=[Wish(line, count, "not_wanted") for line, count in quantities.items()],
        note="does not fit",
        approved=approved,
        actor=CLERK,
    )


def receive_return(
    found: Return, *, restock: int = 0, damaged: int = 0, key: str = "call-1", **changes: Any
) -> list[Receipt]:
    """Receive units of the return's first line."""
    line = found.lines.order_by("pk")[0].order_line_id
    units = [
        Graded(line, grade, count)
        for grade, count in (("restock", restock), ("damaged", damaged))
        if count
    ]
    location = changes.pop("location", None) or LocationFactory.create()
    return receiving.receive(
        return_id=found.pk, location_id=location.pk, units=units, key=key, actor=CLERK, **changes
    )
