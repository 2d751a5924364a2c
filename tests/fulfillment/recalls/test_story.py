"""A lot comes, is picked by its expiry, leaves, and is recalled: who got it is known."""

from typing import Any

import pytest

from fulfillment.lots.errors import LotBlocked, LotNotNamed, LotRefused
from fulfillment.picking import queries as pick_lists
from fulfillment.picking import services as picking
from fulfillment.recalls import queries
from fulfillment.recalls import services as recalls
from fulfillment.shipping import services as shipping
from fulfillment.shipping.models import ShippedLot
from fulfillment.work.models import FulfillmentOrder
from inventory.lots.errors import InvalidLots
from inventory.stock.models import Claim, Content, Level
from oms.reporting.invariants import services as invariants
from tests.fulfillment.factories import (
    PICKER,
    label,
    lines_of,
    open_work,
    pack,
    pick_all,
    picked_work,
    shipped_shipment,
)
from tests.fulfillment.recalls.made import bread_of
from tests.inventory.factories import (
    Came,
    by_lot,
    lot_of,
    lots_level,
    lying,
    receive_lots,
    with_bins,
)
from tests.orders.factories import lines_of as order_lines
from tests.returns.factories import open_return, receive_return

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Return 4 units that expire in 10 days, and 6 that expire in 90."""
    return lots_level({"LATE": Came(6, 90), "SOON": Came(4, 10)}, expires=True)


def claims() -> dict[str, int]:
    return {str(row.lot): row.quantity for row in Claim.objects.select_related("lot")}


def test_what_expires_first_is_picked_first_and_leaves_with_its_lot(level: Level) -> None:
    work = picked_work([(level.sku, 5)])
    assert claims() == {"SOON": 4, "LATE": 1}

    shipment = label(pack(work))
    shipping.ship(shipment_id=shipment.pk, actor=PICKER)

    assert claims() == {}
    assert by_lot(level) == {"LATE": 5}
    assert {str(row.lot): row.quantity for row in ShippedLot.objects.all()} == {
        "SOON": 4,
        "LATE": 1,
    }
    assert [result.check.name for result in invariants.run() if not result.holds] == []


def test_a_recall_tells_who_got_the_lot_and_sets_the_rest_aside(level: Level) -> None:
    shipment = shipped_shipment([(level.sku, 5)])
    late = lot_of(level.sku, "LATE")

    done = recalls.recall(lot_id=late.pk, reason="Glass in it.", actor=PICKER)

    assert done.units == 5
    assert by_lot(level) == {"LATE quality_control": 5}
    (recipient,) = queries.recipients(late.pk)
    assert recipient.shipment_number == shipment.number
    assert recipient.order_number == shipment.fulfillment_order.order.number
    assert recipient.email == "ada@example.com"
    assert recipient.units == 1
    assert queries.reach(late.pk) == queries.Reach(1, 1, 1)


def test_who_got_goods_made_with_a_lot_is_named_over_several_levels(statements: Any) -> None:
    flour = lots_level({"F-1": 9, "F-2": 9})
    dough = bread_of(flour, 6)
    bread = bread_of(dough, 4)
    bread_of(flour, 8)  # of what is left of F-1, and of F-2
    parcels = [shipped_shipment([(level.sku, 2)]) for level in (flour, dough, bread)]
    lot = lot_of(flour.sku, "F-1")

    with statements() as seen:
        found = queries.recipients(lot.pk)
        far = queries.reach(lot.pk)
        goods = queries.goods(lot.pk)

    assert len(seen) == 2 + 2 + 1
    assert [(each.shipment_number, each.sku_code, each.units) for each in found] == [
        (parcel.number, level.sku.code, 2)
        for parcel, level in zip(parcels[:0:-1], (bread, dough), strict=True)
    ]
    assert far == queries.Reach(0, 2, 2, goods=4)
    assert [(each.sku_code, each.lying, each.shipped) for each in goods][1:] == [
        (bread.sku.code, 2, 2),
        (dough.sku.code, 0, 2),
    ]
    assert queries.reach(lot_of(flour.sku, "F-2").pk) == queries.Reach(2, 1, 1)


def test_an_order_that_loses_its_lot_is_served_by_another_or_waits(level: Level) -> None:
    old = open_work([(level.sku, 5)]).order
    new = open_work([(level.sku, 4)]).order
    soon = lot_of(level.sku, "SOON")

    done = recalls.quarantine(lot_id=soon.pk, reason="Look into it.", actor=PICKER)

    assert (done.units, done.rerouted, done.backordered) == (4, 0, 3)
    assert order_lines(old)[0].allocated == 5
    assert (order_lines(new)[0].allocated, order_lines(new)[0].backordered) == (1, 3)
    assert by_lot(level) == {"LATE": 6, "SOON quality_control": 4}


def test_picks_of_a_lot_that_is_recalled_are_undone(level: Level) -> None:
    work = picked_work([(level.sku, 5)])

    done = recalls.recall(lot_id=lot_of(level.sku, "SOON").pk, reason="Bad.", actor=PICKER)

    assert (done.units, done.unpicked, done.backordered) == (4, 4, 0)
    assert claims() == {"LATE": 1}
    (line,) = lines_of(work)
    assert (line.picked, line.to_pick) == (1, 4)
    pick_all(work)
    assert claims() == {"LATE": 5}


def test_a_parcel_with_a_recalled_lot_does_not_leave(level: Level) -> None:
    shipment = label(pack(picked_work([(level.sku, 2)])))
    done = recalls.recall(lot_id=lot_of(level.sku, "SOON").pk, reason="Bad.", actor=PICKER)
    assert (done.units, done.packed) == (2, 2)

    with pytest.raises(LotBlocked, match="it is recalled"):
        shipping.ship(shipment_id=shipment.pk, actor=PICKER)

    shipment.refresh_from_db()
    assert shipment.status == "labelled"
    assert by_lot(level) == {"LATE": 6, "SOON": 2, "SOON quality_control": 2}


def test_a_scan_names_the_lot(level: Level) -> None:
    work = open_work([(level.sku, 2)])

    with pytest.raises(LotNotNamed):
        picking.confirm(fulfillment_order_id=work.pk, scans=[level.sku.code], actor=PICKER)
    with pytest.raises(LotRefused, match="NONE of"):
        picking.confirm(
            fulfillment_order_id=work.pk,
            quantities={lines_of(work)[0].pk: 1},
            lots={lines_of(work)[0].pk: [picking.LotUnits("NONE")]},
            actor=PICKER,
        )
    picking.confirm(fulfillment_order_id=work.pk, scans=["LATE"], actor=PICKER)

    assert claims() == {"LATE": 1}


def test_the_pick_list_names_the_lots_to_take(level: Level) -> None:
    first, second = open_work([(level.sku, 3)]), open_work([(level.sku, 3)])

    (walk,) = pick_lists.pick_list([first.pk, second.pk])

    late, soon = (lot_of(level.sku, name).expires_on for name in ("LATE", "SOON"))
    assert sorted(stop.lots for stop in walk.stops) == [
        f"1 of SOON (expires {soon}); 2 of LATE (expires {late})",
        f"3 of SOON (expires {soon})",
    ]


def test_lots_are_fetched_from_their_bins_and_go_back(level: Level) -> None:
    with_bins(level.location, FACE="pick_face")
    work = open_work([(level.sku, 5)])
    (walk,) = pick_lists.pick_list([work.pk])
    assert [(stop.bin_code, stop.to_pick) for stop in walk.stops] == [("DOCK", 4), ("DOCK", 1)]

    picking.confirm(fulfillment_order_id=work.pk, scans=["LATE", "SOON"], actor=PICKER)
    assert lying(level)["OUT"] == 1
    (line,) = lines_of(work)
    picking.undo(fulfillment_order_id=work.pk, quantities={line.pk: 2}, actor=PICKER)

    assert by_lot(level) == {"LATE": 6, "SOON": 4}
    assert "OUT" not in lying(level)
    shipment = label(pack(picked_again(work)))
    shipping.ship(shipment_id=shipment.pk, actor=PICKER)
    assert by_lot(level) == {"LATE": 5}
    assert [result.check.name for result in invariants.run() if not result.holds] == []


def picked_again(work: FulfillmentOrder) -> FulfillmentOrder:
    pick_all(work)
    return work


def test_a_serial_number_is_shipped_once_until_it_comes_back() -> None:
    level = lots_level({"SN-1": 1, "SN-2": 1}, tracking="serial")
    work = open_work([(level.sku, 1)])
    with pytest.raises(LotNotNamed, match="1 serial numbers"):
        pick_all(work)
    picking.confirm(fulfillment_order_id=work.pk, scans=["SN-1"], actor=PICKER)
    other = open_work([(level.sku, 1)])
    with pytest.raises(LotRefused, match="is picked already"):
        picking.confirm(fulfillment_order_id=other.pk, scans=["SN-1"], actor=PICKER)

    shipping.ship(shipment_id=label(pack(work)).pk, actor=PICKER)

    assert by_lot(level) == {"SN-2": 1}
    with pytest.raises(InvalidLots, match="receive it as a return"):
        receive_lots(level.sku, level.location, {"SN-1": Came(1)})
    found = open_return(work.order, 1)
    receive_return(found, restock=1)
    assert Content.objects.get(lot__number="SN-1").quantity == 1
