"""Bins: what lies where adds up to the levels (I1 to I3)."""

from oms.reporting.invariants.checks.base import Check

CHECKS = (
    Check(
        "I1",
        "contents_are_the_fold_of_bin_moves",
        "What lies in a bin is what its moves add up to.",
        """
        SELECT f.level_id AS level, f.bin_id AS bin, f.lot, f.condition, f.moved,
            COALESCE(c.quantity, 0) AS lies_there
        FROM (
            SELECT level_id, bin_id, lot, condition, SUM(units) AS moved FROM (
                SELECT level_id, target_id AS bin_id, COALESCE(lot_id, 0) AS lot, became AS condition,
                    quantity AS units
                FROM inventory_binmove WHERE target_id IS NOT NULL
                UNION ALL
                SELECT level_id, source_id, COALESCE(lot_id, 0), condition, -quantity
                FROM inventory_binmove WHERE source_id IS NOT NULL
                UNION ALL
                SELECT level_id, bin_id, COALESCE(lot_id, 0), condition, 0 FROM inventory_content
            ) m GROUP BY level_id, bin_id, lot, condition
        ) f
        LEFT JOIN inventory_content c ON c.level_id = f.level_id AND c.bin_id = f.bin_id
            AND COALESCE(c.lot_id, 0) = f.lot AND c.condition = f.condition
        WHERE f.moved <> COALESCE(c.quantity, 0)
        ORDER BY f.level_id, f.bin_id
        """,
    ),
    Check(
        "I2",
        "content_is_at_least_one_unit",
        "What lies in a bin is at least one unit, and there is one row for it.",
        """
        SELECT level_id AS level, bin_id AS bin, lot_id AS lot, condition, COUNT(*) AS contents,
            MIN(quantity) AS quantity
        FROM inventory_content GROUP BY level_id, bin_id, lot_id, condition
        HAVING COUNT(*) > 1 OR MIN(quantity) < 1 ORDER BY level_id, bin_id
        """,
    ),
    Check(
        "I3",
        "contents_add_up_to_the_level",
        "Where a location has bins or a SKU is tracked, what lies in bins, by lot, is what the level counts.",
        """
        SELECT l.id AS level, l.sku_id AS sku, l.location_id AS location, l.good, l.damaged,
            l.quality_control, COALESCE(c.good, 0) AS good_in_bins,
            COALESCE(c.damaged, 0) AS damaged_in_bins,
            COALESCE(c.quality_control, 0) AS quality_control_in_bins
        FROM (
            SELECT v.id, v.sku_id, v.location_id,
                k.known * (v.on_hand - v.damaged - v.quality_control) AS good,
                k.known * v.damaged AS damaged, k.known * v.quality_control AS quality_control
            FROM inventory_level v
            JOIN (
                SELECT i.id, CASE WHEN p.uses_bins OR s.tracking <> 'none' THEN 1 ELSE 0 END AS known
                FROM inventory_level i
                JOIN inventory_location p ON p.id = i.location_id
                JOIN inventory_sku s ON s.id = i.sku_id
            ) k ON k.id = v.id
        ) l
        LEFT JOIN (
            SELECT level_id,
                SUM(CASE WHEN condition = 'good' THEN quantity ELSE 0 END) AS good,
                SUM(CASE WHEN condition = 'damaged' THEN quantity ELSE 0 END) AS damaged,
                SUM(CASE WHEN condition = 'quality_control' THEN quantity ELSE 0 END) AS quality_control
            FROM inventory_content GROUP BY level_id
        ) c ON c.level_id = l.id
        WHERE COALESCE(c.good, 0) <> l.good OR COALESCE(c.damaged, 0) <> l.damaged
            OR COALESCE(c.quality_control, 0) <> l.quality_control
        ORDER BY l.id
        """,
    ),
    Check(
        "I3",
        "content_lies_where_it_may",
        "A bin holds goods of its own location, of a lot of their own SKU, and it is in use.",
        """
        SELECT c.id AS content, c.level_id AS level, c.bin_id AS bin, c.lot_id AS lot
        FROM inventory_content c
        JOIN inventory_level l ON l.id = c.level_id
        JOIN inventory_bin b ON b.id = c.bin_id
        LEFT JOIN inventory_lot o ON o.id = c.lot_id
        WHERE b.location_id <> l.location_id OR COALESCE(o.sku_id, l.sku_id) <> l.sku_id
            OR NOT b.is_active
        ORDER BY c.id
        """,
    ),
    Check(
        "I11",
        "bin_move_follows_its_movement",
        "Bins that follow a stock movement move exactly its units of its level.",
        """
        SELECT b.cause, m.id AS movement, m.quantity, SUM(b.quantity) AS in_bins
        FROM inventory_binmove b
        LEFT JOIN inventory_movement m ON m.cause = b.cause AND m.level_id = b.level_id
        WHERE b.kind = 'follows'
        GROUP BY b.cause, m.id, m.quantity
        HAVING COALESCE(m.quantity, 0) <> SUM(b.quantity)
        ORDER BY b.cause
        """,
    ),
)
