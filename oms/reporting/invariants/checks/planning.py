"""Planning: what was asked for is known, a need is proposed once, what was approved has its draft (I4, I10, I11)."""

from oms.reporting.invariants.checks.base import Check

CHECKS = (
    Check(
        "I4",
        "demand_knows_what_was_ordered",
        "Once told, the demand of a SKU is at least what its orders want; a former system may have known of more.",
        """
        SELECT w.sku_id AS sku, w.wanted, COALESCE(t.told, 0) AS told
        FROM (
            SELECT l.sku_id, SUM(l.ordered - l.cancelled) AS wanted, MAX(o.updated_at) AS changed_at
            FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
            WHERE o.status <> 'draft' GROUP BY l.sku_id
        ) w
        JOIN inventory_demandmark m ON m.until > w.changed_at
        LEFT JOIN (SELECT sku_id, SUM(units) AS told FROM inventory_demandday GROUP BY sku_id) t ON t.sku_id = w.sku_id
        WHERE w.wanted > COALESCE(t.told, 0) AND EXISTS (
            SELECT 1 FROM inventory_location WHERE ships_orders AND is_active
        )
        ORDER BY w.sku_id
        """,
    ),
    Check(
        "I10",
        "need_is_proposed_once",
        "There is one open proposal for a SKU and a location from each other location, and one to buy or to make it.",
        """
        SELECT sku_id AS sku, location_id AS location, source_id AS source, COUNT(*) AS proposals
        FROM inventory_proposal WHERE status = 'open'
        GROUP BY sku_id, location_id, source_id HAVING COUNT(*) > 1 ORDER BY sku_id, location_id
        """,
    ),
    Check(
        "I11",
        "approved_proposal_has_its_draft",
        "An approved proposal names the purchase, transfer or production order that it became, and no other one does.",
        """
        SELECT p.id AS proposal, p.number, p.status, p.document_number AS document, o.number AS purchase_order,
            t.number AS transfer, m.number AS production_order
        FROM inventory_proposal p
        LEFT JOIN inventory_purchaseorder o ON o.id = p.purchase_order_id
        LEFT JOIN inventory_transferorder t ON t.id = p.transfer_id
        LEFT JOIN inventory_productionorder m ON m.id = p.production_order_id
        WHERE CASE
            WHEN p.status <> 'approved' THEN p.document_number = '' AND COALESCE(o.id, t.id, m.id) IS NULL
            WHEN p.kind = 'purchase' THEN p.document_number = o.number AND COALESCE(t.id, m.id) IS NULL
            WHEN p.kind = 'transfer' THEN p.document_number = t.number AND COALESCE(o.id, m.id) IS NULL
            ELSE p.document_number = m.number AND COALESCE(o.id, t.id) IS NULL END IS NOT TRUE
        ORDER BY p.id
        """,
    ),
)
