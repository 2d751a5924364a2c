"""What the queue does when something happened to orders."""

from orders.backorders import notifications
from orders.events import BackorderCancelled, LinesBackordered
from orders.ordering import services as ordering


def limit_waiting(event: LinesBackordered) -> None:
    """Let units that wait again wait as long as the channel says."""
    ordering.limit_waiting(order_id=event.order_id, line_ids=event.by_line())


def tell_cancelled(event: BackorderCancelled) -> None:
    """Write to the customer what does not come."""
    notifications.tell_cancelled(
        order_id=event.order_id, units=event.by_line(), change=event.change
    )
