"""What leaves for a transfer is fetched from bins and lots: proposed as one walks, or named by whoever fetched it."""

from typing import Any

import pytest

from inventory.bins.errors import BinMissing
from inventory.bins.states import BinKind
from inventory.catalog.models import Sku, Tracking
from inventory.lots.errors import InvalidLots
from inventory.lots.models import Lot
from inventory.stock.errors import NotInBin
from inventory.stock.models import Level
from inventory.storing import services as storing
from inventory.storing.errors import NoBins
from inventory.transfers import errors, queries, walking
from inventory.transfers import services as transfers
from inventory.transfers.models import TransferOrder
from inventory.transfers.rules import Fetched, Units
from inventory.transfers.services import fetching
from inventory.transfers.walking import Place
from oms.core.clock import now
from oms.reporting.invariants import services as invariants
from tests.fulfillment.test_api import Caller, problem
from tests.inventory.factories import (
    MOVER,
    BinFactory,
    Came,
    LevelFactory,
    bin_of,
    by_lot,
    lot_of,
    lots_level,
    lying,
    released_transfer,
    with_bins,
)
from tests.inventory.transfers.test_floor import person, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Return three of SOON in FACE, two of SOON and six of LATE in HIGH; more of LATE nobody has put away."""
    found = lots_level({"SOON": Came(5, 20), "LATE": Came(8, 90)}, expires=True)
    with_bins(found.location, FACE=BinKind.PICK_FACE, HIGH=BinKind.STORAGE)
    for code, number, units in (("FACE", "SOON", 3), ("HIGH", "SOON", 2), ("HIGH", "LATE", 6)):
        carry(found, code, units, number)
    return found


def carry(level: Level, code: str, units: int, number: str = "") -> None:
    storing.move(
        wanted=storing.Wanted(
            level.location_id,
            level.sku_id,
            units,
            bin_of(level.location, "DOCK").pk,
            bin_of(level.location, code).pk,
            lot_id=lot_of(level.sku, number).pk if number else None,
        ),
        key=f"{code}-{number}",
        actor=MOVER,
    )


def moving(level: Level, units: int) -> TransferOrder:
    return released_transfer({level.sku: units}, source=level.location)


def stops(transfer: TransferOrder, gathered: dict[Place, int] | None = None) -> list[Any]:
    found = queries.find(transfer.number, reach=None)
    walk = walking.pick_list(found, list(found.lines.all()), gathered)
    return [(stop.bin_code, stop.lot, stop.units) for stop in walk]


def ship(transfer: TransferOrder, sku: Sku, units: int, *fetched: Fetched) -> TransferOrder:
    return transfers.ship(
        transfer_id=transfer.pk,
        units=[Units(sku.code, units, fetched=fetched)],
        key=f"{units}-{len(fetched)}",
        actor=MOVER,
    )


def left(level: Level) -> dict[tuple[str, str], int]:
    return {(row.bin.code, str(row.lot)): row.quantity for row in level.contents.all()}


def recall(lot: Lot) -> None:
    lot.status, lot.recalled_at = "recalled", now()
    lot.save(update_fields=["status", "recalled_at"])


def agree() -> bool:
    return not [result.check.name for result in invariants.run() if not result.holds]


def test_the_pick_list_says_bins_and_lots_as_one_walks(level: Level, statements: Any) -> None:
    transfer = moving(level, 7)

    assert stops(transfer) == [("FACE", "SOON", 3), ("HIGH", "LATE", 2), ("HIGH", "SOON", 2)]
    line_id = transfer.lines.get().pk
    gone = {Place(line_id, "HIGH", "LATE"): 1, Place(line_id, "FACE", "SOON"): 2}
    assert stops(transfer, gone) == [("FACE", "SOON", 1), ("HIGH", "LATE", 1), ("HIGH", "SOON", 2)]
    lines = list(transfer.lines.select_related("sku"))
    with statements() as seen:
        walking.pick_list(transfer, lines)
    assert len(seen) == 4


def test_what_is_proposed_is_what_leaves(level: Level) -> None:
    transfer = moving(level, 7)
    proposed = {(code, lot): units for code, lot, units in stops(transfer)}
    before = left(level)

    ship(transfer, level.sku, 7)

    after = left(level)
    assert {key: units - after.get(key, 0) for key, units in before.items()} == {
        **dict.fromkeys(before, 0),
        **proposed,
    }


def test_at_a_source_without_bins_stops_have_the_code_of_the_sku_and_the_lot() -> None:
    plain = LevelFactory.create(bin_code="A-7")
    assert stops(released_transfer({plain.sku: 3}, source=plain.location)) == [("A-7", "", 3)]

    tracked = lots_level({"L-1": Came(2, 9), "L-2": Came(4, 99)}, expires=True)
    assert stops(moving(tracked, 3)) == [("", "L-1", 2), ("", "L-2", 1)]


def test_named_bins_and_lots_leave_and_the_rest_expires_first(level: Level) -> None:
    transfer = moving(level, 6)

    ship(transfer, level.sku, 6, Fetched(2, "B:HIGH", "LATE"), Fetched(1, "HIGH"))

    # One more from HIGH is of the lot there that expires first, and so are the three that nobody named.
    assert {key: units for key, units in left(level).items() if key[1] == "LATE"} == {
        ("DOCK", "LATE"): 2,
        ("HIGH", "LATE"): 4,
    }
    assert sum(units for (_, lot), units in left(level).items() if lot == "SOON") == 1
    assert agree()


def test_what_names_neither_bin_nor_lot_is_of_no_lot_that_is_not_sold(level: Level) -> None:
    recall(lot_of(level.sku, "SOON"))

    ship(moving(level, 4), level.sku, 4, Fetched(3))

    assert sum(units for (_, lot), units in left(level).items() if lot == "SOON") == 5


def test_many_named_bins_take_as_many_statements_as_one(level: Level, statements: Any) -> None:
    counts = []
    for fetched in ([Fetched(1, "FACE")], [Fetched(1, "face"), Fetched(1, "B:HIGH")]):
        transfer = moving(level, 2)
        lines = {level.sku.code: transfer.lines.select_related("sku").get()}
        units = [Units(level.sku.code, 2, fetched=fetched)]
        levels = {(level.sku_id, level.location_id): level}
        with statements() as seen:
            fetching.spots(transfer, units, lines, levels)
        counts.append(len(seen))
    assert counts == [4, 4]


def test_a_lot_is_named_without_a_bin() -> None:
    level = lots_level({"S-1": 1, "S-2": 1, "S-3": 1}, tracking=Tracking.SERIAL)

    ship(moving(level, 2), level.sku, 2, Fetched(1, lot="S-3"))

    assert by_lot(level) == {"S-2": 1}


def test_units_of_what_is_not_tracked_leave_the_bin_that_is_named() -> None:
    level = LevelFactory.create()
    with_bins(level.location, FACE=BinKind.PICK_FACE, HIGH=BinKind.STORAGE)
    for code in ("FACE", "HIGH"):
        carry(level, code, 4)

    ship(moving(level, 5), level.sku, 5, Fetched(3, "HIGH"))

    assert lying(level) == {"DOCK": 2, "FACE": 2, "HIGH": 1}


@pytest.mark.parametrize(
    ("fetched", "refusal"),
    [
        (Fetched(1, "NONE"), BinMissing),
        (Fetched(1, "FACE", "NEVER"), InvalidLots),
        (Fetched(1, "FACE", "LATE"), NotInBin),
        (Fetched(4, "FACE", "SOON"), NotInBin),
        (Fetched(4, "FACE"), NotInBin),
        (Fetched(6, "HIGH", "LATE"), errors.InvalidTransfer),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_leaves(
    level: Level, fetched: Fetched, refusal: type[Exception]
) -> None:
    transfer = moving(level, 5)
    before = left(level)

    with pytest.raises(refusal):
        ship(transfer, level.sku, 5 if fetched.quantity < 6 else 4, fetched)

    assert left(level) == before
    assert transfer.lines.get().shipped == 0


def test_a_lot_that_is_not_sold_does_not_leave(level: Level) -> None:
    recall(lot_of(level.sku, "LATE"))

    with pytest.raises(InvalidLots, match="it is recalled"):
        ship(moving(level, 5), level.sku, 5, Fetched(1, "HIGH", "LATE"))


def test_a_source_without_bins_knows_none_and_an_article_without_lots_none() -> None:
    level = LevelFactory.create()
    transfer = moving(level, 2)

    with pytest.raises(NoBins):
        ship(transfer, level.sku, 1, Fetched(1, "A"))
    with pytest.raises(errors.InvalidTransfer):
        ship(transfer, level.sku, 1, Fetched(1, lot="L"))


def test_the_api_gives_the_list_and_takes_what_was_fetched(level: Level) -> None:
    transfer = moving(level, 4)
    caller = Caller(location_codes=[level.location.code])
    path = f"transfers/{transfer.number}"

    listed = caller.get(f"{path}/pick-list").json()
    assert [(stop["bin"], stop["lot"], stop["quantity"]) for stop in listed["stops"]] == [
        ("FACE", "SOON", 3),
        ("HIGH", "SOON", 1),
    ]
    units = {"sku": level.sku.code, "quantity": 2}
    refused = caller.post(
        f"{path}/ship", {"units": [{**units, "fetched": [{"quantity": 1, "bin": "X"}]}]}
    )
    assert problem(refused) == (404, "bin_not_found")
    assert refused.json()["errors"][0]["pointer"] == "/units/0/fetched/0/bin"
    fetched = [{"quantity": 2, "bin": "HIGH", "lot": "LATE"}]
    sent = caller.post(f"{path}/ship", {"units": [{**units, "fetched": fetched}]})
    assert sent.status_code == 200, sent.content
    assert left(level)[("HIGH", "LATE")] == 4


def test_the_list_is_for_the_source_and_not_for_whoever_waits_for_the_goods(level: Level) -> None:
    transfer = moving(level, 4)
    receiver = Caller(location_codes=[transfer.destination.code])

    assert receiver.get(f"transfers/{transfer.number}").status_code == 200
    refused = receiver.get(f"transfers/{transfer.number}/pick-list")

    assert problem(refused) == (403, "not_at_this_end")


def test_bins_and_lots_are_gathered_by_scans(level: Level) -> None:
    transfer = moving(level, 4)
    client = person(transfer, "ship")
    code = level.sku.code

    def scan(what: str) -> str:
        return send(client, transfer, "ship", scan=what)

    assert scan(code) == "bad: Scan the bin first."
    assert scan("HIGH") == "good: HIGH. Now the article."
    assert scan("LATE") == f"good: {code}: 1 of 4."
    assert scan("NEVER") == "bad: NEVER is not in this transfer."
    assert scan("B:FACE") == "good: FACE. Now the article."
    assert scan("LATE") == f"bad: None of LATE of {code} lie in FACE."
    assert scan(code) == f"good: {code}: 2 of 4."
    line_id = transfer.lines.get().pk
    told = send(client, transfer, "ship", all=line_id, bin="FACE", lot="SOON")
    assert told == f"good: {code}: 4 of 4."
    assert send(client, transfer, "ship", commit="1").startswith("good: On the way to")

    assert left(level)[("HIGH", "LATE")] == 5
    assert ("FACE", "SOON") not in left(level)


def test_a_serial_number_is_scanned_and_not_only_its_article() -> None:
    level = lots_level({"S-1": 1, "S-2": 1}, tracking=Tracking.SERIAL)
    transfer = moving(level, 1)
    client = person(transfer, "ship")

    told = send(client, transfer, "ship", scan=level.sku.code)
    assert told == f"bad: Scan the serial number of {level.sku.code}."
    send(client, transfer, "ship", scan="S-2")
    send(client, transfer, "ship", commit="1")

    assert by_lot(level) == {"S-1": 1}


def test_a_bin_of_another_location_is_none(level: Level) -> None:
    BinFactory.create(code="FAR")
    transfer = moving(level, 1)

    told = send(person(transfer, "ship"), transfer, "ship", scan="FAR")

    assert told == "bad: Scan the bin first."


def test_a_bin_that_is_named_is_not_emptied_for_units_of_which_none_is(level: Level) -> None:
    transfer = moving(level, 8)

    ship(transfer, level.sku, 8, Fetched(3, "", "SOON"), Fetched(2, "FACE"), Fetched(3))

    assert lying(level) == {"DOCK": 2, "HIGH": 3}
