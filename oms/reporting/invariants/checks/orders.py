"""Orders: units, amounts, credits, statuses (I4, I7, I11, I14)."""

from oms.reporting.invariants.checks.base import UNDER_WAY, Check

_PLACES = (
    "l.cancelled + l.unallocated + l.backordered + l.allocated + l.picked + l.packed + l.shipped"
)

CHECKS = (
    Check(
        "I4",
        "each_unit_is_in_one_place",
        "The units of a line are in exactly one of its places each, and none is delivered, returned or credited"
        " that cannot be.",
        f"""
        SELECT l.id AS line, l.order_id AS "order", l.ordered, l.cancelled, l.unallocated, l.backordered,
            l.allocated, l.picked, l.packed, l.shipped, l.delivered, l.return_requested, l.returned,
            l.written_off, l.credited
        FROM orders_orderline l
        WHERE l.ordered <> {_PLACES} OR l.ordered < 1
            OR l.cancelled < 0 OR l.unallocated < 0 OR l.backordered < 0 OR l.allocated < 0
            OR l.picked < 0 OR l.packed < 0 OR l.shipped < 0 OR l.delivered < 0
            OR l.return_requested < 0 OR l.returned < 0 OR l.written_off < 0 OR l.credited < 0
            OR l.delivered > l.shipped OR l.credited > l.ordered
            OR l.return_requested + l.returned + l.written_off > l.shipped
        ORDER BY l.id
        """,
    ),
    Check(
        "I4",
        "fulfillment_status_is_derived",
        "The fulfillment status and the mark of waiting are what the counters of the lines say.",
        """
        SELECT id AS "order", number, fulfillment_status, derived, has_backorder, backordered
        FROM (
            SELECT o.id, o.number, o.fulfillment_status, o.has_backorder, u.backordered,
                CASE
                    WHEN u.wanted = 0 THEN 'cancelled'
                    WHEN u.delivered = u.wanted THEN 'delivered'
                    WHEN u.delivered > 0 THEN 'partially_delivered'
                    WHEN u.shipped = u.wanted THEN 'shipped'
                    WHEN u.shipped > 0 THEN 'partially_shipped'
                    WHEN u.in_hand > 0 THEN 'in_progress'
                    WHEN u.backordered > 0 THEN 'backordered'
                    WHEN u.allocated = u.wanted THEN 'allocated'
                    ELSE 'unfulfilled'
                END AS derived
            FROM orders_order o
            JOIN (
                SELECT order_id, SUM(ordered - cancelled) AS wanted, SUM(delivered) AS delivered,
                    SUM(shipped) AS shipped, SUM(picked + packed) AS in_hand,
                    SUM(backordered) AS backordered, SUM(allocated) AS allocated
                FROM orders_orderline GROUP BY order_id
            ) u ON u.order_id = o.id
        ) s
        WHERE fulfillment_status <> derived
            OR (backordered > 0) <> (CASE WHEN has_backorder THEN 1 = 1 ELSE 1 = 0 END)
        ORDER BY id
        """,
    ),
    Check(
        "I7",
        "order_adds_up",
        "An order's total, tax, discount and shipping charge are the sums of its parts, to the minor unit.",
        """
        SELECT o.id AS "order", o.number, o.total, o.subtotal, o.discount_total, o.shipping_total,
            o.shipping_tax, o.tax_total, l.total AS lines_total, l.tax AS lines_tax,
            l.discount AS lines_discount, l.shipping AS lines_shipping
        FROM orders_order o
        LEFT JOIN (
            SELECT order_id, ROUND(SUM(total), 4) AS total, ROUND(SUM(tax), 4) AS tax,
                ROUND(SUM(discount), 4) AS discount, ROUND(SUM(shipping_share), 4) AS shipping
            FROM orders_orderline GROUP BY order_id
        ) l ON l.order_id = o.id
        WHERE l.order_id IS NULL
            OR o.total <> ROUND(l.total + o.shipping_total, 4)
            OR o.tax_total <> ROUND(l.tax + o.shipping_tax, 4)
            OR o.discount_total <> l.discount
            OR o.shipping_total <> l.shipping
            OR o.total <> ROUND(
                o.subtotal - o.discount_total + o.shipping_total
                + CASE WHEN o.prices_include_tax THEN 0 ELSE o.tax_total - o.shipping_tax END, 4)
        ORDER BY o.id
        """,
    ),
    Check(
        "I7",
        "line_adds_up",
        "A line's total is its net amount and its tax, and nothing of it is negative.",
        """
        SELECT id AS line, order_id AS "order", net, tax, total, discount, shipping_share
        FROM orders_orderline
        WHERE total <> ROUND(net + tax, 4)
            OR net < 0 OR tax < 0 OR discount < 0 OR shipping_share < 0
        ORDER BY id
        """,
    ),
    Check(
        "I7",
        "order_credit_adds_up",
        "What an order has been credited is the sum of its credits and at most its total.",
        """
        SELECT o.id AS "order", o.number, o.total, o.credited_total, COALESCE(c.amount, 0) AS credits
        FROM orders_order o
        LEFT JOIN (
            SELECT order_id, ROUND(SUM(amount), 4) AS amount FROM orders_credit GROUP BY order_id
        ) c ON c.order_id = o.id
        WHERE o.credited_total <> COALESCE(c.amount, 0) OR o.credited_total > o.total
            OR o.credited_total < 0
        ORDER BY o.id
        """,
    ),
    Check(
        "I7",
        "unit_is_credited_once",
        "The credits of a line follow each other from its first unit on, belong to its order, and together are worth"
        " the line once all of its units are credited.",
        """
        SELECT l.id AS line, l.order_id AS "order", l.ordered, l.credited,
            COALESCE(c.units, 0) AS units, l.total, COALESCE(c.amount, 0) AS amount
        FROM orders_orderline l
        LEFT JOIN (
            SELECT line_id, SUM(units) AS units, ROUND(SUM(amount), 4) AS amount,
                MAX(first_unit + units) AS beyond, MIN(order_id) AS low, MAX(order_id) AS high
            FROM orders_credit WHERE line_id IS NOT NULL GROUP BY line_id
        ) c ON c.line_id = l.id
        WHERE l.credited <> COALESCE(c.units, 0)
            OR c.beyond <> c.units
            OR c.low <> l.order_id OR c.high <> l.order_id
            OR (c.units = l.ordered AND c.amount <> l.total)
            OR EXISTS (
                SELECT 1 FROM orders_credit x JOIN orders_credit y ON y.line_id = x.line_id
                WHERE x.line_id = l.id AND y.id <> x.id
                    AND y.first_unit >= x.first_unit AND y.first_unit < x.first_unit + x.units
            )
        ORDER BY l.id
        """,
    ),
    Check(
        "I11",
        "order_status_fits_its_units",
        "An order is cancelled when all of its units are, complete when the rest has shipped, and open otherwise.",
        """
        SELECT o.id AS "order", o.number, o.status, u.ordered, u.cancelled, u.shipped
        FROM orders_order o
        JOIN (
            SELECT order_id, SUM(ordered) AS ordered, SUM(cancelled) AS cancelled,
                SUM(shipped) AS shipped
            FROM orders_orderline GROUP BY order_id
        ) u ON u.order_id = o.id
        WHERE (o.status = 'cancelled') <> (u.cancelled = u.ordered)
            OR (o.status = 'completed') <> (u.shipped > 0 AND u.shipped + u.cancelled = u.ordered)
            OR (u.shipped > 0 AND o.status NOT IN ('confirmed', 'completed'))
        ORDER BY o.id
        """,
    ),
    Check(
        "I11",
        "order_waits_while_a_hold_is_active",
        "An order shows that it waits exactly while one of its holds is active.",
        """
        SELECT o.id AS "order", o.number, o.on_hold, COALESCE(h.active, 0) AS active_holds
        FROM orders_order o
        LEFT JOIN (
            SELECT order_id, COUNT(*) AS active FROM orders_hold
            WHERE status = 'active' GROUP BY order_id
        ) h ON h.order_id = o.id
        WHERE (CASE WHEN o.on_hold THEN 1 ELSE 0 END)
            <> (CASE WHEN h.active IS NULL THEN 0 ELSE 1 END)
        ORDER BY o.id
        """,
    ),
    Check(
        "I14",
        "released_units_lie_in_work",
        "Units that have stock, of an order that was released and waits for nothing, are on a warehouse's list.",
        f"""
        SELECT o.id AS "order", o.number, l.id AS line, l.allocated + l.picked + l.packed AS units,
            COALESCE(w.units, 0) AS in_work
        FROM orders_order o
        JOIN orders_channel c ON c.id = o.channel_id
        JOIN orders_orderline l ON l.order_id = o.id
        LEFT JOIN (
            SELECT order_line_id, SUM(quantity - cancelled - short - shipped) AS units
            FROM fulfillment_fulfillmentline GROUP BY order_line_id
        ) w ON w.order_line_id = l.id
        WHERE o.status = 'confirmed' AND o.released_at IS NOT NULL
            AND NOT o.on_hold AND NOT o.ship_complete
            AND (o.pays_on_terms OR c.release_unpaid
                OR o.authorized_total >= ROUND(o.refunded_total + o.total - o.credited_total, 4))
            AND l.allocated + l.picked + l.packed <> COALESCE(w.units, 0)
            AND NOT {UNDER_WAY}
        ORDER BY o.id, l.id
        """,
    ),
)
