"""Bins are counted one by one, blind."""

import uuid

import pytest
from django.urls import reverse

from inventory.bins.states import BinKind
from inventory.packs import services as packs
from inventory.packs.rules import NewPack
from inventory.reservations import services as reservations
from inventory.reservations.services import Promise
from inventory.stock.errors import InvalidQuantity, UnknownSkus
from inventory.stock.models import Level, Movement
from inventory.storing import errors, services
from inventory.storing.services import Difference, Figure
from oms.accounts.roles import WAREHOUSE
from oms.reporting.invariants import services as invariants
from tests.accounts.factories import signed_in
from tests.inventory.factories import MOVER, LevelFactory, SkuFactory, bin_of, lying, with_bins

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Return six units in the face and four at the dock."""
    found = LevelFactory.create()
    location = with_bins(found.location, FACE=BinKind.PICK_FACE)
    services.move(
        wanted=services.Wanted(
            location.pk,
            found.sku_id,
            6,
            bin_of(location, "DOCK").pk,
            bin_of(location, "FACE").pk,
        ),
        key="face",
        actor=MOVER,
    )
    return found


def count(level: Level, *figures: Figure, seen: int | None = None) -> list[Difference]:
    face = bin_of(level.location, "FACE")
    return services.count(
        bin_id=face.pk,
        figures=figures,
        seen=services.last_move(face.pk) if seen is None else seen,
        key="k",
        actor=MOVER,
    )


def test_what_is_missing_is_posted_to_the_bin_and_the_level(level: Level) -> None:
    assert count(level, Figure(level.sku.code, 4)) == [Difference(level.sku.code, -2)]

    level.refresh_from_db()
    assert level.on_hand == 8
    assert lying(level) == {"DOCK": 4, "FACE": 4}
    assert Movement.objects.get(kind="count").document == "FACE"
    assert bin_of(level.location, "FACE").counted_at is not None


def test_what_is_found_besides_is_added_there(level: Level) -> None:
    other = LevelFactory.create(location=level.location, on_hand=0)

    found = count(level, Figure(level.sku.code, 6), Figure(other.sku.code, 3))

    assert found == [Difference(other.sku.code, 3)]
    assert lying(other) == {"FACE": 3}
    assert [r.check.name for r in invariants.run() if not r.holds] == []


def test_what_the_books_say_posts_nothing(level: Level) -> None:
    assert count(level, Figure(level.sku.code, 6)) == []
    assert not Movement.objects.filter(kind="count").exists()


def test_a_count_that_cannot_be_is_refused_and_nothing_changes(level: Level) -> None:
    code = level.sku.code
    for figures, error in (
        ([], errors.StillInBin),
        ([Figure("X", 1)], UnknownSkus),
        ([Figure(code, -1)], InvalidQuantity),
        ([Figure(code, 1), Figure(code, 2)], InvalidQuantity),
    ):
        with pytest.raises(error):
            count(level, *figures)
    with pytest.raises(errors.MovedMeanwhile):
        count(level, Figure(code, 4), seen=1)

    assert lying(level) == {"DOCK": 4, "FACE": 6}


def test_what_orders_are_promised_is_not_counted_away(level: Level) -> None:
    reservations.allocate(
        demand="x",
        promises=[Promise(1, level.sku_id, level.location_id, 9)],
        document="O",
        cause="a",
        actor=MOVER,
    )

    with pytest.raises(errors.CountTakesPromised):
        count(level, Figure(level.sku.code, 4))
    assert lying(level)["FACE"] == 6


def test_a_bin_is_counted_on_the_floor_without_seeing_the_books(level: Level) -> None:
    clerk = signed_in(WAREHOUSE, at=[level.location])
    url = reverse("admin:bin_count", args=(level.location_id,))
    face = bin_of(level.location, "FACE")
    assert "FACE" in clerk.get(url).content.decode()

    page = clerk.post(url, {"press_key": str(uuid.uuid4()), "scan": "b:face"}, follow=True)
    assert "There is no bin" in page.content.decode()
    page = clerk.post(url, {"press_key": str(uuid.uuid4()), "scan": "B:FACE"}, follow=True)
    text = page.content.decode()
    assert level.sku.code in text
    assert 'value="6"' not in text
    body = {
        "press_key": str(uuid.uuid4()),
        "bin": face.pk,
        "seen": services.last_move(face.pk),
        f"counted:{level.sku.code}": "5",
        "post": "1",
    }
    page = clerk.post(url, {**body, f"counted:{level.sku.code}": "x"}, follow=True)
    assert "Type how many" in page.content.decode()
    page = clerk.post(url, body, follow=True)
    assert f"FACE: -1 {level.sku.code}." in page.content.decode()
    assert lying(level)["FACE"] == 5


def test_what_lies_in_a_bin_is_scanned_piece_by_piece_and_the_bin_again_posts_it(
    level: Level,
) -> None:
    clerk = signed_in(WAREHOUSE, at=[level.location])
    face = bin_of(level.location, "FACE")
    url = f"{reverse('admin:bin_count', args=(level.location_id,))}?bin={face.pk}"
    other = SkuFactory.create(code="FOUND", barcode="4006381333931")
    packs.define(sku_id=level.sku_id, packs=[NewPack("CASE", 4, "CASE-4")], actor=MOVER)
    figures = {f"counted:{level.sku.code}": "", "seen": services.last_move(face.pk)}

    def scan(code: str) -> str:
        page = clerk.post(
            url,
            {"press_key": str(uuid.uuid4()), "bin": face.pk, "scan": code, **figures},
            follow=True,
        )
        figures.update(
            {
                f"counted:{row.sku.code}": row.figure
                for row in (page.context["rows"] if page.context["bin"] else ())
            }
        )
        return page.content.decode()

    for code, told in (
        ("NOBODY", "There is no article NOBODY."),
        ("B:OUT", "OUT is another bin. Finish FACE first."),
        ("B:FACE", "Type how many lie there"),
        (level.sku.code, f"{level.sku.code}: 1."),
        ("CASE-4", f"{level.sku.code}: 5."),
        ("04006381333931", "FOUND: 1."),
    ):
        assert told in scan(code), code
    assert lying(level)["FACE"] == 6

    assert f"FACE: -1 {level.sku.code}, +1 FOUND." in scan("B:FACE")
    assert lying(level)["FACE"] == 5
    assert Level.objects.get(sku=other).on_hand == 1
    again = clerk.get(url).context["rows"]
    assert {row.sku.code: row.figure for row in again} == {"FOUND": "", level.sku.code: ""}


def test_figures_are_forgotten_when_goods_move_meanwhile(level: Level) -> None:
    clerk = signed_in(WAREHOUSE, at=[level.location])
    face, dock = bin_of(level.location, "FACE"), bin_of(level.location, "DOCK")
    url = f"{reverse('admin:bin_count', args=(level.location_id,))}?bin={face.pk}"
    body = {
        "press_key": str(uuid.uuid4()),
        "bin": face.pk,
        "scan": level.sku.code,
        "seen": services.last_move(face.pk),
    }
    clerk.post(url, body)
    assert [row.figure for row in clerk.get(url).context["rows"]] == ["1"]

    services.move(
        wanted=services.Wanted(level.location_id, level.sku_id, 1, face.pk, dock.pk),
        key="meanwhile",
        actor=MOVER,
    )

    assert [row.figure for row in clerk.get(url).context["rows"]] == [""]
