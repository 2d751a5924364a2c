"""Lots: a serial number is in one place, and of what is tracked each unit that is picked or has left has its lot."""

from datetime import UTC, timedelta

from oms.core import clock
from oms.reporting.invariants.checks.base import Check

# Several sweeps, so that one that is late or is kept from a lot is no alarm yet.
SWEEP_GRACE = timedelta(hours=1)

CHECKS = (
    Check(
        "I3",
        "serial_is_in_one_place",
        "A serial number is one unit, which lies in one place at most.",
        """
        SELECT o.id AS lot, o.number, SUM(c.quantity) AS units, COUNT(*) AS places
        FROM inventory_content c
        JOIN inventory_lot o ON o.id = c.lot_id
        JOIN inventory_sku s ON s.id = o.sku_id
        GROUP BY o.id, o.number, s.tracking
        HAVING (s.tracking = 'serial' AND SUM(c.quantity) > 1)
            OR MIN(CASE WHEN c.is_serial THEN 1 ELSE 0 END) <> CASE WHEN s.tracking = 'serial' THEN 1 ELSE 0 END
        ORDER BY o.id
        """,
    ),
    Check(
        "I3",
        "claims_lie_there",
        "What is taken from the shelf of a lot lies there, sound, until it leaves.",
        """
        SELECT k.level_id AS level, k.lot, k.claimed, COALESCE(c.good, 0) AS good
        FROM (
            SELECT level_id, COALESCE(lot_id, 0) AS lot, SUM(quantity) AS claimed
            FROM inventory_claim GROUP BY level_id, COALESCE(lot_id, 0)
        ) k
        LEFT JOIN (
            SELECT level_id, COALESCE(lot_id, 0) AS lot, SUM(quantity) AS good
            FROM inventory_content WHERE condition = 'good' GROUP BY level_id, COALESCE(lot_id, 0)
        ) c ON c.level_id = k.level_id AND c.lot = k.lot
        WHERE k.claimed > COALESCE(c.good, 0)
        ORDER BY k.level_id
        """,
    ),
    Check(
        "I5",
        "picked_units_have_lots",
        "Of what is tracked, the lots of units picked since are known, and of nothing else.",
        """
        SELECT f.id AS line, f.picked, COALESCE(k.claimed, 0) AS claimed
        FROM fulfillment_fulfillmentline f
        JOIN fulfillment_fulfillmentorder w ON w.id = f.fulfillment_order_id
        JOIN inventory_sku s ON s.id = f.sku_id
        LEFT JOIN (
            SELECT demand_id, SUM(quantity) AS claimed FROM inventory_claim
            WHERE demand = 'fulfillment.fulfillmentline' GROUP BY demand_id
        ) k ON k.demand_id = f.id
        WHERE COALESCE(k.claimed, 0) > f.picked
            OR COALESCE(k.claimed, 0) > 0 AND s.tracking = 'none'
            OR COALESCE(k.claimed, 0) < f.picked AND s.tracking <> 'none'
                AND w.started_at >= COALESCE(s.tracked_since, s.created_at)
        ORDER BY f.id
        """,
    ),
    Check(
        "I5",
        "packed_units_have_lots",
        "Of what is tracked, the lots in a parcel that was packed since and has not left are known.",
        """
        SELECT i.id AS line, h.number AS shipment, i.quantity, COALESCE(k.claimed, 0) AS claimed
        FROM fulfillment_shipmentline i
        JOIN fulfillment_shipment h ON h.id = i.shipment_id
        JOIN fulfillment_fulfillmentline f ON f.id = i.fulfillment_line_id
        JOIN fulfillment_fulfillmentorder w ON w.id = f.fulfillment_order_id
        JOIN inventory_sku s ON s.id = f.sku_id
        LEFT JOIN (
            SELECT demand_id, SUM(quantity) AS claimed FROM inventory_claim
            WHERE demand = 'fulfillment.shipmentline' GROUP BY demand_id
        ) k ON k.demand_id = i.id
        WHERE COALESCE(k.claimed, 0) > CASE WHEN h.status IN ('packed', 'labelled') THEN i.quantity ELSE 0 END
            OR COALESCE(k.claimed, 0) < i.quantity AND h.status IN ('packed', 'labelled')
                AND s.tracking <> 'none' AND w.started_at >= COALESCE(s.tracked_since, s.created_at)
        ORDER BY i.id
        """,
    ),
    Check(
        "I5",
        "shipped_lots_are_what_shipped",
        "Of what is tracked, the lots that left in a parcel are all of its units.",
        """
        SELECT i.id AS line, h.number AS shipment, i.quantity, COALESCE(t.units, 0) AS in_lots
        FROM fulfillment_shipmentline i
        JOIN fulfillment_shipment h ON h.id = i.shipment_id
        JOIN fulfillment_fulfillmentline f ON f.id = i.fulfillment_line_id
        JOIN fulfillment_fulfillmentorder w ON w.id = f.fulfillment_order_id
        JOIN inventory_sku s ON s.id = f.sku_id
        LEFT JOIN (
            SELECT shipment_line_id, SUM(quantity) AS units FROM fulfillment_shippedlot
            GROUP BY shipment_line_id
        ) t ON t.shipment_line_id = i.id
        WHERE COALESCE(t.units, 0) <> CASE
            WHEN t.units IS NOT NULL AND w.started_at >= COALESCE(s.tracked_since, s.created_at)
                THEN CASE WHEN h.shipped_at IS NULL THEN 0 ELSE i.quantity END
            WHEN t.units IS NOT NULL AND h.shipped_at IS NOT NULL AND t.units < i.quantity THEN t.units
            WHEN s.tracking <> 'none' AND h.shipped_at IS NOT NULL
                AND w.started_at >= COALESCE(s.tracked_since, s.created_at) THEN i.quantity
            ELSE 0 END
        ORDER BY i.id
        """,
    ),
)


def checks() -> tuple[Check, ...]:
    """Return the checks of lots; one of them rests on the time of day.

    Units of a lot that is not sold come free between two sweeps: a pick is undone, an order is cancelled, a return
    arrives. The sweep says when it last found none; so long as that is less than SWEEP_GRACE ago, those are its next.
    """
    since = (clock.now() - SWEEP_GRACE).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return (
        *CHECKS,
        Check(
            "I3",
            "unsellable_lots_are_set_aside",
            "What is recalled or quarantined is not among the units that are free to promise, but for those that came"
            " free since a sweep within the last hour found none.",
            f"""
            SELECT c.id AS content, c.level_id AS level, o.number AS lot, o.status
            FROM inventory_content c
            JOIN inventory_lot o ON o.id = c.lot_id
            JOIN inventory_level l ON l.id = c.level_id
            WHERE c.condition = 'good' AND o.status <> 'released'
                AND l.on_hand - l.committed - l.reserved - l.damaged - l.quality_control > 0
                AND c.quantity > (
                    SELECT COALESCE(SUM(k.quantity), 0) FROM inventory_claim k
                    WHERE k.level_id = c.level_id AND k.lot_id = c.lot_id
                )
                AND NOT EXISTS (SELECT 1 FROM fulfillment_sweepmark m WHERE m.clear_at > '{since}')
            ORDER BY c.id
            """,
        ),
    )
