"""The console's menu and its search: what lies where, shown to those who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from unfold.dataclasses import SearchResult

HITS = 6


@dataclass(frozen=True, slots=True)
class Item:
    """A link of the menu: its words, its symbol, the page's name, and the right to see it."""

    title: str
    icon: str
    page: str
    right: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Links that belong to one kind of work."""

    title: str
    items: Sequence[Item]
    collapsible: bool = False


MENU: tuple[Group, ...] = (
    Group(
        "",
        (
            Item("Overview", "space_dashboard", "index", ""),
            Item("Alerts", "notifications", "alerts", "inventory.view_level"),
            Item("What is late", "alarm", "late", "inventory.view_level"),
        ),
    ),
    Group(
        "Orders",
        (
            Item("Orders", "receipt_long", "orders_order_changelist", "orders.view_order"),
            Item("New order", "add_call", "orders_order_add", "orders.place_order"),
            Item("Holds", "front_hand", "orders_hold_changelist", "orders.view_hold"),
            Item("Backorders", "hourglass_top", "backorders", "orders.view_order"),
            Item("Payments", "payments", "orders_payment_changelist", "orders.view_payment"),
            Item(
                "Money to look into",
                "currency_exchange",
                "orders_transaction_changelist",
                "orders.view_transaction",
            ),
            Item(
                "Returns", "assignment_return", "returns_return_changelist", "returns.view_return"
            ),
            Item("Margin", "monitoring", "margins", "orders.see_margin"),
            Item("Import", "upload_file", "orders_import", "orders.import_orders"),
        ),
    ),
    Group(
        "Warehouse",
        (
            Item("Work here", "barcode_scanner", "warehouse", "fulfillment.view_fulfillmentorder"),
            Item(
                "All work",
                "conveyor_belt",
                "fulfillment_fulfillmentorder_changelist",
                "fulfillment.view_fulfillmentorder",
            ),
            Item(
                "Parcels",
                "package_2",
                "fulfillment_shipment_changelist",
                "fulfillment.view_shipment",
            ),
        ),
    ),
    Group(
        "Stock",
        (
            Item("Stock", "inventory_2", "inventory_level_changelist", "inventory.view_level"),
            Item("Bins", "shelves", "inventory_bin_changelist", "inventory.view_bin"),
            Item(
                "Moves between bins",
                "swap_horiz",
                "inventory_binmove_changelist",
                "inventory.view_binmove",
            ),
            Item(
                "Reservations",
                "bookmark",
                "inventory_reservation_changelist",
                "inventory.view_reservation",
            ),
            Item("Lots", "barcode", "inventory_lot_changelist", "inventory.view_lot"),
            Item("Expiring stock", "hourglass_bottom", "stock_expiring", "inventory.view_lot"),
            Item("Receive", "move_to_inbox", "stock_receive", "inventory.receive_stock"),
            Item(
                "Purchase orders",
                "shopping_cart",
                "inventory_purchaseorder_changelist",
                "inventory.view_purchaseorder",
            ),
            Item("Receive purchases", "forklift", "purchase_dock", "inventory.receive_stock"),
            Item(
                "Transfers",
                "local_shipping",
                "inventory_transferorder_changelist",
                "inventory.view_transferorder",
            ),
            Item("Planning", "query_stats", "planning", "inventory.view_forecast"),
            Item(
                "Proposals",
                "playlist_add_check",
                "inventory_proposal_changelist",
                "inventory.view_proposal",
            ),
            Item(
                "Forecasts",
                "trending_up",
                "inventory_forecast_changelist",
                "inventory.view_forecast",
            ),
            Item(
                "Counts",
                "fact_check",
                "inventory_countorder_changelist",
                "inventory.view_countorder",
            ),
            Item("Stock value", "savings", "stock_value", "inventory.see_costs"),
            Item(
                "Costs of SKUs",
                "request_quote",
                "inventory_skucost_changelist",
                "inventory.view_skucost",
            ),
            Item(
                "Movements", "sync_alt", "inventory_movement_changelist", "inventory.view_movement"
            ),
            Item("Products", "category", "inventory_product_changelist", "inventory.view_product"),
            Item("SKUs", "qr_code_2", "inventory_sku_changelist", "inventory.view_sku"),
        ),
    ),
    Group(
        "Production",
        (
            Item(
                "Production orders",
                "manufacturing",
                "inventory_productionorder_changelist",
                "inventory.view_productionorder",
            ),
            Item("Make goods", "construction", "production_floor", "inventory.post_production"),
            Item(
                "Schedule",
                "calendar_view_week",
                "production_board",
                "inventory.view_productionorder",
            ),
            Item(
                "Bills of materials",
                "account_tree",
                "inventory_billofmaterials_changelist",
                "inventory.view_billofmaterials",
            ),
        ),
    ),
    Group(
        "Customers",
        (
            Item("Customers", "group", "customers_customer_changelist", "customers.view_customer"),
            Item(
                "Customer groups",
                "groups",
                "customers_customergroup_changelist",
                "customers.view_customergroup",
            ),
        ),
    ),
    Group(
        "Set-up",
        (
            Item("Channels", "storefront", "orders_channel_changelist", "orders.view_channel"),
            Item(
                "Locations", "warehouse", "inventory_location_changelist", "inventory.view_location"
            ),
            Item(
                "Suppliers", "factory", "inventory_supplier_changelist", "inventory.view_supplier"
            ),
            Item(
                "Supplier terms",
                "contract",
                "inventory_suppliersku_changelist",
                "inventory.view_suppliersku",
            ),
            Item(
                "Work centers",
                "precision_manufacturing",
                "inventory_workcenter_changelist",
                "inventory.view_workcenter",
            ),
            Item(
                "Replenishment policies",
                "tune",
                "inventory_policy_changelist",
                "inventory.view_policy",
            ),
            Item(
                "Promotions",
                "campaign",
                "inventory_promotion_changelist",
                "inventory.view_promotion",
            ),
            Item(
                "Pre-orders", "event_upcoming", "orders_preorder_changelist", "orders.view_preorder"
            ),
            Item("Prices", "price_change", "orders_price_changelist", "orders.view_price"),
            Item("Price lists", "sell", "orders_pricelist_changelist", "orders.view_pricelist"),
            Item(
                "Substitutes",
                "swap_horiz",
                "orders_substitute_changelist",
                "orders.view_substitute",
            ),
            Item(
                "Substitution rules",
                "rule",
                "orders_substitutionrule_changelist",
                "orders.view_substitutionrule",
            ),
            Item("Tax rates", "percent", "orders_taxrate_changelist", "orders.view_taxrate"),
            Item(
                "Import mappings",
                "table_convert",
                "orders_importmapping_changelist",
                "orders.view_importmapping",
            ),
            Item("API clients", "key", "accounts_apiclient_changelist", "accounts.view_apiclient"),
            Item("Staff", "badge", "accounts_user_changelist", "accounts.view_user"),
        ),
        collapsible=True,
    ),
    Group(
        "System",
        (
            Item("Messages", "mail", "messaging_message_changelist", "messaging.view_message"),
            Item("Jobs", "work_history", "core_job_changelist", "core.view_job"),
            Item("Deliveries", "outbox", "core_delivery_changelist", "core.view_delivery"),
            Item("Events", "bolt", "core_event_changelist", "core.view_event"),
            Item("Timeline", "history", "core_entry_changelist", "core.view_entry"),
        ),
        collapsible=True,
    ),
)

# Where the search looks, best first.
SEARCHED: tuple[tuple[str, str], ...] = (
    ("orders.order", "receipt_long"),
    ("fulfillment.fulfillmentorder", "conveyor_belt"),
    ("fulfillment.shipment", "package_2"),
    ("returns.return", "assignment_return"),
    ("inventory.transferorder", "local_shipping"),
    ("inventory.countorder", "fact_check"),
    ("customers.customer", "person"),
    ("inventory.sku", "qr_code_2"),
    ("inventory.lot", "barcode"),
    ("inventory.purchaseorder", "shopping_cart"),
    ("inventory.productionorder", "manufacturing"),
    ("inventory.supplier", "factory"),
    ("inventory.proposal", "playlist_add_check"),
    ("inventory.bin", "shelves"),
)


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups and links that this person may see; the link of the present page is marked."""
    drawn = []
    links: list[dict[str, Any]] = []
    for group in MENU:
        items = [link for item in group.items if (link := _link(request, item)) is not None]
        links += items
        if items:
            drawn.append(
                {
                    "title": group.title,
                    "collapsible": group.collapsible,
                    "separator": bool(group.title),
                    "items": items,
                }
            )
    here = [link for link in links if request.path.startswith(link["path"])]
    if here:
        nearest = max(here, key=lambda link: len(link["path"]))
        home = reverse("admin:index")
        nearest["active"] = nearest["path"] != home or request.path == home
    return drawn


def _link(request: HttpRequest, item: Item) -> dict[str, Any] | None:
    if item.right and not request.user.has_perm(item.right):
        return None
    try:
        path = reverse(f"admin:{item.page}")
    except NoReverseMatch:
        return None
    return {
        "title": item.title,
        "icon": item.icon,
        "link": path + item.query,
        "path": path,
        "active": False,
    }


def search(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return what the words find, a few hits of each kind, within what this person may see."""
    models = {
        model._meta.label_lower: model_admin for model, model_admin in admin.site._registry.items()
    }
    found: list[SearchResult] = []
    for label, icon in SEARCHED:
        model_admin = models.get(label)
        if model_admin is None or not model_admin.has_view_permission(request):
            continue
        rows, _ = model_admin.get_search_results(
            request, model_admin.get_queryset(request).order_by("-pk"), term
        )
        opts = model_admin.opts
        found += [
            SearchResult(
                title=str(row),
                description=str(opts.verbose_name),
                link=reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=(row.pk,)),
                icon=icon,
            )
            for row in rows[:HITS]
        ]
    return found
