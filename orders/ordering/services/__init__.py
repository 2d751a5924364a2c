"""Use-cases of the order itself. Placing is in `orders.placing`, the highest topic that it touches."""

from orders.ordering.services.amounts import (
    credit_shipping,
    credit_units,
    set_on_hold,
    set_payment_totals,
)
from orders.ordering.services.cancel import (
    CancelOutcome,
    cancel,
    confirm_cancellation,
    refuse_cancellation,
)
from orders.ordering.services.counted import CountPosted, losses_of_count, post_count
from orders.ordering.services.create import NewKit, NewLine, NewOrder, create, prepare
from orders.ordering.services.customer import remember_customer
from orders.ordering.services.lasting import Loss, Promised, most_lasting, promised_at
from orders.ordering.services.losing import serve_anew, take_off
from orders.ordering.services.priority import set_priority
from orders.ordering.services.progress import (
    cancel_return_request,
    record_delivered,
    record_packed,
    record_picked,
    record_returned,
    record_shipped,
    record_unpacked,
    record_unpicked,
    request_return,
)
from orders.ordering.services.promised import keep_promises
from orders.ordering.services.queue import Pin, reserve_for
from orders.ordering.services.release import confirm, mark_released, mark_rest_waiting
from orders.ordering.services.reserved import fill_from_reservation
from orders.ordering.services.stock import fill_backorders, fill_what_waits, record_short
from orders.ordering.services.substitute import NewSubstitute, substitute
from orders.ordering.services.waiting import (
    cancel_waiting,
    limit_waiting,
    orders_that_waited_long_enough,
    wait_until,
)

__all__ = [
    "CancelOutcome",
    "CountPosted",
    "Loss",
    "NewKit",
    "NewLine",
    "NewOrder",
    "NewSubstitute",
    "Pin",
    "Promised",
    "cancel",
    "cancel_return_request",
    "cancel_waiting",
    "confirm",
    "confirm_cancellation",
    "create",
    "credit_shipping",
    "credit_units",
    "fill_backorders",
    "fill_from_reservation",
    "fill_what_waits",
    "keep_promises",
    "limit_waiting",
    "losses_of_count",
    "mark_released",
    "mark_rest_waiting",
    "most_lasting",
    "orders_that_waited_long_enough",
    "post_count",
    "prepare",
    "promised_at",
    "record_delivered",
    "record_packed",
    "record_picked",
    "record_returned",
    "record_shipped",
    "record_short",
    "record_unpacked",
    "record_unpicked",
    "refuse_cancellation",
    "remember_customer",
    "request_return",
    "reserve_for",
    "serve_anew",
    "set_on_hold",
    "set_payment_totals",
    "set_priority",
    "substitute",
    "take_off",
    "wait_until",
]
