"""Receive, put away, move and count on a telephone with a scanner that types: told by text and by tone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from inventory.bins.states import BinKind
from inventory.packs import services as packs
from inventory.packs.rules import NewPack
from inventory.stock.models import Level
from inventory.storing import services as storing
from oms.accounts import roles
from tests.inventory.factories import (
    MOVER,
    Came,
    LevelFactory,
    SkuFactory,
    bin_of,
    lot_of,
    lots_level,
    lying,
    released_transfer,
    with_bins,
)
from tests.inventory.purchasing.orders import placed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

# Notes the shape of every tone instead of playing it: sine is good, square is bad.
EAR = """
window.heard = [];
window.AudioContext = class {
  currentTime = 0;
  destination = {};
  createGain() { return { gain: {}, connect: (next) => next }; }
  createOscillator() {
    return { frequency: {}, connect: (next) => next, stop() {}, start() { window.heard.push(this.type); } };
  }
};
"""


class Phone:
    """A telephone with a scanner, which types a code and ends it by Enter."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_viewport_size({"width": 390, "height": 844})
        page.add_init_script(EAR)

    def scan(self, code: str) -> None:
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def hears(self, words: str, *, good: bool = True) -> None:
        """Expect a text and its tone, and a page that fits and is ready for the next scan."""
        expect(self.page.locator("#note")).to_contain_text(words)
        heard = self.page.evaluate("window.heard.splice(0)")
        assert set(heard) == {"sine" if good else "square"}, words
        expect(self.page.locator("#scan")).to_be_focused()
        assert self.page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.fixture
def phone(enter: Callable[..., Page], level: Level) -> Phone:
    return Phone(enter(roles.WAREHOUSE, at=[level.location]))


@pytest.fixture
def level() -> Level:
    """Return ten units at the dock of a location with two picking faces; four of them are a case."""
    found = LevelFactory.create(sku__barcode="4006381333931")
    with_bins(found.location, FACE=BinKind.PICK_FACE, SIDE=BinKind.PICK_FACE)
    packs.define(sku_id=found.sku_id, packs=[NewPack("CASE", 4, "CASE-4")], actor=MOVER)
    return found


def test_goods_are_put_away(phone: Phone, level: Level) -> None:
    phone.page.goto(f"/admin/storing/{level.location_id}/put-away/")
    phone.scan("NOTHING")
    phone.hears("NOTHING does not lie in the dock.", good=False)
    phone.scan("CASE-4")
    phone.hears(f"{level.sku.code}: 4 units.")
    phone.scan("OUT")
    phone.hears("goes to a shelf, not to a dock", good=False)
    expect(phone.page.locator("#quantity")).to_have_value("4")  # what was chosen stays chosen
    phone.scan("CASE-4")
    phone.hears(f"{level.sku.code}: 8 units.")
    phone.scan("B:FACE")
    phone.hears(f"8 of {level.sku.code} lie in FACE now.")
    assert lying(level) == {"DOCK": 2, "FACE": 8}

    phone.page.get_by_role("button", name="Undo").click()
    phone.hears("8 lie in DOCK again.")
    assert lying(level) == {"DOCK": 10}


def test_goods_are_moved_by_scans_alone(phone: Phone, level: Level) -> None:
    phone.page.goto(f"/admin/storing/{level.location_id}/move/")
    phone.scan("DOCK")
    phone.hears("DOCK.")
    phone.scan("4006381333931")
    phone.hears(f"{level.sku.code}.")
    phone.page.locator("#quantity").fill("3")
    phone.scan("B:NONE")  # the thumb is in the field of units still
    phone.hears("There is no bin B:NONE here.", good=False)
    expect(phone.page.locator("#scan")).to_have_value("")
    phone.page.locator("#quantity").fill("3")
    phone.scan("B:SIDE")
    phone.hears(f"3 of {level.sku.code} lie in SIDE now.")

    assert lying(level) == {"DOCK": 7, "SIDE": 3}


