"""Payments: the ledger, its folds and its bounds (I8, I9)."""

from oms.reporting.invariants.checks.base import UNDER_WAY, Check, listed
from orders.payments.states import UNSETTLED, PaymentState

_DEAD = listed([PaymentState.VOIDED, PaymentState.FAILED, PaymentState.EXPIRED])
_OPEN = listed(UNSETTLED)


def _sum(kind: str, states: str) -> str:
    return f"ROUND(SUM(CASE WHEN kind = '{kind}' AND state IN {states} THEN amount ELSE 0 END), 4)"


CHECKS = (
    Check(
        "I8",
        "payment_is_the_fold_of_its_transactions",
        "Each amount of a payment is what its transactions add up to.",
        f"""
        SELECT p.id AS payment, p.order_id AS "order", p.authorized, COALESCE(t.authorized, 0) AS authorized_booked,
            p.captured, COALESCE(t.captured, 0) AS captured_booked,
            p.capture_pending, COALESCE(t.capture_pending, 0) AS capture_open,
            p.refunded, COALESCE(t.refunded, 0) AS refunded_booked,
            p.refund_pending, COALESCE(t.refund_pending, 0) AS refund_open
        FROM orders_payment p
        LEFT JOIN (
            SELECT payment_id, {_sum("authorize", "('succeeded')")} AS authorized,
                {_sum("capture", "('succeeded')")} AS captured,
                {_sum("capture", _OPEN)} AS capture_pending,
                {_sum("refund", "('succeeded')")} AS refunded,
                {_sum("refund", _OPEN)} AS refund_pending
            FROM orders_transaction GROUP BY payment_id
        ) t ON t.payment_id = p.id
        WHERE p.authorized <> COALESCE(t.authorized, 0) OR p.captured <> COALESCE(t.captured, 0)
            OR p.capture_pending <> COALESCE(t.capture_pending, 0)
            OR p.refunded <> COALESCE(t.refunded, 0)
            OR p.refund_pending <> COALESCE(t.refund_pending, 0)
        ORDER BY p.id
        """,
    ),
    Check(
        "I8",
        "order_is_the_sum_of_its_payments",
        "What an order shows as authorized, captured and refunded is the sum over its payments that count, in its"
        " currency.",
        f"""
        SELECT o.id AS "order", o.number, o.authorized_total, COALESCE(p.authorized, 0) AS authorized,
            o.captured_total, COALESCE(p.captured, 0) AS captured,
            o.refunded_total, COALESCE(p.refunded, 0) AS refunded
        FROM orders_order o
        LEFT JOIN (
            SELECT order_id,
                ROUND(SUM(CASE WHEN status IN {_DEAD} THEN 0 ELSE authorized END), 4) AS authorized,
                ROUND(SUM(CASE WHEN status IN {_DEAD} THEN 0 ELSE captured END), 4) AS captured,
                ROUND(SUM(CASE WHEN status IN {_DEAD} THEN 0 ELSE refunded END), 4) AS refunded,
                MIN(currency) AS low, MAX(currency) AS high
            FROM orders_payment GROUP BY order_id
        ) p ON p.order_id = o.id
        WHERE o.authorized_total <> COALESCE(p.authorized, 0)
            OR o.captured_total <> COALESCE(p.captured, 0)
            OR o.refunded_total <> COALESCE(p.refunded, 0)
            OR p.low <> o.currency OR p.high <> o.currency
        ORDER BY o.id
        """,
    ),
    Check(
        "I8",
        "payment_status_is_derived",
        "The payment status of an order is what its ledger says.",
        f"""
        SELECT id AS "order", number, payment_status, derived
        FROM (
            SELECT o.id, o.number, o.payment_status,
                CASE
                    WHEN o.captured_total > 0 AND o.refunded_total >= o.captured_total THEN 'refunded'
                    WHEN o.refunded_total > 0 THEN 'partially_refunded'
                    WHEN o.captured_total > ROUND(o.total - o.credited_total, 4) THEN 'overpaid'
                    WHEN o.captured_total = ROUND(o.total - o.credited_total, 4)
                        AND (o.captured_total > 0 OR o.credited_total = 0) THEN 'paid'
                    WHEN o.captured_total > 0 THEN 'partially_paid'
                    WHEN o.authorized_total > 0
                        AND o.authorized_total >= ROUND(o.total - o.credited_total, 4) THEN 'authorized'
                    WHEN p.payments > 0 AND p.alive = 0 THEN 'voided'
                    WHEN p.pending > 0 THEN 'pending'
                    ELSE 'unpaid'
                END AS derived
            FROM orders_order o
            LEFT JOIN (
                SELECT order_id, COUNT(*) AS payments,
                    SUM(CASE WHEN status IN {_DEAD} THEN 0 ELSE 1 END) AS alive,
                    SUM(CASE WHEN status = 'pending' THEN 1 ELSE 0 END) AS pending
                FROM orders_payment GROUP BY order_id
            ) p ON p.order_id = o.id
            WHERE NOT {UNDER_WAY}
        ) s
        WHERE payment_status <> derived
        ORDER BY id
        """,
    ),
    Check(
        "I9",
        "payment_is_within_its_bounds",
        "0 <= refunded + refund pending <= captured, and captured + capture pending <= authorized.",
        """
        SELECT id AS payment, order_id AS "order", amount, authorized, capture_pending, captured,
            refund_pending, refunded
        FROM orders_payment
        WHERE amount < 0 OR authorized < 0 OR capture_pending < 0 OR captured < 0
            OR refund_pending < 0 OR refunded < 0
            OR ROUND(refunded + refund_pending, 4) > captured
            OR ROUND(captured + capture_pending, 4) > authorized
        ORDER BY id
        """,
    ),
    Check(
        "I9",
        "provider_reference_counts_once",
        "A provider's reference stands for one transaction of its kind.",
        """
        SELECT payment_id AS payment, kind, provider_reference, COUNT(*) AS transactions
        FROM orders_transaction WHERE provider_reference <> ''
        GROUP BY payment_id, kind, provider_reference HAVING COUNT(*) > 1
        ORDER BY payment_id, kind
        """,
    ),
    Check(
        "I9",
        "gateway_key_counts_once",
        "A gateway is asked for one thing by one key.",
        """
        SELECT key, COUNT(*) AS transactions FROM orders_transaction
        GROUP BY key HAVING COUNT(*) > 1 ORDER BY key
        """,
    ),
)
