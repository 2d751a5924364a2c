"""Purchasing in the console: suppliers, writing orders, acts, and receiving with a scanner."""

import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.packs import services as packs
from inventory.packs.rules import NewPack
from inventory.purchasing.models import (
    PriceBreak,
    PurchaseOrder,
    PurchaseReceipt,
    Supplier,
    SupplierSku,
)
from inventory.stock.models import Level
from oms.accounts import roles
from oms.core import clock
from oms.core.timeline.models import Entry
from tests.accounts.factories import signed_in
from tests.inventory.factories import LocationFactory, SkuFactory
from tests.inventory.purchasing.orders import (
    drafted,
    line_of,
    placed,
    receive,
    sells,
    supplier,
)
from tests.orders.factories import CLERK

pytestmark = pytest.mark.django_db


@pytest.fixture
def berlin() -> Location:
    return LocationFactory.create(code="BER")


@pytest.fixture
def mug() -> Sku:
    return SkuFactory.create(code="MUG", barcode="4006381333931")


def page_of(order: PurchaseOrder) -> str:
    return reverse("admin:inventory_purchaseorder_change", args=(order.pk,))


def press(client: Client, order: PurchaseOrder, name: str, **data: Any) -> HttpResponse:
    """Press a button as the page offers it."""
    address = reverse("admin:inventory_purchaseorder_press", args=(order.pk, name))
    version = PurchaseOrder.objects.values_list("version", flat=True).get(pk=order.pk)
    sent = {"press_key": uuid.uuid4().hex, "press_version": version, **data}
    return client.post(address, sent)


# Suppliers ----------------------------------------------------------------------------------------


def supplier_form(**changes: Any) -> dict[str, Any]:
    return {
        "code": "pottery",
        "name": "Pottery",
        "country": "de",
        "email": "orders@pottery.example",
        "language": "de",
        "currency": "eur",
        "minimum_order": "50",
        "lead_days": "5",
        "ship_days": ["3", "1"],
        "over_tolerance": "10",
        "is_active": "on",
        "holidays-TOTAL_FORMS": "1",
        "holidays-INITIAL_FORMS": "0",
        "holidays-0-day": "2026-12-25",
        "holidays-0-name": "Christmas",
        **changes,
    }


def test_a_supplier_is_set_up() -> None:
    client = signed_in(roles.MANAGER)
    answer = client.post(reverse("admin:inventory_supplier_add"), supplier_form())
    assert answer.status_code == 302
    made = Supplier.objects.get()
    assert (made.country, made.currency, made.ship_days) == ("DE", "EUR", [1, 3])
    assert [str(each) for each in made.holidays.all()] == ["2026-12-25"]


@pytest.mark.parametrize(
    "wrong",
    [{"country": "XX"}, {"currency": "EUX"}, {"ship_days": ["7"]}, {"over_tolerance": "101"}],
)
def test_a_supplier_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    client = signed_in(roles.MANAGER)
    answer = client.post(reverse("admin:inventory_supplier_add"), supplier_form(**wrong))
    assert answer.status_code == 200
    assert not Supplier.objects.exists()


def test_terms_are_set_up_with_their_prices(mug: Sku) -> None:
    seller = supplier()
    client = signed_in(roles.MANAGER)
    answer = client.post(
        reverse("admin:inventory_suppliersku_add"),
        {
            "supplier": seller.pk,
            "sku": mug.pk,
            "code": "S-1",
            "pack_size": "6",
            "minimum_quantity": "12",
            "valid_from": "2026-01-01",
            "breaks-TOTAL_FORMS": "2",
            "breaks-INITIAL_FORMS": "0",
            "breaks-0-quantity": "1",
            "breaks-0-unit_cost": "2.50",
            "breaks-1-quantity": "100",
            "breaks-1-unit_cost": "1.9975",
        },
    )
    assert answer.status_code == 302
    assert SupplierSku.objects.get().pack_size == 6
    assert list(PriceBreak.objects.values_list("quantity", "unit_cost")) == [
        (1, Decimal("2.5")),
        (100, Decimal("1.9975")),
    ]


def test_the_suppliers_page_shows_what_receipts_taught(berlin: Location, mug: Sku) -> None:
    seller = supplier()
    with clock.travelled(clock.now() - timedelta(days=6)):
        order = placed(berlin, {mug: 2}, seller=seller)
    receive(order, {mug: 2})
    page = signed_in(roles.MANAGER).get(
        reverse("admin:inventory_supplier_change", args=(seller.pk,))
    )
    text = page.content.decode()
    assert "Goods came 6.0 days after the order on average (1 receipt); 7 are agreed." in text
    assert "from 1: 2.50" in text
    assert order.number in text


