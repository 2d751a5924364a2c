"""Promises: what they rest on, that lines and orders say the same, and who is served first (I4, I11, I12)."""

from oms.reporting.invariants.checks.base import UNDER_WAY, Check

# A line whose SKU is marked is promised anew within seconds; until then it may have changed.
_MARKED = "EXISTS (SELECT 1 FROM orders_promisedue d WHERE d.sku_id = l.sku_id)"

_PRESOLD = """SUM(CASE WHEN l.ordered - l.cancelled < l.preordered
                THEN l.ordered - l.cancelled ELSE l.preordered END)"""

CHECKS = (
    Check(
        "I4",
        "pre_orders_keep_their_limits",
        "No more units are sold in advance than the pre-order allows, in all and by channel.",
        f"""
        SELECT p.id AS preorder, NULL AS channel, p.units AS allowed, s.units AS sold
        FROM orders_preorder p JOIN (
            SELECT l.preorder_id, {_PRESOLD} AS units FROM orders_orderline l
            WHERE l.preorder_id IS NOT NULL GROUP BY l.preorder_id
        ) s ON s.preorder_id = p.id
        WHERE s.units > p.units
        UNION ALL
        SELECT z.preorder_id, z.channel_id, z.units, s.units
        FROM orders_preorderlimit z JOIN (
            SELECT l.preorder_id, o.channel_id, {_PRESOLD} AS units
            FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
            WHERE l.preorder_id IS NOT NULL GROUP BY l.preorder_id, o.channel_id
        ) s ON s.preorder_id = z.preorder_id AND s.channel_id = z.channel_id
        WHERE s.units > z.units
        ORDER BY 1
        """,
    ),
    Check(
        "I4",
        "units_set_aside_are_waited_for",
        "No more units are set aside for a line than it waits for.",
        """
        SELECT id AS line, order_id AS "order", pinned, backordered FROM orders_orderline
        WHERE pinned > backordered OR pinned < 0 ORDER BY id
        """,
    ),
    Check(
        "I12",
        "promise_rests_on_its_parts",
        "The parts of a promise are as many units as it promises, and the last of their days is its day.",
        """
        SELECT p.line_id AS line, p.units, COALESCE(s.units, 0) AS parts, p.promised_on, s.last_on
        FROM orders_promise p
        LEFT JOIN (
            SELECT promise_id, SUM(units) AS units,
                CASE WHEN COUNT(*) = COUNT(due_on) THEN MAX(due_on) END AS last_on
            FROM orders_promisepart GROUP BY promise_id
        ) s ON s.promise_id = p.id
        WHERE p.units <> COALESCE(s.units, 0)
            OR (p.units > 0 AND (
                p.promised_on <> s.last_on OR (p.promised_on IS NULL) <> (s.last_on IS NULL)))
        ORDER BY p.line_id
        """,
    ),
    Check(
        "I12",
        "promise_is_for_the_units_that_wait",
        "A promise is for as many units as the line waits for, and the line says its day.",
        f"""
        SELECT l.id AS line, o.number, l.backordered, p.units AS promised, l.promised_on AS line_on,
            p.promised_on
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id
        JOIN orders_promise p ON p.line_id = l.id
        WHERE (p.units <> l.backordered OR (p.units > 0 AND (l.promised_on <> p.promised_on
                OR (l.promised_on IS NULL) <> (p.promised_on IS NULL))))
            AND NOT {_MARKED} AND NOT {UNDER_WAY}
        ORDER BY l.id
        """,
    ),
    Check(
        "I12",
        "order_is_expected_when_its_lines_are_promised",
        "An order is expected on the last day of its lines that wait, and on none when one of them has none.",
        f"""
        SELECT o.id AS "order", o.number, o.expected_on, s.last_on
        FROM orders_order o
        JOIN (
            SELECT order_id, CASE WHEN COUNT(*) = COUNT(promised_on) THEN MAX(promised_on) END AS last_on
            FROM orders_orderline WHERE backordered > 0 GROUP BY order_id
        ) s ON s.order_id = o.id
        WHERE o.status IN ('pending', 'confirmed')
            AND (o.expected_on <> s.last_on OR (o.expected_on IS NULL) <> (s.last_on IS NULL))
            AND NOT EXISTS (
                SELECT 1 FROM orders_orderline l JOIN orders_promisedue d ON d.sku_id = l.sku_id
                WHERE l.order_id = o.id
            )
            AND NOT {UNDER_WAY}
        ORDER BY o.id
        """,
    ),
    Check(
        "I11",
        "promise_changes_follow_each_other",
        "The changes of a promise are numbered without a gap, and the last one says its day.",
        """
        SELECT p.line_id AS line, p.changes_made, COUNT(c.id) AS changes, MAX(c.number) AS last
        FROM orders_promise p LEFT JOIN orders_promisechange c ON c.line_id = p.line_id
        GROUP BY p.id, p.line_id, p.changes_made
        HAVING p.changes_made <> COUNT(c.id) OR p.changes_made <> MAX(c.number)
        ORDER BY p.line_id
        """,
    ),
)
