"""Every check holds in a house that the services built, and each finds what it is there for."""

import json
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, models, transaction

from fulfillment.shipping.models import Label
from inventory.costing.models import CostEntry, CostLayer
from inventory.stock.models import Content, Level
from oms.core.api.models import IdempotencyKey
from oms.core.outbox.models import Delivery
from oms.messaging.models import Message
from oms.reporting.invariants import checks, services, tasks
from orders.ordering.models import Order
from orders.payments.models import Transaction
from tests.reporting.invariants import world

House = dict[str, Order]


@dataclass(frozen=True)
class Corruption:
    """One thing gone wrong: statements on tables without their constraints, and who must notice."""

    what: str
    statements: tuple[str, ...]
    noticed_by: set[str]


def line_of(stage: str) -> str:
    """Return the key of the first line of the order in that stage, as SQL."""
    return f"(SELECT MIN(id) FROM orders_orderline WHERE order_id = {{{stage}}})"


def work_line_of(stage: str) -> str:
    """Return the key of the first fulfillment line of the order in that stage, as SQL."""
    return (
        f"(SELECT MIN(id) FROM fulfillment_fulfillmentline WHERE order_line_id = {line_of(stage)})"
    )


def parcel_of(stage: str) -> str:
    """Return the key of the parcel of the order in that stage, as SQL."""
    return (
        "(SELECT MAX(s.id) FROM fulfillment_shipment s JOIN fulfillment_fulfillmentorder f"
        f" ON f.id = s.fulfillment_order_id WHERE f.order_id = {{{stage}}})"
    )


