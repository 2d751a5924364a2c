"""The warehouse under parallel calls, on PostgreSQL with real threads and commits.

Beside each promise stands a control: the same harness without the protection, which must show the race.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections, models
from django.db.models import F, QuerySet

from fulfillment.packing.models import Shipment
from fulfillment.packing.states import ShipmentStatus
from fulfillment.picking import services as picking
from fulfillment.shipping import services as shipping
from fulfillment.shipping.models import Label
from fulfillment.shipping.services import labelling, sending
from fulfillment.tracking.models import Scan
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder
from inventory.reservations import services as reservations
from inventory.stock.models import Level, Movement
from oms.core import locking
from oms.core.flows import Flow
from oms.core.outbox.models import Event
from orders.ordering.models import OrderLine
from tests.fulfillment import factories
from tests.fulfillment.carriers import HOUSE, MOODY, MoodyCarrier
from tests.fulfillment.factories import PICKER
from tests.orders.factories import stocked_sku

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]

THREADS = 8


def in_parallel(effect: Callable[[], Any], calls: int = THREADS) -> Counter[str]:
    """Run `effect` in threads that start together; count results and names of refusals."""
    gate = threading.Barrier(calls)

    def run(_: int) -> str:
        try:
            gate.wait(timeout=30)
            return str(effect())
        except Exception as error:  # noqa: BLE001  # whatever came of it is what the test looks at
            return type(error).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(calls) as pool:
        return Counter(pool.map(run, range(calls)))


@contextmanager
def unprotected(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the lock away, and the condition of the transition with it."""

    def read(queryset: QuerySet[Any]) -> list[Any]:
        return list(queryset.order_by("pk"))

    def move(flow: Flow, document: models.Model, action: str, **changes: Any) -> str:
        before: str = getattr(document, flow.field)
        changes[flow.field] = flow.target(before, action)
        time.sleep(0.1)  # the time that a rival has anyway on a busy machine
        type(document)._default_manager.filter(pk=document.pk).update(
            version=F("version") + 1, **changes
        )
        for name, value in changes.items():
            setattr(document, name, value)
        return before

    with monkeypatch.context() as patched:
        patched.setattr(locking, "lock", read)
        patched.setattr(Flow, "move", move)
        yield


