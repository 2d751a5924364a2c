"""Every page of the console answers whom it should, and nobody else; nothing with history can be deleted."""

from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from customers.profiles.models import CustomerGroup
from fulfillment.work.models import FulfillmentOrder
from inventory.locations.models import Location
from inventory.lots.models import Lot
from inventory.reservations import services as reservations
from inventory.stock.models import Movement
from oms.accounts import roles
from oms.accounts import services as accounts
from oms.accounts.models import ApiKey, User
from oms.core import clock
from oms.core.actors import SYSTEM, Actor
from oms.core.admin import site
from oms.core.jobs import services as jobs
from oms.core.outbox import services as outbox
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from oms.messaging import services as messaging
from orders.holds import services as holds
from orders.importing.models import ImportMapping
from orders.ordering.models import Order
from orders.payments.models import Payment, Transaction
from orders.preorders.models import Preorder
from orders.substituting.models import Substitute, SubstitutionRule
from orders.substituting.states import Mode
from returns.authorizations.models import Return
from tests.accounts.factories import signed_in, staff
from tests.customers.factories import CustomerFactory
from tests.fulfillment.factories import open_work, shipped_shipment
from tests.inventory.costing.costs import books, decided
from tests.inventory.counting.counts import started
from tests.inventory.factories import LevelFactory, bin_of, draft_transfer, with_bins
from tests.inventory.planning.plans import plan
from tests.inventory.production.made import center, drafted_bill, drafted_order
from tests.inventory.purchasing.orders import placed
from tests.orders.factories import ApiClientFactory, ChannelFactory, PriceFactory, TaxRateFactory
from tests.returns.factories import open_return, shipped_order

ROLES = (roles.WAREHOUSE, roles.SERVICE, roles.MANAGER, roles.READ_ONLY)
ALL = {*ROLES}
OFFICE = {roles.SERVICE, roles.MANAGER, roles.READ_ONLY}
HOUSE = {roles.MANAGER, roles.READ_ONLY}

