"""Counts: what was posted is what was counted, and a line is what was counted last (I1, I4, I11)."""

from inventory.counting.states import LIVE
from oms.reporting.invariants.checks.base import Check, listed

_DIFFERENCE = "l.counted + l.off_shelf - l.book"

CHECKS = (
    Check(
        "I1",
        "posted_count_moved_its_differences",
        "Each line of a posted count moved what it differed by when it was counted; nothing else a count moves but what"
        " was counted in a bin, where it lies or is missed.",
        f"""
        SELECT COALESCE(l.id, 0) AS line, m.cause,
            CASE WHEN c.status = 'posted' THEN {_DIFFERENCE} ELSE 0 END AS differed,
            CASE WHEN m.target = 'available' THEN m.quantity
                WHEN m.source = 'available' THEN -m.quantity ELSE 0 END AS moved
        FROM inventory_countline l
        JOIN inventory_countorder c ON c.id = l.count_id
        LEFT JOIN inventory_movement m ON m.cause = 'count-line:' || l.id AND m.kind = 'count'
        LEFT JOIN inventory_level v ON v.id = m.level_id
        WHERE CASE WHEN c.status = 'posted' THEN COALESCE({_DIFFERENCE}, 0) ELSE 0 END
            <> CASE WHEN m.target = 'available' THEN m.quantity
                WHEN m.source = 'available' THEN -m.quantity ELSE 0 END
            OR v.sku_id <> l.sku_id OR v.location_id <> l.location_id
        UNION ALL
        SELECT 0, m.cause, 0, m.quantity FROM inventory_movement m
        WHERE m.kind = 'count' AND NOT EXISTS (
            SELECT 1 FROM inventory_countline l WHERE m.cause = 'count-line:' || l.id)
            AND NOT (m.cause LIKE 'bin-count:%' AND EXISTS (
                SELECT 1 FROM inventory_binmove b
                WHERE b.cause = m.cause AND b.level_id = m.level_id AND b.kind = 'follows'))
        """,
    ),
    Check(
        "I4",
        "count_line_is_its_last_entry",
        "A line says what was counted last, or nothing when nobody has counted it.",
        """
        SELECT l.id AS line, l.counted, e.counted AS entered, l.book, e.book AS book_entered
        FROM inventory_countline l
        LEFT JOIN (
            SELECT line_id, MAX(id) AS id FROM inventory_countentry GROUP BY line_id
        ) last ON last.line_id = l.id
        LEFT JOIN inventory_countentry e ON e.id = last.id
        WHERE (l.counted IS NULL) <> (e.id IS NULL) OR l.counted <> e.counted OR l.book <> e.book
            OR l.off_shelf <> e.off_shelf
        ORDER BY l.id
        """,
    ),
    Check(
        "I11",
        "count_line_fits_its_count",
        "The lines of a running count are live and those of others are not; a reviewed or posted count is counted"
        " as a whole; a line lies at the location of its count.",
        f"""
        SELECT l.id AS line, c.number, c.status, l.state, l.is_live
        FROM inventory_countline l JOIN inventory_countorder c ON c.id = l.count_id
        WHERE (c.status IN {listed(LIVE)}) <> l.is_live
            OR (c.status IN ('to_review', 'posted') AND l.state <> 'counted')
            OR (c.status = 'draft' AND l.state <> 'to_count')
            OR l.location_id <> c.location_id
        ORDER BY l.id
        """,
    ),
)
