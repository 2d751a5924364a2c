"""The ready roles: who may do what, as data.

A right is named as Django names it, `app.verb_model`. Besides add, change and view of each table there are ACTS: what
a person does to a document by a button. `setup` makes the groups hold exactly these rights; run again, it changes
nothing. A role says what; where is said by the locations that a person is bound to (inventory.locations).
"""

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

WAREHOUSE = "warehouse"
SERVICE = "service"
MANAGER = "manager"
READ_ONLY = "read-only"

# Rights beyond add, change, view: {model: {right: in words}}.
ACTS: dict[str, dict[str, str]] = {
    "orders.order": {
        "place_order": "Can take orders, by phone for example",
        "cancel_order": "Can cancel orders and lines",
        "hold_order": "Can put orders on hold and lift holds",
        "release_order": "Can give orders to the warehouse",
        "reroute_order": "Can route orders to other locations",
        "prioritize_order": "Can say which orders are served first",
        "make_order": "Can have units made that orders wait for",
        "pay_order": "Can record payments",
        "refund_order": "Can give money back",
        "import_orders": "Can import orders from files",
        "see_money": "Can see prices, payments and turnover",
        "see_margin": "Can see what goods of orders cost and what they earn",
    },
    "customers.customer": {
        "see_contact": "Can see e-mail addresses, telephone numbers and streets",
    },
    "messaging.message": {"resend_message": "Can send messages again"},
    "inventory.level": {
        "receive_stock": "Can receive stock",
        "adjust_stock": "Can correct stock and change the state of goods",
    },
    "inventory.lot": {
        "judge_lot": "Can quarantine and release lots, and correct what is known of them",
        "recall_lot": "Can recall lots and tell customers",
    },
    "inventory.purchaseorder": {
        "order_purchase": "Can write, place, confirm, close and cancel purchase orders",
        "see_costs": "Can see what goods cost us",
    },
    "inventory.billofmaterials": {
        "write_bill": "Can write, release and retire bills of materials",
    },
    "inventory.productionorder": {
        "plan_production": "Can write, confirm, schedule, finish and cancel production orders",
        "post_production": "Can start production orders and post what goes in and comes out",
    },
    "inventory.skucost": {
        "keep_costs": "Can note charges, state costs and rates, and decide the method of costing",
    },
    "inventory.countorder": {
        "count_stock": "Can count stock, blind",
        "review_count": "Can make, review, post and cancel counts",
    },
    "inventory.reservation": {
        "reserve_stock": "Can reserve stock for people, and extend and release reservations",
    },
    "inventory.transferorder": {
        "release_transfer": "Can release transfers",
        "ship_transfer": "Can ship transfers",
        "receive_transfer": "Can receive transfers",
        "settle_transfer": "Can settle what of a transfer did not arrive",
        "cancel_transfer": "Can cancel transfers",
    },
    "inventory.proposal": {
        "decide_proposal": "Can approve and reject replenishment proposals",
        "run_planning": "Can have forecasts and proposals worked out",
    },
    "inventory.bin": {
        "store_goods": "Can put goods away and move them from bin to bin",
        "switch_bins": "Can make bins, and have a location use them or not",
    },
    "inventory.location": {
        "all_locations": "Works at every location, unless bound to some",
    },
    "fulfillment.fulfillmentorder": {
        "pick_work": "Can pick",
        "pack_work": "Can pack",
        "ship_work": "Can buy labels and ship",
    },
    "returns.return": {
        "authorize_return": "Can authorize, approve, decline and cancel returns",
        "receive_return": "Can receive and grade returned goods",
        "settle_return": "Can settle returns",
    },
    "core.delivery": {"retry_delivery": "Can retry parked deliveries"},
    "accounts.apiclient": {"issue_key": "Can issue and revoke API keys"},
}

