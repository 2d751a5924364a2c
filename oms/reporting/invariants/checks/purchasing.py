"""Purchasing: lines, receipts, what is on its way (I1, I3, I4, I11)."""

from inventory.purchasing.services.steps import BACKORDER, SUPPLY
from inventory.purchasing.states import OPEN
from oms.reporting.invariants.checks.base import Check, listed

_OPEN = listed(OPEN)
_TO_COME = "(l.ordered + l.over - l.cancelled - l.received)"
_LATE = f"(CASE WHEN l.backordered < {_TO_COME} THEN l.backordered ELSE {_TO_COME} END)"
_CAUSE = "'purchase-receipt:' || CAST(r.id AS varchar(40))"


def _expected(supply: str, units: str) -> str:
    return f"""
        SELECT l.id AS line, o.number, '{supply}' AS supply, l.sku_id, o.location_id,
            CASE WHEN o.status IN {_OPEN} THEN {units} ELSE 0 END AS units
        FROM inventory_purchaseline l JOIN inventory_purchaseorder o ON o.id = l.order_id
    """


CHECKS = (
    Check(
        "I1",
        "purchase_receipt_is_moved_once",
        "Each line of a purchase receipt is one movement, its opposite when it was undone, and nothing else is.",
        f"""
        SELECT o.number AS purchase_order, r.id AS receipt_line, m.id AS movement
        FROM inventory_purchasereceiptline r
        JOIN inventory_purchasereceipt p ON p.id = r.receipt_id
        JOIN inventory_purchaseorder o ON o.id = p.order_id
        JOIN inventory_purchaseline l ON l.id = r.line_id
        LEFT JOIN inventory_movement m ON m.cause = {_CAUSE}
        LEFT JOIN inventory_level v ON v.id = m.level_id
        LEFT JOIN inventory_movement u ON u.cause = {_CAUSE} || ':undo'
        WHERE m.id IS NULL OR m.quantity <> r.quantity OR m.source <> 'supplier'
            OR m.target <> (CASE WHEN r.inspect THEN 'quality_control' ELSE 'available' END)
            OR v.sku_id <> l.sku_id OR v.location_id <> o.location_id OR m.document <> o.number
            OR l.order_id <> o.id
            OR (p.undone_at IS NOT NULL) <> (u.id IS NOT NULL)
            OR u.level_id <> m.level_id OR u.quantity <> m.quantity OR u.source <> m.target
            OR u.target <> 'supplier'
        UNION ALL
        SELECT o.number, NULL, m.id
        FROM inventory_movement m JOIN inventory_purchaseorder o ON o.number = m.document
        WHERE m.kind = 'receipt' AND NOT EXISTS (
            SELECT 1 FROM inventory_purchasereceiptline r
            JOIN inventory_purchasereceipt p ON p.id = r.receipt_id
            WHERE p.order_id = o.id AND (m.cause = {_CAUSE} OR m.cause = {_CAUSE} || ':undo')
        )
        """,
    ),
    Check(
        "I3",
        "purchase_line_is_expected_at_its_location",
        "What is still to come of an open purchase line is inbound there, and nothing else of a purchase is.",
        f"""
        SELECT x.line, x.number AS purchase_order, x.supply, x.units AS to_come,
            COALESCE(b.quantity, 0) AS inbound
        FROM (
            {_expected(SUPPLY, f"{_TO_COME} - {_LATE}")}
            UNION ALL
            {_expected(BACKORDER, _LATE)}
        ) x
        LEFT JOIN inventory_inbound b ON b.supply = x.supply AND b.supply_id = x.line
        LEFT JOIN inventory_level v ON v.id = b.level_id
        WHERE x.units <> COALESCE(b.quantity, 0) OR v.sku_id <> x.sku_id
            OR v.location_id <> x.location_id
        UNION ALL
        SELECT b.supply_id, '', b.supply, 0, b.quantity FROM inventory_inbound b
        WHERE b.supply IN ('{SUPPLY}', '{BACKORDER}')
            AND NOT EXISTS (SELECT 1 FROM inventory_purchaseline l WHERE l.id = b.supply_id)
        """,
    ),
    Check(
        "I4",
        "purchase_line_adds_up",
        "Each unit of a purchase line is cancelled, received or to come; units too many came after all others.",
        f"""
        SELECT l.id AS line, l.order_id AS purchase_order, l.ordered, l.cancelled, l.received, l.over
        FROM inventory_purchaseline l
        WHERE {_TO_COME} < 0 OR l.over < 0 OR l.cancelled < 0 OR l.received < 0
            OR l.cancelled > l.ordered OR (l.over > 0 AND {_TO_COME} > 0)
        ORDER BY l.id
        """,
    ),
    Check(
        "I4",
        "purchase_line_counts_its_receipts",
        "What a purchase line has received is what its receipts add up to.",
        """
        SELECT l.id AS line, l.order_id AS purchase_order, l.received,
            COALESCE(s.units, 0) AS in_receipts
        FROM inventory_purchaseline l
        LEFT JOIN (
            SELECT r.line_id, SUM(r.quantity) AS units
            FROM inventory_purchasereceiptline r
            JOIN inventory_purchasereceipt p ON p.id = r.receipt_id
            WHERE p.undone_at IS NULL GROUP BY r.line_id
        ) s ON s.line_id = l.id
        WHERE l.received <> COALESCE(s.units, 0)
        ORDER BY l.id
        """,
    ),
    Check(
        "I11",
        "purchase_status_fits_its_lines",
        "A purchase order is where its lines are: nothing came before it was open, nothing is to come once it is over.",
        f"""
        SELECT o.id AS purchase_order, o.number, o.status, COALESCE(x.to_come, 0) AS to_come,
            COALESCE(x.received, 0) AS received
        FROM inventory_purchaseorder o
        LEFT JOIN (
            SELECT l.order_id, SUM({_TO_COME}) AS to_come, SUM(l.received) AS received
            FROM inventory_purchaseline l GROUP BY l.order_id
        ) x ON x.order_id = o.id
        WHERE (o.status IN {_OPEN}) AND COALESCE(x.to_come, 0) = 0
            OR o.status IN ('received', 'closed', 'cancelled') AND COALESCE(x.to_come, 0) <> 0
            OR o.status IN ('draft', 'placed', 'acknowledged', 'cancelled')
                AND COALESCE(x.received, 0) <> 0
            OR o.status IN ('partially_received', 'received', 'closed')
                AND COALESCE(x.received, 0) = 0
        ORDER BY o.id
        """,
    ),
)