def copied(model: type[models.Model], row: str, **changes: str) -> str:
    """Return the statement that inserts a copy of a row under a key of its own, some columns changed (as SQL)."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(changes.get(column, f'"{column}"') for column in columns)
    table = model._meta.db_table
    return (
        f"INSERT INTO {table} (id, {names}) SELECT 999999, {values} FROM {table} WHERE id = {row}"
    )


def added(movement: str) -> str:
    """Return the statement that adds a movement: level, source, target, quantity."""
    return (
        "INSERT INTO inventory_movement (id, level_id, source, target, quantity, kind, document, cause, actor,"
        f" reason, at) SELECT 999999, {movement}, 'state_change', '', 'x', 'x', '', CURRENT_TIMESTAMP"
    )


def purchase_line(status: str) -> str:
    """Return the key of a line of a purchase order in that state, as SQL."""
    return (
        "(SELECT MIN(l.id) FROM inventory_purchaseline l JOIN inventory_purchaseorder o"
        f" ON o.id = l.order_id WHERE o.status = '{status}')"
    )


ANY_LEVEL = "(SELECT MIN(id) FROM inventory_level)"
RESERVED_LEVEL = "(SELECT MIN(level_id) FROM inventory_reservationline)"
ALLOCATION = f"(SELECT MIN(id) FROM inventory_allocation WHERE demand_id = {line_of('waiting')})"
RELEASED_LINE, SHIPPED_LINE, CLOSED_LINE = (
    "(SELECT MIN(l.id) FROM inventory_transferline l JOIN inventory_transferorder t ON t.id = l.transfer_id"
    f" WHERE t.status = '{status}')"
    for status in ("released", "in_transit", "closed")
)
MADE = "(SELECT MIN(id) FROM inventory_productionorder WHERE status = 'in_progress')"
REFUND = "(SELECT MIN(id) FROM orders_transaction WHERE kind = 'refund')"
CAPTURE = "(SELECT MIN(id) FROM orders_transaction WHERE kind = 'capture')"

PILE, LOT_PILE, BROKEN_PILE = (
    f"(SELECT MIN(id) FROM inventory_content WHERE {which})"
    for which in ("lot_id IS NULL AND condition = 'good'", "lot_id > 0", "condition = 'damaged'")
)

WAITING_PROMISE = f"(SELECT id FROM orders_promise WHERE line_id = {line_of('waiting')})"

CORRUPTIONS = [
    # Promises
    Corruption(
        "more is sold in advance than may be",
        ("UPDATE orders_preorder SET units = 1",),
        {"pre_orders_keep_their_limits"},
    ),
    Corruption(
        "more units are set aside for a line than it waits for",
        (f"UPDATE orders_orderline SET pinned = backordered + 1 WHERE id = {line_of('waiting')}",),
        {"units_set_aside_are_waited_for"},
    ),
    Corruption(
        "what a promise rests on is lost",
        (f"DELETE FROM orders_promisepart WHERE promise_id = {WAITING_PROMISE}",),
        {"promise_rests_on_its_parts"},
    ),
    Corruption(
        "more units are promised than wait",
        (
            f"UPDATE orders_promise SET units = units + 1 WHERE id = {WAITING_PROMISE}",
            f"UPDATE orders_promisepart SET units = units + 1 WHERE promise_id = {WAITING_PROMISE}",
        ),
        {"promise_is_for_the_units_that_wait"},
    ),
    Corruption(
        "an order is expected on a day that nobody promised",
        ("UPDATE orders_order SET expected_on = '2036-03-06' WHERE id = {waiting}",),
        {"order_is_expected_when_its_lines_are_promised"},
    ),
    Corruption(
        "a change of a promise is lost",
        (f"DELETE FROM orders_promisechange WHERE line_id = {line_of('waiting')}",),
        {"promise_changes_follow_each_other"},
    ),
    # Bins
    Corruption(
        "a unit more lies in a bin",
        (f"UPDATE inventory_content SET quantity = quantity + 1 WHERE id = {PILE}",),
        {"contents_are_the_fold_of_bin_moves", "contents_add_up_to_the_level"},
    ),
    Corruption(
        "what lies in a bin is forgotten",
        (f"DELETE FROM inventory_content WHERE id = {PILE}",),
        {"contents_are_the_fold_of_bin_moves", "contents_add_up_to_the_level"},
    ),
    Corruption(
        "what is broken is good again in its bin alone",
        (f"UPDATE inventory_content SET condition = 'good' WHERE id = {BROKEN_PILE}",),
        {
            "contents_are_the_fold_of_bin_moves",
            "contents_add_up_to_the_level",
            "content_is_at_least_one_unit",
        },
    ),
    Corruption(
        "goods went to another bin and nobody wrote it down",
        (
            (
                "UPDATE inventory_content SET bin_id = (SELECT id FROM inventory_bin WHERE code = 'OUT')"
                f" WHERE id = {PILE}"
            ),
        ),
        {"contents_are_the_fold_of_bin_moves"},
    ),
    Corruption(
        "a location forgets that it has bins",
        ("UPDATE inventory_location SET uses_bins = false",),
        {"contents_add_up_to_the_level"},
    ),
    Corruption(
        "a location says that it has bins",
        (
            (
                "UPDATE inventory_location SET uses_bins = true WHERE id ="
                " (SELECT MIN(location_id) FROM inventory_level WHERE on_hand > 0)"
            ),
        ),
        {"contents_add_up_to_the_level"},
    ),
    Corruption(
        "a row says that nothing lies in a bin",
        (copied(Content, PILE, quantity="0", lot_id="999999"),),
        {"content_is_at_least_one_unit"},
    ),
    Corruption(
        "goods lie in a bin of another location",
        (
            (
                "UPDATE inventory_bin SET location_id = (SELECT MIN(id) FROM inventory_location)"
                " WHERE code = 'DOCK'"
            ),
        ),
        {"content_lies_where_it_may"},
    ),
    Corruption(
        "goods lie in a bin that is out of use",
        ("UPDATE inventory_bin SET is_active = false WHERE code = 'FACE'",),
        {"content_lies_where_it_may"},
    ),
    Corruption(
        "a lot is of another SKU",
        (
            "UPDATE inventory_lot SET sku_id = (SELECT MIN(id) FROM inventory_sku) WHERE number = 'L1'",
        ),
        {"content_lies_where_it_may"},
    ),
    Corruption(
        "bins moved other units than the movement that they follow",
        (("UPDATE inventory_movement SET cause = 'another' WHERE cause = 'world-lot'"),),
        {"bin_move_follows_its_movement"},
    ),
    Corruption(
        "a bin move was changed afterwards",
        ("UPDATE inventory_binmove SET quantity = quantity + 1 WHERE kind = 'switch'",),
        {"contents_are_the_fold_of_bin_moves"},
    ),
    # Lots
    Corruption(
        "a serial number lies in two places",
        (
            (
                "UPDATE inventory_content SET lot_id = (SELECT id FROM inventory_lot WHERE number = 'SN-1'),"
                " is_serial = false WHERE lot_id = (SELECT id FROM inventory_lot WHERE number = 'SN-2')"
            ),
        ),
        {
            "serial_is_in_one_place",
            "contents_are_the_fold_of_bin_moves",
            "content_is_at_least_one_unit",
        },
    ),
    Corruption(
        "a lot has left the shelf under what is picked of it",
        (
            (
                "UPDATE inventory_content SET condition = 'damaged'"
                " WHERE lot_id = (SELECT id FROM inventory_lot WHERE number = 'SOON')"
            ),
        ),
        {
            "claims_lie_there",
            "contents_are_the_fold_of_bin_moves",
            "contents_add_up_to_the_level",
        },
    ),
    Corruption(
        "nobody knows any more which lots are picked",
        ("DELETE FROM inventory_claim WHERE demand = 'fulfillment.fulfillmentline'",),
        {"picked_units_have_lots"},
    ),
    Corruption(
        "nobody knows any more which lots are packed",
        ("DELETE FROM inventory_claim WHERE demand = 'fulfillment.shipmentline'",),
        {"packed_units_have_lots"},
    ),
    Corruption(
        "who got a lot is forgotten",
        ("DELETE FROM fulfillment_shippedlot",),
        {"shipped_lots_are_what_shipped"},
    ),
    Corruption(
        "more of a lot has left than was in the parcel",
        ("UPDATE fulfillment_shippedlot SET quantity = quantity + 1",),
        {"shipped_lots_are_what_shipped"},
    ),
    Corruption(
        "a lot is recalled and its units are still for sale",
        (
            (
                "UPDATE inventory_lot SET status = 'recalled', recalled_at = created_at"
                " WHERE number = 'LATE'"
            ),
        ),
        {"unsellable_lots_are_set_aside"},
    ),
    Corruption(
        "nobody has swept for years and a lot that is recalled is still for sale",
        (
            "INSERT INTO fulfillment_sweepmark (id, clear_at) VALUES (1, '2020-01-01 00:00:00')",
            (
                "UPDATE inventory_lot SET status = 'recalled', recalled_at = created_at"
                " WHERE number = 'LATE'"
            ),
        ),
        {"unsellable_lots_are_set_aside"},
    ),
    # Kits
    Corruption(
        "a kit lies somewhere",
        (
            (
                f"UPDATE inventory_kit SET sku_id = (SELECT sku_id FROM inventory_level WHERE id = {ANY_LEVEL})"
            ),
            (
                "UPDATE inventory_kitpart SET kit_id = (SELECT sku_id FROM inventory_kit),"
                " part_id = (SELECT MAX(id) FROM inventory_sku)"
                " WHERE id = (SELECT MIN(id) FROM inventory_kitpart)"
            ),
        ),
        {"kit_is_made_of_articles"},
    ),
    Corruption(
        "a kit has lost its parts",
        ("DELETE FROM inventory_kitpart",),
        {"kit_is_made_of_articles"},
    ),
    Corruption(
        "a line has more units than lie in its kits",
        (f"UPDATE orders_orderline SET units_per_kit = 3 WHERE id = {line_of('kit')}",),
        {"kit_units_agree"},
    ),
    Corruption(
        "a kit has another total than its lines",
        ("UPDATE orders_orderkit SET net = net + 0.01, total = total + 0.01",),
        {"kit_is_the_sum_of_its_lines"},
    ),
    Corruption(
        "a kit was sold at another price",
        ("UPDATE orders_orderkit SET unit_price = unit_price + 1",),
        {"kit_is_the_sum_of_its_lines"},
    ),
    Corruption(
        "a pack has the barcode of an article",
        (
            "UPDATE inventory_pack SET barcode = (SELECT MIN(barcode) FROM inventory_sku WHERE barcode <> '')",
        ),
        {"barcode_says_one_thing"},
    ),
    Corruption(
        "packs were sold at another price",
        (f"UPDATE orders_orderline SET pack_price = pack_price + 5 WHERE id = {line_of('packs')}",),
        {"packs_cost_what_was_agreed"},
    ),
    Corruption(
        "a substitute stands for no line",
        (
            "UPDATE orders_orderline SET substitute_for_id = NULL WHERE substitute_for_id IS NOT NULL",
        ),
        {"substitution_has_its_lines"},
    ),
    Corruption(
        "a substitution has lost its line",
        ("UPDATE orders_substitution SET new_line_id = NULL",),
        {"substitution_has_its_lines"},
    ),
    Corruption(
        "a substitute costs more than anyone agreed to",
        ("UPDATE orders_substitution SET cost_before = cost_before - 1",),
        {"substitution_costs_what_was_agreed"},
    ),
    # Stock
    Corruption(
        "a level counts a unit that nobody moved",
        (f"UPDATE inventory_level SET on_hand = on_hand + 1 WHERE id = {ANY_LEVEL}",),
        {"books_count_what_is_ours", "level_is_the_fold_of_its_movements"},
    ),
    Corruption(
        "a movement is lost",
        ("DELETE FROM inventory_movement WHERE id = (SELECT MIN(id) FROM inventory_movement)",),
        {"level_is_the_fold_of_its_movements"},
    ),
    Corruption(
        "a movement was changed afterwards",
        (
            (
                "UPDATE inventory_movement SET quantity = quantity + 1 WHERE id ="
                " (SELECT MIN(id) FROM inventory_movement WHERE kind = 'allocation')"
            ),
        ),
        {"level_is_the_fold_of_its_movements"},
    ),
    Corruption(
        "a movement comes from nowhere",
        (
            (
                "UPDATE inventory_movement SET source = 'nowhere' WHERE id ="
                " (SELECT MIN(id) FROM inventory_movement WHERE source = 'supplier')"
            ),
        ),
        {"movement_is_double_entry"},
    ),
    Corruption(
        "two movements have one cause",
        (
            (
                "UPDATE inventory_movement SET cause = 'same' WHERE id IN"
                " (SELECT id FROM inventory_movement WHERE kind = 'allocation' ORDER BY id LIMIT 2)"
            ),
        ),
        {"movement_has_one_cause"},
    ),
    Corruption(
        "a bucket is below nothing, and its ledger agrees",
        (
            added(f"{ANY_LEVEL}, 'reserved', 'available', 1"),
            f"UPDATE inventory_level SET reserved = -1 WHERE id = {ANY_LEVEL}",
        ),
        {"bucket_is_not_negative", "reserved_is_the_sum_of_reservations"},
    ),
    Corruption(
        "more is damaged than there is, and its ledger agrees",
        (
            added(f"{ANY_LEVEL}, 'available', 'damaged', 1000"),
            f"UPDATE inventory_level SET damaged = damaged + 1000 WHERE id = {ANY_LEVEL}",
        ),
        {"bucket_is_not_negative"},
    ),
    Corruption(
        "an allocation has grown",
        (f"UPDATE inventory_allocation SET quantity = quantity + 1 WHERE id = {ALLOCATION}",),
        {"committed_is_the_sum_of_allocations", "line_holds_what_it_counts"},
    ),
    Corruption(
        "a level waits for goods that nobody brings",
        (f"UPDATE inventory_level SET incoming = incoming + 1 WHERE id = {ANY_LEVEL}",),
        {"incoming_is_the_sum_of_what_is_inbound"},
    ),
    Corruption(
        "a line has lost its allocation to nobody",
        (f"UPDATE inventory_allocation SET demand_id = 999999 WHERE id = {ALLOCATION}",),
        {"allocation_serves_a_line", "line_holds_what_it_counts"},
    ),
    Corruption(
        "a SKU has two levels at one place",
        (
            copied(
                Level,
                ANY_LEVEL,
                on_hand="0",
                committed="0",
                reserved="0",
                damaged="0",
                quality_control="0",
            ),
        ),
        {"one_level_per_place"},
    ),
    # Reservations
    Corruption(
        "a level holds a unit for nobody",
        (f"UPDATE inventory_level SET reserved = reserved + 1 WHERE id = {RESERVED_LEVEL}",),
        {"reserved_is_the_sum_of_reservations", "level_is_the_fold_of_its_movements"},
    ),
    Corruption(
        "a reservation holds no unit of a level",
        (
            (
                "UPDATE inventory_reservationline SET quantity = 0"
                " WHERE id = (SELECT MIN(id) FROM inventory_reservationline)"
            ),
        ),
        {"reservation_line_holds_units", "reserved_is_the_sum_of_reservations"},
    ),
    Corruption(
        "a reservation was let go and holds its units still",
        (
            (
                "UPDATE inventory_reservation SET status = 'released', ended_at = CURRENT_TIMESTAMP"
                " WHERE id = (SELECT MIN(reservation_id) FROM inventory_reservationline)"
            ),
        ),
        {"ended_reservation_holds_nothing"},
    ),
    Corruption(
        "a reservation became an order that there is not",
        (("UPDATE inventory_reservation SET order_number = 'WEB-NOPE' WHERE status = 'ordered'"),),
        {"ordered_reservation_names_its_order"},
    ),
    # Planning
    Corruption(
        "demand is said to be known that nobody told",
        ("INSERT INTO inventory_demandmark (id, until) VALUES (1, '2999-01-01 00:00:00')",),
        {"demand_knows_what_was_ordered"},
    ),
    Corruption(
        "a need is proposed twice",
        (
            (
                "UPDATE inventory_proposal SET status = 'open', document_number = '', purchase_order_id = NULL,"
                " production_order_id = NULL,"
                " decided_at = NULL, sku_id = (SELECT sku_id FROM inventory_proposal WHERE status = 'open'),"
                " location_id = (SELECT location_id FROM inventory_proposal WHERE status = 'open')"
                " WHERE status = 'approved'"
            ),
        ),
        {"need_is_proposed_once"},
    ),
    Corruption(
        "an approved proposal names another draft than its own",
        ("UPDATE inventory_proposal SET document_number = 'PO-NOPE' WHERE status = 'approved'",),
        {"approved_proposal_has_its_draft"},
    ),
    # Transfers
    Corruption(
        "a unit of a transfer was lost and nobody wrote it off",
        (f"UPDATE inventory_transferline SET lost = lost + 1 WHERE id = {SHIPPED_LINE}",),
        {
            "in_transit_is_what_left_and_has_not_arrived",
            "transfer_line_counts_its_steps",
            "transfer_line_is_expected_at_its_destination",
        },
    ),
    Corruption(
        "a movement out of transit is lost",
        (
            (
                "DELETE FROM inventory_movement WHERE id ="
                " (SELECT MIN(id) FROM inventory_movement WHERE source = 'transit' AND target = 'adjustment')"
            ),
        ),
        {"books_count_what_is_ours", "in_transit_is_what_left_and_has_not_arrived"},
    ),
    Corruption(
        "more of a transfer is cancelled than was wanted",
        (f"UPDATE inventory_transferline SET cancelled = quantity + 1 WHERE id = {CLOSED_LINE}",),
        {"transfer_line_counts_its_steps", "transfer_status_fits_its_lines"},
    ),
    Corruption(
        "the units of a transfer are set aside for another line of it",
        (
            (
                "UPDATE inventory_allocation SET demand_id = 999999 WHERE demand = 'inventory.transferline'"
                f" AND demand_id = {RELEASED_LINE}"
            ),
        ),
        {"allocation_serves_a_line", "transfer_line_holds_what_is_open"},
    ),
    Corruption(
        "what a transfer brings is said to be brought by a purchase",
        (
            (
                "UPDATE inventory_inbound SET supply = 'inventory.other' WHERE supply_id ="
                f" {SHIPPED_LINE} AND supply = 'inventory.transferline'"
            ),
        ),
        {"transfer_line_is_expected_at_its_destination"},
    ),
    Corruption(
        "a transfer was closed by hand while goods are on the road",
        (("UPDATE inventory_transferorder SET status = 'closed' WHERE status = 'in_transit'"),),
        {"transfer_status_fits_its_lines", "transfer_line_is_expected_at_its_destination"},
    ),
    # Production
    Corruption(
        "a unit went into production and no posting says so",
        (
            (
                "UPDATE inventory_productionpostingline SET quantity = quantity - 1 WHERE id ="
                " (SELECT MIN(id) FROM inventory_productionpostingline WHERE kind = 'consume')"
            ),
        ),
        {"in_production_is_what_postings_say", "production_order_counts_its_postings"},
    ),
    Corruption(
        "a posting that was taken back stands again",
        (("UPDATE inventory_productionposting SET undone_at = NULL WHERE undone_at IS NOT NULL"),),
        {
            "in_production_is_what_postings_say",
            "lots_of_postings_are_what_moved",
            "production_order_counts_its_postings",
        },
    ),
    Corruption(
        "a posting forgot of which lot its goods are",
        (
            (
                "DELETE FROM inventory_postedlot WHERE id = (SELECT MIN(k.id) FROM inventory_postedlot k"
                " JOIN inventory_productionpostingline l ON l.id = k.line_id WHERE l.kind = 'output')"
            ),
        ),
        {"lots_of_postings_are_what_moved"},
    ),
    Corruption(
        "a posting says that it used more of a lot than went in",
        (
            (
                "UPDATE inventory_postedlot SET quantity = quantity + 1 WHERE id ="
                " (SELECT MIN(id) FROM inventory_postedlot)"
            ),
        ),
        {"lots_of_postings_are_what_moved"},
    ),
    Corruption(
        "a component is set aside for nobody",
        (
            (
                "UPDATE inventory_productioncomponent SET held = held - 1 WHERE id ="
                " (SELECT MIN(id) FROM inventory_productioncomponent WHERE held > 0)"
            ),
        ),
        {"production_component_holds_what_it_counts"},
    ),
    Corruption(
        "components are set aside for another line of production",
        (
            (
                "UPDATE inventory_allocation SET demand_id = 999999"
                " WHERE demand = 'inventory.productioncomponent'"
            ),
        ),
        {"allocation_serves_a_line", "production_component_holds_what_it_counts"},
    ),
    Corruption(
        "what is made is said to be brought by a transfer",
        (
            (
                "UPDATE inventory_inbound SET supply = 'inventory.transferline', supply_id = 999999"
                f" WHERE supply = 'inventory.productionorder' AND supply_id = {MADE}"
            ),
        ),
        {
            "production_order_is_expected_at_its_location",
            "transfer_line_is_expected_at_its_destination",
        },
    ),
    Corruption(
        "a unit was made that no posting brought",
        (f"UPDATE inventory_productionorder SET produced = produced + 1 WHERE id = {MADE}",),
        {
            "production_order_counts_its_postings",
            "production_order_is_expected_at_its_location",
        },
    ),
    Corruption(
        "an order that was begun is confirmed again by hand",
        (f"UPDATE inventory_productionorder SET status = 'confirmed' WHERE id = {MADE}",),
        {"production_status_fits_its_postings"},
    ),
    Corruption(
        "a day is booked after the order is finished",
        (
            (
                "UPDATE inventory_productionslot SET day = '2099-12-31' WHERE id ="
                f" (SELECT MIN(id) FROM inventory_productionslot WHERE order_id = {MADE})"
            ),
        ),
        {"production_days_are_of_its_work_center"},
    ),
    Corruption(
        "a SKU is made of itself",
        (
            (
                "UPDATE inventory_billcomponent SET sku_id = (SELECT b.sku_id FROM inventory_billofmaterials b"
                " WHERE b.id = inventory_billcomponent.bill_id)"
                " WHERE id = (SELECT MIN(id) FROM inventory_billcomponent)"
            ),
        ),
        {"bill_contains_no_circle"},
    ),
    Corruption(
        "goods cost more than what went into them",
        (
            (
                "UPDATE inventory_costchange SET amount = amount + 1 WHERE id ="
                " (SELECT MIN(id) FROM inventory_costchange WHERE kind = 'made' AND amount > 0)"
            ),
        ),
        {"goods_cost_what_went_into_them"},
    ),
    # Counts
    Corruption(
        "a line of a posted count was changed afterwards",
        (
            (
                "UPDATE inventory_countline SET counted = counted + 1 WHERE count_id ="
                " (SELECT MIN(id) FROM inventory_countorder WHERE status = 'posted')"
            ),
        ),
        {"posted_count_moved_its_differences", "count_line_is_its_last_entry"},
    ),
    Corruption(
        "what a count moved is said to be of no line",
        (
            (
                "UPDATE inventory_movement SET cause = 'count-line:0' WHERE id ="
                " (SELECT MIN(id) FROM inventory_movement WHERE kind = 'count')"
            ),
        ),
        {"posted_count_moved_its_differences"},
    ),
    Corruption(
        "what was counted in a bin moved in none",
        ("UPDATE inventory_binmove SET cause = 'another' WHERE cause LIKE 'bin-count:%'",),
        {"posted_count_moved_its_differences", "bin_move_follows_its_movement"},
    ),
    Corruption(
        "a figure that somebody counted is lost",
        (
            (
                "DELETE FROM inventory_countentry WHERE id = (SELECT MAX(e.id) FROM inventory_countentry e"
                " JOIN inventory_countline l ON l.id = e.line_id WHERE l.state = 'to_recount')"
            ),
        ),
        {"count_line_is_its_last_entry"},
    ),
    Corruption(
        "a running count lets another one count the same",
        (
            (
                "UPDATE inventory_countline SET is_live = false WHERE count_id ="
                " (SELECT MIN(id) FROM inventory_countorder WHERE status = 'open')"
            ),
        ),
        {"count_line_fits_its_count"},
    ),
    # Purchasing
    Corruption(
        "a purchase line has received units that no receipt tells of",
        (
            (
                "UPDATE inventory_purchaseline SET received = received + 1"
                f" WHERE id = {purchase_line('partially_received')}"
            ),
        ),
        {"purchase_line_counts_its_receipts", "purchase_line_is_expected_at_its_location"},
    ),
    Corruption(
        "more of a purchase line is cancelled than was ordered",
        (
            (
                "UPDATE inventory_purchaseline SET cancelled = ordered + 1"
                f" WHERE id = {purchase_line('cancelled')}"
            ),
        ),
        {"purchase_line_adds_up", "purchase_status_fits_its_lines"},
    ),
    Corruption(
        "units too many were taken while others are to come",
        (
            (
                'UPDATE inventory_purchaseline SET "over" = 1, ordered = ordered - 1'
                f" WHERE id = {purchase_line('partially_received')}"
            ),
        ),
        {"purchase_line_adds_up"},
    ),
    Corruption(
        "a line of a purchase receipt was changed afterwards",
        (
            (
                "UPDATE inventory_purchasereceiptline SET quantity = quantity + 1"
                f" WHERE line_id = {purchase_line('closed')}"
            ),
        ),
        {"purchase_line_counts_its_receipts", "purchase_receipt_is_moved_once"},
    ),
    Corruption(
        "a receipt was booked on a purchase order by its number alone",
        (
            (
                "UPDATE inventory_movement SET document ="
                " (SELECT MIN(number) FROM inventory_purchaseorder)"
                " WHERE id = (SELECT MIN(id) FROM inventory_movement WHERE kind = 'receipt')"
            ),
        ),
        {"purchase_receipt_is_moved_once"},
    ),
    Corruption(
        "a purchase receipt is said to be undone while its units are there",
        (
            (
                "UPDATE inventory_purchasereceipt SET undone_at = received_at WHERE id ="
                " (SELECT receipt_id FROM inventory_purchasereceiptline"
                f" WHERE line_id = {purchase_line('closed')})"
            ),
        ),
        {"purchase_line_counts_its_receipts", "purchase_receipt_is_moved_once"},
    ),
    Corruption(
        "what a purchase order brings is said to come to another level",
        (
            (
                f"UPDATE inventory_inbound SET supply_id = {purchase_line('closed')}"
                " WHERE supply = 'inventory.purchaseline'"
                f" AND supply_id = {purchase_line('placed')}"
            ),
        ),
        {"purchase_line_is_expected_at_its_location"},
    ),
    Corruption(
        "a purchase order was closed by hand while goods are to come",
        ("UPDATE inventory_purchaseorder SET status = 'closed' WHERE status = 'placed'",),
        {
            "purchase_status_fits_its_lines",
            "purchase_line_is_expected_at_its_location",
            "status_is_what_the_timeline_tells",
        },
    ),
    Corruption(
        "a purchase order is in a state that nobody knows",
        ("UPDATE inventory_purchaseorder SET status = 'lost' WHERE status = 'cancelled'",),
        {"status_is_in_its_table", "status_is_what_the_timeline_tells"},
    ),
    # Orders
    Corruption(
        "a line counts more units than were ordered",
        (f"UPDATE orders_orderline SET unallocated = 1 WHERE id = {line_of('waiting')}",),
        {"each_unit_is_in_one_place"},
    ),
    Corruption(
        "more units are credited than were ordered",
        (f"UPDATE orders_orderline SET credited = ordered + 1 WHERE id = {line_of('waiting')}",),
        {"each_unit_is_in_one_place", "unit_is_credited_once"},
    ),
    Corruption(
        "a unit is delivered that is in no delivered parcel",
        (
            f"UPDATE orders_orderline SET delivered = delivered - 1 WHERE id = {line_of('returned')}",
        ),
        {"delivered_units_lie_in_delivered_parcels", "fulfillment_status_is_derived"},
    ),
    Corruption(
        "the fulfillment status was written by hand",
        ("UPDATE orders_order SET fulfillment_status = 'shipped' WHERE id = {waiting}",),
        {"fulfillment_status_is_derived"},
    ),
    Corruption(
        "an order has forgotten that it waits for stock",
        ("UPDATE orders_order SET has_backorder = (1 = 0) WHERE id = {waiting}",),
        {"fulfillment_status_is_derived"},
    ),
    Corruption(
        "the total is a cent too high",
        ("UPDATE orders_order SET total = total + 0.01 WHERE id = {waiting}",),
        {"order_adds_up"},
    ),
    Corruption(
        "a share of the shipping charge is missing",
        (
            (
                "UPDATE orders_orderline SET shipping_share = shipping_share - 0.01"
                f" WHERE id = {line_of('waiting')}"
            ),
        ),
        {"order_adds_up"},
    ),
    Corruption(
        "net and tax do not make the line's total",
        (f"UPDATE orders_orderline SET net = net + 0.01 WHERE id = {line_of('waiting')}",),
        {"line_adds_up"},
    ),
    Corruption(
        "a credit was forgotten on the order",
        (
            "UPDATE orders_order SET credited_total = ROUND(credited_total - 0.01, 4) WHERE id = {cancelled}",
        ),
        {"order_credit_adds_up"},
    ),
    Corruption(
        "two credits stand for the same unit",
        (
            (
                "UPDATE orders_credit SET first_unit = 1 WHERE id ="
                f" (SELECT MIN(id) FROM orders_credit WHERE line_id = {line_of('returned')})"
            ),
        ),
        {"unit_is_credited_once"},
    ),
    Corruption(
        "credited units are not worth their line",
        (
            (
                "UPDATE orders_credit SET amount = amount - 0.01 WHERE id ="
                f" (SELECT MIN(id) FROM orders_credit WHERE line_id = {line_of('cancelled')})"
            ),
            "UPDATE orders_order SET credited_total = ROUND(credited_total - 0.01, 4) WHERE id = {cancelled}",
        ),
        {"unit_is_credited_once"},
    ),
    Corruption(
        "an open order calls itself complete",
        ("UPDATE orders_order SET status = 'completed' WHERE id = {picked}",),
        {"order_status_fits_its_units", "status_is_what_the_timeline_tells"},
    ),
    Corruption(
        "an order does not wait although a hold is active",
        ("UPDATE orders_order SET on_hold = (1 = 0) WHERE id = {held}",),
        {"order_waits_while_a_hold_is_active"},
    ),
    Corruption(
        "a released unit is on nobody's list",
        (
            (
                "UPDATE fulfillment_fulfillmentline SET cancelled = cancelled + 1"
                f" WHERE id = {work_line_of('picked')}"
            ),
        ),
        {"released_units_lie_in_work"},
    ),
    # Warehouse
    Corruption(
        "work counts units in two places",
        (
            (
                "UPDATE fulfillment_fulfillmentline SET cancelled = 3, short = -2"
                f" WHERE id = {work_line_of('picked')}"
            ),
        ),
        {"work_adds_up", "released_units_lie_in_work"},
    ),
    Corruption(
        "the warehouse has picked what the order does not know of",
        (
            (
                "UPDATE fulfillment_fulfillmentline SET picked = picked + 1"
                f" WHERE id = {work_line_of('picked')}"
            ),
        ),
        {"work_and_order_count_alike"},
    ),
    Corruption(
        "work asks for more than is allocated",
        (
            (
                "UPDATE fulfillment_fulfillmentline SET quantity = quantity + 1"
                f" WHERE id = {work_line_of('picked')}"
            ),
        ),
        {"work_has_stock", "released_units_lie_in_work"},
    ),
    Corruption(
        "a unit was taken out of a parcel",
        (
            (
                "UPDATE fulfillment_shipmentline SET quantity = quantity - 1"
                f" WHERE shipment_id = {parcel_of('picked')}"
            ),
        ),
        {"parcels_hold_what_work_counts"},
    ),
    Corruption(
        "a parcel calls itself shipped",
        (f"UPDATE fulfillment_shipment SET status = 'shipped' WHERE id = {parcel_of('picked')}",),
        {
            "parcels_hold_what_work_counts",
            "parcel_left_the_stock_once",
            "status_is_what_the_timeline_tells",
        },
    ),
    Corruption(
        "goods left the stock in a parcel that does not exist",
        (
            (
                "UPDATE inventory_movement SET document = 'S-0' WHERE id ="
                " (SELECT MIN(id) FROM inventory_movement WHERE kind = 'shipment')"
            ),
        ),
        {"parcel_left_the_stock_once", "stock_leaves_in_a_parcel"},
    ),
    Corruption(
        "a label was bought twice for one parcel",
        (
            copied(
                Label,
                f"(SELECT MIN(id) FROM fulfillment_label WHERE shipment_id = {parcel_of('picked')})",
                tracking_number="'EE000000000DE'",
            ),
        ),
        {"parcel_has_one_label"},
    ),
    Corruption(
        "a parcel shows another number than its label",
        (
            (
                "UPDATE fulfillment_shipment SET tracking_number = 'EE000000000DE'"
                f" WHERE id = {parcel_of('picked')}"
            ),
        ),
        {"parcel_has_one_label"},
    ),
    # Costs
    Corruption(
        "units were taken off a layer for nobody",
        ('UPDATE inventory_costlayer SET "left" = "left" - 1 WHERE id = {layer}',),
        {"layer_counts_its_consumptions"},
    ),
    Corruption(
        "the books of a SKU count a unit too many",
        ("UPDATE inventory_skucost SET units = units + 1 WHERE sku_id = {sku}",),
        {"books_count_what_is_ours", "layer_counts_its_consumptions"},
    ),
    Corruption(
        "a movement is costed twice",
        (copied(CostEntry, "(SELECT MIN(id) FROM inventory_costentry WHERE NOT incoming)"),),
        {
            "consumptions_are_what_left",
            "movement_is_costed_as_it_moved",
            "value_in_is_value_out_and_value_left",
        },
    ),
    Corruption(
        "a movement is costed as another number of units than moved",
        ("UPDATE inventory_movement SET quantity = quantity + 1 WHERE cause = 'world-broken'",),
        {
            "level_is_the_fold_of_its_movements",
            "movement_is_costed_as_it_moved",
        },
    ),
    Corruption(
        "a consumption was changed afterwards",
        (
            (
                "UPDATE inventory_consumption SET value = value + 0.01 WHERE id ="
                " (SELECT MIN(id) FROM inventory_consumption WHERE value IS NOT NULL)"
            ),
        ),
        {"consumptions_are_what_left"},
    ),
    Corruption(
        "a correction is lost",
        (
            (
                "DELETE FROM inventory_correction WHERE id ="
                " (SELECT MIN(id) FROM inventory_correction WHERE amount > 0)"
            ),
        ),
        {"consumptions_are_what_left"},
    ),
    Corruption(
        "a cent is lost",
        ("UPDATE inventory_skucost SET value = value - 0.01 WHERE sku_id = {sku}",),
        {"layers_hold_the_value_left", "value_in_is_value_out_and_value_left"},
    ),
    Corruption(
        "a share of a charge was changed afterwards",
        (
            (
                "UPDATE inventory_chargeshare SET amount = amount + 0.01"
                " WHERE id = (SELECT MIN(id) FROM inventory_chargeshare)"
            ),
        ),
        {"charge_is_the_sum_of_its_shares"},
    ),
    Corruption(
        "a charge has changed costs by more than it is",
        (
            (
                "UPDATE inventory_costchange SET amount = amount + 0.01 WHERE id ="
                " (SELECT MIN(id) FROM inventory_costchange WHERE kind = 'landed')"
            ),
        ),
        {"charge_is_the_sum_of_its_shares", "value_in_is_value_out_and_value_left"},
    ),
    # Returns
    Corruption(
        "a line has forgotten a unit that came back",
        (
            (
                "UPDATE orders_orderline SET returned = 0, return_requested = 2"
                f" WHERE id = {line_of('returned')}"
            ),
        ),
        {"returns_and_order_count_alike", "return_status_is_derived"},
    ),
    Corruption(
        "the return status was written by hand",
        ("UPDATE orders_order SET return_status = 'none' WHERE id = {returned}",),
        {"return_status_is_derived"},
    ),
    Corruption(
        "units were received without a receipt",
        ("UPDATE returns_returnline SET damaged = damaged + 1, quantity = quantity + 1",),
        {"receipts_add_up", "returns_and_order_count_alike"},
    ),
    Corruption(
        "a receipt and its movement know nothing of each other",
        ("UPDATE inventory_movement SET cause = 'return-receipt:0' WHERE kind = 'return_restock'",),
        {"receipt_entered_the_stock_once", "restock_comes_from_a_receipt"},
    ),
    Corruption(
        "more was settled than credited",
        ("UPDATE returns_settlement SET amount = amount + 0.01",),
        {"settlement_is_a_credit"},
    ),
    # Money
    Corruption(
        "a transaction was changed afterwards",
        (f"UPDATE orders_transaction SET amount = amount + 0.01 WHERE id = {CAPTURE}",),
        {"payment_is_the_fold_of_its_transactions"},
    ),
    Corruption(
        "an order shows more money than its payments took",
        ("UPDATE orders_order SET authorized_total = authorized_total + 0.01 WHERE id = {carded}",),
        {"order_is_the_sum_of_its_payments"},
    ),
    Corruption(
        "the payment status was written by hand",
        ("UPDATE orders_order SET payment_status = 'paid' WHERE id = {waiting}",),
        {"payment_status_is_derived"},
    ),
    Corruption(
        "more is to be given back than was taken",
        (
            f"UPDATE orders_transaction SET amount = 9999 WHERE id = {REFUND}",
            (
                "UPDATE orders_payment SET refund_pending = 9999 WHERE id ="
                f" (SELECT payment_id FROM orders_transaction WHERE id = {REFUND})"
            ),
        ),
        {"payment_is_within_its_bounds"},
    ),
    Corruption(
        "a provider's reference is booked twice",
        (
            f"UPDATE orders_transaction SET provider_reference = 'PSP-1' WHERE id = {CAPTURE}",
            copied(Transaction, CAPTURE, state="'failed'", key="'other'"),
        ),
        {"provider_reference_counts_once"},
    ),
    Corruption(
        "a gateway was asked twice by one key",
        (copied(Transaction, CAPTURE, state="'failed'", provider_reference="''"),),
        {"gateway_key_counts_once"},
    ),
    # Records
    Corruption(
        "a channel's number stands for two orders",
        ("UPDATE orders_order SET external_id = 'same' WHERE id IN ({waiting}, {held})",),
        {"external_id_is_one_order"},
    ),
    Corruption(
        "two orders have one number",
        ("UPDATE orders_order SET number = 'WEB-SAME' WHERE id IN ({waiting}, {held})",),
        {"number_is_one_document"},
    ),
    Corruption(
        "a key had two effects",
        (copied(IdempotencyKey, "(SELECT MIN(id) FROM core_idempotencykey)"),),
        {"idempotency_key_is_one_effect"},
    ),
    Corruption(
        "a document is in a state that nobody knows",
        (
            (
                "UPDATE messaging_message SET state = 'mislaid', sent_at = NULL"
                " WHERE id = (SELECT MIN(id) FROM messaging_message)"
            ),
        ),
        {"status_is_in_its_table"},
    ),
    Corruption(
        "a move of a status was told to nobody",
        (
            (
                "DELETE FROM core_entry WHERE id = (SELECT MAX(id) FROM core_entry"
                " WHERE kind = 'order.cancelled')"
            ),
        ),
        {"status_is_what_the_timeline_tells"},
    ),
    Corruption(
        "an event is lost",
        (
            (
                "DELETE FROM core_delivery WHERE event_id = (SELECT MAX(id) FROM core_event"
                " WHERE aggregate = 'orders.order' AND sequence = 2)"
            ),
            (
                "DELETE FROM core_event WHERE id = (SELECT MAX(id) FROM core_event"
                " WHERE aggregate = 'orders.order' AND sequence = 2)"
            ),
        ),
        {"events_are_numbered_without_gap"},
    ),
    Corruption(
        "a subscriber was passed over",
        (
            (
                "DELETE FROM core_delivery WHERE id = (SELECT MAX(d.id) FROM core_delivery d"
                " JOIN core_event e ON e.id = d.event_id WHERE e.name = 'orders.order_placed.v1')"
            ),
        ),
        {"event_reaches_every_subscriber"},
    ),
    Corruption(
        "a delivery says that it happened, but not when",
        (
            (
                "UPDATE core_delivery SET delivered_at = NULL"
                " WHERE id = (SELECT MIN(id) FROM core_delivery)"
            ),
        ),
        {"delivery_is_due_delivered_or_parked"},
    ),
    Corruption(
        "an event was delivered twice to one handler",
        (copied(Delivery, "(SELECT MIN(id) FROM core_delivery)"),),
        {"delivery_happens_once"},
    ),
    Corruption(
        "a customer got one mail twice",
        (copied(Message, "(SELECT MIN(id) FROM messaging_message)"),),
        {"message_is_written_once"},
    ),
    Corruption(
        "a mail was sent at no instant",
        (
            (
                "UPDATE messaging_message SET sent_at = NULL"
                " WHERE id = (SELECT MIN(id) FROM messaging_message)"
            ),
        ),
        {"message_is_sent_at_an_instant"},
    ),
]


def broken() -> set[str]:
    """Return the names of the checks that do not hold."""
    return {result.check.name for result in services.run() if not result.holds}


def without_constraints(table: str) -> None:
    """Put a copy of the table that refuses nothing in its place."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_kept")
        cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM {table}_kept")