_ORDERS = (
    "orders.order",
    "orders.orderline",
    "orders.hold",
    "orders.credit",
    "orders.payment",
    "orders.transaction",
)
_CATALOG = ("inventory.product", "inventory.sku")
_STOCK = (
    "inventory.level",
    "inventory.lot",
    "inventory.movement",
    "inventory.allocation",
    "inventory.reservation",
    "inventory.reservationline",
)
_BINS = (
    "inventory.bin",
    "inventory.content",
    "inventory.binmove",
    "inventory.lot",
    "inventory.storagerule",
    "inventory.skuclass",
    "inventory.crossdock",
)
_PURCHASES = (
    "inventory.purchaseorder",
    "inventory.purchaseline",
    "inventory.purchasereceipt",
    "inventory.purchasereceiptline",
)
_SUPPLIERS = (
    "inventory.supplier",
    "inventory.supplierholiday",
    "inventory.suppliersku",
    "inventory.pricebreak",
)
_COSTS = (
    "inventory.skucost",
    "inventory.costentry",
    "inventory.costlayer",
    "inventory.landedcharge",
    "inventory.costpolicy",
    "inventory.exchangerate",
)
_COUNTS = ("inventory.countorder", "inventory.countline", "inventory.countentry")
_TRANSFERS = (
    "inventory.transferorder",
    "inventory.transferline",
    "inventory.transferstep",
)
_BILLS = (
    "inventory.billofmaterials",
    "inventory.billcomponent",
    "inventory.billbyproduct",
    "inventory.routing",
    "inventory.workcenter",
    "inventory.workcenterclosure",
)
_PRODUCTION = (
    "inventory.productionorder",
    "inventory.productioncomponent",
    "inventory.productionbyproduct",
    "inventory.productionslot",
    "inventory.productionposting",
    "inventory.productionpostingline",
)
_PLANS = ("inventory.forecast", "inventory.proposal")
_POLICIES = ("inventory.policy", "inventory.promotion")
_WORK = (
    "fulfillment.fulfillmentorder",
    "fulfillment.fulfillmentline",
    "fulfillment.shipment",
    "fulfillment.shipmentline",
    "fulfillment.label",
    "fulfillment.scan",
)
_RETURNS = ("returns.return", "returns.returnline", "returns.receipt", "returns.settlement")
_CUSTOMERS = ("customers.customer", "customers.address")
_SETUP = (
    "customers.customergroup",
    "orders.channel",
    "orders.channelgrant",
    "orders.channelbackorder",
    "orders.channelbuffer",
    "orders.reservationtime",
    "orders.preorder",
    "orders.preorderlimit",
    "orders.pricelist",
    "orders.price",
    "orders.substitute",
    "orders.substitutionrule",
    "orders.taxrate",
    "orders.importmapping",
    "inventory.location",
    "inventory.stafflocation",
    "inventory.expirywatch",
)
_SYSTEM = (
    "core.event",
    "core.delivery",
    "core.job",
    "core.jobrow",
    "core.entry",
    "accounts.apiclient",
    "accounts.apikey",
    "accounts.user",
)
_MESSAGES = ("messaging.message",)


def _view(*models: str) -> set[str]:
    return {f"{app}.view_{name}" for app, name in (model.split(".") for model in models)}


def _edit(*models: str) -> set[str]:
    """Return the rights to see, add and change; nothing is deleted."""
    return {
        f"{app}.{verb}_{name}"
        for app, name in (model.split(".") for model in models)
        for verb in ("view", "add", "change")
    }


def _acts(*models: str) -> set[str]:
    return {f"{model.split('.')[0]}.{act}" for model in models for act in ACTS[model]}


_EVERYTHING = (
    *_ORDERS,
    *_CATALOG,
    *_STOCK,
    *_BINS,
    *_PURCHASES,
    *_SUPPLIERS,
    *_COSTS,
    *_COUNTS,
    *_TRANSFERS,
    *_BILLS,
    *_PRODUCTION,
    *_PLANS,
    *_POLICIES,
    *_WORK,
    *_RETURNS,
    *_CUSTOMERS,
    *_SETUP,
    *_SYSTEM,
    *_MESSAGES,
)

