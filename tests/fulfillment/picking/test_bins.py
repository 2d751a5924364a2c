"""Picking at a location with bins."""

import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from fulfillment.picking import queries, services
from fulfillment.shipping import services as shipping
from fulfillment.work.models import FulfillmentOrder
from inventory.bins.states import BinKind
from inventory.stock.errors import NotInBin
from inventory.stock.models import Level
from inventory.storing import services as storing
from inventory.storing.errors import NotThere
from oms.accounts.roles import WAREHOUSE
from oms.reporting.invariants import services as invariants
from tests.accounts.factories import signed_in
from tests.fulfillment.factories import PICKER, label, lines_of, open_work, pack, pick_all
from tests.inventory.factories import MOVER, LevelFactory, bin_of, lying, with_bins

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Return ten units: two in the face, three high up, five at the dock."""
    found = LevelFactory.create(sku__barcode="BC1")
    location = with_bins(found.location, FACE=BinKind.PICK_FACE, HIGH=BinKind.STORAGE)
    for code, units in (("FACE", 2), ("HIGH", 3)):
        storing.move(
            wanted=storing.Wanted(
                location.pk,
                found.sku_id,
                units,
                bin_of(location, "DOCK").pk,
                bin_of(location, code).pk,
            ),
            key=code,
            actor=MOVER,
        )
    return found


def stops(work: FulfillmentOrder) -> list[tuple[str, int]]:
    (walk,) = queries.pick_list([work.pk])
    return [(stop.bin_code, stop.to_pick) for stop in walk.stops]


def agree() -> bool:
    return not [result.check.name for result in invariants.run() if not result.holds]


def test_the_list_says_which_bins_to_go_to_as_one_walks(level: Level) -> None:
    assert stops(open_work({level.sku: 4})) == [("FACE", 2), ("HIGH", 2)]


def test_two_lines_are_not_sent_to_the_same_units(level: Level) -> None:
    assert stops(open_work([(level.sku, 2), (level.sku, 3)])) == [("FACE", 2), ("HIGH", 3)]


def test_what_is_picked_lies_at_the_outbound_dock_and_is_shipped_from_there(level: Level) -> None:
    work = open_work({level.sku: 4})

    pick_all(work)
    assert lying(level) == {"DOCK": 5, "HIGH": 1, "OUT": 4}
    assert stops(open_work({level.sku: 2})) == [("DOCK", 1), ("HIGH", 1)]
    shipping.ship(shipment_id=label(pack(work)).pk, actor=PICKER)

    assert lying(level) == {"DOCK": 5, "HIGH": 1}
    assert agree()


def test_what_is_put_back_lies_where_it_was_taken_from(level: Level) -> None:
    work = open_work({level.sku: 4})
    pick_all(work)
    (line,) = lines_of(work)

    services.undo(fulfillment_order_id=work.pk, quantities={line.pk: 1}, actor=PICKER)
    assert lying(level) == {"DOCK": 5, "HIGH": 2, "OUT": 3}
    services.undo(fulfillment_order_id=work.pk, quantities={line.pk: 3}, actor=PICKER)
    assert lying(level) == {"DOCK": 5, "FACE": 2, "HIGH": 3}
    pick_all(work)
    assert lying(level)["OUT"] == 4
    assert agree()


def test_what_waits_at_the_outbound_dock_is_fetched_first_and_stays_there(level: Level) -> None:
    storing.move(
        wanted=storing.Wanted(
            level.location_id,
            level.sku_id,
            3,
            bin_of(level.location, "DOCK").pk,
            bin_of(level.location, "OUT").pk,
        ),
        key="cross",
        actor=MOVER,
    )
    first = open_work({level.sku: 2})
    assert stops(first) == [("OUT", 2)]

    pick_all(first)

    assert lying(level) == {"DOCK": 2, "FACE": 2, "HIGH": 3, "OUT": 3}
    assert stops(open_work({level.sku: 2})) == [("FACE", 1), ("OUT", 1)]


def test_more_than_a_bin_has_is_not_picked_out_of_it(level: Level) -> None:
    work = open_work({level.sku: 4})
    (line,) = lines_of(work)

    with pytest.raises(NotInBin):
        services.confirm(
            fulfillment_order_id=work.pk,
            quantities={line.pk: 3},
            bin_id=bin_of(level.location, "FACE").pk,
            actor=PICKER,
        )

    line.refresh_from_db()
    assert line.picked == 0
    assert lying(level)["FACE"] == 2


def short(work: FulfillmentOrder, level: Level, units: int, code: str) -> services.Short:
    (line,) = lines_of(work)
    return services.report_short(
        line_id=line.pk,
        quantity=units,
        reason="not there",
        bin_id=bin_of(level.location, code).pk,
        actor=PICKER,
    )


def test_a_bin_that_has_fewer_sends_the_picker_to_the_next_one(level: Level) -> None:
    work = open_work({level.sku: 2})

    assert short(work, level, 2, "FACE").elsewhere == 2

    (line,) = lines_of(work)
    assert (line.short, line.to_pick) == (0, 2)
    assert stops(work) == [("HIGH", 2)]
    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (8, 2)
    assert lying(level) == {"DOCK": 5, "HIGH": 3}
    assert agree()


def test_what_no_other_bin_has_for_this_order_is_a_short(level: Level) -> None:
    work = open_work({level.sku: 9})

    outcome = short(work, level, 2, "FACE")

    assert (outcome.elsewhere, outcome.backordered) == (0, 2)
    (line,) = lines_of(work)
    assert line.short == 2
    assert lying(level) == {"DOCK": 5, "HIGH": 3}
    assert agree()


def test_more_cannot_be_missing_than_lies_there_by_the_books(level: Level) -> None:
    with pytest.raises(NotThere):
        short(open_work({level.sku: 4}), level, 3, "FACE")


# The floor ----------------------------------------------------------------------------------------


def post(client: Client, work: FulfillmentOrder, **data: Any) -> HttpResponse:
    url = reverse("admin:warehouse_pick", args=(work.pk,))
    return client.post(url, {"press_key": str(uuid.uuid4()), **data}, follow=True)


def test_a_bin_is_scanned_then_its_article(level: Level) -> None:
    work = open_work({level.sku: 3})
    picker = signed_in(WAREHOUSE, at=[level.location])

    def scan(code: str) -> str:
        return post(picker, work, scan=code).content.decode()

    assert "Scan the bin first." in scan("BC1")
    assert "FACE. Now the article." in scan("B:FACE")
    assert "1 of 3" in scan("BC1")
    assert "2 of 3" in scan("BC1")
    assert "1 units are needed, 0 lie there" in scan("BC1")
    scan("high")
    assert "All picked." in scan("BC1")
    assert lying(level) == {"DOCK": 5, "HIGH": 2, "OUT": 3}


def test_the_buttons_of_a_stop_take_from_its_bin_and_a_short_names_the_next(level: Level) -> None:
    work = open_work({level.sku: 3})
    picker = signed_in(WAREHOUSE, at=[level.location])
    (line,) = lines_of(work)
    high = bin_of(level.location, "HIGH")

    post(picker, work, all=line.pk, units="1", bin=high.pk)
    assert lying(level)["HIGH"] == 2
    page = post(
        picker,
        work,
        short=line.pk,
        quantity="2",
        reason="Not there",
        bin=bin_of(level.location, "FACE").pk,
    )

    assert "Noted. Fetch 2 from HIGH." in page.content.decode()
