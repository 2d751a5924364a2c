"""Kits and packs: what they are, and what of them was sold (I3, I4, I7)."""

from oms.reporting.invariants.checks.base import Check

CHECKS = (
    Check(
        "I3",
        "kit_is_made_of_articles",
        "A kit has parts, none of which is a kit, and no stock level of its own.",
        """
        SELECT k.sku_id AS kit, s.code, COALESCE(p.parts, 0) AS parts, COALESCE(p.kits, 0) AS kits_inside,
            COALESCE(l.levels, 0) AS levels
        FROM inventory_kit k
        JOIN inventory_sku s ON s.id = k.sku_id
        LEFT JOIN (
            SELECT i.kit_id, COUNT(*) AS parts, COUNT(n.sku_id) AS kits
            FROM inventory_kitpart i LEFT JOIN inventory_kit n ON n.sku_id = i.part_id
            GROUP BY i.kit_id
        ) p ON p.kit_id = k.sku_id
        LEFT JOIN (
            SELECT sku_id, COUNT(*) AS levels FROM inventory_level GROUP BY sku_id
        ) l ON l.sku_id = k.sku_id
        WHERE p.kit_id IS NULL OR p.kits > 0 OR l.levels > 0
        ORDER BY k.sku_id
        """,
    ),
    Check(
        "I4",
        "kit_units_agree",
        "A line that is part of a kit is of the kit's order, with as many units as lie in all of the kits.",
        """
        SELECT l.id AS line, l.order_id AS "order", k.id AS kit, k.quantity, l.units_per_kit, l.ordered
        FROM orders_orderline l
        JOIN orders_orderkit k ON k.id = l.kit_id
        WHERE l.order_id <> k.order_id OR l.units_per_kit IS NULL
            OR l.ordered <> k.quantity * l.units_per_kit
        ORDER BY l.id
        """,
    ),
    Check(
        "I7",
        "kit_is_the_sum_of_its_lines",
        "The amounts of a kit on an order are the sums of the lines of its parts, and what it was sold for.",
        """
        SELECT k.id AS kit, k.order_id AS "order", k.unit_price, k.quantity, k.discount,
            COALESCE(l.discount, 0) AS lines_discount, k.net, COALESCE(l.net, 0) AS lines_net,
            k.tax, COALESCE(l.tax, 0) AS lines_tax, k.total, COALESCE(l.total, 0) AS lines_total
        FROM orders_orderkit k
        JOIN orders_order o ON o.id = k.order_id
        LEFT JOIN (
            SELECT kit_id, ROUND(SUM(discount), 4) AS discount, ROUND(SUM(net), 4) AS net,
                ROUND(SUM(tax), 4) AS tax, ROUND(SUM(total), 4) AS total
            FROM orders_orderline WHERE kit_id IS NOT NULL GROUP BY kit_id
        ) l ON l.kit_id = k.id
        WHERE l.kit_id IS NULL OR k.discount <> l.discount OR k.net <> l.net OR k.tax <> l.tax
            OR k.total <> l.total
            OR ABS(ROUND(
                k.unit_price * k.quantity - k.discount
                - CASE WHEN o.prices_include_tax THEN k.total ELSE k.net END, 4)) >= 1
        ORDER BY k.id
        """,
    ),
    Check(
        "I3",
        "barcode_says_one_thing",
        "The barcode of a pack is no SKU's barcode and no SKU's code, and a kit has no packs.",
        """
        SELECT p.id AS pack, p.sku_id AS sku, p.barcode, s.id AS other, k.sku_id AS kit
        FROM inventory_pack p
        LEFT JOIN inventory_sku s ON p.barcode <> '' AND (s.barcode = p.barcode OR s.code = p.barcode)
        LEFT JOIN inventory_kit k ON k.sku_id = p.sku_id
        WHERE s.id IS NOT NULL OR k.sku_id IS NOT NULL
        ORDER BY p.id
        """,
    ),
    Check(
        "I7",
        "packs_cost_what_was_agreed",
        "A line in packs has whole ones, and costs what they do, less its discount.",
        """
        SELECT l.id AS line, l.order_id AS "order", l.ordered, l.pack, l.pack_units, l.pack_price,
            l.discount, l.net, l.total
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id
        WHERE l.pack_units IS NOT NULL AND (
            l.ordered / l.pack_units * l.pack_units <> l.ordered
            OR ABS(ROUND(
                l.pack_price * (l.ordered / l.pack_units) - l.discount
                - CASE WHEN o.prices_include_tax THEN l.total ELSE l.net END, 4)) >= 1)
        ORDER BY l.id
        """,
    ),
)