# Who may see which list and page. A table that is not named here fails the test.
SEEN: dict[str, set[str]] = {
    "accounts.apiclient": HOUSE,
    "accounts.apikey": HOUSE,
    "accounts.user": HOUSE,
    "core.delivery": HOUSE,
    "core.entry": HOUSE,
    "core.event": HOUSE,
    "core.job": OFFICE,
    "customers.customer": OFFICE,
    "customers.customergroup": HOUSE,
    "fulfillment.fulfillmentorder": ALL,
    "fulfillment.shipment": ALL,
    "inventory.billofmaterials": {roles.WAREHOUSE, roles.MANAGER, roles.READ_ONLY},
    "inventory.bin": {roles.WAREHOUSE, roles.MANAGER, roles.READ_ONLY},
    "inventory.binmove": {roles.WAREHOUSE, roles.MANAGER, roles.READ_ONLY},
    "inventory.countorder": {roles.WAREHOUSE, roles.MANAGER, roles.READ_ONLY},
    "inventory.forecast": HOUSE,
    "inventory.level": ALL,
    "inventory.location": ALL,
    "inventory.lot": ALL,
    "inventory.movement": ALL,
    "inventory.policy": HOUSE,
    "inventory.product": ALL,
    "inventory.promotion": HOUSE,
    "inventory.proposal": HOUSE,
    "inventory.productionorder": ALL,
    "inventory.purchaseorder": ALL,
    "inventory.reservation": ALL,
    "inventory.sku": ALL,
    "inventory.skucost": HOUSE,
    "inventory.supplier": HOUSE,
    "inventory.suppliersku": HOUSE,
    "inventory.transferorder": ALL,
    "inventory.workcenter": {roles.WAREHOUSE, roles.MANAGER, roles.READ_ONLY},
    "messaging.message": OFFICE,
    "orders.channel": OFFICE,
    "orders.hold": OFFICE,
    "orders.importmapping": OFFICE,
    "orders.order": OFFICE,
    "orders.payment": OFFICE,
    "orders.preorder": HOUSE,
    "orders.price": OFFICE,
    "orders.pricelist": OFFICE,
    "orders.substitute": HOUSE,
    "orders.substitutionrule": HOUSE,
    "orders.taxrate": HOUSE,
    "orders.transaction": OFFICE,
    "returns.return": ALL,
}
# Who may add a row by a form.
ADDED: dict[str, set[str]] = {
    "accounts.apiclient": {roles.MANAGER},
    "accounts.user": {roles.MANAGER},
    "inventory.countorder": {roles.MANAGER},
    "inventory.location": {roles.MANAGER},
    "inventory.policy": {roles.MANAGER},
    "inventory.product": {roles.MANAGER},
    "inventory.promotion": {roles.MANAGER},
    "inventory.sku": {roles.MANAGER},
    "inventory.supplier": {roles.MANAGER},
    "inventory.suppliersku": {roles.MANAGER},
    "inventory.transferorder": {roles.WAREHOUSE, roles.MANAGER},
    "inventory.workcenter": {roles.MANAGER},
    "orders.channel": {roles.MANAGER},
    "orders.importmapping": {roles.MANAGER},
    "orders.order": {roles.SERVICE, roles.MANAGER},
    "customers.customergroup": {roles.MANAGER},
    "orders.preorder": {roles.MANAGER},
    "orders.price": {roles.MANAGER},
    "orders.pricelist": {roles.MANAGER},
    "orders.substitute": {roles.MANAGER},
    "orders.substitutionrule": {roles.MANAGER},
    "orders.taxrate": {roles.MANAGER},
}
# Who may open which page that is no model's.
PAGES: dict[str, set[str]] = {
    "alerts": ALL,
    "backorder_queue": OFFICE,
    "backorders": OFFICE,
    "bill_edit": {roles.MANAGER},
    "bin_count": {roles.WAREHOUSE, roles.MANAGER},
    "bin_labels": {roles.WAREHOUSE, roles.MANAGER, roles.READ_ONLY},
    "bin_move": {roles.WAREHOUSE, roles.MANAGER},
    "bins_new": {roles.MANAGER},
    "put_away": {roles.WAREHOUSE, roles.MANAGER},
    "bill_entry": {roles.MANAGER},
    "item": ALL,
    "late": ALL,
    "lot_recall_list": ALL,
    "margins": OFFICE,
    "orders_import": {roles.SERVICE, roles.MANAGER},
    "orders_import_errors": {roles.SERVICE, roles.MANAGER},
    "orders_import_template": {roles.SERVICE, roles.MANAGER},
    "orders_offer": {roles.SERVICE, roles.MANAGER},
    "planning": HOUSE,
    "planning_simulation": HOUSE,
    "proposals_decide": {roles.MANAGER},
    "production_board": ALL,
    "production_edit": {roles.MANAGER},
    "production_entry": {roles.MANAGER},
    "production_floor": {roles.WAREHOUSE, roles.MANAGER},
    "production_post": {roles.WAREHOUSE, roles.MANAGER},
    "purchase_dock": {roles.WAREHOUSE, roles.MANAGER},
    "purchase_entry": {roles.MANAGER},
    "purchase_file": HOUSE,
    "purchase_receive": {roles.WAREHOUSE, roles.MANAGER},
    "slotting": {roles.WAREHOUSE, roles.MANAGER, roles.READ_ONLY},
    "stock_expiring": ALL,
    "stock_receive": {roles.WAREHOUSE, roles.MANAGER},
    "stock_value": HOUSE,
    "transfer_edit": {roles.WAREHOUSE, roles.MANAGER},
    "transfer_receive": {roles.WAREHOUSE, roles.MANAGER},
    "transfer_ship": {roles.WAREHOUSE, roles.MANAGER},
    "transfer_skus": ALL,
    "warehouse": ALL,
    "warehouse_count": {roles.WAREHOUSE, roles.MANAGER},
    "warehouse_label": {roles.WAREHOUSE, roles.MANAGER},
    "warehouse_pack": {roles.WAREHOUSE, roles.MANAGER},
    "warehouse_pick": {roles.WAREHOUSE, roles.MANAGER},
    "warehouse_pick_list": {roles.WAREHOUSE, roles.MANAGER},
    "warehouse_ship": {roles.WAREHOUSE, roles.MANAGER},
    "warehouse_slip": {roles.WAREHOUSE, roles.MANAGER},
}

