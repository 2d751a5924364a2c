"""Records: identities, statuses, events, deliveries, messages, the timeline (I10 to I13)."""

from fulfillment.packing.states import SHIPMENT
from fulfillment.shipping.states import LABEL
from fulfillment.work.states import FULFILLMENT_ORDER
from inventory.counting.states import COUNT
from inventory.purchasing.states import PURCHASE_ORDER
from oms.core import events
from oms.core.flows import Flow
from oms.core.outbox.states import DeliveryState, EventState
from oms.messaging.states import MESSAGE
from oms.reporting.invariants.checks.base import Check, listed
from orders.holds.states import HOLD
from orders.ordering.states import ORDER
from orders.payments.states import PAYMENT, TRANSACTION
from returns.authorizations.states import RETURN

_TABLES: tuple[tuple[str, str, Flow], ...] = (
    ("orders_order", "orders.order", ORDER),
    ("orders_payment", "orders.payment", PAYMENT),
    ("orders_transaction", "orders.transaction", TRANSACTION),
    ("orders_hold", "orders.hold", HOLD),
    ("fulfillment_fulfillmentorder", "fulfillment.fulfillmentorder", FULFILLMENT_ORDER),
    ("fulfillment_shipment", "fulfillment.shipment", SHIPMENT),
    ("fulfillment_label", "fulfillment.label", LABEL),
    ("returns_return", "returns.return", RETURN),
    ("inventory_purchaseorder", "inventory.purchaseorder", PURCHASE_ORDER),
    ("inventory_countorder", "inventory.countorder", COUNT),
    ("messaging_message", "messaging.message", MESSAGE),
)
# Their timeline tells each move of the status.
_TOLD = (
    "orders.order",
    "fulfillment.fulfillmentorder",
    "fulfillment.shipment",
    "returns.return",
    "inventory.purchaseorder",
    "inventory.countorder",
)


def _unknown_statuses() -> str:
    return " UNION ALL ".join(
        f"SELECT '{document}' AS document, id, {flow.field} AS status FROM {table}"
        f" WHERE {flow.field} NOT IN {listed(flow.states)}"
        for table, document, flow in _TABLES
    )


def _untold_statuses() -> str:
    return " UNION ALL ".join(
        f"""
        SELECT '{document}' AS document, d.id, d.status, COALESCE(t.status, '{flow.initial}') AS told
        FROM {table} d
        LEFT JOIN (
            SELECT e.document_id, e."after" ->> 'status' AS status
            FROM core_entry e
            JOIN (
                SELECT document_id, MAX(id) AS id FROM core_entry
                WHERE document = '{document}' AND "after" ->> 'status' IS NOT NULL
                GROUP BY document_id
            ) last ON last.id = e.id
        ) t ON t.document_id = d.id
        WHERE d.status <> COALESCE(t.status, '{flow.initial}')
        """
        for table, document, flow in _TABLES
        if document in _TOLD
    )


def _missing_deliveries() -> str:
    """Return who was left out: a handler that had been getting an event's kind gets every later one of it."""
    _, handlers = events.registry()
    known = listed({name for targets in handlers.values() for name in targets} or {""})
    return f"""
        SELECT e.id AS event, e.name, s.handler
        FROM (
            SELECT e.name, d.handler, MIN(e.id) AS since
            FROM core_delivery d JOIN core_event e ON e.id = d.event_id
            WHERE d.handler IN {known} GROUP BY e.name, d.handler
        ) s
        JOIN core_event e ON e.name = s.name AND e.id >= s.since AND e.state = 'relayed'
        LEFT JOIN core_delivery d ON d.event_id = e.id AND d.handler = s.handler
        WHERE d.id IS NULL
        ORDER BY e.id
        """