def table_of(statement: str) -> str:
    """Return the table that a statement changes."""
    words = statement.split()
    return words[1] if words[0] == "UPDATE" else words[2]


def noticed(corruption: Corruption, house: House) -> set[str]:
    """Return who notices a corruption; all is as before when this returns."""
    layer = CostLayer.objects.filter(value__isnull=False, left__gt=0).order_by("pk")[0]
    keys = {
        **{stage: order.pk for stage, order in house.items()},
        "layer": layer.pk,
        "sku": layer.sku_id,
    }
    with transaction.atomic():
        for table in {table_of(statement) for statement in corruption.statements}:
            without_constraints(table)
        with connection.cursor() as cursor:
            for statement in corruption.statements:
                cursor.execute(statement.format(**keys))
                assert cursor.rowcount > 0, corruption.what
        found = broken()
        transaction.set_rollback(True)
    return found


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_corruption_is_noticed_by_exactly_the_checks_that_are_there_for_it() -> None:
    house = world.build()
    assert broken() == set()

    found = {corruption.what: noticed(corruption, house) for corruption in CORRUPTIONS}

    assert found == {corruption.what: corruption.noticed_by for corruption in CORRUPTIONS}
    assert broken() == set()


def test_no_check_is_there_that_no_corruption_breaks() -> None:
    noticing = set().union(*(corruption.noticed_by for corruption in CORRUPTIONS))

    assert {check.name for check in checks.everything()} == noticing
    assert len(CORRUPTIONS) == len({corruption.what for corruption in CORRUPTIONS}) > 50


