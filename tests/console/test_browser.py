"""The console in a real browser: accessibility of the key pages, the floor with a scanner, live price and stock."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from inventory.stock.models import Level
from inventory.transfers import services as transfers
from inventory.transfers.models import TransferOrder
from inventory.transfers.rules import Units
from oms.accounts import roles
from oms.core.actors import SYSTEM
from orders.holds import services as holds
from tests.fulfillment.factories import (
    labelled_shipment,
    lines_of,
    open_work,
    packed_shipment,
    picked_work,
    units_of,
)
from tests.inventory.factories import released_transfer, transfer_line
from tests.orders.factories import ChannelFactory, PriceFactory, place_order, stocked_sku

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def faults(page: Page) -> list[str]:
    """Return what axe finds wrong on the page, as rule and place."""
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_key_pages_are_accessible(enter: Callable[..., Page], scheme: Any) -> None:
    order = place_order(payment_status="paid", confirmed=True)
    holds.place_hold(order_id=order.pk, reason="fraud_risk", actor=SYSTEM)
    work, ready = open_work(), picked_work()
    parcel, labelled = packed_shipment(), labelled_shipment()
    ChannelFactory.create(origin="phone")
    moved = half_shipped()
    level = lines_of(work)[0].sku.levels.all()[0]
    page = enter(roles.MANAGER)
    page.emulate_media(color_scheme=scheme)

    for address in (
        "/admin/",
        "/admin/orders/order/",
        f"/admin/orders/order/{order.pk}/change/",
        f"/admin/orders/order/{order.pk}/do/cancel/",
        "/admin/orders/order/add/",
        "/admin/orders/hold/",
        f"/admin/inventory/level/{level.pk}/change/",
        "/admin/stock/receive/",
        "/admin/orders/channel/add/",
        "/admin/orders/price/add/",
        "/admin/warehouse/",
        f"/admin/warehouse/?at={work.location.code}",
        f"/admin/warehouse/pick/{work.pk}/",
        f"/admin/warehouse/pack/{ready.pk}/",
        f"/admin/warehouse/ship/{parcel.pk}/",
        f"/admin/warehouse/ship/{labelled.pk}/",
        "/admin/inventory/transferorder/?tab=all",
        "/admin/inventory/transferorder/add/",
        f"/admin/inventory/transferorder/{moved.pk}/change/",
        f"/admin/inventory/transferorder/{moved.pk}/do/receive/",
        f"/admin/warehouse/transfers/{moved.pk}/ship/",
        f"/admin/warehouse/transfers/{moved.pk}/receive/",
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert faults(page) == [], address


def test_a_scanner_picks_on_a_telephone(enter: Callable[..., Page]) -> None:
    work = open_work()
    line = lines_of(work)[0]
    page = enter(roles.WAREHOUSE, at=[work.location])
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/admin/warehouse/pick/{work.pk}/")
    scan = page.locator("#scan")
    expect(scan).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") == 360

    page.keyboard.type("WRONG")
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_contain_text("Stop")
    expect(scan).to_be_focused()
    for _ in range(2):  # faster than the server: the scans wait for each other
        page.keyboard.type(line.sku.barcode)
        page.keyboard.press("Enter")
    expect(page.locator("#main")).to_contain_text("Everything is picked.")

    assert units_of(line) == {"picked": 2}


def half_shipped() -> TransferOrder:
    """Return a transfer of which two of four units are in transit."""
    transfer = released_transfer()
    return transfers.ship(
        transfer_id=transfer.pk,
        units=[Units(transfer_line(transfer).sku.code, 2)],
        key="half",
        actor=SYSTEM,
    )


def test_a_scanner_ships_and_receives_a_transfer_on_a_telephone(
    enter: Callable[..., Page],
) -> None:
    transfer = half_shipped()
    sku = transfer_line(transfer).sku
    page = enter(roles.WAREHOUSE, at=[transfer.source, transfer.destination])
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/admin/warehouse/transfers/{transfer.pk}/ship/")
    expect(page.locator("#scan")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    for code in (sku.barcode, "WRONG", sku.code):
        page.keyboard.type(code)
        page.keyboard.press("Enter")
    expect(page.locator("#main")).to_contain_text("2 gathered, 0 to go")
    page.get_by_role("button", name="Ship 2 units").click()
    expect(page.locator("#note")).to_contain_text(f"On the way to {transfer.destination.name}: 2.")

    page.goto(f"/admin/warehouse/transfers/{transfer.pk}/receive/")
    page.keyboard.type(sku.barcode)
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_contain_text("1 counted, 3 to come")
    page.get_by_role("button", name="Damaged").click()
    expect(page.locator("#note")).to_contain_text("The next units are damaged.")
    page.get_by_role("button", name=f"All 3 of {sku.code}").click()
    expect(page.locator("#main")).to_contain_text("4 counted, 0 to come")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("button", name="Receive 4 units").click()
    expect(page.locator("#note")).to_contain_text("Received: 4.")

    level = Level.objects.get(sku=sku, location=transfer.destination)
    assert (level.on_hand, level.damaged) == (4, 3)


def test_a_code_half_read_outlives_the_answer_to_the_one_before(enter: Callable[..., Page]) -> None:
    transfer = half_shipped()
    sku = transfer_line(transfer).sku
    page = enter(roles.WAREHOUSE, at=[transfer.source, transfer.destination])
    page.goto(f"/admin/warehouse/transfers/{transfer.pk}/ship/")
    expect(page.locator("#scan")).to_be_focused()
    page.keyboard.type(sku.barcode)
    page.keyboard.press("Enter")
    page.keyboard.type(sku.barcode[:5])
    expect(page.locator("#main")).to_contain_text("1 gathered, 1 to go")
    expect(page.locator("#scan")).to_have_value(sku.barcode[:5])
    page.keyboard.type(sku.barcode[5:])
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_contain_text("2 gathered, 0 to go")


def test_skus_are_suggested_while_a_transfer_is_drafted(enter: Callable[..., Page]) -> None:
    transfer = half_shipped()
    sku = transfer_line(transfer).sku
    page = enter(roles.MANAGER)
    page.goto("/admin/inventory/transferorder/add/")
    page.select_option("#id_source", transfer.source.code)
    page.locator("#id_row-0-sku").fill(sku.code[:6])
    expect(page.locator(f"#sku-suggestions option[value='{sku.code}']")).to_have_count(1)
    page.locator("#id_row-0-sku").fill(sku.code)
    page.locator("#id_row-0-quantity").fill("7")
    page.locator("#id_row-0-quantity").blur()

    expect(page.locator("[data-row] >> nth=0")).to_contain_text("6 · ")
    expect(page.locator("[data-row] >> nth=0")).to_contain_text("Not enough!")


def test_what_was_measured_outlives_the_scans_after_it(enter: Callable[..., Page]) -> None:
    work = picked_work()
    line = lines_of(work)[0]
    page = enter(roles.WAREHOUSE, at=[work.location])
    page.goto(f"/admin/warehouse/pack/{work.pk}/")
    length, weight = page.locator("#id_length_mm"), page.locator("#id_weight_g")

    length.fill("310")
    page.fill("#scan", line.sku.barcode)
    page.press("#scan", "Enter")
    expect(page.locator("#note")).to_contain_text("1 more.")
    expect(length).to_have_value("310")
    expect(weight).to_have_value("500")  # what was only proposed follows what is inside
    weight.fill("1234")
    page.fill("#scan", line.sku.barcode)
    page.press("#scan", "Enter")
    expect(page.locator("#note")).to_contain_text("All in")

    expect(length).to_have_value("310")
    expect(weight).to_have_value("1234")


def test_the_floor_works_without_scripts(
    enter: Callable[..., Page], browser: Any, live_server: LiveServer
) -> None:
    work = open_work()
    line = lines_of(work)[0]
    cookies = enter(roles.WAREHOUSE, at=[work.location]).context.cookies()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(cookies)
    plain = context.new_page()

    plain.goto(f"/admin/warehouse/pick/{work.pk}/")
    plain.fill("#scan", line.sku.barcode)
    plain.press("#scan", "Enter")
    expect(plain.locator("#note")).to_contain_text("1 of 2")
    plain.locator("button[name=more]").click()
    expect(plain.locator("#main")).to_contain_text("Everything is picked.")
    context.close()

    assert units_of(line) == {"picked": 2}


def test_price_and_stock_appear_while_an_order_is_taken(enter: Callable[..., Page]) -> None:
    desk = ChannelFactory.create(origin="phone")
    sku = stocked_sku(3, code="MUG", name="Enamel mug")
    PriceFactory.create(price_list=desk.price_list, sku=sku, amount=Decimal("11.90"))
    page = enter(roles.SERVICE)
    page.goto("/admin/orders/order/add/")

    page.fill("#id_row-0-sku", "MUG")
    page.fill("#id_row-0-quantity", "5")
    page.press("#id_row-0-quantity", "Tab")

    offer = page.locator("[data-offer-text]").first
    expect(offer).to_contain_text("€11.90")
    expect(offer).to_contain_text("Only 3 in stock!")


def test_the_palette_finds_an_order(enter: Callable[..., Page]) -> None:
    order = place_order()
    page = enter(roles.SERVICE)
    page.goto("/admin/")

    page.keyboard.press("Control+k")
    page.locator("#search-input-command").press_sequentially(order.number.lower())

    expect(page.locator("#command-results")).to_contain_text(order.number)
