"""Warehouse and returns: work, parcels, labels, what came back (I5, I6)."""

from fulfillment.packing.states import ShipmentStatus
from fulfillment.shipping.states import LIVE
from oms.reporting.invariants.checks.base import Check, listed

_LEFT = listed(
    [
        ShipmentStatus.SHIPPED,
        ShipmentStatus.DELIVERED,
        ShipmentStatus.RETURNED_TO_SENDER,
        ShipmentStatus.LOST,
    ]
)
_HERE = listed([ShipmentStatus.PACKED, ShipmentStatus.LABELLED])
_LIVE = listed(LIVE)

CHECKS = (
    Check(
        "I5",
        "work_adds_up",
        "No unit of a fulfillment line is in two places.",
        """
        SELECT id AS work_line, fulfillment_order_id AS work, quantity, cancelled, short, picked,
            packed, shipped
        FROM fulfillment_fulfillmentline
        WHERE quantity < cancelled + short + picked + packed + shipped
            OR cancelled < 0 OR short < 0 OR picked < 0 OR packed < 0 OR shipped < 0
        ORDER BY id
        """,
    ),
    Check(
        "I5",
        "work_and_order_count_alike",
        "The units of an order line that are picked, packed and shipped are those of its work.",
        """
        SELECT l.id AS line, l.order_id AS "order", l.picked, COALESCE(w.picked, 0) AS work_picked,
            l.packed, COALESCE(w.packed, 0) AS work_packed,
            l.shipped, COALESCE(w.shipped, 0) AS work_shipped
        FROM orders_orderline l
        LEFT JOIN (
            SELECT order_line_id, SUM(picked) AS picked, SUM(packed) AS packed,
                SUM(shipped) AS shipped
            FROM fulfillment_fulfillmentline GROUP BY order_line_id
        ) w ON w.order_line_id = l.id
        WHERE l.picked <> COALESCE(w.picked, 0) OR l.packed <> COALESCE(w.packed, 0)
            OR l.shipped <> COALESCE(w.shipped, 0)
        ORDER BY l.id
        """,
    ),
    Check(
        "I5",
        "work_has_stock",
        "No work asks for more units of a line than are allocated to it at that location.",
        """
        SELECT w.order_line_id AS line, w.location_id AS location, w.units AS in_work,
            COALESCE(a.units, 0) AS allocated
        FROM (
            SELECT f.order_line_id, k.location_id,
                SUM(f.quantity - f.cancelled - f.short - f.shipped) AS units
            FROM fulfillment_fulfillmentline f
            JOIN fulfillment_fulfillmentorder k ON k.id = f.fulfillment_order_id
            GROUP BY f.order_line_id, k.location_id
        ) w
        LEFT JOIN (
            SELECT x.demand_id, v.location_id, SUM(x.quantity) AS units
            FROM inventory_allocation x JOIN inventory_level v ON v.id = x.level_id
            WHERE x.demand = 'orders.orderline' GROUP BY x.demand_id, v.location_id
        ) a ON a.demand_id = w.order_line_id AND a.location_id = w.location_id
        WHERE w.units > COALESCE(a.units, 0)
        ORDER BY w.order_line_id, w.location_id
        """,
    ),
    Check(
        "I5",
        "parcels_hold_what_work_counts",
        "The packed units of a fulfillment line lie in parcels that are here, the shipped ones in parcels that left.",
        f"""
        SELECT f.id AS work_line, f.packed, COALESCE(p.here, 0) AS in_parcels_here, f.shipped,
            COALESCE(p.gone, 0) AS in_parcels_gone
        FROM fulfillment_fulfillmentline f
        LEFT JOIN (
            SELECT i.fulfillment_line_id,
                SUM(CASE WHEN s.status IN {_HERE} THEN i.quantity ELSE 0 END) AS here,
                SUM(CASE WHEN s.status IN {_LEFT} THEN i.quantity ELSE 0 END) AS gone
            FROM fulfillment_shipmentline i JOIN fulfillment_shipment s ON s.id = i.shipment_id
            GROUP BY i.fulfillment_line_id
        ) p ON p.fulfillment_line_id = f.id
        WHERE f.packed <> COALESCE(p.here, 0) OR f.shipped <> COALESCE(p.gone, 0)
        ORDER BY f.id
        """,
    ),
    Check(
        "I5",
        "parcel_left_the_stock_once",
        "The units of a parcel left the stock when it left the house, once, and those of no other parcel did.",
        f"""
        SELECT s.id AS shipment, s.number, s.status, COALESCE(i.units, 0) AS units,
            COALESCE(m.units, 0) AS issued
        FROM fulfillment_shipment s
        LEFT JOIN (
            SELECT shipment_id, SUM(quantity) AS units FROM fulfillment_shipmentline
            GROUP BY shipment_id
        ) i ON i.shipment_id = s.id
        LEFT JOIN (
            SELECT document, SUM(quantity) AS units FROM inventory_movement
            WHERE kind = 'shipment' GROUP BY document
        ) m ON m.document = s.number
        WHERE (CASE WHEN s.status IN {_LEFT} THEN COALESCE(i.units, 0) ELSE 0 END)
            <> COALESCE(m.units, 0)
        ORDER BY s.id
        """,
    ),
    Check(
        "I5",
        "stock_leaves_in_a_parcel",
        "Nothing leaves the stock for a customer but in a parcel.",
        """
        SELECT m.id AS movement, m.kind, m.document, m.quantity
        FROM inventory_movement m
        LEFT JOIN fulfillment_shipment s ON s.number = m.document
        WHERE (m.target = 'customer' OR m.kind = 'shipment')
            AND (s.id IS NULL OR m.target <> 'customer' OR m.kind <> 'shipment')
        ORDER BY m.id
        """,
    ),
    Check(
        "I5",
        "delivered_units_lie_in_delivered_parcels",
        "The delivered units of an order line are those in its delivered parcels.",
        """
        SELECT l.id AS line, l.order_id AS "order", l.delivered, COALESCE(p.units, 0) AS in_parcels
        FROM orders_orderline l
        LEFT JOIN (
            SELECT f.order_line_id, SUM(i.quantity) AS units
            FROM fulfillment_shipmentline i
            JOIN fulfillment_shipment s ON s.id = i.shipment_id AND s.status = 'delivered'
            JOIN fulfillment_fulfillmentline f ON f.id = i.fulfillment_line_id
            GROUP BY f.order_line_id
        ) p ON p.order_line_id = l.id
        WHERE l.delivered <> COALESCE(p.units, 0)
        ORDER BY l.id
        """,
    ),
    Check(
        "I5",
        "parcel_has_one_label",
        "A labelled or shipped parcel has exactly one live label, with its number; no other parcel has a bought one.",
        f"""
        SELECT s.id AS shipment, s.number, s.status, s.tracking_number,
            COALESCE(b.live, 0) AS live_labels, COALESCE(b.matching, 0) AS with_its_number
        FROM fulfillment_shipment s
        LEFT JOIN (
            SELECT b.shipment_id, SUM(CASE WHEN b.state IN {_LIVE} THEN 1 ELSE 0 END) AS live,
                SUM(CASE WHEN b.state IN ('bought', 'voiding') THEN 1 ELSE 0 END) AS bought,
                SUM(CASE WHEN b.state IN ('bought', 'voiding')
                    AND b.carrier = p.carrier AND b.tracking_number = p.tracking_number
                    THEN 1 ELSE 0 END) AS matching
            FROM fulfillment_label b JOIN fulfillment_shipment p ON p.id = b.shipment_id
            GROUP BY b.shipment_id
        ) b ON b.shipment_id = s.id
        WHERE COALESCE(b.live, 0) > 1
            OR COALESCE(b.bought, 0) <> (CASE WHEN s.status IN {_LEFT} OR s.status = 'labelled' THEN 1 ELSE 0 END)
            OR COALESCE(b.matching, 0) <> COALESCE(b.bought, 0)
        ORDER BY s.id
        """,
    ),
    Check(
        "I6",
        "returns_and_order_count_alike",
        "The units of a line that are asked back are those outstanding in its open returns; the returned ones those"
        " received.",
        """
        SELECT l.id AS line, l.order_id AS "order", l.return_requested,
            COALESCE(r.outstanding, 0) AS outstanding, l.returned, COALESCE(r.received, 0) AS received
        FROM orders_orderline l
        LEFT JOIN (
            SELECT i.order_line_id, SUM(i.restocked + i.damaged) AS received,
                SUM(CASE WHEN r.status IN ('requested', 'approved', 'in_transit', 'partially_received')
                    THEN i.quantity - i.restocked - i.damaged ELSE 0 END) AS outstanding
            FROM returns_returnline i JOIN returns_return r ON r.id = i.return_order_id
            GROUP BY i.order_line_id
        ) r ON r.order_line_id = l.id
        WHERE l.return_requested <> COALESCE(r.outstanding, 0)
            OR l.returned <> COALESCE(r.received, 0)
        ORDER BY l.id
        """,
    ),
    Check(
        "I6",
        "return_status_is_derived",
        "The return status of an order is what the counters of its lines say.",
        """
        SELECT id AS "order", number, return_status, derived
        FROM (
            SELECT o.id, o.number, o.return_status,
                CASE
                    WHEN u.returned > 0 AND u.returned = u.shipped THEN 'returned'
                    WHEN u.returned > 0 AND u.requested > 0 THEN 'in_progress'
                    WHEN u.returned > 0 THEN 'partially_returned'
                    WHEN u.requested > 0 THEN 'requested'
                    ELSE 'none'
                END AS derived
            FROM orders_order o
            JOIN (
                SELECT order_id, SUM(shipped) AS shipped, SUM(returned) AS returned,
                    SUM(return_requested) AS requested
                FROM orders_orderline GROUP BY order_id
            ) u ON u.order_id = o.id
        ) s
        WHERE return_status <> derived
        ORDER BY id
        """,
    ),
    Check(
        "I6",
        "receipts_add_up",
        "The received units of a return line are the sum of its receipts by grade, and no more than were announced.",
        """
        SELECT i.id AS return_line, i.quantity, i.restocked, COALESCE(c.restocked, 0) AS receipts_restocked,
            i.damaged, COALESCE(c.damaged, 0) AS receipts_damaged
        FROM returns_returnline i
        LEFT JOIN (
            SELECT return_line_id,
                SUM(CASE WHEN grade = 'restock' THEN quantity ELSE 0 END) AS restocked,
                SUM(CASE WHEN grade = 'damaged' THEN quantity ELSE 0 END) AS damaged
            FROM returns_receipt GROUP BY return_line_id
        ) c ON c.return_line_id = i.id
        WHERE i.restocked <> COALESCE(c.restocked, 0) OR i.damaged <> COALESCE(c.damaged, 0)
            OR i.quantity < i.restocked + i.damaged OR i.restocked < 0 OR i.damaged < 0
        ORDER BY i.id
        """,
    ),
    Check(
        "I6",
        "receipt_entered_the_stock_once",
        "Each receipt put its units into stock by one movement, where its grade says.",
        """
        SELECT c.id AS receipt, c.grade, c.quantity, m.id AS movement, m.target, m.quantity AS moved
        FROM returns_receipt c
        LEFT JOIN inventory_movement m ON m.cause = 'return-receipt:' || c.id
        LEFT JOIN inventory_level v ON v.id = m.level_id
        WHERE m.id IS NULL OR m.quantity <> c.quantity OR v.location_id <> c.location_id
            OR m.target <> (CASE WHEN c.grade = 'restock' THEN 'available' ELSE 'damaged' END)
        ORDER BY c.id
        """,
    ),
    Check(
        "I6",
        "restock_comes_from_a_receipt",
        "Nothing comes back into stock from a customer but by a receipt.",
        """
        SELECT m.id AS movement, m.cause, m.quantity, m.target
        FROM inventory_movement m
        LEFT JOIN returns_receipt c ON m.cause = 'return-receipt:' || c.id
        WHERE m.source = 'customer' AND c.id IS NULL
        ORDER BY m.id
        """,
    ),
    Check(
        "I6",
        "settlement_is_a_credit",
        "What was settled for a receipt is credited to the order, once, for the units received.",
        """
        SELECT t.id AS settlement, t.amount, c.quantity, k.id AS credit, k.amount AS credited, k.units
        FROM returns_settlement t
        JOIN returns_receipt c ON c.id = t.receipt_id
        LEFT JOIN orders_credit k ON k.cause = 'return-receipt:' || c.id
        WHERE k.id IS NULL OR k.amount <> t.amount OR k.units <> c.quantity
        ORDER BY t.id
        """,
    ),
)