def test_each_invariant_that_stands_has_a_check() -> None:
    assert {check.invariant for check in checks.everything()} == {f"I{n}" for n in range(1, 15)}


@pytest.fixture
def torn() -> Level:
    """Make thirty levels that nobody received."""
    levels = [Level(sku=sku, location=place, on_hand=1) for sku, place in world.places(30)]
    return Level.objects.bulk_create(levels)[0]


@pytest.mark.django_db
def test_the_first_twenty_offenders_are_named(torn: Level) -> None:
    (result,) = [one for one in services.run() if not one.holds]

    assert result.check.name == "level_is_the_fold_of_its_movements"
    assert (len(result.offenders), result.more) == (20, True)
    assert result.offenders[0]["level"] == torn.pk
    assert (result.offenders[0]["on_hand"], result.offenders[0]["on_hand_moved"]) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_a_run_sees_one_instant_and_cannot_write(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(*_: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE inventory_level SET on_hand = 0")

    monkeypatch.setattr(services, "_run", write)

    with pytest.raises(Exception, match=r"read-?only"):
        services.run()

    monkeypatch.undo()
    assert broken() == set()
    Level.objects.update(on_hand=0)  # the connection writes again


@pytest.mark.django_db
def test_the_command_says_that_all_is_well() -> None:
    words = StringIO()

    call_command("check_invariants", stdout=words)

    assert f"{len(checks.everything())} checks, 0 broken." in words.getvalue()
    assert "FAIL" not in words.getvalue()


@pytest.mark.django_db
def test_the_command_names_the_offenders_and_ends_with_one(torn: Level) -> None:
    words = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants", stdout=words)

    assert ended.value.code == 1
    assert "FAIL I1  level_is_the_fold_of_its_movements" in words.getvalue()
    assert f"level={torn.pk}, " in words.getvalue()
    assert "and more" in words.getvalue()


@pytest.mark.django_db
def test_the_command_prints_json_for_machines(torn: Level) -> None:
    words = StringIO()

    with pytest.raises(SystemExit):
        call_command("check_invariants", json=True, stdout=words)

    rows = json.loads(words.getvalue())
    assert [row["check"] for row in rows if not row["holds"]] == [
        "level_is_the_fold_of_its_movements"
    ]
    assert len(rows) == len(checks.everything())


@pytest.mark.django_db
def test_the_nightly_task_counts_what_is_broken(torn: Level) -> None:
    assert tasks.check_invariants() == 1
