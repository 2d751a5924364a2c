from collections.abc import Callable
from typing import Any

import pytest

from fulfillment.picking import errors, services
from fulfillment.work.errors import OrderOnHold, WorkMissing
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder
from fulfillment.work.states import WorkStatus
from inventory.reservations.models import Allocation
from inventory.stock.models import Level, Movement
from oms.core.flows import IllegalTransition
from oms.core.outbox import services as outbox
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.holds import services as holds
from orders.holds.states import HoldReason
from tests.fulfillment import factories
from tests.fulfillment.factories import PICKER
from tests.orders.factories import ChannelFactory, stocked_sku
from tests.orders.factories import units_of as order_units_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def work() -> FulfillmentOrder:
    """Three cups and one pot at one location."""
    cup = stocked_sku(10, code="CUP", barcode="4006381333931")
    pot = stocked_sku(code="POT")
    Level.objects.create(sku=pot, location=cup.levels.get().location, on_hand=10)
    return factories.open_work([(cup, 3), (pot, 1)])


def cup_of(work: FulfillmentOrder) -> FulfillmentLine:
    return work.lines.get(sku__code="CUP")


def snapshot() -> list[Any]:
    """Return everything that a refused call must leave as it was."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (FulfillmentOrder, FulfillmentLine, Level, Allocation, Movement, Entry, Event)
    ]


def refuses(call: Callable[[], object], error: type[Exception]) -> Any:
    """Assert that `call` is refused and that nothing has changed; return the error."""
    before = snapshot()
    with pytest.raises(error) as caught:
        call()
    assert snapshot() == before
    return caught.value


# Confirming -----------------------------------------------------------------------------------------------------------


def test_units_are_picked_by_scanning_barcode_or_code(work: FulfillmentOrder) -> None:
    picked = services.confirm(
        fulfillment_order_id=work.pk, scans=["4006381333931", "CUP", "POT"], actor=PICKER
    )
    assert picked.to_pick == 1
    line = cup_of(work)
    assert factories.units_of(line) == {"to_pick": 1, "picked": 2}
    assert order_units_of(line.order_line) == {"allocated": 1, "picked": 2}
    work.refresh_from_db()
    assert work.status == WorkStatus.IN_PROGRESS
    entry = Entry.objects.get(kind="work.picked")
    assert entry.data == {"units": {"CUP": 2, "POT": 1}, "by": "scan"}
    assert entry.actor_name == PICKER.name


def test_units_are_picked_by_hand(work: FulfillmentOrder) -> None:
    line = cup_of(work)
    services.confirm(fulfillment_order_id=work.pk, quantities={line.pk: 3}, actor=PICKER)
    assert factories.units_of(line) == {"picked": 3}


def test_picking_moves_no_stock(work: FulfillmentOrder) -> None:
    before = list(Level.objects.order_by("pk").values())
    factories.pick_all(work)
    assert list(Level.objects.order_by("pk").values()) == before


def test_a_wrong_item_is_refused_and_named(work: FulfillmentOrder) -> None:
    error = refuses(
        lambda: services.confirm(
            fulfillment_order_id=work.pk, scans=["CUP", "PAN", "PAN", "LID"], actor=PICKER
        ),
        errors.WrongItem,
    )
    assert error.fields == {"codes": ["PAN", "LID"]}


def test_a_unit_too_many_is_refused_and_counted(work: FulfillmentOrder) -> None:
    error = refuses(
        lambda: services.confirm(fulfillment_order_id=work.pk, scans=["CUP"] * 5, actor=PICKER),
        errors.WrongCount,
    )
    assert error.fields == {"surplus": {"CUP": 2}}
    line = cup_of(work)
    error = refuses(
        lambda: services.confirm(
            fulfillment_order_id=work.pk, quantities={line.pk: 4}, actor=PICKER
        ),
        errors.WrongCount,
    )
    assert error.fields == {"surplus": {"CUP": 1}}


def test_a_line_of_other_work_is_refused(work: FulfillmentOrder) -> None:
    (foreign,) = factories.lines_of(factories.open_work())
    refuses(
        lambda: services.confirm(
            fulfillment_order_id=work.pk, quantities={foreign.pk: 1}, actor=PICKER
        ),
        errors.WrongItem,
    )


@pytest.mark.parametrize("quantities", [None, {}, {"cup": 0}, {"cup": -1}])
def test_nothing_given_is_refused(
    work: FulfillmentOrder, quantities: dict[str, int] | None
) -> None:
    given = None if quantities is None else {cup_of(work).pk: n for n in quantities.values()}
    refuses(
        lambda: services.confirm(fulfillment_order_id=work.pk, quantities=given, actor=PICKER),
        errors.NothingGiven,
    )


def test_unknown_work_is_refused() -> None:
    with pytest.raises(WorkMissing):
        services.start(fulfillment_order_id=987_654, actor=PICKER)


def test_work_of_a_held_order_is_not_begun(work: FulfillmentOrder) -> None:
    holds.place_hold(order_id=work.order_id, reason=HoldReason.FRAUD_RISK, actor=PICKER)
    refuses(lambda: services.start(fulfillment_order_id=work.pk, actor=PICKER), OrderOnHold)
    refuses(
        lambda: services.confirm(fulfillment_order_id=work.pk, scans=["CUP"], actor=PICKER),
        OrderOnHold,
    )


def test_starting_twice_is_one_start(work: FulfillmentOrder) -> None:
    services.start(fulfillment_order_id=work.pk, actor=PICKER)
    services.start(fulfillment_order_id=work.pk, actor=PICKER)
    assert Entry.objects.filter(kind="work.started").count() == 1


def test_finished_work_is_not_begun_again() -> None:
    shipment = factories.shipped_shipment()
    with pytest.raises(IllegalTransition):
        services.start(fulfillment_order_id=shipment.fulfillment_order_id, actor=PICKER)


# Putting back ---------------------------------------------------------------------------------------------------------


def test_picked_units_are_put_back(work: FulfillmentOrder) -> None:
    factories.pick_all(work)
    line = cup_of(work)
    services.undo(fulfillment_order_id=work.pk, quantities={line.pk: 2}, actor=PICKER)
    assert factories.units_of(line) == {"to_pick": 2, "picked": 1}
    assert order_units_of(line.order_line) == {"allocated": 2, "picked": 1}


def test_no_more_is_put_back_than_was_picked(work: FulfillmentOrder) -> None:
    factories.pick_all(work)
    line = cup_of(work)
    refuses(
        lambda: services.undo(fulfillment_order_id=work.pk, quantities={line.pk: 4}, actor=PICKER),
        errors.WrongCount,
    )


# Shorts ---------------------------------------------------------------------------------------------------------------


def test_missing_units_come_from_another_location() -> None:
    sku = stocked_sku(5, 4)
    work = factories.open_work([(sku, 5)])
    (line,) = factories.lines_of(work)
    outcome = services.report_short(
        line_id=line.pk, quantity=2, reason="not in the bin", actor=PICKER
    )
    assert (outcome.rerouted, outcome.backordered) == (2, 0)
    assert factories.units_of(line) == {"short": 2, "to_pick": 3}
    levels = {level.location_id: (level.on_hand, level.committed) for level in sku.levels.all()}
    other = next(location for location in levels if location != work.location_id)
    assert levels == {work.location_id: (3, 3), other: (4, 2)}
    (short,) = Event.objects.filter(name="fulfillment.pick_short.v1")
    assert short.payload["quantity"] == 2
    assert short.payload["order_line_id"] == line.order_line_id


def test_the_other_location_takes_the_missing_units_by_itself() -> None:
    sku = stocked_sku(5, 4)
    work = factories.open_work([(sku, 5)], channel=ChannelFactory.create(on_terms=True))
    (line,) = factories.lines_of(work)
    services.report_short(line_id=line.pk, quantity=5, reason="bin is empty", actor=PICKER)
    outbox.drain()
    second = FulfillmentOrder.objects.exclude(pk=work.pk).get()
    assert [line.quantity for line in factories.lines_of(second)] == [4]
    assert second.location_id != work.location_id
    assert order_units_of(line.order_line) == {"allocated": 4, "backordered": 1}
    work.refresh_from_db()
    assert work.status == WorkStatus.INCOMPLETE


def test_missing_units_that_nobody_has_are_backordered() -> None:
    work = factories.open_work([(stocked_sku(5), 5)])
    (line,) = factories.lines_of(work)
    outcome = services.report_short(line_id=line.pk, quantity=1, reason="broken", actor=PICKER)
    assert (outcome.rerouted, outcome.backordered) == (0, 1)
    assert order_units_of(line.order_line) == {"allocated": 4, "backordered": 1}


def test_two_shorts_of_one_line_are_two() -> None:
    work = factories.open_work([(stocked_sku(5), 5)])
    (line,) = factories.lines_of(work)
    for _ in range(2):
        services.report_short(line_id=line.pk, quantity=1, reason="broken", actor=PICKER)
    assert factories.units_of(line) == {"short": 2, "to_pick": 3}
    assert Level.objects.get().on_hand == 3


@pytest.mark.parametrize(
    ("quantity", "reason", "error"),
    [
        (6, "gone", errors.WrongCount),
        (0, "gone", errors.NothingGiven),
        (1, "  ", errors.ReasonNeeded),
        (1, "x" * 201, errors.ReasonNeeded),
    ],
)
def test_a_short_is_refused(quantity: int, reason: str, error: type[Exception]) -> None:
    work = factories.open_work([(stocked_sku(5), 5)])
    (line,) = factories.lines_of(work)
    refuses(
        lambda: services.report_short(
            line_id=line.pk, quantity=quantity, reason=reason, actor=PICKER
        ),
        error,
    )


def test_picked_units_are_not_short() -> None:
    work = factories.picked_work()
    (line,) = factories.lines_of(work)
    refuses(
        lambda: services.report_short(line_id=line.pk, quantity=1, reason="gone", actor=PICKER),
        errors.WrongCount,
    )


def test_an_unknown_line_is_refused() -> None:
    with pytest.raises(WorkMissing):
        services.report_short(line_id=987_654, quantity=1, reason="gone", actor=PICKER)
