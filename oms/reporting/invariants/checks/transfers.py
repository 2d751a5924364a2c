"""Transfers between locations: what is in transit, what is promised to them, what they bring (I1, I3, I4)."""

from inventory.transfers.models import UNDER_WAY
from inventory.transfers.services.acting import LINE
from oms.reporting.invariants.checks.base import Check, listed

_OPEN = "l.quantity - l.cancelled - l.shipped"
_IN_TRANSIT = "l.shipped - l.received - l.lost"
_UNDER_WAY = listed(UNDER_WAY)


def _steps(kind: str) -> str:
    return f"SUM(CASE WHEN kind = '{kind}' THEN quantity ELSE 0 END)"


CHECKS = (
    Check(
        "I1",
        "in_transit_is_what_left_and_has_not_arrived",
        "What the lines of a transfer count as in transit is what its movements put there and did not take out.",
        f"""
        SELECT document, sku_id AS sku, SUM(counted) AS counted, SUM(moved) AS moved
        FROM (
            SELECT t.number AS document, l.sku_id, {_IN_TRANSIT} AS counted, 0 AS moved
            FROM inventory_transferline l JOIN inventory_transferorder t ON t.id = l.transfer_id
            UNION ALL
            SELECT m.document, v.sku_id, 0,
                CASE WHEN m.target = 'transit' THEN m.quantity ELSE -m.quantity END
            FROM inventory_movement m JOIN inventory_level v ON v.id = m.level_id
            WHERE m.source = 'transit' OR m.target = 'transit'
        ) x
        GROUP BY document, sku_id HAVING SUM(counted) <> SUM(moved) ORDER BY document, sku_id
        """,
    ),
    Check(
        "I3",
        "transfer_line_holds_what_is_open",
        "A line of a transfer under way holds its open units at the source, any other line nothing.",
        f"""
        SELECT l.id AS line, t.number AS transfer, t.status, {_OPEN} AS open, COALESCE(a.quantity, 0) AS held
        FROM inventory_transferline l JOIN inventory_transferorder t ON t.id = l.transfer_id
        LEFT JOIN (
            SELECT x.demand_id, v.sku_id, v.location_id, SUM(x.quantity) AS quantity
            FROM inventory_allocation x JOIN inventory_level v ON v.id = x.level_id
            WHERE x.demand = '{LINE}' GROUP BY x.demand_id, v.sku_id, v.location_id
        ) a ON a.demand_id = l.id AND a.sku_id = l.sku_id AND a.location_id = t.source_id
        WHERE CASE WHEN t.status IN {_UNDER_WAY} THEN {_OPEN} ELSE 0 END <> COALESCE(a.quantity, 0)
        ORDER BY l.id
        """,
    ),
    Check(
        "I3",
        "transfer_line_is_expected_at_its_destination",
        "What is still to come of a line under way is inbound at the destination, and nothing else of a transfer is.",
        f"""
        SELECT line, sku_id AS sku, location_id AS location, SUM(coming) AS coming, SUM(said) AS said
        FROM (
            SELECT l.id AS line, l.sku_id, t.destination_id AS location_id,
                {_OPEN} + CASE WHEN t.status = 'received' THEN 0 ELSE {_IN_TRANSIT} END AS coming, 0 AS said
            FROM inventory_transferline l JOIN inventory_transferorder t ON t.id = l.transfer_id
            WHERE t.status IN {_UNDER_WAY}
            UNION ALL
            SELECT b.supply_id, v.sku_id, v.location_id, 0, b.quantity
            FROM inventory_inbound b JOIN inventory_level v ON v.id = b.level_id
            WHERE b.supply = '{LINE}'
        ) x
        GROUP BY line, sku_id, location_id HAVING SUM(coming) <> SUM(said) ORDER BY line
        """,
    ),
    Check(
        "I4",
        "transfer_line_counts_its_steps",
        "Each unit of a transfer line is in one place, and each counter is what its steps add up to.",
        f"""
        SELECT l.id AS line, l.quantity, l.cancelled, l.shipped, COALESCE(s.shipped, 0) AS steps_shipped,
            l.received, COALESCE(s.received, 0) AS steps_received, l.lost, COALESCE(s.lost, 0) AS steps_lost
        FROM inventory_transferline l
        LEFT JOIN (
            SELECT line_id, {_steps("shipped")} - {_steps("found_at_source")} AS shipped,
                {_steps("received")} AS received, {_steps("lost")} AS lost
            FROM inventory_transferstep GROUP BY line_id
        ) s ON s.line_id = l.id
        WHERE l.quantity < 1 OR {_OPEN} < 0 OR {_IN_TRANSIT} < 0
            OR l.shipped <> COALESCE(s.shipped, 0) OR l.received <> COALESCE(s.received, 0)
            OR l.lost <> COALESCE(s.lost, 0)
        ORDER BY l.id
        """,
    ),
    Check(
        "I11",
        "transfer_status_fits_its_lines",
        "A transfer is where its lines are: nothing has left before it was shipped, nothing is left when it is over.",
        f"""
        SELECT t.id AS transfer, t.number, t.status, COALESCE(x.open, 0) AS open,
            COALESCE(x.in_transit, 0) AS in_transit, COALESCE(x.shipped, 0) AS shipped
        FROM inventory_transferorder t
        LEFT JOIN (
            SELECT l.transfer_id, SUM({_OPEN}) AS open, SUM({_IN_TRANSIT}) AS in_transit, SUM(l.shipped) AS shipped
            FROM inventory_transferline l GROUP BY l.transfer_id
        ) x ON x.transfer_id = t.id
        WHERE CASE t.status
            WHEN 'draft' THEN COALESCE(x.shipped, 0) = 0
            WHEN 'released' THEN COALESCE(x.shipped, 0) = 0 AND x.open > 0
            WHEN 'in_transit' THEN x.open + x.in_transit > 0
            WHEN 'received' THEN x.in_transit > 0
            WHEN 'closed' THEN x.open + x.in_transit = 0
            WHEN 'cancelled' THEN x.shipped = 0 AND x.open = 0
            ELSE (1 = 0) END IS NOT TRUE
        ORDER BY t.id
        """,
    ),
)