@pytest.fixture
def reached_stock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note every call that gets as far as the stock, whatever becomes of it there."""
    reached: list[str] = []
    issue = reservations.issue

    def noted(**arguments: Any) -> Any:
        reached.append(arguments["document"])
        return issue(**arguments)

    monkeypatch.setattr(sending.reservations, "issue", noted)
    return reached


# One parcel -----------------------------------------------------------------------------------------------------------


def ship(shipment: Shipment) -> str:
    shipping.ship(shipment_id=shipment.pk, actor=PICKER)
    return "shipped"


def test_a_parcel_that_many_ship_at_once_leaves_once(reached_stock: list[str]) -> None:
    shipment = factories.labelled_shipment()

    outcome = in_parallel(lambda: ship(shipment))

    assert outcome == {"shipped": 1, "IllegalTransition": THREADS - 1}
    assert len(reached_stock) == 1
    level = Level.objects.get()
    assert (level.on_hand, level.committed) == (8, 0)
    assert Movement.objects.filter(kind="shipment").count() == 1
    assert Event.objects.filter(name="fulfillment.shipment_shipped.v1").count() == 1
    assert Event.objects.filter(name="orders.lines_shipped.v1").count() == 1
    assert OrderLine.objects.get().shipped == 2


def test_control_without_lock_several_ship_one_parcel(
    monkeypatch: pytest.MonkeyPatch, reached_stock: list[str]
) -> None:
    shipment = factories.labelled_shipment()

    with unprotected(monkeypatch):
        outcome = in_parallel(lambda: ship(shipment))

    # Only counters and ledger, which have conditions of their own, still stood in the way of the second one.
    assert outcome["IllegalTransition"] < THREADS - 1
    assert Movement.objects.filter(kind="shipment").count() == 1


def test_two_parcels_of_one_order_leave_at_once() -> None:
    work = factories.picked_work([(stocked_sku(10), THREADS)])
    (line,) = factories.lines_of(work)
    parcels = [factories.label(factories.pack(work, {line.pk: 1})) for _ in range(THREADS)]
    left = iter(parcels)
    turn = threading.Lock()

    def ship_next() -> str:
        with turn:
            parcel = next(left)
        return ship(parcel)

    assert in_parallel(ship_next) == {"shipped": THREADS}
    assert Level.objects.get().on_hand == 10 - THREADS
    work.refresh_from_db()
    assert work.status == "closed"


# One label ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def slow_carrier(settings: Any) -> type[MoodyCarrier]:
    """Set up a carrier that takes its time."""
    settings.OMS_CARRIERS = [HOUSE, MOODY]
    MoodyCarrier.reset()
    MoodyCarrier.before_answer = lambda: time.sleep(0.2)
    return MoodyCarrier


def buy(shipment: Shipment) -> str:
    label = shipping.buy_label(
        shipment_id=shipment.pk, carrier="moody", service="slow", key="one", actor=PICKER
    )
    return label.tracking_number


def test_a_label_that_many_buy_with_one_key_is_bought_once(
    slow_carrier: type[MoodyCarrier],
) -> None:
    shipment = factories.packed_shipment()

    outcome = in_parallel(lambda: buy(shipment))

    label = Label.objects.get()
    assert slow_carrier.asked["buy"] == 1
    assert outcome[label.tracking_number] >= 1
    assert set(outcome) <= {label.tracking_number, "LabelInProgress"}
    shipment.refresh_from_db()
    assert (shipment.status, shipment.tracking_number) == ("labelled", label.tracking_number)
    assert buy(shipment) == label.tracking_number


def test_control_without_claim_the_carrier_is_asked_by_many(
    monkeypatch: pytest.MonkeyPatch, slow_carrier: type[MoodyCarrier]
) -> None:
    shipment = factories.packed_shipment()
    monkeypatch.setattr(labelling, "_claim", lambda label, state: True)

    in_parallel(lambda: buy(shipment))

    assert slow_carrier.asked["buy"] > 1


def test_many_sweeps_at_once_settle_one_purchase_once(slow_carrier: type[MoodyCarrier]) -> None:
    shipment = factories.packed_shipment()
    labelling._request(
        shipment_id=shipment.pk, carrier="moody", service="slow", key="one", actor=PICKER
    )
    Label.objects.update(due_at=F("created_at"))

    in_parallel(shipping.settle_due)

    assert slow_carrier.asked["buy"] == 1
    assert Label.objects.get().state == "bought"


# Work, picks and scans ------------------------------------------------------------------------------------------------


def test_work_that_many_take_at_once_is_taken_once() -> None:
    order = factories.released_order()

    outcome = in_parallel(lambda: len(factories.take(order)))

    assert outcome == {"1": 1, "0": THREADS - 1}
    assert FulfillmentOrder.objects.count() == 1
    assert FulfillmentLine.objects.get().quantity == 2


def test_control_without_lock_only_the_number_stops_the_second_taking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = factories.released_order()

    with unprotected(monkeypatch):
        outcome = in_parallel(lambda: len(factories.take(order)))

    assert outcome["IntegrityError"] >= 1


def test_many_pickers_pick_no_more_than_there_is() -> None:
    work = factories.open_work([(stocked_sku(10), 3)])
    (line,) = factories.lines_of(work)

    def pick_one() -> str:
        picking.confirm(fulfillment_order_id=work.pk, quantities={line.pk: 1}, actor=PICKER)
        return "picked"

    assert in_parallel(pick_one) == {"picked": 3, "WrongCount": THREADS - 3}
    assert factories.units_of(line) == {"picked": 3}
    assert OrderLine.objects.get().picked == 3


def test_a_delivery_that_many_report_at_once_is_one() -> None:
    shipment = factories.shipped_shipment()

    outcome = in_parallel(lambda: factories.scan(shipment, "delivered").recorded)

    assert outcome == {"1": 1, "0": THREADS - 1}
    shipment.refresh_from_db()
    assert shipment.status == ShipmentStatus.DELIVERED
    assert Scan.objects.count() == 1
    assert OrderLine.objects.get().delivered == 2
    assert Event.objects.filter(name="fulfillment.shipment_delivered.v1").count() == 1