# Writing ------------------------------------------------------------------------------------------


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "press_key": uuid.uuid4().hex,
        "lines": "MUG\t7",
        "round_up": "on",
        "note": "",
        **changes,
    }


def test_looking_shows_packs_prices_and_days_and_stores_nothing(berlin: Location, mug: Sku) -> None:
    seller = supplier(minimum_order=Decimal(100))
    sells(seller, mug, {1: "2", 12: "1.5"}, pack_size=6)
    answer = signed_in(roles.MANAGER).post(
        reverse("admin:purchase_entry"),
        entry(supplier=seller.pk, location=berlin.pk, look="1"),
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "It would come to €18.00" in text
    assert "packs of 6, at least 1" in text
    assert "takes orders from €100.00 on" in text
    assert not PurchaseOrder.objects.exists()


def test_looking_tells_who_sells_what_this_supplier_does_not(berlin: Location, mug: Sku) -> None:
    seller = supplier()
    sells(supplier(name="Alpha"), mug)
    sells(supplier(name="Zulu"), mug, preferred=True)
    sells(supplier(name="Gone", is_active=False), mug)
    answer = signed_in(roles.MANAGER).post(
        reverse("admin:purchase_entry"),
        entry(supplier=seller.pk, location=berlin.pk, look="1"),
    )
    assert "no terms for it; sold by Zulu, Alpha<" in answer.content.decode()


def test_a_draft_is_written_once(berlin: Location, mug: Sku) -> None:
    seller = supplier()
    sells(seller, mug, pack_size=6)
    client = signed_in(roles.MANAGER)
    sent = entry(supplier=seller.pk, location=berlin.pk, write="1")
    first = client.post(reverse("admin:purchase_entry"), sent)
    order = PurchaseOrder.objects.get()
    assert first["Location"] == page_of(order)
    assert line_of(order, mug).ordered == 12
    client.post(reverse("admin:purchase_entry"), sent)
    assert PurchaseOrder.objects.count() == 1


def test_lines_that_make_no_sense_are_named_all_at_once(berlin: Location, mug: Sku) -> None:
    seller = supplier()
    client = signed_in(roles.MANAGER)
    answer = client.post(
        reverse("admin:purchase_entry"),
        entry(supplier=seller.pk, location=berlin.pk, lines="MUG\nCUP x\n", write="1"),
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 1: a SKU and a quantity are needed." in text
    assert "Line 2: the quantity is a whole number in plain digits." in text
    answer = client.post(
        reverse("admin:purchase_entry"),
        entry(supplier=seller.pk, location=berlin.pk, lines="CUP 1\nmug 2", write="1"),
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "CUP: There is no such SKU." in text
    assert "mug: There is no such SKU." in text
    assert not PurchaseOrder.objects.exists()


def test_nothing_is_ordered_for_a_foreign_location(berlin: Location, mug: Sku) -> None:
    seller = supplier()
    client = signed_in(roles.MANAGER, at=[LocationFactory.create()])
    answer = client.post(
        reverse("admin:purchase_entry"), entry(supplier=seller.pk, location=berlin.pk, write="1")
    )
    assert answer.status_code == 422
    assert not PurchaseOrder.objects.exists()


# Acts ---------------------------------------------------------------------------------------------


def test_an_order_lives_by_its_buttons(berlin: Location, mug: Sku) -> None:
    order = drafted(berlin, {mug: 5})
    client = signed_in(roles.MANAGER)
    press(client, order, "change", lines="MUG 8 2.25", note="")
    press(client, order, "place")
    press(
        client,
        order,
        "acknowledge",
        lines="MUG 6 2.40 2030-01-31",
        rest="cancel",
        reference="SO-1",
    )
    order.refresh_from_db()
    line = line_of(order, mug)
    assert (order.status, order.reference) == ("acknowledged", "SO-1")
    assert (line.ordered, line.cancelled, line.unit_cost) == (8, 2, Decimal("2.40"))
    receipt = receive(order, {mug: 4})
    press(client, order, "undo", receipt=receipt.pk, reason="wrong order")
    receive(order, {mug: 4})
    press(client, order, "cancel", lines="MUG 1", reason="enough")
    press(client, order, "close", reason="they are out of it")
    order.refresh_from_db()
    line = line_of(order, mug)
    assert order.status == "closed"
    assert (line.cancelled, line.received) == (4, 4)
    reasons = Entry.objects.of("inventory.purchaseorder", order.pk).exclude(reason="")
    assert {entry.reason for entry in reasons} == {
        "wrong order",
        "enough",
        "they are out of it",
    }


def test_a_refusal_is_told_and_changes_nothing(berlin: Location, mug: Sku) -> None:
    order = drafted(berlin, {mug: 5}, seller=supplier(minimum_order=Decimal(100)))
    client = signed_in(roles.MANAGER)
    answer = press(client, order, "place")
    assert answer.status_code == 409
    assert "takes orders from €100.00 on; this one is €12.50" in answer.content.decode()
    order.refresh_from_db()
    assert order.status == "draft"
    press(client, order, "place", below_minimum="on")
    order.refresh_from_db()
    assert order.status == "placed"


def test_the_page_shows_what_was_asked_and_what_is_confirmed(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 8})
    client = signed_in(roles.MANAGER)
    asked = line_of(order, mug).asked_on
    press(client, order, "acknowledge", lines="MUG 6 2.75 2030-01-31", rest="backorder")
    text = client.get(page_of(order)).content.decode()
    assert f"asked for {asked}" in text
    assert "asked 2.50" in text
    assert "2 on backorder" in text


def test_the_warehouse_sees_no_costs(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 8})
    receive(order, {mug: 1})
    address = page_of(order)
    costs = re.compile(r"(?<![\d.:])(2\.50|20\.00)(?!\d)")  # not as a part of a time of day
    shown = costs.findall(signed_in(roles.MANAGER).get(address).content.decode())
    assert set(shown) == {"2.50", "20.00"}
    text = signed_in(roles.WAREHOUSE, at=[berlin]).get(address).content.decode()
    assert order.number in text
    assert costs.findall(text) == []


@pytest.mark.parametrize(
    ("form", "kind", "begins"),
    [
        ("pdf", "application/pdf", b"%PDF"),
        ("x12", "application/edi-x12", b"ISA*00*"),
        ("xml", "application/xml", b"<?xml"),
    ],
)
def test_the_order_goes_out_as_a_file(
    berlin: Location, mug: Sku, form: str, kind: str, begins: bytes
) -> None:
    order = placed(berlin, {mug: 8})
    answer = signed_in(roles.MANAGER).get(reverse("admin:purchase_file", args=(order.pk, form)))
    assert answer["Content-Type"] == kind
    assert answer.content.startswith(begins)


def test_there_is_no_other_form(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 8})
    client = signed_in(roles.MANAGER)
    assert client.get(reverse("admin:purchase_file", args=(order.pk, "doc"))).status_code == 404


