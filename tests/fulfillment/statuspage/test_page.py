"""The page in a real browser: on a phone and a desk, in light and dark, by keyboard, without scripts."""

from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from fulfillment.shipping import services as shipping
from fulfillment.statuspage import services
from oms.core import clock
from orders.ordering import services as ordering
from orders.ordering.models import Order
from tests.fulfillment.factories import PICKER, label, pack, pick_all, released_order, scan, take
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.orders.factories import ChannelFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 800}
SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
# WCAG 2.2 level AA, and the practices that axe knows beyond it.
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


def rich_order(language: str = "en") -> Order:
    """Return an order with everything: one parcel at the door, one in trouble, backorder, cancelled units."""
    channel = ChannelFactory.create(name="Nordlicht Home", backorders=True)
    names = {
        "Stoneware mug, moss green": 20,
        "Reading lamp “Fjord”, brushed brass, with a very long name that has to break somewhere": 3,
        "Loose-leaf tea, Assam 250 g": 2,
        "Wool throw 130 × 180 cm": 0,
    }
    here, there = LocationFactory.create(), LocationFactory.create()
    skus = []
    for index, (name, units) in enumerate(names.items()):
        sku = SkuFactory.create(name=name)
        LevelFactory.create(sku=sku, location=there if index == 1 else here, on_hand=units)
        skus.append(sku)
    order = released_order(
        [(skus[0], 4), (skus[1], 1), (skus[2], 5), (skus[3], 2)],
        channel=channel,
        discount="6.00",
        language=language,
    )
    ordering.cancel(
        order_id=order.pk,
        units={order.lines.get(sku=skus[3]).pk: 1},
        reason="Asked for",
        actor=PICKER,
    )
    parcels = []
    for work in take(order):
        pick_all(work)
        shipment = label(pack(work))
        shipping.ship(shipment_id=shipment.pk, actor=PICKER)
        shipment.refresh_from_db()
        parcels.append(shipment)
    now = clock.now()
    for hours, status, place in (
        (30, "picked_up", "Berlin"),
        (9, "in_transit", "Parcel centre Hannover-Anderten"),
        (1, "out_for_delivery", "Depot Köln"),
    ):
        scan(parcels[0], status, now - timedelta(hours=hours), place=place)
    scan(parcels[1], "delivery_failed", now - timedelta(hours=2), place="Depot Köln")
    return order


def link(order: Order) -> str:
    """Return the address of the order's page."""
    return f"/status/{services.issue(order_id=order.pk)}"


def violations(page: Page) -> list[str]:
    """Return what axe finds on the page, one line each."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    width: int = page.evaluate(
        "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_is_accessible_and_fits(
    page: Page, viewport: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=scheme)
    order = rich_order("de")
    for address in (link(order), "/status/", "/status/nothing"):
        page.goto(address)
        assert violations(page) == []
        assert overflow(page) == 0
    page.goto("/status/")
    page.get_by_role("button").click()
    assert page.get_by_text("Please enter the order number.").is_visible()
    assert violations(page) == []
    page.get_by_label("Order number").fill("WEB-22222-22222")
    page.get_by_label("E-mail address or postcode").fill("99999")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("We find no order with these details")
    assert violations(page) == []
    assert overflow(page) == 0
    page.goto(link(order))
    for summary in page.locator("summary").all():
        summary.click()
    assert violations(page) == []
    assert overflow(page) == 0


def test_dark_is_dark_and_light_is_light(page: Page) -> None:
    shown: dict[str, int] = {}
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.goto("/status/")
        background: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        shown[scheme] = sum(int(part) for part in background[4:-1].split(","))
    assert shown["dark"] < 120
    assert shown["light"] > 700


def test_a_customer_finds_the_order_without_scripts_and_by_keyboard_alone(
    browser: Browser, live_server: LiveServer
) -> None:
    order = rich_order()
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, viewport=PHONE
    )
    page = context.new_page()
    page.goto("/status/")
    for _ in range(4):  # skip link, two languages, the first field
        page.keyboard.press("Tab")
    page.keyboard.type(order.number.lower().replace("-", " "))
    page.keyboard.press("Tab")
    page.keyboard.type("ADA@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "There is a problem with your delivery"
    )
    expect(page.get_by_role("heading", name="Your 2 parcels")).to_be_visible()
    expect(page.get_by_text("Expected today")).to_be_visible()
    expect(page.get_by_text("The carrier could not hand over your parcel.")).to_be_visible()
    earlier = page.get_by_text("Parcel centre Hannover-Anderten")
    expect(earlier).to_be_hidden()
    page.get_by_text("2 earlier updates").click()
    expect(earlier).to_be_visible()
    page.get_by_role("link", name="Deutsch").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Es gibt ein Problem mit Ihrer Lieferung"
    )
    context.close()


def test_the_skip_link_appears_on_focus_and_leads_to_the_content(page: Page) -> None:
    page.goto("/status/")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_rail_names_the_present_step_for_those_who_do_not_see_it(page: Page) -> None:
    page.goto(link(rich_order()))
    parcel = page.get_by_role("article").first
    steps = parcel.locator(".rail").get_by_role("listitem")
    expect(steps).to_have_count(4)
    assert [" ".join((step.text_content() or "").split()) for step in steps.all()] == [
        "Packed, done",
        "On its way, done",
        "Out for delivery, now",
        "Delivered, still to come",
    ]
    expect(parcel.locator('[aria-current="step"]')).to_contain_text("Out for delivery")


def test_the_token_is_in_no_referer_and_no_address_of_a_resource(
    page: Page, live_server: LiveServer
) -> None:
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request))  # noqa: PLW0108  # a bound built-in is refused
    address = link(rich_order())
    page.goto(address)
    page.get_by_role("link", name="Look up another order").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where is my order?")
    token = address.rpartition("/")[2]
    assert len(seen) >= 3
    for request in seen:
        assert token not in request.all_headers().get("referer", "")
        assert urlsplit(request.url).netloc == urlsplit(live_server.url).netloc
    with_token = [request.url for request in seen if token in request.url]
    assert with_token == [f"{live_server.url}{address}"]


def test_text_can_be_twice_as_large_without_loss(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(link(rich_order("de")))
    # As if the reader had set it in the browser: the page follows, because all its sizes are relative.
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert overflow(page) == 0
