"""Substitutions: what stands for what, and what it costs (I4, I7)."""

from oms.reporting.invariants.checks.base import Check

CHECKS = (
    Check(
        "I4",
        "substitution_has_its_lines",
        "What was accepted has a line of its own, of the same order, SKU and units, that stands for the line it is"
        " about; no other line stands for one.",
        """
        SELECT s.id AS substitution, l.id AS line, l.order_id AS "order", l.substitute_for_id AS stands_for,
            s.line_id, s.status
        FROM orders_substitution s
        LEFT JOIN orders_orderline l ON l.id = s.new_line_id
        LEFT JOIN orders_orderline o ON o.id = s.line_id
        WHERE o.order_id <> s.order_id
            OR (s.status = 'accepted') <> (s.new_line_id IS NOT NULL)
            OR (l.id IS NOT NULL AND (
                l.order_id <> s.order_id OR l.substitute_for_id IS NULL OR l.substitute_for_id <> s.line_id
                OR l.sku_id <> s.sku_id OR l.ordered <> s.substitute_units))
        UNION ALL
        SELECT NULL, l.id, l.order_id, l.substitute_for_id, NULL, ''
        FROM orders_orderline l
        LEFT JOIN orders_substitution s ON s.new_line_id = l.id
        WHERE l.substitute_for_id IS NOT NULL AND s.id IS NULL
        ORDER BY 1, 2
        """,
    ),
    Check(
        "I7",
        "substitution_costs_what_was_agreed",
        "A substitute costs what its substitution says, no more than what it stands for unless somebody agreed, and"
        " what it stands for was credited once.",
        """
        SELECT s.id AS substitution, s.order_id AS "order", s.cost_before, s.cost_after, s.consented, l.total,
            c.amount AS credited, c.units AS credited_units
        FROM orders_substitution s
        JOIN orders_orderline l ON l.id = s.new_line_id
        LEFT JOIN (
            SELECT line_id, cause, SUM(units) AS units, ROUND(SUM(amount), 4) AS amount
            FROM orders_credit WHERE reason = 'substituted' GROUP BY line_id, cause
        ) c ON c.line_id = s.line_id AND c.units = s.units AND c.amount = s.cost_before
        WHERE l.total <> s.cost_after OR c.line_id IS NULL
            OR (s.cost_after > s.cost_before
                AND (CASE WHEN s.consented THEN 1 ELSE 0 END) = 0)
        ORDER BY s.id
        """,
    ),
)
