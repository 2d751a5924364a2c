"""An order is confirmed at a desk, made at a bench with a telephone, and what it was made of is read from the lot."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from inventory.catalog.models import Tracking
from oms.accounts import roles
from tests.inventory.factories import SkuFactory, lot_of, lots_level
from tests.inventory.production.made import drafted_order, released_bill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def test_goods_with_serial_numbers_are_made_by_scans_and_traced(
    enter: Callable[..., Page],
) -> None:
    boards = lots_level({"B-1": 3, "B-2": 9})
    bill = released_bill(SkuFactory.create(tracking=Tracking.SERIAL), parts={boards.sku: 2})
    order = drafted_order(location=boards.location, bill=bill, quantity=4)
    page = enter(roles.MANAGER)
    page.goto(f"/admin/inventory/productionorder/{order.pk}/change/")
    page.get_by_role("link", name="Confirm").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="What goes in and comes out")).to_be_visible()

    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/admin/warehouse/production/{order.pk}/")
    for number in ("SN-1", "SN-2"):
        page.keyboard.type(number)
        page.keyboard.press("Enter")
        expect(page.locator("#note")).to_contain_text(number)
    expect(page.get_by_label("Serial numbers of the sound units")).to_have_value("SN-1\nSN-2")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Post 2 units").click()
    expect(page.locator("#note")).to_contain_text("2 posted as")

    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/admin/inventory/lot/{lot_of(bill.sku, 'SN-1').pk}/change/")
    made_of = page.locator("#made-of")
    expect(made_of).to_contain_text(boards.sku.code)
    made_of.get_by_role("link", name="B-2").click()
    expect(page.locator("#went-into")).to_contain_text("SN-2")
