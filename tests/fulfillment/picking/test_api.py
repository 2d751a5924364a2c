"""An outside warehouse says which bins and lots it picked from; its parcels list their lots."""

from typing import Any

import pytest

from fulfillment.packing import queries as parcels
from fulfillment.work.models import FulfillmentOrder
from inventory.bins.states import BinKind
from inventory.catalog.models import Tracking
from inventory.stock.models import Level
from inventory.storing import services as storing
from oms.reporting.invariants import services as invariants
from tests.fulfillment.factories import PARCEL, lines_of, open_work, packed_shipment, units_of
from tests.fulfillment.test_api import Caller, field_codes, problem, warehouse_of
from tests.inventory.factories import (
    MOVER,
    Came,
    LevelFactory,
    bin_of,
    by_lot,
    lot_of,
    lots_level,
    lying,
    with_bins,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Return three of SOON and six of LATE at the dock; two of SOON and four of LATE were carried to FACE and HIGH."""
    found = lots_level({"SOON": Came(3, 20), "LATE": Came(6, 90)}, expires=True)
    location = with_bins(found.location, FACE=BinKind.PICK_FACE, HIGH=BinKind.STORAGE)
    for code, number, units in (("FACE", "SOON", 2), ("HIGH", "LATE", 4)):
        storing.move(
            wanted=storing.Wanted(
                location.pk,
                found.sku_id,
                units,
                bin_of(location, "DOCK").pk,
                bin_of(location, code).pk,
                lot_id=lot_of(found.sku, number).pk,
            ),
            key=code,
            actor=MOVER,
        )
    return found


def line_id(work: FulfillmentOrder) -> str:
    return str(lines_of(work)[0].order_line.uuid)


def pick(work: FulfillmentOrder, *lines: dict[str, Any], **body: Any) -> Any:
    named = [{"line_id": line_id(work), **line} for line in lines]
    sent = {"lines": named, **body} if lines else body
    return warehouse_of(work.location).post(f"fulfillment-orders/{work.uuid}/pick", sent)


def picked_lots(work: FulfillmentOrder) -> dict[str, int]:
    rows = work.location.levels.get(sku=lines_of(work)[0].sku).claims.select_related("lot")
    return {str(row.lot): row.quantity for row in rows}


def agree() -> bool:
    return not [result.check.name for result in invariants.run() if not result.holds]


def test_units_of_one_line_come_from_several_bins_and_lots(level: Level) -> None:
    work = open_work({level.sku: 4})

    answer = pick(
        work,
        {"quantity": 1, "bin": "B:FACE"},
        {"quantity": 3, "bin": "HIGH", "lots": [{"number": "LATE", "quantity": 2}]},
    )

    assert answer.status_code == 200, answer.content
    assert answer.json()["lines"][0]["picked"] == 4
    assert picked_lots(work) == {"SOON": 1, "LATE": 3}
    there = {(row.bin.code, str(row.lot)): row.quantity for row in level.contents.all()}
    assert there[("FACE", "SOON")] == 1
    assert there[("HIGH", "LATE")] == 1
    assert (there[("OUT", "SOON")], there[("OUT", "LATE")]) == (1, 3)
    assert agree()


def test_a_bin_that_is_named_is_not_emptied_for_a_line_that_names_none(level: Level) -> None:
    work = open_work({level.sku: 4})

    answer = pick(work, {"quantity": 2}, {"quantity": 2, "bin": "FACE"})

    assert answer.status_code == 200, answer.content
    assert picked_lots(work) == {"SOON": 3, "LATE": 1}
    assert "FACE" not in lying(level)
    assert agree()


def test_a_bin_is_named_for_all_lines_or_all_scans(level: Level) -> None:
    work = open_work({level.sku: 3})

    assert pick(work, {"quantity": 1}, bin="HIGH").status_code == 200
    assert picked_lots(work) == {"LATE": 1}  # what expires first lies elsewhere
    assert pick(work, scans=["SOON"], bin="FACE").status_code == 200
    assert picked_lots(work) == {"LATE": 1, "SOON": 1}


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ({"quantity": 1, "bin": "NONE"}, (404, "bin_not_found")),
        (
            {"quantity": 1, "bin": "FACE", "lots": [{"number": "LATE"}]},
            (409, "not_in_bin"),
        ),
        ({"quantity": 3, "bin": "FACE"}, (409, "lot_refused")),
        (
            {"quantity": 3, "bin": "FACE", "lots": [{"number": "SOON", "quantity": 3}]},
            (409, "not_in_bin"),
        ),
        ({"quantity": 1, "lots": [{"number": "NEVER"}]}, (409, "lot_refused")),
        ({"quantity": 1, "lots": [{"number": "SOON", "quantity": 2}]}, (422, "invalid_lots")),
        ({"quantity": 5}, (409, "wrong_count")),
    ],
)
def test_a_bin_or_lot_that_cannot_be_is_refused_and_nothing_is_picked(
    level: Level, line: dict[str, Any], refusal: tuple[int, str]
) -> None:
    work = open_work({level.sku: 4})

    assert problem(pick(work, {"quantity": 1, "bin": "HIGH"}, line)) == refusal
    assert units_of(lines_of(work)[0]) == {"to_pick": 4}
    assert picked_lots(work) == {}
    assert lying(level)["HIGH"] == 4


def test_every_bin_that_is_unknown_is_named(level: Level) -> None:
    work = open_work({level.sku: 4})

    answer = pick(work, {"quantity": 1, "bin": "X"}, {"quantity": 1, "bin": "Y"})

    assert [each["pointer"] for each in answer.json()["errors"]] == ["/lines/0/bin", "/lines/1/bin"]


def test_one_line_is_named_once_from_each_place(level: Level) -> None:
    work = open_work({level.sku: 4})

    answer = pick(work, {"quantity": 1, "bin": "HIGH"}, {"quantity": 1}, bin="HIGH")

    assert field_codes(answer) == [("/lines/1/line_id", "repeated")]


def test_a_location_without_bins_knows_none_and_an_article_without_lots_none() -> None:
    level = LevelFactory.create()
    work = open_work({level.sku: 2})

    assert problem(pick(work, {"quantity": 1, "bin": "A"})) == (409, "no_bins")
    assert problem(pick(work, scans=[level.sku.code], bin="A")) == (409, "no_bins")
    refused = pick(work, {"quantity": 1, "lots": [{"number": "L"}]})
    assert field_codes(refused) == [("/lines/0/lots", "not_tracked")]
    assert units_of(lines_of(work)[0]) == {"to_pick": 2}


def test_serial_numbers_are_named_by_line() -> None:
    level = lots_level({"S-1": 1, "S-2": 1}, tracking=Tracking.SERIAL)
    work = open_work({level.sku: 2})

    assert problem(pick(work, {"quantity": 2, "lots": [{"number": "S-2"}]})) == (
        409,
        "lot_not_named",
    )
    assert pick(work, {"quantity": 1, "lots": [{"number": "S-2"}]}).status_code == 200
    assert picked_lots(work) == {"S-2": 1}


def test_a_short_names_the_bin_and_is_told_that_another_has_it() -> None:
    found = LevelFactory.create()
    location = with_bins(found.location, NEAR=BinKind.PICK_FACE)
    storing.move(
        wanted=storing.Wanted(
            location.pk,
            found.sku_id,
            4,
            bin_of(location, "DOCK").pk,
            bin_of(location, "NEAR").pk,
        ),
        key="near",
        actor=MOVER,
    )
    work = open_work({found.sku: 3})
    body = {"line_id": line_id(work), "quantity": 2, "reason": "Not there"}
    path = f"fulfillment-orders/{work.uuid}/short"

    caller = warehouse_of(location)
    assert problem(caller.post(path, {**body, "bin": "NONE"})) == (404, "bin_not_found")
    answer = caller.post(path, {**body, "bin": "NEAR"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["elsewhere"] == 2
    assert lying(found)["NEAR"] == 2


def test_parcels_list_their_lots_before_and_after_they_leave(level: Level, statements: Any) -> None:
    work = open_work({level.sku: 3})
    pick(work, {"quantity": 2, "bin": "FACE"}, {"quantity": 1, "bin": "HIGH"})
    caller = Caller()
    parcel = caller.post(f"fulfillment-orders/{work.uuid}/pack", PARCEL).json()
    days = {number: lot_of(level.sku, number).expires_on.isoformat() for number in ("SOON", "LATE")}
    inside = [
        {"number": "SOON", "expires_on": days["SOON"], "quantity": 2},
        {"number": "LATE", "expires_on": days["LATE"], "quantity": 1},
    ]

    assert parcel["lines"][0]["lots"] == inside
    path = f"shipments/{parcel['id']}"
    assert caller.post(f"{path}/label", {"service": "standard"}).status_code == 200
    assert caller.post(f"{path}/ship").status_code == 200
    (listed,) = caller.get("shipments").json()["results"]
    assert listed["lines"][0]["lots"] == inside
    assert by_lot(level)["SOON"] == 1

    plain = packed_shipment()
    with statements() as seen:
        lines = parcels.lines_of([plain.pk])[plain.pk]
    assert [line.lots for line in lines] == [[]]
    assert len(seen) == 1
