"""Units held for carts, quotes and people (I2, I3)."""

from oms.reporting.invariants.checks.base import Check

CHECKS = (
    Check(
        "I3",
        "reserved_is_the_sum_of_reservations",
        "What a level has reserved is the sum of what reservations hold of it, the expired ones included.",
        """
        SELECT l.id AS level, l.sku_id AS sku, l.location_id AS location, l.reserved,
            COALESCE(h.quantity, 0) AS held
        FROM inventory_level l
        LEFT JOIN (
            SELECT level_id, SUM(quantity) AS quantity FROM inventory_reservationline
            GROUP BY level_id
        ) h ON h.level_id = l.id
        WHERE l.reserved <> COALESCE(h.quantity, 0)
        ORDER BY l.id
        """,
    ),
    Check(
        "I3",
        "reservation_line_holds_units",
        "A line of a reservation holds at least one unit.",
        """
        SELECT h.id AS line, h.reservation_id AS reservation, h.level_id AS level, h.quantity
        FROM inventory_reservationline h WHERE h.quantity < 1 ORDER BY h.id
        """,
    ),
    Check(
        "I3",
        "ended_reservation_holds_nothing",
        "Only an active reservation holds units.",
        """
        SELECT r.id AS reservation, r.status, h.id AS line, h.quantity
        FROM inventory_reservation r
        JOIN inventory_reservationline h ON h.reservation_id = r.id
        WHERE r.status <> 'active'
        ORDER BY r.id, h.id
        """,
    ),
    Check(
        "I3",
        "ordered_reservation_names_its_order",
        "A reservation that became an order names it, and no other reservation names one.",
        """
        SELECT r.id AS reservation, r.status, r.order_number
        FROM inventory_reservation r
        LEFT JOIN orders_order o ON o.number = r.order_number
        WHERE (r.status = 'ordered') <> (o.id IS NOT NULL)
        ORDER BY r.id
        """,
    ),
)
