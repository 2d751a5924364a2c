"""Use-cases of payments: open and start one, take money, give it back, let go, record what arrived, carry out."""

from orders.payments.services.carrying_out import carry_out, carry_out_due, retry, settle
from orders.payments.services.instructing import (
    capture,
    capture_rest,
    capture_shipped,
    refund,
    refund_overpaid,
    settle_cancellation,
    void,
)
from orders.payments.services.opening import (
    PREPAID,
    Opening,
    begin,
    is_method,
    opening,
    start,
)
from orders.payments.services.recording import record_receipt, resolve

__all__ = [
    "PREPAID",
    "Opening",
    "begin",
    "capture",
    "capture_rest",
    "capture_shipped",
    "carry_out",
    "carry_out_due",
    "is_method",
    "opening",
    "record_receipt",
    "refund",
    "refund_overpaid",
    "resolve",
    "retry",
    "settle",
    "settle_cancellation",
    "start",
    "void",
]
