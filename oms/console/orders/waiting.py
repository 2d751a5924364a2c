"""What the order page does about lines that wait for stock."""

from oms.core.admin.buttons import Press
from orders.making import services as making
from orders.ordering import services as ordering
from orders.ordering.models import Order


def prioritize(press: Press) -> str:
    """Serve it earlier or later when goods come."""
    order = ordering.set_priority(
        order_id=press.document.pk,
        priority=press.data["priority"],
        reason=press.data["reason"],
        actor=press.actor,
        expected_version=press.version,
    )
    return f"When goods come, it is served {order.get_priority_display()}."


def wait_until(press: Press) -> str:
    """Cancel by itself what waits after a day."""
    until = press.data["until"]
    ordering.wait_until(
        order_id=press.document.pk,
        on=until,
        reason=press.data["reason"],
        actor=press.actor,
        expected_version=press.version,
    )
    return f"What waits after {until:%d %b %Y} is cancelled." if until else "It waits for ever."


def waits(order: Order) -> str | None:
    """Say why nothing can be done about what waits."""
    return None if order.has_backorder else "Nothing of it waits for stock."


def make(press: Press) -> str:
    """Draft a production order for a line."""
    made = making.make_to_order(
        order_id=press.document.pk,
        line_id=press.data["line"],
        location_code=press.data["location"],
        quantity=press.data["quantity"],
        actor=press.actor,
    )
    return f"Drafted {made.number}: {made.quantity} × {made.bill.sku.code}. It is confirmed by a manager."