def checks() -> tuple[Check, ...]:
    """Return the checks of records; one of them rests on the subscriptions of now."""
    return (
        Check(
            "I10",
            "external_id_is_one_order",
            "A channel's own number stands for one order.",
            """
            SELECT channel_id AS channel, external_id, COUNT(*) AS orders FROM orders_order
            GROUP BY channel_id, external_id HAVING COUNT(*) > 1 ORDER BY channel_id, external_id
            """,
        ),
        Check(
            "I10",
            "number_is_one_document",
            "A number stands for one document.",
            " UNION ALL ".join(
                f"SELECT number, COUNT(*) AS documents FROM {table} GROUP BY number HAVING COUNT(*) > 1"
                for table in (
                    "orders_order",
                    "fulfillment_fulfillmentorder",
                    "fulfillment_shipment",
                    "returns_return",
                    "inventory_countorder",
                    "inventory_purchaseorder",
                    "inventory_purchasereceipt",
                )
            ),
        ),
        Check(
            "I10",
            "idempotency_key_is_one_effect",
            "A caller's key stands for one effect of a route.",
            """
            SELECT caller, route, key, COUNT(*) AS effects FROM core_idempotencykey
            GROUP BY caller, route, key HAVING COUNT(*) > 1 ORDER BY caller, route, key
            """,
        ),
        Check(
            "I11",
            "status_is_in_its_table",
            "Every document is in a state that its table knows.",
            _unknown_statuses(),
        ),
        Check(
            "I11",
            "status_is_what_the_timeline_tells",
            "The status of a document is where its timeline says that it went last.",
            _untold_statuses(),
        ),
        Check(
            "I11",
            "events_are_numbered_without_gap",
            "The events of a document are numbered 1, 2, 3 and so on.",
            """
            SELECT aggregate, aggregate_id, COUNT(*) AS events, MIN(sequence) AS first,
                MAX(sequence) AS last
            FROM core_event GROUP BY aggregate, aggregate_id
            HAVING COUNT(*) <> MAX(sequence) OR MIN(sequence) <> 1
                OR COUNT(*) <> COUNT(DISTINCT sequence)
            ORDER BY aggregate, aggregate_id
            """,
        ),
        Check(
            "I12",
            "event_reaches_every_subscriber",
            "A relayed event has one delivery for each handler that gets its kind.",
            _missing_deliveries(),
        ),
        Check(
            "I12",
            "delivery_is_due_delivered_or_parked",
            "A delivery is due, delivered at an instant, or parked with its error; an event is pending or relayed.",
            f"""
            SELECT 'delivery' AS record, d.id, d.state FROM core_delivery d
            WHERE d.state NOT IN {listed(DeliveryState)}
                OR (d.state = 'delivered') <> (d.delivered_at IS NOT NULL)
                OR (d.state = 'parked' AND d.last_error = '')
            UNION ALL
            SELECT 'event', e.id, e.state FROM core_event e
            WHERE e.state NOT IN {listed(EventState)}
                OR (e.state = 'pending'
                    AND EXISTS (SELECT 1 FROM core_delivery d WHERE d.event_id = e.id))
            """,
        ),
        Check(
            "I12",
            "delivery_happens_once",
            "An event is delivered to a handler once.",
            """
            SELECT event_id AS event, handler, COUNT(*) AS deliveries FROM core_delivery
            GROUP BY event_id, handler HAVING COUNT(*) > 1 ORDER BY event_id, handler
            """,
        ),
        Check(
            "I13",
            "message_is_written_once",
            "One mail goes to a recipient for one trigger of one kind about one document.",
            """
            SELECT document, document_id, kind, "trigger", recipient, COUNT(*) AS messages
            FROM messaging_message
            GROUP BY document, document_id, kind, "trigger", recipient HAVING COUNT(*) > 1
            ORDER BY document, document_id, kind
            """,
        ),
        Check(
            "I13",
            "message_is_sent_at_an_instant",
            "A message has the instant at which it was sent exactly when it was sent.",
            """
            SELECT id AS message, state, sent_at FROM messaging_message
            WHERE (state = 'sent') <> (sent_at IS NOT NULL) ORDER BY id
            """,
        ),
    )