ROLES: dict[str, frozenset[str]] = {
    # Work, stock and parcels of the own locations; no prices, no customers beyond the parcel's address.
    WAREHOUSE: frozenset(
        _view(*_CATALOG, *_STOCK, *_PURCHASES, *_WORK, "inventory.location", *_RETURNS[:3])
        | _view(*_TRANSFERS, *_COUNTS, *_BILLS, *_PRODUCTION, *_BINS)
        | _edit("inventory.transferorder")
        | {"inventory.count_stock", "inventory.judge_lot"}
        | _acts("inventory.level", "fulfillment.fulfillmentorder")
        | {
            "returns.receive_return",
            "inventory.ship_transfer",
            "inventory.receive_transfer",
            "inventory.post_production",
            "inventory.store_goods",
        }
    ),
    # Orders, customers, money and returns; sees stock everywhere, touches none.
    SERVICE: frozenset(
        _view(
            *_ORDERS,
            *_CATALOG,
            *_STOCK,
            *_TRANSFERS,
            *_WORK,
            *_RETURNS,
            *_MESSAGES,
            "core.job",
            "core.jobrow",
        )
        | _view("orders.pricelist", "orders.price", "inventory.location", "orders.channel")
        | _view(*_PURCHASES, *_PRODUCTION)
        | _edit(*_CUSTOMERS)
        | _acts("orders.order", "customers.customer", "messaging.message")
        | {
            "inventory.all_locations",
            "inventory.reserve_stock",
            "returns.authorize_return",
            "returns.settle_return",
            "orders.view_importmapping",
        }
    ),
    # Everything, set-up and staff included.
    MANAGER: frozenset(
        _view(*_EVERYTHING)
        | _edit(*_CATALOG, *_SUPPLIERS, *_CUSTOMERS, *_SETUP, "accounts.apiclient", "accounts.user")
        | _edit(*_POLICIES)
        | _edit("inventory.transferorder", "inventory.workcenter", "inventory.workcenterclosure")
        | _acts(*ACTS)
        | {"inventory.delete_stafflocation", "orders.delete_channelgrant", "inventory.change_level"}
        | {"inventory.delete_expirywatch"}
        | {"inventory.delete_supplierholiday", "inventory.delete_pricebreak"}
        | {"inventory.delete_workcenterclosure", "inventory.delete_storagerule"}
        | {"inventory.change_bin", "inventory.add_storagerule", "inventory.change_storagerule"}
        | {"orders.delete_channelbuffer", "orders.delete_reservationtime"}
        | {"orders.delete_channelbackorder", "orders.delete_preorderlimit"}
    ),
    # Sees what the manager sees, with contact data masked; changes nothing.
    READ_ONLY: frozenset(
        _view(*_EVERYTHING)
        | {
            "inventory.all_locations",
            "orders.see_money",
            "orders.see_margin",
            "inventory.see_costs",
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `setup` changed in one group."""

    role: str
    rights: int
    added: int
    removed: int


@transaction.atomic
def setup() -> list[Outcome]:
    """Make the four groups hold exactly the rights of ROLES; rights of ACTS are made where they are missing.

    Raises LookupError when a right names a table that does not exist.
    """
    _make_acts()
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    return [
        _fill(role, {right: known[right] for right in rights}) for role, rights in ROLES.items()
    ]


def _make_acts() -> None:
    for model, acts in ACTS.items():
        app, name = model.split(".")
        content_type = ContentType.objects.get_by_natural_key(app, name)
        for codename, words in acts.items():
            Permission.objects.update_or_create(
                content_type=content_type, codename=codename, defaults={"name": words}
            )


def _fill(role: str, rights: dict[str, Permission]) -> Outcome:
    group, _ = Group.objects.get_or_create(name=role)
    wanted = {permission.pk for permission in rights.values()}
    present = set(group.permissions.values_list("pk", flat=True))
    group.permissions.add(*wanted - present)
    group.permissions.remove(*present - wanted)
    return Outcome(role, len(wanted), added=len(wanted - present), removed=len(present - wanted))
