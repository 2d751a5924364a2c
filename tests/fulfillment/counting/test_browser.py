"""Counts in a real browser: accessibility, and the floor at the width of a telephone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from inventory.counting.models import CountLine
from oms.accounts import roles
from tests.accounts.factories import staff
from tests.console.test_browser import faults
from tests.inventory.counting.counts import reviewed, started
from tests.inventory.factories import LevelFactory, SkuFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.fixture
def enter(page: Page, live_server: LiveServer) -> Callable[..., Page]:
    """Sign a member of staff in and give the page."""

    def sign_in(role: str, **where: Any) -> Page:
        client = Client()
        client.force_login(staff(role, **where))
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
        )
        return page

    return sign_in


def test_the_pages_of_counts_are_accessible(enter: Callable[..., Page]) -> None:
    running, judged = started(LevelFactory.create()), reviewed(LevelFactory.create(), 7)
    level = LevelFactory.create()
    page = enter(roles.MANAGER)

    for address in (
        "/admin/inventory/countorder/?tab=all",
        "/admin/inventory/countorder/add/",
        f"/admin/inventory/countorder/{running.pk}/change/",
        f"/admin/inventory/countorder/{judged.pk}/change/",
        f"/admin/inventory/countorder/{judged.pk}/do/explain/",
        f"/admin/inventory/countorder/{judged.pk}/do/doubt/",
        f"/admin/inventory/countorder/{judged.pk}/do/post/",
        f"/admin/inventory/level/{level.pk}/change/?at=2026-01-01T08:00:00",
        f"/admin/inventory/level/{level.pk}/do/count/",
        f"/admin/warehouse/counts/{running.pk}/",
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert faults(page) == [], address


def test_somebody_counts_with_a_telephone(enter: Callable[..., Page]) -> None:
    level = LevelFactory.create(sku__code="TEA", bin_code="A-01")
    SkuFactory.create(code="MUG")
    order = started(level)
    page = enter(roles.WAREHOUSE, at=[level.location])
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/admin/warehouse/counts/{order.pk}/")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    scan = page.locator("#scan")
    expect(scan).to_be_focused()

    page.keyboard.type("A-01")
    page.keyboard.press("Enter")
    expect(page.get_by_text("bin A-01")).to_be_visible()
    page.keyboard.type(level.sku.barcode)
    page.keyboard.press("Enter")
    expect(page.get_by_text("How many lie there?")).to_be_visible()
    expect(scan).to_be_focused()
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    expect(page.get_by_text("TEA: 10 noted. Everything is counted.")).to_be_visible()

    page.keyboard.type("MUG")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not expected here.")).to_be_visible()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Somebody else counts it again.").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert dict(CountLine.objects.values_list("sku__code", "counted")) == {"TEA": 10, "MUG": 2}