pytestmark = pytest.mark.django_db


def admins() -> dict[str, admin.ModelAdmin]:
    """Return the registered model admins by table."""
    return {model._meta.label_lower: each for model, each in admin.site._registry.items()}


@cache
def tables() -> tuple[str, ...]:
    return tuple(sorted(admins()))


@pytest.fixture
def house() -> dict[str, models.Model]:
    """Give one row of each table, all of one story: an order that shipped in part comes back, another waits."""
    order = shipped_order()
    order.email = "ada@example.com"
    open_return(order)
    work = open_work()
    parcel = shipped_shipment()
    holds.place_hold(order_id=work.order_id, reason="other", note="asks", actor=SYSTEM)
    outbox.fan_out()
    client = ApiClientFactory.create(channels=[ChannelFactory.create()])
    accounts.issue_key(client)
    message = messaging.queue(
        document=order,
        kind="order_confirmation",
        trigger="test",
        recipient="ada@example.com",
        language="en",
        subject="Your order",
        text="Thank you.",
        html="<p>Thank you.</p>",
    )
    assert message is not None
    person = staff(roles.SERVICE)
    job = jobs.create(kind="test", title="A job", params={}, total=1, actor=Actor.of_user(person))
    price = PriceFactory.create()
    event = Event.objects.order_by("id")[0]
    delivery = event.deliveries.first() or event.deliveries.model.objects.order_by("id")[0]
    purchase = placed(work.location, {price.sku: 5})
    reserved = reservations.reserve_for_person(
        level_id=LevelFactory.create().pk,
        quantity=1,
        person="Mary",
        reason="photo",
        expires_at=clock.now() + timedelta(days=1),
        actor=SYSTEM,
    )
    decided()
    rows: list[models.Model] = [
        books(order.lines.all()[0].sku),
        client,
        reserved,
        purchase,
        purchase.supplier,
        purchase.supplier.terms.all()[0],
        ApiKey.objects.get(),
        person,
        delivery,
        Entry.objects.order_by("id")[0],
        event,
        job,
        CustomerFactory.create(),
        CustomerGroup.objects.create(code="trade", name="Trade", priority=1),
        work,
        parcel,
        work.lines.all()[0].sku.levels.all()[0],
        work.location,
        Movement.objects.order_by("id")[0],
        price.sku.product,
        price.sku,
        message,
        order.channel,
        Order.objects.get(pk=work.order_id).holds.all()[0],
        ImportMapping.objects.create(name="till", channel=order.channel),
        order,
        Payment.objects.order_by("id")[0],
        price,
        price.price_list,
        TaxRateFactory.create(),
        Transaction.objects.order_by("id")[0],
        Return.objects.get(),
        draft_transfer(),
        drafted_bill(),
        drafted_order(location=work.location),
        center(work.location),
        *plan(work.lines.all()[0].sku.levels.all()[0]),
        started(work.lines.all()[0].sku.levels.all()[0]),
        Preorder.objects.create(
            sku=price.sku,
            starts_on=clock.today(),
            ends_on=clock.today(),
            released_on=clock.today(),
        ),
        Lot.objects.create(sku=price.sku, number="L1"),
        Substitute.objects.create(sku=price.sku, other=work.lines.all()[0].sku),
        SubstitutionRule.objects.create(sku=price.sku, mode=Mode.ASK),
    ]
    shelved = LevelFactory.create()
    rows += [bin_of(with_bins(shelved.location), "DOCK"), shelved.bin_moves.all()[0]]
    return {row._meta.label_lower: row for row in rows}


def url(table: str, page: str, *args: Any) -> str:
    return reverse(f"admin:{table.replace('.', '_')}_{page}", args=args)


def test_every_table_of_the_console_has_its_rule() -> None:
    assert set(tables()) == set(SEEN)
    assert {page.name for page in site.PAGES} == set(PAGES)


@pytest.mark.parametrize("role", ROLES)
def test_lists_answer_those_who_may_see_them(role: str, house: dict[str, models.Model]) -> None:
    client = signed_in(role, at=Location.objects.all())
    for table in tables():
        expected = 200 if role in SEEN[table] else 403
        assert client.get(url(table, "changelist")).status_code == expected, table
        if role == roles.MANAGER:
            assert client.get(url(table, "changelist"), {"q": "x"}).status_code == 200, table


