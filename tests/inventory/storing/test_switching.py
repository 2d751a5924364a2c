"""A location begins to have bins, and stops."""

import pytest

from inventory.bins.errors import NoDock
from inventory.bins.states import BinKind
from inventory.stock.models import BinMove, Content
from inventory.storing import errors, services
from oms.core.timeline.models import Entry
from tests.inventory.factories import (
    MOVER,
    BinFactory,
    LevelFactory,
    LocationFactory,
    lying,
    with_bins,
)

pytestmark = pytest.mark.django_db


def test_everything_comes_to_lie_at_the_receiving_dock_as_it_is() -> None:
    level = LevelFactory.create(on_hand=10, damaged=2)
    elsewhere = LevelFactory.create()

    location = with_bins(level.location)

    assert location.uses_bins
    assert lying(level) == {"DOCK": 8, "DOCK damaged": 2}
    assert lying(elsewhere) == {}
    assert Entry.objects.filter(kind="location.bins_on").count() == 1


def test_what_has_the_code_of_a_bin_comes_to_lie_there() -> None:
    level = LevelFactory.create(bin_code="A-01")
    other = LevelFactory.create(location=level.location, bin_code="Z-99")
    for code, kind in (("DOCK", BinKind.RECEIVING), ("OUT", BinKind.OUTBOUND), ("A-01", "storage")):
        BinFactory.create(location=level.location, code=code, kind=kind)

    services.switch_on(location_id=level.location_id, actor=MOVER, by_bin_codes=True)

    assert lying(level) == {"A-01": 10}
    assert lying(other) == {"DOCK": 10}


@pytest.mark.parametrize("there", [(), (BinKind.RECEIVING,), (BinKind.OUTBOUND,)])
def test_a_location_without_both_docks_is_refused(there: tuple[str, ...]) -> None:
    location = LocationFactory.create()
    for kind in there:
        BinFactory.create(location=location, kind=kind)

    with pytest.raises(NoDock):
        services.switch_on(location_id=location.pk, actor=MOVER)

    location.refresh_from_db()
    assert not location.uses_bins


def test_switching_off_forgets_where_things_lie_and_keeps_how_they_came_there() -> None:
    level = LevelFactory.create()
    location = with_bins(level.location)

    services.switch_off(location_id=location.pk, reason="too much work", actor=MOVER)

    assert not Content.objects.exists()
    level.refresh_from_db()
    assert (level.on_hand, level.location.uses_bins) == (10, False)
    assert [(move.source, move.quantity) for move in BinMove.objects.filter(target=None)] == [
        (location.bins.get(code="DOCK"), 10)
    ]


def test_switching_twice_is_refused() -> None:
    location = with_bins()

    with pytest.raises(errors.BinsInUse):
        services.switch_on(location_id=location.pk, actor=MOVER)
    services.switch_off(location_id=location.pk, reason="no", actor=MOVER)
    with pytest.raises(errors.NoBins):
        services.switch_off(location_id=location.pk, reason="no", actor=MOVER)
    assert services.switch_on(location_id=location.pk, actor=MOVER).uses_bins
