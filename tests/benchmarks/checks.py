"""What must hold in the database after a load run, whatever the speed."""

from django.db import connection

_COUNTS = {
    "counters differ from the sum of their movements": """
        SELECT count(*) FROM inventory_level l
        LEFT JOIN (
            SELECT level_id,
                sum(CASE WHEN target IN {inside} THEN quantity ELSE 0 END)
                    - sum(CASE WHEN source IN {inside} THEN quantity ELSE 0 END) AS on_hand,
                sum(CASE target WHEN 'committed' THEN quantity ELSE 0 END)
                    - sum(CASE source WHEN 'committed' THEN quantity ELSE 0 END) AS committed
            FROM inventory_movement GROUP BY level_id
        ) m ON m.level_id = l.id
        WHERE l.on_hand <> COALESCE(m.on_hand, 0) OR l.committed <> COALESCE(m.committed, 0)
    """,
    "more is promised than there is": """
        SELECT count(*) FROM inventory_level
        WHERE committed + reserved + damaged + quality_control > on_hand
    """,
    "counters differ from the open allocations": """
        SELECT count(*) FROM inventory_level l
        LEFT JOIN (
            SELECT level_id, sum(quantity) AS quantity FROM inventory_allocation GROUP BY level_id
        ) a ON a.level_id = l.id
        WHERE l.committed <> COALESCE(a.quantity, 0)
    """,
    "order lines hold other units than are allocated to them": """
        SELECT count(*) FROM orders_orderline l
        LEFT JOIN (
            SELECT demand_id, sum(quantity) AS quantity FROM inventory_allocation
            WHERE demand = 'orders.orderline' GROUP BY demand_id
        ) a ON a.demand_id = l.id
        WHERE l.allocated <> COALESCE(a.quantity, 0)
    """,
    "orders are without lines": """
        SELECT count(*) FROM orders_order o
        WHERE NOT EXISTS (SELECT 1 FROM orders_orderline l WHERE l.order_id = o.id)
    """,
    "orders are not in the outbox exactly once": """
        SELECT count(*) FROM orders_order o
        WHERE 1 <> (
            SELECT count(*) FROM core_event e
            WHERE e.aggregate = 'orders.order' AND e.aggregate_id = o.id::text AND e.name = 'orders.order_placed.v1'
        )
    """,
    "placed events have no order": """
        SELECT count(*) FROM core_event e WHERE e.name = 'orders.order_placed.v1'
        AND NOT EXISTS (SELECT 1 FROM orders_order o WHERE o.id::text = e.aggregate_id)
    """,
    "answered keys have no order": """
        SELECT count(*) FROM core_idempotencykey k
        WHERE k.status = 201 AND NOT EXISTS (SELECT 1 FROM orders_order o WHERE o.external_id = k.key)
    """,
}
_INSIDE = "('available', 'committed', 'reserved', 'damaged', 'quality_control')"


def broken() -> list[str]:
    """Return what does not hold, with the number of rows; empty when all is well."""
    found = []
    with connection.cursor() as cursor:
        for words, sql in _COUNTS.items():
            cursor.execute(sql.format(inside=_INSIDE))
            count = cursor.fetchone()[0]
            if count:
                found.append(f"{words}: {count}")
    return found


def sold(code: str) -> int:
    """Return how many units of a SKU stand on orders."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(sum(ordered), 0) FROM orders_orderline WHERE sku_code = %s", [code]
        )
        return int(cursor.fetchone()[0])