@pytest.mark.parametrize("role", ROLES)
def test_pages_answer_those_who_may_see_them(role: str, house: dict[str, models.Model]) -> None:
    client = signed_in(role, at=Location.objects.all())
    for table in tables():
        expected = 200 if role in SEEN[table] else 403
        page = url(table, "change", house[table].pk)
        assert client.get(page).status_code == expected, table


@pytest.mark.parametrize("role", ROLES)
def test_rows_are_added_by_those_who_may(role: str) -> None:
    client = signed_in(role)
    for table in tables():
        expected = 200 if role in ADDED.get(table, set()) else 403
        assert client.get(url(table, "add")).status_code == expected, table


def test_the_reader_changes_nothing_by_a_crafted_form(house: dict[str, models.Model]) -> None:
    client = signed_in(roles.READ_ONLY)
    for table in tables():
        before = _values(house[table])
        answer = client.post(url(table, "change", house[table].pk), {"name": "x", "is_active": ""})
        assert answer.status_code in (403, 405), table
        assert _values(house[table]) == before, table


def test_nobody_deletes_a_row(house: dict[str, models.Model]) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.com", "secret"))
    for table in tables():
        page = url(table, "delete", house[table].pk)
        assert client.get(page).status_code == 403, table
        assert client.post(page, {"post": "yes"}).status_code == 403, table
        answer = client.post(
            url(table, "changelist"),
            {"action": "delete_selected", "_selected_action": house[table].pk, "post": "yes"},
        )
        assert answer.status_code in (200, 302, 403), table
        assert type(house[table])._default_manager.filter(pk=house[table].pk).exists(), table


def test_a_row_that_is_not_there_answers_404(house: dict[str, models.Model]) -> None:
    client = signed_in()
    for table in tables():
        assert client.get(url(table, "change", 999_999_999)).status_code == 404, table
        assert client.get(url(table, "change", "x'y")).status_code == 404, table


@pytest.mark.parametrize("role", ROLES)
def test_buttons_answer_those_who_have_the_right(role: str, house: dict[str, models.Model]) -> None:
    client = signed_in(role, at=Location.objects.all())
    for table, each in admins().items():
        for button in getattr(each, "buttons", ()):
            page = url(table, "press", house[table].pk, button.name)
            may = role in SEEN[table] and button.permission in roles.ROLES[role]
            status = client.get(page).status_code
            assert status in ((200, 409) if may else (403,)), f"{table} {button.name}"
            if not may:
                assert client.post(page).status_code == 403, f"{table} {button.name}"


def test_every_button_asks_for_a_right_that_some_role_has() -> None:
    given = set().union(*roles.ROLES.values())
    for table, each in admins().items():
        for button in getattr(each, "buttons", ()):
            assert button.permission in given, f"{table} {button.name}"


@pytest.mark.parametrize("role", ROLES)
def test_pages_of_no_model_answer_those_who_may_open_them(
    role: str, house: dict[str, models.Model]
) -> None:
    client = signed_in(role, at=Location.objects.all())
    work, parcel = house["fulfillment.fulfillmentorder"], house["fulfillment.shipment"]
    purchase = house["inventory.purchaseorder"]
    args: dict[str, tuple[Any, ...]] = {
        "bill_edit": (house["inventory.billofmaterials"].pk,),
        **dict.fromkeys(
            ("bin_count", "bin_labels", "bin_move", "bins_new", "put_away", "slotting"),
            (house["inventory.location"].pk,),
        ),
        "backorder_queue": (house["inventory.sku"].pk,),
        "item": (house["inventory.sku"].pk,),
        "lot_recall_list": (house["inventory.lot"].pk,),
        "orders_import_errors": (999_999_999,),
        **dict.fromkeys(
            ("production_edit", "production_post"),
            (house["inventory.productionorder"].pk,),
        ),
        "purchase_file": (purchase.pk, "pdf"),
        "purchase_receive": (purchase.pk,),
        "warehouse_pick": (work.pk,),
        "warehouse_pick_list": (work.pk,),
        "warehouse_pack": (work.pk,),
        "warehouse_ship": (parcel.pk,),
        "warehouse_slip": (parcel.pk,),
        "warehouse_label": (parcel.pk, "pdf"),
        "warehouse_count": (house["inventory.countorder"].pk,),
        **dict.fromkeys(
            ("transfer_edit", "transfer_ship", "transfer_receive"),
            (house["inventory.transferorder"].pk,),
        ),
    }
    for name, allowed in PAGES.items():
        address = reverse(f"admin:{name}", args=args.get(name, ()))
        expected = 200 if role in allowed else 403
        if name == "orders_offer" and expected == 200:
            address += "?q=x"
        if name == "orders_import_errors" and expected == 200:
            expected = 404  # nobody has such a job
        assert client.get(address).status_code == expected, name


