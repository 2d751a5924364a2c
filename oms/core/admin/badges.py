"""Colours of states. The words carry the meaning; the colour only helps the eye."""

GOOD = "success"
BUSY = "info"
WAITING = "warning"
BAD = "danger"
PLAIN = "neutral"

TONES: dict[str, str] = {
    # orders
    "draft": PLAIN,
    "pending": WAITING,
    "confirmed": BUSY,
    "completed": GOOD,
    "cancelled": PLAIN,
    # payment
    "unpaid": WAITING,
    "authorized": BUSY,
    "partially_paid": WAITING,
    "paid": GOOD,
    "overpaid": BAD,
    "partially_refunded": PLAIN,
    "refunded": PLAIN,
    "voided": PLAIN,
    "captured": GOOD,
    "failed": BAD,
    "succeeded": GOOD,
    # fulfillment
    "unfulfilled": PLAIN,
    "backordered": WAITING,
    "allocated": BUSY,
    "in_progress": BUSY,
    "partially_shipped": BUSY,
    "shipped": GOOD,
    "partially_delivered": GOOD,
    "delivered": GOOD,
    "open": WAITING,
    "scheduled": PLAIN,
    "on_hold": BAD,
    "incomplete": WAITING,
    "closed": GOOD,
    "packed": BUSY,
    "labelled": BUSY,
    "bought": GOOD,
    "returned_to_sender": BAD,
    "lost": BAD,
    # tracking
    "unknown": PLAIN,
    "pre_transit": PLAIN,
    "picked_up": BUSY,
    "in_transit": BUSY,
    "delayed": WAITING,
    "out_for_delivery": BUSY,
    "ready_for_pickup": BUSY,
    "delivery_failed": BAD,
    "return_to_sender": BAD,
    # returns
    "requested": WAITING,
    "approved": BUSY,
    "declined": PLAIN,
    "partially_received": BUSY,
    "received": GOOD,
    "partially_returned": BUSY,
    # purchase orders
    "placed": WAITING,
    "acknowledged": BUSY,
    "returned": GOOD,
    # pre-orders
    "sold_out": BAD,
    # proposals
    "rejected": PLAIN,
    "withdrawn": PLAIN,
    # holds
    "active": BAD,
    "released": GOOD,
    "expired": PLAIN,
    # system
    "queued": WAITING,
    "sending": BUSY,
    "sent": GOOD,
    "parked": BAD,
    "due": WAITING,
    "relayed": GOOD,
    "running": BUSY,
    "done": GOOD,
    "ok": GOOD,
    "skipped": PLAIN,
}


def tone(state: str) -> str:
    """Return the tone of a state."""
    return TONES.get(state, PLAIN)
