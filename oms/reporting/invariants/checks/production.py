"""Making goods: bills, what orders hold, book and bring, and what postings moved (I1, I3, I4, I11)."""

from inventory.production.services.steps import BYPRODUCT, COMPONENT, GOODS
from inventory.production.states import OPEN
from oms.reporting.invariants.checks.base import Check, listed

_OPEN = listed(OPEN)
_TO_MAKE = "(CASE WHEN o.quantity > o.produced + o.scrapped THEN o.quantity - o.produced - o.scrapped ELSE 0 END)"
_TO_COME = "(CASE WHEN b.planned > b.produced THEN b.planned - b.produced ELSE 0 END)"


def _posted(kind: str) -> str:
    return f"SUM(CASE WHEN l.kind = '{kind}' THEN l.quantity ELSE 0 END)"


CHECKS = (
    Check(
        "I1",
        "in_production_is_what_postings_say",
        "What the movements of a production order put into production and took from there is what its postings say"
        " that went in and came out.",
        """
        SELECT document, sku_id AS sku, SUM(counted) AS counted, SUM(moved) AS moved
        FROM (
            SELECT o.number AS document, l.sku_id,
                CASE WHEN l.kind = 'consume' THEN l.quantity ELSE -l.quantity END AS counted, 0 AS moved
            FROM inventory_productionpostingline l
            JOIN inventory_productionposting p ON p.id = l.posting_id
            JOIN inventory_productionorder o ON o.id = p.order_id
            WHERE p.undone_at IS NULL
            UNION ALL
            SELECT m.document, v.sku_id, 0,
                CASE WHEN m.target = 'production' THEN m.quantity ELSE -m.quantity END
            FROM inventory_movement m JOIN inventory_level v ON v.id = m.level_id
            WHERE m.source = 'production' OR m.target = 'production'
        ) x
        GROUP BY document, sku_id HAVING SUM(counted) <> SUM(moved) ORDER BY document, sku_id
        """,
    ),
    Check(
        "I1",
        "lots_of_postings_are_what_moved",
        "The lots that postings which stand say they used and brought are those that came and left for their order, and"
        " a line has no more of them than units, of its own SKU.",
        """
        SELECT document, lot_id AS lot, SUM(kept) AS kept, SUM(moved) AS moved
        FROM (
            SELECT o.number AS document, k.lot_id,
                CASE WHEN l.kind = 'consume' THEN -k.quantity ELSE k.quantity END AS kept, 0 AS moved
            FROM inventory_postedlot k
            JOIN inventory_productionpostingline l ON l.id = k.line_id
            JOIN inventory_productionposting p ON p.id = l.posting_id
            JOIN inventory_productionorder o ON o.id = p.order_id
            WHERE p.undone_at IS NULL
            UNION ALL
            SELECT o.number, m.lot_id, 0, CASE WHEN m.source_id IS NULL THEN m.quantity ELSE -m.quantity END
            FROM inventory_productionorder o JOIN inventory_binmove m ON m.document = o.number
            WHERE m.lot_id IS NOT NULL AND (m.source_id IS NULL OR m.target_id IS NULL)
        ) x
        GROUP BY document, lot_id HAVING SUM(kept) <> SUM(moved)
        UNION ALL
        SELECT p.number, MIN(k.lot_id), SUM(k.quantity), l.quantity
        FROM inventory_postedlot k
        JOIN inventory_productionpostingline l ON l.id = k.line_id
        JOIN inventory_productionposting p ON p.id = l.posting_id
        JOIN inventory_lot t ON t.id = k.lot_id
        GROUP BY p.number, l.id, l.quantity
        HAVING SUM(k.quantity) > l.quantity OR SUM(CASE WHEN t.sku_id <> l.sku_id THEN 1 ELSE 0 END) > 0
        ORDER BY 1, 2
        """,
    ),
    Check(
        "I3",
        "production_component_holds_what_it_counts",
        "A component of an open production order holds at its location what it counts, any other one nothing.",
        f"""
        SELECT c.id AS component, o.number AS production, o.status, c.held, COALESCE(a.quantity, 0) AS allocated
        FROM inventory_productioncomponent c JOIN inventory_productionorder o ON o.id = c.order_id
        LEFT JOIN (
            SELECT x.demand_id, v.sku_id, v.location_id, SUM(x.quantity) AS quantity
            FROM inventory_allocation x JOIN inventory_level v ON v.id = x.level_id
            WHERE x.demand = '{COMPONENT}' GROUP BY x.demand_id, v.sku_id, v.location_id
        ) a ON a.demand_id = c.id AND a.sku_id = c.sku_id AND a.location_id = o.location_id
        WHERE c.held <> COALESCE(a.quantity, 0) OR c.held > c.planned
            OR (c.held > 0 AND o.status NOT IN {_OPEN})
        ORDER BY c.id
        """,
    ),
    Check(
        "I3",
        "production_order_is_expected_at_its_location",
        "What an open production order still brings, by-products included, is inbound at its location, and nothing else"
        " of production is.",
        f"""
        SELECT supply, supply_id AS line, sku_id AS sku, location_id AS location, SUM(coming) AS coming,
            SUM(said) AS said
        FROM (
            SELECT '{GOODS}' AS supply, o.id AS supply_id, r.sku_id, o.location_id, {_TO_MAKE} AS coming, 0 AS said
            FROM inventory_productionorder o JOIN inventory_billofmaterials r ON r.id = o.bill_id
            WHERE o.status IN {_OPEN}
            UNION ALL
            SELECT '{BYPRODUCT}', b.id, b.sku_id, o.location_id,
                CASE WHEN {_TO_MAKE} > 0 THEN {_TO_COME} ELSE 0 END, 0
            FROM inventory_productionbyproduct b JOIN inventory_productionorder o ON o.id = b.order_id
            WHERE o.status IN {_OPEN}
            UNION ALL
            SELECT i.supply, i.supply_id, v.sku_id, v.location_id, 0, i.quantity
            FROM inventory_inbound i JOIN inventory_level v ON v.id = i.level_id
            WHERE i.supply IN ('{GOODS}', '{BYPRODUCT}')
        ) x
        GROUP BY supply, supply_id, sku_id, location_id HAVING SUM(coming) <> SUM(said)
        ORDER BY supply, supply_id
        """,
    ),
    Check(
        "I4",
        "production_order_counts_its_postings",
        "Units made, spoilt and used are what the postings that stand add up to.",
        f"""
        SELECT 'goods' AS what, o.id AS line, o.produced + o.scrapped AS counted,
            COALESCE(s.produced, 0) + COALESCE(s.scrapped, 0) AS posted
        FROM inventory_productionorder o
        LEFT JOIN (
            SELECT p.order_id, {_posted("output")} AS produced, {_posted("scrap")} AS scrapped
            FROM inventory_productionpostingline l JOIN inventory_productionposting p ON p.id = l.posting_id
            WHERE p.undone_at IS NULL GROUP BY p.order_id
        ) s ON s.order_id = o.id
        WHERE o.produced <> COALESCE(s.produced, 0) OR o.scrapped <> COALESCE(s.scrapped, 0)
        UNION ALL
        SELECT 'component', c.id, c.consumed, COALESCE(s.units, 0)
        FROM inventory_productioncomponent c
        LEFT JOIN (
            SELECT p.order_id, l.sku_id, SUM(l.quantity) AS units
            FROM inventory_productionpostingline l JOIN inventory_productionposting p ON p.id = l.posting_id
            WHERE p.undone_at IS NULL AND l.kind = 'consume' GROUP BY p.order_id, l.sku_id
        ) s ON s.order_id = c.order_id AND s.sku_id = c.sku_id
        WHERE c.consumed <> COALESCE(s.units, 0)
        UNION ALL
        SELECT 'byproduct', b.id, b.produced, COALESCE(s.units, 0)
        FROM inventory_productionbyproduct b
        LEFT JOIN (
            SELECT p.order_id, l.sku_id, SUM(l.quantity) AS units
            FROM inventory_productionpostingline l JOIN inventory_productionposting p ON p.id = l.posting_id
            WHERE p.undone_at IS NULL AND l.kind = 'byproduct' GROUP BY p.order_id, l.sku_id
        ) s ON s.order_id = b.order_id AND s.sku_id = b.sku_id
        WHERE b.produced <> COALESCE(s.units, 0)
        ORDER BY 1, 2
        """,
    ),
    Check(
        "I11",
        "production_status_fits_its_postings",
        "Nothing was posted on an order that was not begun, and an open order knows when it ends.",
        f"""
        SELECT o.id AS production, o.number, o.status, o.produced, o.scrapped, o.finishes_on
        FROM inventory_productionorder o
        WHERE (o.status NOT IN ('in_progress', 'done') AND EXISTS (
                SELECT 1 FROM inventory_productionposting p WHERE p.order_id = o.id AND p.undone_at IS NULL
            ))
            OR (o.status IN {_OPEN} AND (o.finishes_on IS NULL OR o.starts_on IS NULL))
            OR (o.status IN ('done', 'cancelled')) <> (o.ended_at IS NOT NULL)
        ORDER BY o.id
        """,
    ),
    Check(
        "I11",
        "production_days_are_of_its_work_center",
        "Days are booked for orders that were confirmed, at the order's own work center and location alone, and none"
        " after an open order is to be finished.",
        """
        SELECT s.id AS slot, o.number AS production, o.status, s.day, s.load
        FROM inventory_productionslot s
        JOIN inventory_productionorder o ON o.id = s.order_id
        JOIN inventory_workcenter w ON w.id = s.work_center_id
        WHERE s.load < 1 OR o.status IN ('draft', 'cancelled') OR o.work_center_id IS NULL
            OR o.work_center_id <> s.work_center_id OR w.location_id <> o.location_id
            OR s.day < o.starts_on OR s.day > o.finishes_on
        ORDER BY s.id
        """,
    ),
    Check(
        "I11",
        "bill_contains_no_circle",
        "No SKU is a part of itself by the bills that are active.",
        """
        SELECT sku_id AS sku FROM (
            WITH RECURSIVE below (top, sku_id) AS (
                SELECT r.sku_id, c.sku_id
                FROM inventory_billofmaterials r JOIN inventory_billcomponent c ON c.bill_id = r.id
                WHERE r.status = 'active'
                UNION
                SELECT b.top, c.sku_id
                FROM below b
                JOIN inventory_billofmaterials r ON r.sku_id = b.sku_id AND r.status = 'active'
                JOIN inventory_billcomponent c ON c.bill_id = r.id
            )
            SELECT top AS sku_id FROM below WHERE top = sku_id
        ) x
        ORDER BY sku_id
        """,
    ),
)