def test_tabs_keep_what_they_say(berlin: Location, mug: Sku) -> None:
    with clock.travelled(clock.now() - timedelta(days=30)):
        late = placed(berlin, {mug: 1})
    draft, fresh = drafted(berlin, {mug: 1}), placed(berlin, {mug: 1})
    come = placed(berlin, {mug: 1})
    receive(come, {mug: 1})
    client = signed_in(roles.MANAGER)
    shown = {}
    for tab in ("open", "draft", "placed", "late", "received", "all"):
        page = client.get(reverse("admin:inventory_purchaseorder_changelist"), {"tab": tab})
        text = page.content.decode()
        shown[tab] = {order for order in (late, draft, fresh, come) if order.number in text}
    assert shown == {
        "open": {late, fresh},
        "draft": {draft},
        "placed": {late, fresh},
        "late": {late},
        "received": {come},
        "all": {late, draft, fresh, come},
    }


def test_the_list_costs_the_same_for_one_order_and_for_many(
    berlin: Location,
    mug: Sku,
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    client = signed_in(roles.MANAGER)
    placed(berlin, {mug: 1})
    address = reverse("admin:inventory_purchaseorder_changelist")
    client.get(address)
    with statements() as one:
        client.get(address)
    for _ in range(5):
        placed(berlin, {mug: 1})
    with statements() as many:
        client.get(address)
    assert len(many) == len(one)


# Receiving ----------------------------------------------------------------------------------------


def at_the_dock(client: Client, order: PurchaseOrder, **data: Any) -> str:
    """Send one form of the receive page; return the page that follows."""
    address = reverse("admin:purchase_receive", args=(order.pk,))
    sent = {"press_key": uuid.uuid4().hex, **data}
    return client.post(address, sent, follow=True).content.decode()


def test_a_scanned_case_counts_all_that_is_in_it(berlin: Location, mug: Sku) -> None:
    packs.define(sku_id=mug.pk, packs=[NewPack("CASE", 12, "CASE-1")], actor=CLERK)
    order = placed(berlin, {mug: 20})
    client = signed_in(roles.WAREHOUSE, at=[berlin])

    at_the_dock(client, order, scan="CASE-1")

    assert "MUG: 13 counted, 20 to come." in at_the_dock(client, order, scan="MUG")
    dock = client.post(reverse("admin:purchase_dock"), {"scan": "CASE-1"})
    assert dock.url == reverse("admin:purchase_receive", args=(order.pk,))


def test_goods_are_scanned_then_booked_in_one_receipt(berlin: Location, mug: Sku) -> None:
    cup = SkuFactory.create(code="CUP")
    order = placed(berlin, {mug: 3, cup: 20})
    client = signed_in(roles.WAREHOUSE, at=[berlin])
    at_the_dock(client, order, scan="MUG")
    at_the_dock(client, order, scan="4006381333931")
    assert "MUG: 3 counted, 3 to come." in at_the_dock(client, order, scan="S-MUG")
    at_the_dock(client, order, less="MUG")
    at_the_dock(client, order, set="CUP", quantity="18")
    at_the_dock(client, order, set="CUP", quantity="2", inspect="1")
    assert not PurchaseReceipt.objects.exists()
    text = at_the_dock(client, order, book="1", delivery_note="LS 77")
    receipt = PurchaseReceipt.objects.get()
    assert f"22 units booked as {receipt.number}." in text
    assert receipt.delivery_note == "LS 77"
    assert line_of(order, mug).received == 2
    level = Level.objects.get(sku=cup)
    assert (level.on_hand, level.quality_control) == (20, 2)
    assert (
        "0 counted, 1 to come"
        in client.get(reverse("admin:purchase_receive", args=(order.pk,))).content.decode()
    )


def test_the_same_booking_sent_twice_is_one_receipt(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 3})
    client = signed_in(roles.WAREHOUSE, at=[berlin])
    at_the_dock(client, order, scan="MUG")
    key = uuid.uuid4().hex
    at_the_dock(client, order, book="1", press_key=key)
    assert "That was counted already." in at_the_dock(client, order, book="1", press_key=key)
    assert PurchaseReceipt.objects.count() == 1


