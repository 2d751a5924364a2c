"""Costs: units in layers are ours, consumptions are what left, no cent is lost (I1, I8)."""

from inventory.costing.statements import CROSSES
from inventory.costing.states import FIRST_KNOWN
from inventory.stock.states import OWNED
from oms.reporting.invariants.checks.base import Check, listed

_OURS = listed(OWNED)
_EFFECT = f"CASE WHEN m.target IN {_OURS} THEN m.quantity ELSE -m.quantity END"
_FIRST_KNOWN = listed(FIRST_KNOWN)
# Where the books are being forgotten, nothing adds up until they are written anew.
_KEPT = "NOT k.clearing"


CHECKS = (
    Check(
        "I1",
        "books_count_what_is_ours",
        "The books of a SKU hold what lies at our locations and is in transit, less what is not costed yet.",
        f"""
        SELECT k.sku_id AS sku, k.units, x.ours, x.waiting
        FROM inventory_skucost k
        JOIN (
            SELECT sku_id, SUM(ours) AS ours, SUM(waiting) AS waiting
            FROM (
                SELECT sku_id, on_hand AS ours, 0 AS waiting FROM inventory_level
                UNION ALL
                SELECT v.sku_id, CASE WHEN m.target = 'transit' THEN m.quantity ELSE -m.quantity END, 0
                FROM inventory_movement m JOIN inventory_level v ON v.id = m.level_id
                WHERE m.source = 'transit' OR m.target = 'transit'
                UNION ALL
                SELECT v.sku_id, 0, {_EFFECT}
                FROM inventory_movement m JOIN inventory_level v ON v.id = m.level_id
                WHERE {CROSSES} AND NOT EXISTS (
                    SELECT 1 FROM inventory_costentry e WHERE e.movement_id = m.id
                )
            ) y GROUP BY sku_id
        ) x ON x.sku_id = k.sku_id
        WHERE {_KEPT} AND k.units <> x.ours - x.waiting
        ORDER BY k.sku_id
        """,
    ),
    Check(
        "I1",
        "movement_is_costed_as_it_moved",
        "What a movement cost is written once, for its SKU, its direction and all of its units.",
        f"""
        SELECT m.id AS movement, e.id AS entry, e.units, m.quantity
        FROM inventory_costentry e
        JOIN inventory_movement m ON m.id = e.movement_id
        JOIN inventory_level v ON v.id = m.level_id
        LEFT JOIN inventory_costlayer y ON y.entry_id = e.id
        WHERE e.units <> m.quantity OR e.sku_id <> v.sku_id OR e.incoming <> (m.target IN {_OURS})
            OR NOT {CROSSES}
            OR (e.incoming AND (y.id IS NULL OR y.units <> e.units OR y.movement_id <> e.movement_id
                OR y.sku_id <> e.sku_id))
            OR (NOT e.incoming AND y.id IS NOT NULL)
        UNION ALL
        SELECT e.movement_id, MAX(e.id), COUNT(*), 1 FROM inventory_costentry e
        GROUP BY e.movement_id HAVING COUNT(*) > 1
        """,
    ),
    Check(
        "I1",
        "layer_counts_its_consumptions",
        "What is left of a layer is what came less what was consumed; the books hold what is left of all layers.",
        f"""
        SELECT y.sku_id AS sku, y.id AS layer, y."left", y.units - COALESCE(c.units, 0) AS counted
        FROM inventory_costlayer y
        LEFT JOIN (
            SELECT layer_id, SUM(units) AS units FROM inventory_consumption GROUP BY layer_id
        ) c ON c.layer_id = y.id
        WHERE y."left" <> y.units - COALESCE(c.units, 0)
        UNION ALL
        SELECT k.sku_id, NULL, k.units, COALESCE(s.units, 0) - COALESCE(o.units, 0)
        FROM inventory_skucost k
        LEFT JOIN (
            SELECT sku_id, SUM("left") AS units, SUM(CASE WHEN value IS NULL THEN 0 ELSE "left" END) AS known
            FROM inventory_costlayer GROUP BY sku_id
        ) s ON s.sku_id = k.sku_id
        LEFT JOIN (
            SELECT sku_id, SUM(short) AS units FROM inventory_costentry WHERE short > 0 GROUP BY sku_id
        ) o ON o.sku_id = k.sku_id
        WHERE {_KEPT} AND (k.units <> COALESCE(s.units, 0) - COALESCE(o.units, 0)
            OR k.known <> COALESCE(s.known, 0))
        """,
    ),
    Check(
        "I1",
        "consumptions_are_what_left",
        "The consumptions of a movement are all of its units, less those that went before they came, at their cost.",
        f"""
        SELECT e.id AS entry, e.movement_id AS movement, e.units, c.units AS consumed, e.cost, c.cost AS counted
        FROM inventory_costentry e
        LEFT JOIN (
            SELECT x.entry_id, SUM(x.units) AS units, SUM(COALESCE(x.value, 0) + COALESCE(r.amount, 0)) AS cost,
                SUM(CASE WHEN x.value IS NULL AND COALESCE(r.told, 0) = 0 THEN x.units ELSE 0 END) AS unknown
            FROM inventory_consumption x
            LEFT JOIN (
                SELECT q.consumption_id, SUM(q.amount) AS amount,
                    SUM(CASE WHEN h.kind IN {_FIRST_KNOWN} THEN 1 ELSE 0 END) AS told
                FROM inventory_correction q JOIN inventory_costchange h ON h.id = q.change_id
                GROUP BY q.consumption_id
            ) r ON r.consumption_id = x.id
            GROUP BY x.entry_id
        ) c ON c.entry_id = e.id
        WHERE NOT e.incoming AND (e.units <> COALESCE(c.units, 0) + e.short
            OR e.unknown <> COALESCE(c.unknown, 0) OR ROUND(e.cost - COALESCE(c.cost, 0), 4) <> 0)
        ORDER BY e.id
        """,
    ),
    Check(
        "I8",
        "value_in_is_value_out_and_value_left",
        "What the units of a SKU cost when they came, with all charges, is what those that left cost and what is left.",
        f"""
        SELECT k.sku_id AS sku, k.value, COALESCE(x.came, 0) AS came, COALESCE(x.went, 0) AS went,
            COALESCE(h.landed, 0) AS landed
        FROM inventory_skucost k
        LEFT JOIN (
            SELECT sku_id, SUM(CASE WHEN incoming THEN cost ELSE 0 END) AS came,
                SUM(CASE WHEN incoming THEN 0 ELSE cost END) AS went
            FROM inventory_costentry GROUP BY sku_id
        ) x ON x.sku_id = k.sku_id
        LEFT JOIN (
            SELECT c.sku_id, SUM(c.amount) AS landed
            FROM inventory_costchange c JOIN inventory_skucost b ON b.sku_id = c.sku_id
            WHERE c.kind IN ('landed', 'remade') AND c.after_id <= b.last_movement_id GROUP BY c.sku_id
        ) h ON h.sku_id = k.sku_id
        WHERE {_KEPT}
            AND ROUND(k.value + COALESCE(x.went, 0) - COALESCE(x.came, 0) - COALESCE(h.landed, 0), 4) <> 0
        ORDER BY k.sku_id
        """,
    ),
    Check(
        "I8",
        "goods_cost_what_went_into_them",
        "The goods of a production order cost what went into its postings, once all of that is known and carried over.",
        """
        SELECT x.number AS production, SUM(x.went) AS went, SUM(x.goods) AS goods
        FROM (
            SELECT o.id, o.number, e.cost AS went, 0 AS goods, e.unknown + e.short AS unknown, 0 AS made
            FROM inventory_productionorder o
            JOIN inventory_productionposting p ON p.order_id = o.id AND p.undone_at IS NULL
            JOIN inventory_movement m ON m.document = o.number AND m.target = 'production' AND m.source <> 'adjustment'
                AND m.cause LIKE 'production-held:' || CAST(p.id AS varchar(20)) || ':%'
            LEFT JOIN inventory_costentry e ON e.movement_id = m.id
            UNION ALL
            SELECT o.id, o.number, e.cost, 0, e.unknown + e.short, 0
            FROM inventory_productionorder o
            JOIN inventory_productionposting p ON p.order_id = o.id AND p.undone_at IS NULL
            JOIN inventory_productionpostingline l ON l.posting_id = p.id AND l.kind = 'consume' AND l.quantity > l.held
            JOIN inventory_movement m ON m.cause = 'production-line:' || CAST(l.id AS varchar(20))
            LEFT JOIN inventory_costentry e ON e.movement_id = m.id
            UNION ALL
            SELECT o.id, o.number, 0, COALESCE(h.amount, 0), 0, 1
            FROM inventory_productionorder o
            JOIN inventory_productionposting p ON p.order_id = o.id AND p.undone_at IS NULL
            JOIN inventory_productionpostingline l ON l.posting_id = p.id AND l.kind = 'output'
            JOIN inventory_movement m ON m.cause = 'production-line:' || CAST(l.id AS varchar(20))
            LEFT JOIN (
                SELECT movement_id, SUM(amount) AS amount FROM inventory_costchange GROUP BY movement_id
            ) h ON h.movement_id = m.id
        ) x
        WHERE NOT EXISTS (SELECT 1 FROM inventory_costcarry w WHERE w.order_id = x.id)
            AND NOT EXISTS (SELECT 1 FROM inventory_skucost k WHERE k.clearing)
            AND NOT EXISTS (
                SELECT 1 FROM inventory_costchange s JOIN inventory_movement m ON m.id = s.movement_id
                WHERE s.kind = 'stated' AND m.document = x.number
            )
        GROUP BY x.id, x.number
        HAVING SUM(x.made) > 0 AND SUM(x.made) < COUNT(*)
            AND SUM(CASE WHEN x.unknown IS NULL OR x.unknown > 0 THEN 1 ELSE 0 END) = 0
            AND ROUND(SUM(x.went) - SUM(x.goods), 4) <> 0
        ORDER BY x.number
        """,
    ),
    Check(
        "I8",
        "layers_hold_the_value_left",
        "First in, first out: the value of a SKU is what its layers hold. By the average, no layer holds any.",
        f"""
        SELECT k.sku_id AS sku, p.method, k.value, COALESCE(y.held, 0) AS held
        FROM inventory_skucost k
        JOIN inventory_costpolicy p ON p.id = k.policy_id
        LEFT JOIN (
            SELECT sku_id, SUM(held) AS held FROM inventory_costlayer GROUP BY sku_id
        ) y ON y.sku_id = k.sku_id
        WHERE {_KEPT} AND ROUND(
            CASE WHEN p.method = 'fifo' THEN k.value ELSE 0 END - COALESCE(y.held, 0), 4
        ) <> 0
        ORDER BY k.sku_id
        """,
    ),
    Check(
        "I8",
        "charge_is_the_sum_of_its_shares",
        "A landed charge that was split is its shares; what it changed is that, or nothing once it was taken back.",
        """
        SELECT c.id AS charge, c.cost, COALESCE(s.amount, 0) AS shared, COALESCE(h.amount, 0) AS changed
        FROM inventory_landedcharge c
        LEFT JOIN (
            SELECT charge_id, SUM(amount) AS amount FROM inventory_chargeshare GROUP BY charge_id
        ) s ON s.charge_id = c.id
        LEFT JOIN (
            SELECT charge_id, SUM(amount) AS amount FROM inventory_costchange
            WHERE charge_id IS NOT NULL GROUP BY charge_id
        ) h ON h.charge_id = c.id
        WHERE ROUND(CASE WHEN c.split_at IS NULL THEN 0 ELSE c.cost END - COALESCE(s.amount, 0), 4) <> 0
            OR ROUND(CASE WHEN c.split_at IS NULL OR c.withdrawn_at IS NOT NULL THEN 0 ELSE c.cost END
                - COALESCE(h.amount, 0), 4) <> 0
        ORDER BY c.id
        """,
    ),
)
