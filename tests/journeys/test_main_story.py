"""An order from the API through the warehouse's telephone to the customer's door, in a real browser."""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from inventory.locations.models import StaffLocation
from inventory.stock.models import Level, Movement
from oms.accounts import roles
from oms.accounts.models import User
from oms.core import clock
from oms.messaging.models import Message
from orders.ordering.models import Order
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.orders.factories import ChannelFactory, PriceFactory, TaxRateFactory, api_key

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery staple"  # of the test's own user
PHONE = {"width": 360, "height": 740}


class Api:
    """A channel's system that talks to the running server."""

    def __init__(self, address: str, key: str) -> None:
        self.address = address
        self.key = key

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST `body` under a key of its own, or GET without one; return the answer."""
        request = urllib.request.Request(  # the test's own server
            f"{self.address}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
                "Idempotency-Key": f"story-{path}",
            },
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # likewise
            return json.load(answer)


def test_an_order_goes_from_the_api_to_the_door(
    page: Page, live_server: LiveServer, drain: Callable[[], int]
) -> None:
    api = a_shop(live_server.url)

    # The channel sends the order, already paid there.
    order = api.call(
        "orders",
        {
            "external_id": "SHOP-1",
            "customer": {"name": "Ada Lovelace", "email": "ada@example.com"},
            "ship_to": {
                "name": "Ada Lovelace",
                "street": ["Torstr. 12"],
                "city": "Berlin",
                "postcode": "10119",
                "country": "DE",
            },
            "lines": [{"sku": "MUG-1", "quantity": 2}, {"sku": "LAMP-1", "quantity": 1}],
            "payment": {"method": "channel", "reference": "P-1"},
        },
    )
    drain()

    sign_in_at_the_warehouse(page)
    scan(page, order["number"])
    pick_and_pack(page)

    # Shipping: buy the label, let the parcel go. Stock falls once.
    page.get_by_role("button", name="Buy the label").click()
    page.get_by_role("button", name="It leaves now").click()
    expect(page.locator("#note")).to_contain_text("has left")
    drain()
    assert list(
        Level.objects.order_by("sku__code").values_list("sku__code", "on_hand", "committed")
    ) == [("LAMP-1", 4, 0), ("MUG-1", 3, 0)]
    assert Movement.objects.filter(kind="shipment").count() == 2

    # The channel sees it, the carrier delivers it.
    (parcel,) = api.call(f"shipments?order={order['number']}")["results"]
    api.call(
        "tracking/scans",
        {
            "carrier": parcel["carrier"],
            "scans": [
                {
                    "tracking_number": parcel["tracking_number"],
                    "status": "delivered",
                    "occurred_at": clock.now().isoformat(),
                }
            ],
        },
    )
    drain()
    assert api.call(f"orders/{order['number']}")["fulfillment_status"] == "delivered"

    # The customer was told of each step once, and finds the parcel with number and postcode.
    assert sorted(Message.objects.values_list("kind", flat=True)) == [
        "order_confirmation",
        "parcel_delivered",
        "parcel_shipped",
    ]
    page.context.clear_cookies()
    page.goto("/status/")
    page.get_by_label("Order number").fill(order["number"].lower().replace("-", " "))
    page.get_by_label("E-mail address or postcode").fill("10119")
    page.get_by_role("button", name="Show my order").click()
    expect(page.get_by_text("Delivered").first).to_be_visible()
    expect(page.get_by_text(parcel["tracking_number"]).first).to_be_visible()
    assert Order.objects.get().status == "completed"


def a_shop(address: str) -> Api:
    """Make a channel, two articles in two bins of one warehouse, and a picker who works there; return its system."""
    warehouse = LocationFactory.create(code="berlin", name="Berlin")
    mug = SkuFactory.create(code="MUG-1", name="Stoneware mug", barcode="4006381333931")
    lamp = SkuFactory.create(code="LAMP-1", name="Reading lamp", barcode="")
    LevelFactory.create(sku=mug, location=warehouse, on_hand=5, bin_code="A-01")
    LevelFactory.create(sku=lamp, location=warehouse, on_hand=5, bin_code="B-02")
    channel = ChannelFactory.create(code="web")
    for sku in (mug, lamp):
        PriceFactory.create(price_list=channel.price_list, sku=sku)
    TaxRateFactory.create()
    roles.setup()
    picker = User.objects.create_user("picker", password=PASSWORD, is_staff=True)
    picker.groups.add(Group.objects.get(name="warehouse"))
    StaffLocation.objects.create(user=picker, location=warehouse)
    return Api(address, api_key(channel))


def sign_in_at_the_warehouse(page: Page) -> None:
    """Sign in as the picker on a telephone."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dict is a ViewportSize
    page.goto("/admin/login/?next=/admin/warehouse/")
    page.get_by_label("Username").fill("picker")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Berlin")).to_be_visible()


def pick_and_pack(page: Page) -> None:
    """Pick in walk order, where a wrong article is refused; scan everything into a parcel, weigh and close it."""
    expect(page.locator(".f-next")).to_contain_text("A-01")
    scan(page, "4006381333932")
    expect(page.locator("#note")).to_contain_text("Stop")
    scan(page, "4006381333931")
    scan(page, "4006381333931")
    expect(page.locator(".f-next")).to_contain_text("B-02")
    page.get_by_role("button", name="One more of LAMP-1").click()
    expect(page.get_by_text("Everything is picked.")).to_be_visible()

    # Packing: scan everything into the parcel, weigh it, close it.
    page.get_by_role("link", name="Pack").first.click()
    for code in ("4006381333931", "4006381333931", "LAMP-1"):
        scan(page, code)
    expect(page.get_by_text("3 of 3 picked units are in this parcel")).to_be_visible()
    page.get_by_label("Weight (g)").fill("1200")
    page.get_by_label("Length (mm)").fill("300")
    page.get_by_label("Width (mm)").fill("200")
    page.get_by_label("Height (mm)").fill("150")
    page.get_by_role("button", name="Close with 3 units").click()


def scan(page: Page, code: str) -> None:
    """Type a code as a scanner does: fast, then Enter, into the field that has the focus."""
    expect(page.locator("#scan")).to_be_focused()
    page.locator("#scan").fill(code)
    page.keyboard.press("Enter")
    expect(page.locator("#scan")).to_have_value("")