def test_the_same_scan_sent_twice_counts_once(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 3})
    client = signed_in(roles.WAREHOUSE, at=[berlin])
    key = uuid.uuid4().hex
    at_the_dock(client, order, scan="MUG", press_key=key)
    text = at_the_dock(client, order, scan="MUG", press_key=key)
    assert "1 counted, 3 to come" in text


def test_what_is_not_on_the_order_is_told(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 3})
    client = signed_in(roles.WAREHOUSE, at=[berlin])
    assert "CUP is not on this order." in at_the_dock(client, order, scan="CUP")
    assert "Nothing is counted yet." in at_the_dock(client, order, book="1")
    assert "How many came?" in at_the_dock(client, order, set="MUG", quantity="many")
    assert not PurchaseReceipt.objects.exists()


def test_too_many_are_booked_with_a_reason_only(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 3})
    client = signed_in(roles.WAREHOUSE, at=[berlin])
    text = at_the_dock(client, order, set="MUG", quantity="4")
    assert "1 more than are to come" in text
    assert "3 units of MUG are to come, 4 came." in at_the_dock(client, order, book="1")
    assert not PurchaseReceipt.objects.exists()
    at_the_dock(client, order, book="1", over_reason="They gave us one")
    assert line_of(order, mug).over == 1


def test_everything_is_counted_by_one_press(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 3})
    client = signed_in(roles.WAREHOUSE, at=[berlin])
    assert "3 counted, 3 to come" in at_the_dock(client, order, all="1")


def test_a_scan_at_the_dock_leads_to_the_order(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 3})
    client = signed_in(roles.WAREHOUSE, at=[berlin])
    there = reverse("admin:purchase_receive", args=(order.pk,))
    dock = reverse("admin:purchase_dock")
    for code in (order.number.lower(), "MUG", "4006381333931", "S-MUG"):
        assert client.post(dock, {"scan": code})["Location"] == there, code
    assert client.post(dock, {"scan": "nothing"})["Location"] == dock
    other = placed(berlin, {mug: 1})
    assert client.post(dock, {"scan": "MUG"})["Location"] == dock
    text = client.get(dock).content.decode()
    assert "Several orders bring this" in text
    assert other.number in text


def test_orders_of_another_location_are_not_at_the_dock(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 3})
    client = signed_in(roles.WAREHOUSE, at=[LocationFactory.create()])
    dock = reverse("admin:purchase_dock")
    assert order.number not in client.get(dock).content.decode()
    assert client.post(dock, {"scan": order.number})["Location"] == dock
    there = reverse("admin:purchase_receive", args=(order.pk,))
    assert client.post(there, {"scan": "MUG"}).status_code == 404


def test_noting_the_same_again_keeps_what_is_on_backorder(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 8})
    client = signed_in(roles.MANAGER)
    press(client, order, "acknowledge", lines="MUG 6", rest="backorder", rest_on="2031-01-31")
    address = reverse("admin:inventory_purchaseorder_press", args=(order.pk, "acknowledge"))
    offered = client.get(address).context["form"]["lines"].value()
    press(client, order, "acknowledge", lines=offered, rest="backorder")
    line = line_of(order, mug)
    assert (line.confirmed, line.backordered) == (6, 2)
    assert str(line.backordered_on) == "2031-01-31"
