"""Put away and move with a scanner."""

import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from zeal import zeal_context

from inventory.bins.models import Bin
from inventory.bins.states import BinKind
from inventory.packs import services as packs
from inventory.packs.rules import NewPack
from inventory.stock.models import Level
from inventory.storing import services
from oms.accounts import roles
from oms.accounts.roles import WAREHOUSE
from tests.accounts.factories import signed_in
from tests.inventory.factories import (
    MOVER,
    BinFactory,
    LevelFactory,
    bin_of,
    lots_level,
    lying,
    with_bins,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Return ten units at the dock of a location with a picking face and a small bin."""
    found = LevelFactory.create(sku__barcode="4006381333931")
    with_bins(found.location, FACE=BinKind.PICK_FACE, HIGH=BinKind.STORAGE)
    BinFactory.create(location=found.location, code="SMALL", max_weight_g=600, walk_order=99)
    return found


@pytest.fixture
def picker(level: Level) -> Client:
    return signed_in(WAREHOUSE, at=[level.location])


def address(level: Level, page: str = "put_away") -> str:
    return reverse(f"admin:{page}", args=(level.location_id,))


def post(client: Client, url: str, **data: Any) -> HttpResponse:
    """Send what a scanner or a press sends, and follow to the page that comes of it."""
    return client.post(url, {"press_key": str(uuid.uuid4()), **data}, follow=True)


def text(response: HttpResponse) -> str:
    return response.content.decode()


def chosen(level: Level) -> str:
    return str(level.contents.get(bin__code="DOCK").pk)


def test_an_article_is_scanned_a_bin_is_proposed_and_its_scan_puts_it_there(
    level: Level, picker: Client
) -> None:
    page = text(post(picker, address(level), scan="04006381333931"))
    assert "<b>FACE</b>" in page
    assert "it is empty" in page

    page = text(post(picker, address(level), content=chosen(level), scan="B:FACE", quantity="4"))

    assert f"4 of {level.sku.code} lie in FACE now." in page
    assert lying(level) == {"DOCK": 6, "FACE": 4}


def test_a_wrong_bin_is_refused_with_the_reason(level: Level, picker: Client) -> None:
    for code, words in (
        ("OUT", "goes to a shelf, not to a dock"),
        ("SMALL", "it carries no more weight"),
        ("X-9", "There is no bin X-9 here"),
        ("", "Scan the bin"),
    ):
        page = text(post(picker, address(level), content=chosen(level), scan=code, quantity="4"))
        assert words in page, code

    assert lying(level) == {"DOCK": 10}


def test_more_than_lies_there_is_refused(level: Level, picker: Client) -> None:
    page = text(post(picker, address(level), content=chosen(level), scan="FACE", quantity="11"))

    assert "10 lie there" in page
    assert lying(level) == {"DOCK": 10}


def test_one_press_puts_away_once_and_is_taken_back_by_a_button(
    level: Level, picker: Client
) -> None:
    key = str(uuid.uuid4())
    for _ in range(2):
        page = text(
            post(
                picker,
                address(level),
                content=chosen(level),
                scan="FACE",
                quantity="4",
                press_key=key,
            )
        )
    assert "That was done already." in page
    assert lying(level) == {"DOCK": 6, "FACE": 4}

    assert "4 lie in DOCK again." in text(post(picker, address(level), undo="1"))
    assert lying(level) == {"DOCK": 10}
    assert "nothing to take back" in text(post(picker, address(level), undo="1"))


def test_a_dock_is_scanned_to_see_what_lies_there_and_a_shelf_is_none(
    level: Level, picker: Client
) -> None:
    assert level.sku.code in text(post(picker, address(level), scan="DOCK"))
    assert "is no dock" in text(post(picker, address(level), scan="FACE"))
    assert "does not lie in the dock" in text(post(picker, address(level), scan="nothing"))


def test_units_are_moved_from_bin_to_bin(level: Level, picker: Client) -> None:
    move = address(level, "bin_move")
    assert "Scan the bin first" in text(post(picker, move, scan=level.sku.code))
    assert level.sku.code in text(post(picker, move, scan="dock"))

    dock = bin_of(level.location, "DOCK")
    page = text(post(picker, f"{move}?bin={dock.pk}", scan=level.sku.code))
    assert "Scan the bin that it goes to" in page
    page = text(
        post(
            picker,
            f"{move}?bin={dock.pk}",
            content=chosen(level),
            scan="OUT",
            quantity="3",
        )
    )

    assert "lie in OUT now" in page
    assert lying(level) == {"DOCK": 7, "OUT": 3}


def test_packs_are_carried_by_their_units(level: Level, picker: Client) -> None:
    packs.define(sku_id=level.sku_id, packs=[NewPack("CASE", 4, "CASE-4")], actor=MOVER)
    for page in ("put_away", "bin_move"):
        dock = bin_of(level.location, "DOCK")
        shown = post(picker, f"{address(level, page)}?bin={dock.pk}", scan="CASE-4")
        assert shown.context["units"] == 4, page
        there = shown.request["PATH_INFO"] + "?" + shown.request["QUERY_STRING"]
        shown = post(picker, there, content=chosen(level), quantity="4", scan="CASE-4")
        assert shown.context["units"] == 8, page
        shown = post(picker, there, content=chosen(level), quantity="8", scan="CASE-4")
        assert f"12 of {level.sku.code} are scanned, 10 lie in DOCK." in text(shown)
        assert shown.context["chosen"] is not None
    shown = post(picker, address(level), content=chosen(level), quantity="10", scan="CASE-4")
    assert shown.context["units"] == 4  # all was proposed, and then one pack was scanned
    shown = post(picker, address(level), content=chosen(level), quantity="10", scan=level.sku.code)
    assert "Scan the bin, or type how many units." in text(shown)
    assert lying(level) == {"DOCK": 10}


def test_a_lot_is_chosen_by_its_number_or_its_gs1_code() -> None:
    level = lots_level({"L-1": 3, "L-2": 5}, barcode="4006381333931")
    with_bins(level.location, FACE=BinKind.PICK_FACE)
    picker = signed_in(WAREHOUSE, at=[level.location])

    for code in ("L-2", "010400638133393110L-2"):
        shown = post(picker, address(level), scan=code)
        assert (str(shown.context["chosen"].lot), shown.context["units"]) == ("L-2", 5), code
    assert "does not lie in the dock" in text(
        post(picker, address(level), scan="010400638133393110L-9")
    )


def test_another_location_is_not_there_and_the_reader_carries_nothing(level: Level) -> None:
    stranger = signed_in(WAREHOUSE, at=[LevelFactory.create().location])
    assert stranger.get(address(level)).status_code == 404
    assert signed_in(roles.READ_ONLY).get(address(level)).status_code == 403


# The console --------------------------------------------------------------------------------------


def test_bins_are_made_from_ranges_and_from_a_sheet() -> None:
    level = LevelFactory.create()
    manager = signed_in(roles.MANAGER)
    url = reverse("admin:bins_new", args=(level.location_id,))
    ranges = {"zone": "A", "aisles": "1-2", "racks": "1-2", "kind": "storage", "first_walk": "10"}

    assert "4 bins would be made" in text(post(manager, url, **ranges, show="1"))
    assert not Bin.objects.exists()
    post(manager, url, **ranges, make="1")
    post(manager, url, lines="DOCK;receiving\nOUT;outbound", make="1")
    assert set(Bin.objects.values_list("code", flat=True)) == {
        "A-1-1",
        "A-1-2",
        "A-2-1",
        "A-2-2",
        "DOCK",
        "OUT",
    }
    for data, words in (
        ({**ranges, "aisles": "4-1"}, "is no range"),
        ({"lines": "X;shelf"}, "is no kind of bin"),
        ({"lines": "DOCK;receiving"}, "is there already"),
    ):
        refused = post(manager, url, **data, make="1")
        assert refused.status_code == 422
        assert words in text(refused)


def test_a_location_is_switched_by_buttons_and_a_level_shows_its_bins() -> None:
    level = LevelFactory.create()
    BinFactory.create(location=level.location, code="DOCK", kind=BinKind.RECEIVING)
    BinFactory.create(location=level.location, code="OUT", kind=BinKind.OUTBOUND)
    manager = signed_in(roles.MANAGER)
    press = "admin:inventory_location_press"

    post(manager, reverse(press, args=(level.location_id, "bins_on")))
    assert lying(level) == {"DOCK": 10}
    page = manager.get(reverse("admin:inventory_level_change", args=(level.pk,)))
    assert "DOCK" in text(page)
    dock = bin_of(level.location, "DOCK")
    page = manager.get(reverse("admin:inventory_bin_change", args=(dock.pk,)))
    assert level.sku.code in text(page)

    post(manager, reverse(press, args=(level.location_id, "bins_off")), reason="no")
    assert lying(level) == {}


def test_the_only_dock_stays_a_dock() -> None:
    dock = bin_of(with_bins(), "DOCK")
    manager = signed_in(roles.MANAGER)
    url = reverse("admin:inventory_bin_change", args=(dock.pk,))

    page = manager.post(url, {"barcode": "D", "kind": "storage", "walk_order": "1"})

    assert "It is the only receiving dock here" in text(page)
    dock.refresh_from_db()
    assert dock.kind == "receiving"


def test_labels_are_printed_and_a_move_is_carried_back_in_the_console(level: Level) -> None:
    manager = signed_in(roles.MANAGER)
    pdf = manager.get(reverse("admin:bin_labels", args=(level.location_id,)), {"code": "FACE"})
    assert pdf.content.startswith(b"%PDF")

    (move,) = services.move(
        wanted=services.Wanted(
            level.location_id,
            level.sku_id,
            3,
            bin_of(level.location, "DOCK").pk,
            bin_of(level.location, "FACE").pk,
        ),
        key="k",
        actor=MOVER,
    )
    post(manager, reverse("admin:inventory_binmove_press", args=(move.pk, "undo")), reason="wrong")
    assert lying(level) == {"DOCK": 10}


@pytest.mark.usefixtures("_zeal")
def test_lists_and_pages_load_nothing_row_by_row(level: Level) -> None:
    manager = signed_in(roles.MANAGER)
    LevelFactory.create(location=level.location, on_hand=0)
    pages = (
        reverse("admin:inventory_bin_changelist"),
        reverse("admin:inventory_binmove_changelist"),
        reverse("admin:inventory_bin_change", args=(bin_of(level.location, "DOCK").pk,)),
        address(level),
    )
    for page in pages:
        with zeal_context():
            assert manager.get(page).status_code == 200
