"""Which articles are picked most, and what should lie nearer."""

import pytest
from django.urls import reverse

from inventory.bins.states import BinKind
from inventory.reservations import services as reservations
from inventory.reservations.services import Promise
from inventory.stock.models import Level
from inventory.storing import queries, services, tasks
from inventory.storing.models import SkuClass
from oms.accounts import roles
from tests.accounts.factories import signed_in
from tests.inventory.factories import MOVER, BinFactory, LevelFactory, bin_of, with_bins

pytestmark = pytest.mark.django_db


def ship(level: Level, times: int) -> None:
    for number in range(times):
        promise = Promise(number, level.sku_id, level.location_id, 1)
        reservations.allocate(
            demand="x", promises=[promise], document="O", cause=f"a{level.pk}", actor=MOVER
        )
        reservations.issue(
            demand="x", units=[promise], document="S", cause=f"s{level.pk}", actor=MOVER
        )


@pytest.fixture
def level() -> Level:
    """Return an article that was picked four times and lies far away, beside one that nobody picked."""
    found = LevelFactory.create(on_hand=9)
    LevelFactory.create(location=found.location)
    location = with_bins(found.location, NEAR=BinKind.PICK_FACE)
    far = BinFactory.create(location=location, code="FAR", walk_order=900)
    services.move(
        wanted=services.Wanted(location.pk, found.sku_id, 9, bin_of(location, "DOCK").pk, far.pk),
        key="far",
        actor=MOVER,
    )
    ship(found, 4)
    return found


def test_classes_are_reckoned_by_picks_of_the_period(level: Level) -> None:
    assert tasks.reckon_classes() == 1

    found = {row.sku_id: row for row in SkuClass.objects.all()}
    assert len(found) == 2
    mine = found.pop(level.sku_id)
    assert (mine.letter, mine.picks, mine.units) == ("A", 4, 4)
    assert [row.letter for row in found.values()] == ["C"]
    services.reckon(location_id=level.location_id, days=0)
    assert set(SkuClass.objects.values_list("letter", flat=True)) == {"C"}


def test_what_is_picked_most_and_lies_far_should_lie_nearer(level: Level) -> None:
    assert queries.slotting(level.location_id) == []
    services.reckon(location_id=level.location_id)

    (move,) = queries.slotting(level.location_id)

    assert (move.sku, move.source.code, move.target.code, move.quantity) == (
        level.sku,
        "FAR",
        "NEAR",
        5,
    )


def test_the_page_shows_the_moves_and_reckons_anew(level: Level) -> None:
    manager = signed_in(roles.MANAGER)
    url = reverse("admin:slotting", args=(level.location_id,))
    assert "Nothing is reckoned yet" in manager.get(url).content.decode()

    page = manager.post(url, follow=True).content.decode()

    assert "picked 4 times, and NEAR is nearer than FAR" in page
    reader = signed_in(roles.READ_ONLY)
    SkuClass.objects.all().delete()
    reader.post(url)
    assert not SkuClass.objects.exists()