def test_a_bin_is_counted(phone: Phone, level: Level) -> None:
    wanted = storing.Wanted(
        level.location_id,
        level.sku_id,
        7,
        bin_of(level.location, "DOCK").pk,
        bin_of(level.location, "FACE").pk,
    )
    storing.move(wanted=wanted, key="face", actor=MOVER)
    found = SkuFactory.create(code="FOUND")
    phone.page.goto(f"/admin/storing/{level.location_id}/count/")
    phone.scan("B:FACE")
    phone.hears("FACE.")
    for code, words in (
        ("CASE-4", f"{level.sku.code}: 4."),
        (level.sku.barcode, f"{level.sku.code}: 5."),
        (found.barcode, "FOUND: 1."),
    ):
        phone.scan(code)
        phone.hears(words)
    phone.scan("B:SIDE")
    phone.hears("SIDE is another bin. Finish FACE first.", good=False)
    figure = phone.page.get_by_label("FOUND")
    expect(figure).to_have_value("1")
    figure.fill("2")
    phone.scan(found.barcode)  # into the field of figures: a scan all the same
    phone.hears("FOUND: 3.")
    phone.page.get_by_role("button", name="That is what lies here").click()
    phone.hears(f"FACE: -2 {level.sku.code}, +3 FOUND.")

    assert lying(level) == {"DOCK": 3, "FACE": 5}


def test_goods_are_received(phone: Phone, level: Level) -> None:
    order = placed(level.location, {level.sku: 9})
    phone.page.goto("/admin/purchasing/receive/")
    phone.scan("NOTHING")
    phone.hears("Nothing that is to come", good=False)
    phone.scan(level.sku.barcode)
    expect(phone.page.locator("h1")).to_contain_text(order.number)
    phone.scan("CASE-4")
    phone.hears(f"{level.sku.code}: 4 counted, 9 to come.")
    phone.scan("NOTHING")
    phone.hears("NOTHING is not on this order.", good=False)
    phone.page.locator("#delivery-note").fill("DN-77")
    phone.page.locator("#scan").focus()
    phone.scan(level.sku.barcode)
    phone.hears(f"{level.sku.code}: 5 counted, 9 to come.")
    expect(phone.page.locator("#delivery-note")).to_have_value("DN-77")
    phone.page.get_by_role("button", name="Book 5 units").click()
    phone.hears("5 units booked as")

    assert lying(level) == {"DOCK": 15}


def test_what_leaves_for_a_transfer_is_fetched_bin_by_bin(
    enter: Callable[..., Page],
) -> None:
    level = lots_level({"SOON": Came(3, 20), "LATE": Came(4, 90)}, expires=True)
    with_bins(level.location, FACE=BinKind.PICK_FACE)
    wanted = storing.Wanted(
        level.location_id,
        level.sku_id,
        2,
        bin_of(level.location, "DOCK").pk,
        bin_of(level.location, "FACE").pk,
        lot_id=lot_of(level.sku, "LATE").pk,
    )
    storing.move(wanted=wanted, key="face", actor=MOVER)
    transfer = released_transfer({level.sku: 4}, source=level.location)
    phone = Phone(enter(roles.WAREHOUSE, at=[level.location]))
    phone.page.goto(f"/admin/warehouse/transfers/{transfer.pk}/ship/")
    expect(phone.page.locator(".f-now")).to_contain_text("Lot SOON")
    phone.scan("SOON")
    phone.hears("Scan the bin first.", good=False)
    phone.scan("B:FACE")
    phone.hears("FACE. Now the article.")
    phone.scan("SOON")
    phone.hears("None of SOON of", good=False)
    phone.scan("LATE")
    phone.hears(f"{level.sku.code}: 1 of 4.")
    phone.page.get_by_role("button", name=f"All 3 of {level.sku.code}").click()
    phone.hears(f"{level.sku.code}: 4 of 4.")
    phone.page.get_by_role("button", name="Ship 4 units").click()
    expect(phone.page.locator("#note")).to_contain_text("On the way to")

    assert {(row.bin.code, str(row.lot)): row.quantity for row in level.contents.all()} == {
        ("DOCK", "LATE"): 2,
        ("FACE", "LATE"): 1,
    }