def test_a_stranger_is_sent_to_the_login(house: dict[str, models.Model]) -> None:
    client = Client()
    addresses = [url(table, "changelist") for table in tables()]
    addresses += [
        reverse("admin:index"),
        reverse("admin:warehouse"),
        reverse("admin:stock_receive"),
    ]
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert reverse("admin:login") in answer["Location"]


def test_work_of_another_location_is_not_there(house: dict[str, models.Model]) -> None:
    work = house["fulfillment.fulfillmentorder"]
    assert isinstance(work, FulfillmentOrder)
    elsewhere = Location.objects.exclude(pk=work.location_id)[0]
    parcel, level = house["fulfillment.shipment"], house["inventory.level"]
    movement, transfer = house["inventory.movement"], house["inventory.transferorder"]
    purchase = house["inventory.purchaseorder"]
    Movement.objects.filter(pk=movement.pk).update(level=level)
    client = signed_in(
        roles.WAREHOUSE,
        at=[Location.objects.create(code="far", name="Far", street="x", city="x", country="DE")],
    )
    assert elsewhere.pk
    for address in (
        url("fulfillment.fulfillmentorder", "change", work.pk),
        url("fulfillment.shipment", "change", parcel.pk),
        url("inventory.level", "change", level.pk),
        url("inventory.level", "press", level.pk, "adjust"),
        url("inventory.movement", "change", movement.pk),
        url("inventory.location", "change", work.location_id),
        url("inventory.purchaseorder", "change", purchase.pk),
        url("inventory.purchaseorder", "press", purchase.pk, "undo"),
        reverse("admin:purchase_receive", args=(purchase.pk,)),
        reverse("admin:warehouse_pick", args=(work.pk,)),
        reverse("admin:warehouse_pick_list", args=(work.pk,)),
        reverse("admin:warehouse_pack", args=(work.pk,)),
        reverse("admin:warehouse_ship", args=(parcel.pk,)),
        reverse("admin:warehouse_slip", args=(parcel.pk,)),
        reverse("admin:warehouse_label", args=(parcel.pk, "pdf")),
        url("inventory.transferorder", "change", transfer.pk),
        url("inventory.transferorder", "press", transfer.pk, "ship"),
        reverse("admin:transfer_edit", args=(transfer.pk,)),
        reverse("admin:transfer_ship", args=(transfer.pk,)),
        reverse("admin:transfer_receive", args=(transfer.pk,)),
    ):
        assert client.get(address).status_code == 404, address
    for address in (
        reverse("admin:warehouse_pick", args=(work.pk,)),
        reverse("admin:warehouse_pack", args=(work.pk,)),
        reverse("admin:warehouse_ship", args=(parcel.pk,)),
        url("inventory.level", "press", level.pk, "adjust"),
        url("inventory.transferorder", "press", transfer.pk, "ship"),
        reverse("admin:transfer_edit", args=(transfer.pk,)),
        reverse("admin:transfer_ship", args=(transfer.pk,)),
        reverse("admin:transfer_receive", args=(transfer.pk,)),
    ):
        assert client.post(address, {"scan": "x", "ship": "1"}).status_code == 404, address


def _values(row: models.Model) -> dict[str, Any]:
    fresh = type(row)._default_manager.get(pk=row.pk)
    return {field.attname: getattr(fresh, field.attname) for field in fresh._meta.concrete_fields}
