"""Transfers: from the draft to the last unit."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from inventory.catalog.models import Sku
from inventory.inbound.models import Inbound
from inventory.reservations import services as reservations
from inventory.reservations.errors import Insufficient
from inventory.reservations.models import Allocation, Reservation
from inventory.stock.errors import ReasonRequired
from inventory.stock.models import Level, Movement
from inventory.transfers import errors
from inventory.transfers import services as transfers
from inventory.transfers.models import TransferLine, TransferOrder, TransferStep
from inventory.transfers.rules import Units, Wanted
from oms.core import clock, numbering
from oms.core.errors import Stale
from oms.core.flows import IllegalTransition
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from tests.inventory.factories import (
    MOVER,
    LevelFactory,
    LocationFactory,
    SkuFactory,
    draft_transfer,
    released_transfer,
    shipped_transfer,
    transfer_line,
)
from tests.orders.factories import lines_of as order_lines
from tests.orders.factories import place_order, units_of

pytestmark = pytest.mark.django_db

WATCHED = (TransferOrder, TransferLine, TransferStep, Level, Movement, Allocation, Inbound)


def ship(transfer: TransferOrder, *units: Units, key: str = "ship-1", **more: Any) -> TransferOrder:
    return transfers.ship(
        transfer_id=transfer.pk, units=units or None, key=key, actor=MOVER, **more
    )


def receive(
    transfer: TransferOrder, *units: Units, key: str = "receive-1", **more: Any
) -> TransferOrder:
    return transfers.receive(transfer_id=transfer.pk, units=units, key=key, actor=MOVER, **more)


def settle(transfer: TransferOrder, *units: Units, key: str = "settle-1", **more: Any) -> Any:
    return transfers.settle(
        transfer_id=transfer.pk,
        units=units,
        reason=more.pop("reason", "looked for it"),
        key=key,
        actor=MOVER,
        **more,
    )


def cancel(transfer: TransferOrder, **more: Any) -> TransferOrder:
    return transfers.cancel(transfer_id=transfer.pk, reason="not needed", actor=MOVER, **more)


def sku_of(transfer: TransferOrder) -> Sku:
    return transfer_line(transfer).sku


def units(transfer: TransferOrder, count: int, into: str = "") -> Units:
    """Return units of the only line."""
    return Units(sku_of(transfer).code, count, into)


def counters(transfer: TransferOrder) -> dict[str, int]:
    """Return what the only line counts besides its quantity, zeros left out."""
    line = transfer_line(transfer)
    counted = {name: getattr(line, name) for name in ("cancelled", "shipped", "received", "lost")}
    return {name: count for name, count in counted.items() if count}


def level_of(transfer: TransferOrder, end: str) -> dict[str, int]:
    """Return what the level of the only line counts at one end, zeros left out."""
    level = Level.objects.filter(
        sku=sku_of(transfer), location_id=getattr(transfer, f"{end}_id")
    ).first()
    names = ("on_hand", "committed", "damaged", "quality_control", "incoming")
    return {name: getattr(level, name) for name in names if level and getattr(level, name)}


def in_transit(sku: Sku) -> int:
    """Return the units of a SKU in the bucket that stands for the road."""
    total = 0
    for movement in Movement.objects.filter(level__sku=sku):
        total += movement.quantity * (
            (movement.target == "transit") - (movement.source == "transit")
        )
    return total


def contents(model: type[models.Model]) -> list[dict[str, Any]]:
    return list(model._default_manager.order_by("pk").values())


def assert_refused(error: type[Exception], act: Callable[[], Any]) -> Any:
    """Assert that `act` raises `error` and leaves every table as it was."""
    before = [contents(model) for model in WATCHED]
    entries = Entry.objects.count()
    with pytest.raises(error) as raised, transaction.atomic():
        act()
    assert [contents(model) for model in WATCHED] == before
    assert Entry.objects.count() == entries
    return raised.value


def told(error: Any) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in error.problems]


def events(name: str) -> int:
    return Event.objects.filter(name=f"inventory.{name}.v1").count()


# Drafts -------------------------------------------------------------------------------------------


def test_a_draft_touches_no_stock() -> None:
    transfer = draft_transfer(note="for the fair", wanted_on=date(2026, 12, 1))

    assert (transfer.status, transfer.note) == ("draft", "for the fair")
    assert transfer.number.startswith("TR-")
    assert numbering.is_valid(transfer.number)
    assert level_of(transfer, "source") == {"on_hand": 10}
    assert level_of(transfer, "destination") == {}
    assert not Inbound.objects.exists()


def test_everything_wrong_with_a_draft_is_told_at_once() -> None:
    place, sku = LocationFactory.create(), SkuFactory.create()

    error = assert_refused(
        errors.InvalidTransfer,
        lambda: transfers.create(
            source_code="nowhere",
            destination_code=LocationFactory.create(inactive=True).code,
            lines=[Wanted(sku.code, 0), Wanted(sku.code, 1), Wanted("no-such", 1)],
            actor=MOVER,
        ),
    )

    assert told(error) == [
        ("/source", "unknown_reference"),
        ("/destination", "unknown_reference"),
        ("/lines/0/quantity", "number_range"),
        ("/lines/1/sku", "repeated"),
        ("/lines/2/sku", "unknown_sku"),
    ]
    same = assert_refused(
        errors.InvalidTransfer,
        lambda: transfers.create(
            source_code=place.code, destination_code=place.code, lines=[], actor=MOVER
        ),
    )
    assert told(same) == [("/destination", "same_location"), ("/lines", "no_lines")]


def test_a_draft_is_edited_and_the_timeline_says_what_was_before() -> None:
    transfer = draft_transfer()
    sku = SkuFactory.create()
    elsewhere = LocationFactory.create()

    transfers.edit(
        transfer_id=transfer.pk,
        source_code=transfer.source.code,
        destination_code=elsewhere.code,
        lines=[Wanted(sku.code, 7)],
        note="hurry",
        version=1,
        actor=MOVER,
    )

    transfer.refresh_from_db()
    line = transfer_line(transfer)
    assert (transfer.destination_id, transfer.note, transfer.version) == (elsewhere.pk, "hurry", 2)
    assert (line.sku_id, line.quantity) == (sku.pk, 7)
    assert Entry.objects.get(kind="transfer.edited").before["units"].startswith("4 × SKU-")


def test_a_draft_that_another_has_changed_is_not_overwritten() -> None:
    transfer = draft_transfer()

    def edit() -> None:
        transfers.edit(
            transfer_id=transfer.pk,
            source_code=transfer.source.code,
            destination_code=transfer.destination.code,
            lines=[Wanted(sku_of(transfer).code, 1)],
            version=7,
            actor=MOVER,
        )

    assert_refused(Stale, edit)


def test_a_released_transfer_is_not_edited() -> None:
    transfer = released_transfer()

    def edit() -> None:
        transfers.edit(
            transfer_id=transfer.pk,
            source_code=transfer.source.code,
            destination_code=transfer.destination.code,
            lines=[Wanted(sku_of(transfer).code, 1)],
            actor=MOVER,
        )

    assert_refused(IllegalTransition, edit)


# Release ------------------------------------------------------------------------------------------


def test_release_sets_the_units_aside_and_expects_them_at_the_destination() -> None:
    transfer = released_transfer(wanted_on=date(2026, 12, 1))

    assert transfer.status == "released"
    assert level_of(transfer, "source") == {"on_hand": 10, "committed": 4}
    assert level_of(transfer, "destination") == {"incoming": 4}
    allocation = Allocation.objects.get()
    line = transfer_line(transfer)
    assert (allocation.demand, allocation.demand_id) == ("inventory.transferline", line.pk)
    inbound = Inbound.objects.get()
    assert (inbound.supply_id, inbound.quantity) == (line.pk, 4)
    assert inbound.due_on == date(2026, 12, 1)
    assert events("transfer_released") == 1


def test_units_of_a_transfer_are_promised_to_nobody_else() -> None:
    transfer = released_transfer(stocked=4)

    order = place_order([(sku_of(transfer), 1)])

    assert units_of(order_lines(order)[0]) == {"backordered": 1}


def test_all_shortages_are_told_at_once_and_nothing_is_set_aside() -> None:
    plenty, few, none = SkuFactory.create_batch(3)
    place = LocationFactory.create()
    LevelFactory.create(sku=plenty, location=place)
    LevelFactory.create(sku=few, location=place, on_hand=5, safety_stock=2)
    LevelFactory.create(sku=none, location=place, empty=True)
    transfer = draft_transfer({plenty: 4, few: 4, none: 1}, source=place)

    error = assert_refused(
        Insufficient, lambda: transfers.release(transfer_id=transfer.pk, actor=MOVER)
    )

    assert error.fields["shortages"] == [
        {"sku": few.code, "asked": 4, "available": 3},
        {"sku": none.code, "asked": 1, "available": 0},
    ]


@pytest.mark.parametrize(("minutes", "status"), [(-1, "released"), (5, "draft")])
def test_what_expired_reservations_hold_is_free_before_anyone_sweeps(
    minutes: int, status: str
) -> None:
    transfer = draft_transfer(stocked=4)
    level = Level.objects.get(sku=sku_of(transfer), location=transfer.source)
    reservations.reserve_for_person(
        level_id=level.pk,
        quantity=2,
        person="Mary",
        reason="photo",
        expires_at=clock.now() + timedelta(minutes=9),
        actor=MOVER,
    )
    Reservation.objects.update(expires_at=clock.now() + timedelta(minutes=minutes))

    with suppress(Insufficient):
        transfers.release(transfer_id=transfer.pk, actor=MOVER)

    transfer.refresh_from_db()
    assert transfer.status == status


def test_a_location_switched_off_since_the_draft_is_told() -> None:
    transfer = draft_transfer()
    type(transfer.destination).objects.filter(pk=transfer.destination_id).update(is_active=False)

    error = assert_refused(
        errors.InvalidTransfer, lambda: transfers.release(transfer_id=transfer.pk, actor=MOVER)
    )

    assert told(error) == [("/destination", "location_off")]


def test_a_source_that_ships_no_orders_may_ship_transfers() -> None:
    store = LocationFactory.create(closed_to_orders=True)

    assert released_transfer(source=store).status == "released"


# Cancelling ---------------------------------------------------------------------------------------


def test_cancelling_before_anything_left_gives_back_exactly() -> None:
    transfer = released_transfer()

    assert cancel(transfer).status == "cancelled"

    assert level_of(transfer, "source") == {"on_hand": 10}
    assert level_of(transfer, "destination") == {}
    assert counters(transfer) == {"cancelled": 4}
    assert not Allocation.objects.exists()
    assert not Inbound.objects.exists()
    assert events("stock_received") == 1


def test_a_draft_is_cancelled_without_a_movement() -> None:
    transfer = draft_transfer()
    before = Movement.objects.count()

    assert cancel(transfer).status == "cancelled"

    assert Movement.objects.count() == before
    assert counters(transfer) == {"cancelled": 4}


def test_the_rest_is_cancelled_when_something_has_left() -> None:
    transfer = released_transfer()
    ship(transfer, units(transfer, 1))

    assert cancel(transfer).status == "in_transit"

    assert counters(transfer) == {"shipped": 1, "cancelled": 3}
    assert level_of(transfer, "source") == {"on_hand": 9}
    assert level_of(transfer, "destination") == {"incoming": 1}


def test_nothing_is_cancelled_of_what_has_left() -> None:
    transfer = shipped_transfer()

    assert_refused(errors.NothingOpen, lambda: cancel(transfer))


# Shipping -----------------------------------------------------------------------------------------


def test_what_is_shipped_is_in_transit_and_nowhere_else() -> None:
    transfer = released_transfer()

    shipped = ship(transfer)

    line = transfer_line(transfer)
    assert shipped.status == "in_transit"
    assert (line.open, line.in_transit) == (0, 4)
    assert level_of(transfer, "source") == {"on_hand": 6}
    assert level_of(transfer, "destination") == {"incoming": 4}
    assert in_transit(line.sku) == 4
    assert not Allocation.objects.exists()
    movement = Movement.objects.get(kind="transfer_out")
    assert (movement.source, movement.target, movement.quantity) == ("committed", "transit", 4)
    assert movement.document == transfer.number
    assert events("transfer_shipped") == 1


def test_a_transfer_leaves_in_several_shipments() -> None:
    transfer = released_transfer()

    ship(transfer, units(transfer, 1), key="a")
    ship(transfer, units(transfer, 3), key="b")

    assert counters(transfer) == {"shipped": 4}
    assert TransferOrder.objects.get().version == 4


def test_the_same_shipment_again_ships_nothing() -> None:
    transfer = released_transfer()
    ship(transfer, units(transfer, 1), key="a")

    ship(transfer, units(transfer, 1), key="a")

    assert counters(transfer) == {"shipped": 1}
    assert events("transfer_shipped") == 1
    assert_refused(errors.TransferKeyReused, lambda: ship(transfer, units(transfer, 2), key="a"))


def test_more_than_is_open_is_not_shipped() -> None:
    transfer = released_transfer()
    ship(transfer, units(transfer, 3), key="a")

    error = assert_refused(errors.MoreThanOpen, lambda: ship(transfer, units(transfer, 2), key="b"))

    assert told(error) == [("/units/0/quantity", "more_than_open")]


@pytest.mark.parametrize("state", ["draft", "closed", "cancelled"])
def test_only_what_is_released_is_shipped(state: str) -> None:
    transfer = draft_transfer()
    if state == "closed":
        transfer = shipped_transfer()
        receive(transfer, units(transfer, 4, "available"))
    if state == "cancelled":
        cancel(transfer)

    assert_refused(IllegalTransition, lambda: ship(transfer, units(transfer, 1)))


def test_senseless_units_are_told_at_once() -> None:
    transfer = released_transfer()
    code = sku_of(transfer).code

    error = assert_refused(
        errors.InvalidTransfer,
        lambda: ship(transfer, Units("other", 1), Units(code, 0), Units(code, 1)),
    )

    assert told(error) == [
        ("/units/0/sku", "unknown_reference"),
        ("/units/1/quantity", "number_range"),
        ("/units/2/sku", "repeated"),
    ]


# Receiving ----------------------------------------------------------------------------------------


def test_what_is_received_is_available_and_the_transfer_closes() -> None:
    transfer = shipped_transfer()

    received = receive(transfer, units(transfer, 4, "available"))

    assert received.status == "closed"
    assert received.closed_at is not None
    assert counters(transfer) == {"shipped": 4, "received": 4}
    assert level_of(transfer, "destination") == {"on_hand": 4}
    assert in_transit(sku_of(transfer)) == 0
    assert not Inbound.objects.exists()
    assert (events("transfer_received"), events("stock_received")) == (1, 1)


def test_units_are_received_in_parts_and_conditions() -> None:
    transfer = shipped_transfer()

    first = receive(
        transfer, units(transfer, 1, "available"), units(transfer, 1, "damaged"), key="a"
    )
    assert first.status == "in_transit"
    assert level_of(transfer, "destination") == {"on_hand": 2, "damaged": 1, "incoming": 2}
    last = receive(transfer, units(transfer, 2, "quality_control"), key="b")

    assert last.status == "closed"
    assert level_of(transfer, "destination") == {
        "on_hand": 4,
        "damaged": 1,
        "quality_control": 2,
    }


def test_what_arrives_serves_backorders(drain: Callable[[], int]) -> None:
    transfer = shipped_transfer(stocked=4)
    order = place_order([(sku_of(transfer), 3)], confirmed=True)
    assert units_of(order_lines(order)[0]) == {"backordered": 3}

    receive(transfer, units(transfer, 4, "available"))
    drain()

    assert units_of(order_lines(order)[0]) == {"allocated": 3}
    assert level_of(transfer, "destination") == {"on_hand": 4, "committed": 3}


def test_what_is_given_back_serves_backorders(drain: Callable[[], int]) -> None:
    transfer = released_transfer(stocked=4)
    order = place_order([(sku_of(transfer), 3)], confirmed=True)

    cancel(transfer)
    drain()

    assert units_of(order_lines(order)[0]) == {"allocated": 3}


def test_the_same_receipt_again_receives_nothing() -> None:
    transfer = shipped_transfer()
    receive(transfer, units(transfer, 2, "available"), key="a")

    receive(transfer, units(transfer, 2, "available"), key="a")

    assert counters(transfer) == {"shipped": 4, "received": 2}
    assert level_of(transfer, "destination")["on_hand"] == 2
    for other in (units(transfer, 1, "available"), units(transfer, 2, "damaged")):
        assert_refused(
            errors.TransferKeyReused, lambda each=other: receive(transfer, each, key="a")
        )


def test_more_than_was_shipped_is_refused_line_by_line() -> None:
    transfer = shipped_transfer()

    error = assert_refused(
        errors.MoreThanInTransit,
        lambda: receive(transfer, units(transfer, 3, "available"), units(transfer, 2, "damaged")),
    )

    assert told(error) == [("/units/1/quantity", "more_than_in_transit")]


def test_more_than_was_shipped_is_accepted_as_found_with_a_reason() -> None:
    transfer = shipped_transfer()

    closed = receive(transfer, units(transfer, 6, "available"), found="two too many in the box")

    assert closed.status == "closed"
    assert counters(transfer) == {"shipped": 4, "received": 4}
    assert level_of(transfer, "destination") == {"on_hand": 6}
    found = Movement.objects.get(kind="adjustment")
    assert (found.source, found.target, found.quantity) == ("adjustment", "available", 2)
    assert found.reason == "two too many in the box"
    assert in_transit(sku_of(transfer)) == 0


@pytest.mark.parametrize("into", ["committed", "transit", "", "supplier"])
def test_units_are_received_where_goods_may_lie(into: str) -> None:
    transfer = shipped_transfer()

    error = assert_refused(
        errors.InvalidTransfer, lambda: receive(transfer, units(transfer, 1, into))
    )

    assert told(error) == [("/units/0/bucket", "unknown_choice")]


def test_nothing_is_received_of_what_has_not_left() -> None:
    transfer = released_transfer()

    assert_refused(IllegalTransition, lambda: receive(transfer, units(transfer, 1, "available")))


# Differences --------------------------------------------------------------------------------------


def short(missing: int = 1) -> TransferOrder:
    """Return a transfer of which `missing` of 4 units did not arrive."""
    transfer = shipped_transfer()
    return receive(
        transfer,
        *([units(transfer, 4 - missing, "available")] if missing < 4 else []),
        complete=True,
        key=f"short-{transfer.pk}",
    )


def test_a_short_receipt_leaves_a_difference_that_is_expected_no_more() -> None:
    transfer = short()

    assert transfer.status == "received"
    assert transfer_line(transfer).in_transit == 1
    assert in_transit(sku_of(transfer)) == 1
    assert level_of(transfer, "destination") == {"on_hand": 3}


def test_nothing_at_all_may_have_come() -> None:
    transfer = short(missing=4)

    assert transfer.status == "received"
    assert transfer_line(transfer).in_transit == 4


def test_a_difference_is_settled_as_lost() -> None:
    transfer = short()

    assert settle(transfer, units(transfer, 1, "lost")).status == "closed"

    assert counters(transfer) == {"shipped": 4, "received": 3, "lost": 1}
    assert in_transit(sku_of(transfer)) == 0
    assert level_of(transfer, "source") == {"on_hand": 6}
    lost = Movement.objects.get(source="transit", target="adjustment")
    assert (lost.quantity, lost.reason) == (1, "looked for it")


def test_a_difference_is_found_at_the_source() -> None:
    transfer = short(missing=2)

    settle(transfer, units(transfer, 2, "found_at_source"))

    assert TransferOrder.objects.get().status == "closed"
    assert counters(transfer) == {"shipped": 2, "received": 2, "cancelled": 2}
    assert level_of(transfer, "source") == {"on_hand": 8}
    assert in_transit(sku_of(transfer)) == 0


def test_a_difference_is_settled_in_parts() -> None:
    transfer = short(missing=3)

    settle(transfer, units(transfer, 1, "lost"), units(transfer, 1, "found_at_source"), key="a")
    assert TransferOrder.objects.get().status == "received"
    receive(transfer, units(transfer, 1, "available"), key="late")

    assert TransferOrder.objects.get().status == "closed"
    assert counters(transfer) == {"shipped": 3, "received": 2, "lost": 1, "cancelled": 1}


def test_settling_again_with_the_same_key_settles_nothing() -> None:
    transfer = short(missing=2)
    settle(transfer, units(transfer, 1, "lost"), key="a")

    settle(transfer, units(transfer, 1, "lost"), key="a")

    assert counters(transfer)["lost"] == 1


def test_no_more_is_settled_than_is_missing_and_never_without_a_reason() -> None:
    transfer = short()

    error = assert_refused(
        errors.MoreThanInTransit, lambda: settle(transfer, units(transfer, 2, "lost"))
    )
    assert told(error) == [("/units/0/quantity", "more_than_in_transit")]
    assert_refused(ReasonRequired, lambda: settle(transfer, units(transfer, 1, "lost"), reason=" "))
    assert_refused(errors.InvalidTransfer, lambda: settle(transfer, units(transfer, 1, "eaten")))


def test_the_rest_may_leave_after_a_short_receipt() -> None:
    transfer = released_transfer()
    ship(transfer, units(transfer, 2), key="a")
    receive(transfer, units(transfer, 1, "available"), complete=True, key="b")
    assert level_of(transfer, "destination") == {"on_hand": 1, "incoming": 2}

    again = ship(transfer, units(transfer, 2), key="c")

    assert again.status == "in_transit"
    assert level_of(transfer, "destination") == {"on_hand": 1, "incoming": 3}


# Reach --------------------------------------------------------------------------------------------


def test_each_act_is_done_at_its_own_end_of_the_transfer() -> None:
    released, shipped, missing = released_transfer(), shipped_transfer(), short()
    acts: list[tuple[str, TransferOrder, Callable[[frozenset[int]], Any]]] = [
        ("source", released, lambda at: ship(released, reach=at)),
        ("source", released, lambda at: cancel(released, reach=at)),
        (
            "destination",
            shipped,
            lambda at: receive(shipped, units(shipped, 1, "available"), reach=at),
        ),
        ("both", missing, lambda at: settle(missing, units(missing, 1, "lost"), reach=at)),
    ]
    for end, transfer, act in acts:
        ends = {"source": transfer.source_id, "destination": transfer.destination_id}
        for name, place in ends.items():
            if name != end:
                assert_refused(errors.NotAtThisEnd, lambda a=act, p=place: a(frozenset({p})))
        elsewhere = frozenset({LocationFactory.create().pk})
        assert_refused(errors.TransferMissing, lambda a=act, p=elsewhere: a(p))
        assert_refused(errors.TransferMissing, lambda a=act: a(frozenset()))


def test_who_works_at_the_right_end_may_act() -> None:
    transfer = draft_transfer()
    here, there = frozenset({transfer.source_id}), frozenset({transfer.destination_id})

    transfers.release(transfer_id=transfer.pk, actor=MOVER, reach=here)
    ship(transfer, reach=here)
    receive(transfer, units(transfer, 3, "available"), complete=True, reach=there)
    settle(transfer, units(transfer, 1, "lost"), reach=here | there)

    assert TransferOrder.objects.get().status == "closed"


def test_a_store_may_ask_for_goods_and_not_release_them() -> None:
    store = LocationFactory.create(store=True)
    transfer = draft_transfer(destination=store, reach=frozenset({store.pk}))

    assert_refused(
        errors.NotAtThisEnd,
        lambda: transfers.release(
            transfer_id=transfer.pk, actor=MOVER, reach=frozenset({store.pk})
        ),
    )
    assert_refused(
        errors.NotAtThisEnd,
        lambda: draft_transfer(reach=frozenset({store.pk})),
    )


# What the database holds --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"shipped": 5},
        {"cancelled": 3, "shipped": 2},
        {"received": 1},
        {"shipped": 2, "received": 1, "lost": 2},
        {"quantity": 0},
    ],
)
def test_the_database_refuses_impossible_counters(changes: dict[str, int]) -> None:
    transfer = released_transfer()

    with pytest.raises(IntegrityError), transaction.atomic():
        TransferLine.objects.filter(transfer=transfer).update(**changes)


def test_the_database_refuses_a_transfer_to_where_the_goods_lie() -> None:
    transfer = draft_transfer()

    with pytest.raises(IntegrityError), transaction.atomic():
        TransferOrder.objects.filter(pk=transfer.pk).update(destination=transfer.source_id)


def test_events_carry_what_others_need() -> None:
    transfer = shipped_transfer()

    event = Event.objects.get(name="inventory.transfer_shipped.v1")
    assert event.payload == {
        "transfer_id": transfer.pk,
        "number": transfer.number,
        "source_id": transfer.source_id,
        "destination_id": transfer.destination_id,
    }
    assert (event.aggregate, event.aggregate_id) == (
        "inventory.transferorder",
        str(transfer.pk),
    )
