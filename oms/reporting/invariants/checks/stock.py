"""Stock: levels, movements, allocations (I1 to I3)."""

from inventory.production.services.steps import COMPONENT
from inventory.stock.states import INSIDE, Bucket
from inventory.transfers.services.acting import LINE as TRANSFER_LINE
from oms.reporting.invariants.checks.base import Check, listed
from orders.ordering.services.lines import DEMAND

_IN, _ALL = listed(INSIDE), listed(Bucket)


def _fold(bucket: str) -> str:
    return f"SUM(CASE WHEN target = '{bucket}' THEN quantity WHEN source = '{bucket}' THEN -quantity ELSE 0 END)"


CHECKS = (
    Check(
        "I1",
        "level_is_the_fold_of_its_movements",
        "Each counter of a level is what its movements add up to.",
        f"""
        SELECT l.id AS level, l.sku_id AS sku, l.location_id AS location,
            l.on_hand, COALESCE(f.on_hand, 0) AS on_hand_moved,
            l.committed, COALESCE(f.committed, 0) AS committed_moved,
            l.reserved, COALESCE(f.reserved, 0) AS reserved_moved,
            l.damaged, COALESCE(f.damaged, 0) AS damaged_moved,
            l.quality_control, COALESCE(f.quality_control, 0) AS quality_control_moved
        FROM inventory_level l
        LEFT JOIN (
            SELECT level_id,
                SUM(CASE WHEN target IN {_IN} THEN quantity ELSE 0 END)
                    - SUM(CASE WHEN source IN {_IN} THEN quantity ELSE 0 END) AS on_hand,
                {_fold("committed")} AS committed,
                {_fold("reserved")} AS reserved,
                {_fold("damaged")} AS damaged,
                {_fold("quality_control")} AS quality_control
            FROM inventory_movement GROUP BY level_id
        ) f ON f.level_id = l.id
        WHERE l.on_hand <> COALESCE(f.on_hand, 0)
            OR l.committed <> COALESCE(f.committed, 0)
            OR l.reserved <> COALESCE(f.reserved, 0)
            OR l.damaged <> COALESCE(f.damaged, 0)
            OR l.quality_control <> COALESCE(f.quality_control, 0)
        ORDER BY l.id
        """,
    ),
    Check(
        "I1",
        "movement_is_double_entry",
        "A movement takes at least one unit out of one known bucket and puts it into another one.",
        f"""
        SELECT id AS movement, level_id AS level, source, target, quantity
        FROM inventory_movement
        WHERE source NOT IN {_ALL} OR target NOT IN {_ALL} OR source = target OR quantity < 1
        ORDER BY id
        """,
    ),
    Check(
        "I1",
        "movement_has_one_cause",
        "One act moves one line of stock once.",
        """
        SELECT cause, COUNT(*) AS movements FROM inventory_movement
        GROUP BY cause HAVING COUNT(*) > 1 ORDER BY cause
        """,
    ),
    Check(
        "I2",
        "bucket_is_not_negative",
        "No bucket is below nothing, and neither is what is available.",
        """
        SELECT id AS level, sku_id AS sku, location_id AS location, on_hand, committed, reserved,
            damaged, quality_control, incoming
        FROM inventory_level
        WHERE on_hand < 0 OR committed < 0 OR reserved < 0 OR damaged < 0 OR quality_control < 0
            OR incoming < 0 OR on_hand < committed + reserved + damaged + quality_control
        ORDER BY id
        """,
    ),
    Check(
        "I3",
        "committed_is_the_sum_of_allocations",
        "What a level has committed is the sum of its open allocations.",
        """
        SELECT l.id AS level, l.sku_id AS sku, l.location_id AS location, l.committed,
            COALESCE(a.quantity, 0) AS allocated
        FROM inventory_level l
        LEFT JOIN (
            SELECT level_id, SUM(quantity) AS quantity FROM inventory_allocation GROUP BY level_id
        ) a ON a.level_id = l.id
        WHERE l.committed <> COALESCE(a.quantity, 0)
        ORDER BY l.id
        """,
    ),
    Check(
        "I3",
        "incoming_is_the_sum_of_what_is_inbound",
        "What a level has incoming is the sum of what its supply lines still bring.",
        """
        SELECT l.id AS level, l.sku_id AS sku, l.location_id AS location, l.incoming,
            COALESCE(b.quantity, 0) AS inbound
        FROM inventory_level l
        LEFT JOIN (
            SELECT level_id, SUM(quantity) AS quantity FROM inventory_inbound GROUP BY level_id
        ) b ON b.level_id = l.id
        WHERE l.incoming <> COALESCE(b.quantity, 0)
        ORDER BY l.id
        """,
    ),
    Check(
        "I3",
        "line_holds_what_it_counts",
        "An order line holds allocations of its SKU for exactly its allocated, picked and packed units.",
        f"""
        SELECT l.id AS line, l.order_id AS "order", l.sku_code AS sku,
            l.allocated + l.picked + l.packed AS counted, COALESCE(a.quantity, 0) AS held
        FROM orders_orderline l
        LEFT JOIN (
            SELECT x.demand_id, v.sku_id, SUM(x.quantity) AS quantity
            FROM inventory_allocation x JOIN inventory_level v ON v.id = x.level_id
            WHERE x.demand = '{DEMAND}' GROUP BY x.demand_id, v.sku_id
        ) a ON a.demand_id = l.id AND a.sku_id = l.sku_id
        WHERE l.allocated + l.picked + l.packed <> COALESCE(a.quantity, 0)
        ORDER BY l.id
        """,
    ),
    Check(
        "I3",
        "allocation_serves_a_line",
        "An allocation is positive and belongs to a line of an order, a transfer or production that wants its SKU.",
        f"""
        SELECT a.id AS allocation, a.level_id AS level, a.demand, a.demand_id AS line, a.quantity
        FROM inventory_allocation a
        JOIN inventory_level v ON v.id = a.level_id
        LEFT JOIN orders_orderline l ON a.demand = '{DEMAND}' AND l.id = a.demand_id
        LEFT JOIN inventory_transferline t ON a.demand = '{TRANSFER_LINE}' AND t.id = a.demand_id
        LEFT JOIN inventory_productioncomponent c ON a.demand = '{COMPONENT}' AND c.id = a.demand_id
        WHERE a.quantity < 1 OR COALESCE(l.sku_id, t.sku_id, c.sku_id, 0) <> v.sku_id
        ORDER BY a.id
        """,
    ),
    Check(
        "I3",
        "one_level_per_place",
        "A SKU has one level at a location.",
        """
        SELECT sku_id AS sku, location_id AS location, COUNT(*) AS levels FROM inventory_level
        GROUP BY sku_id, location_id HAVING COUNT(*) > 1 ORDER BY sku_id, location_id
        """,
    ),
)
