"""A purchase order from the draft to its end, and what stock and inbound say meanwhile."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from inventory.catalog.models import Sku
from inventory.inbound.models import Inbound
from inventory.locations.models import Location
from inventory.purchasing import errors, queries
from inventory.purchasing import services as purchasing
from inventory.purchasing.models import (
    PurchaseLine,
    PurchaseOrder,
    PurchaseReceipt,
    PurchaseReceiptLine,
    SupplierHoliday,
)
from inventory.purchasing.services import Arrived, Confirmed, NewLine
from inventory.stock import services as stock
from inventory.stock.models import Level, Movement
from oms.core import clock
from oms.core.flows import IllegalTransition
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.inventory.purchasing.orders import (
    BUYER,
    drafted,
    line_of,
    placed,
    receive,
    sells,
    supplier,
)

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def berlin() -> Location:
    return LocationFactory.create(code="BER")


@pytest.fixture
def mug() -> Sku:
    return SkuFactory.create(code="MUG")


@pytest.fixture
def cup() -> Sku:
    return SkuFactory.create(code="CUP")


def incoming() -> dict[tuple[str, str, str | None], int]:
    """Return what is inbound by SKU, kind of supply and day."""
    return {
        (
            row.level.sku.code,
            row.supply.rpartition(".")[2],
            row.due_on.isoformat() if row.due_on else None,
        ): row.quantity
        for row in Inbound.objects.select_related("level__sku")
    }


def counters(order: PurchaseOrder, sku: Sku) -> tuple[int, int, int, int, int]:
    """Return ordered, cancelled, received, over, to come."""
    line = line_of(order, sku)
    return (line.ordered, line.cancelled, line.received, line.over, line.to_come)


def everything() -> list[Any]:
    """Return whatever an act on a purchase order could change."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (
            PurchaseOrder,
            PurchaseLine,
            PurchaseReceipt,
            PurchaseReceiptLine,
            Level,
            Movement,
            Inbound,
            Entry,
            Event,
        )
    ]


# Drafts -------------------------------------------------------------------------------------------


def test_a_draft_rounds_up_to_packs_and_touches_nothing(berlin: Location, mug: Sku) -> None:
    seller = supplier()
    sells(seller, mug, pack_size=6, minimum_quantity=12, code="M-1")

    order = drafted(berlin, {mug: 13}, seller=seller)

    assert order.status == "draft"
    assert order.number.startswith("PO-")
    assert order.currency == "EUR"
    line = line_of(order, mug)
    assert (line.ordered, line.supplier_code, line.unit_cost) == (18, "M-1", None)
    assert not Level.objects.exists()
    assert not Inbound.objects.exists()


def test_a_draft_says_all_that_is_wrong_at_once(berlin: Location, mug: Sku) -> None:
    before = everything()
    with pytest.raises(errors.InvalidPurchase) as refused:
        purchasing.draft(
            supplier_code="nobody",
            location_code="BER",
            lines=[
                NewLine("MUG", 0),
                NewLine("mug", 1),
                NewLine("MUG", 1, unit_cost=Decimal(-1)),
            ],
            actor=BUYER,
            location_codes=frozenset({"HAM"}),
        )
    assert {(problem.pointer, problem.code) for problem in refused.value.problems} >= {
        ("/supplier", "unknown_reference"),
        ("/location", "unknown_reference"),
        ("/lines/0/quantity", "number_range"),
        ("/lines/0/sku", "repeated"),
        ("/lines/1/sku", "unknown_sku"),
    }
    assert everything() == before


def test_a_draft_is_changed_until_it_is_placed(berlin: Location, mug: Sku, cup: Sku) -> None:
    order = drafted(berlin, {mug: 2})
    sells(order.supplier, cup)
    purchasing.change(
        order_id=order.pk, lines=[NewLine("CUP", 5)], actor=BUYER, note="call before you come"
    )
    assert list(order.lines.values_list("sku__code", "ordered")) == [("CUP", 5)]
    order.refresh_from_db()
    assert (order.note, order.version) == ("call before you come", 2)

    purchasing.place(order_id=order.pk, actor=BUYER)
    before = everything()
    with pytest.raises(IllegalTransition):
        purchasing.change(order_id=order.pk, lines=[NewLine("CUP", 6)], actor=BUYER)
    assert everything() == before


def test_a_draft_that_is_cancelled_ends_without_an_event(berlin: Location, mug: Sku) -> None:
    order = drafted(berlin, {mug: 2})
    purchasing.cancel(order_id=order.pk, reason="not needed", actor=BUYER)
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert not Event.objects.exists()


# Placing ------------------------------------------------------------------------------------------


def test_placing_fixes_price_and_day_and_says_what_comes(berlin: Location, mug: Sku) -> None:
    seller = supplier(ship_days=[1, 3])
    SupplierHoliday.objects.create(supplier=seller, day=date(2026, 3, 10))
    sells(seller, mug, {1: "2.5", 10: "1.9975"}, lead_days=5)
    with clock.travelled(TUESDAY):
        order = drafted(berlin, {mug: 12}, seller=seller)
        purchasing.place(order_id=order.pk, actor=BUYER)

    line = line_of(order, mug)
    assert line.unit_cost == line.asked_cost == Decimal("1.9975")
    assert line.expected_on == line.asked_on == date(2026, 3, 12)
    assert incoming() == {("MUG", "purchaseline", "2026-03-12"): 12}
    assert Level.objects.get(sku=mug, location=berlin).incoming == 12
    assert list(Event.objects.order_by("pk").values_list("name", flat=True)) == [
        "inventory.inbound_changed.v1",
        "inventory.purchase_order_placed.v1",
    ]


def test_later_terms_do_not_change_what_was_placed(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 1})
    sells(order.supplier, mug, {1: "9.99"}, valid_from=date(2026, 1, 1))
    assert line_of(order, mug).unit_cost == Decimal("2.50")


def test_the_terms_of_the_day_count(berlin: Location, mug: Sku) -> None:
    seller = supplier()
    sells(seller, mug, {1: "3"}, valid_from=date(2025, 1, 1))
    sells(seller, mug, {1: "4"}, valid_from=date(2026, 3, 4))
    sells(seller, mug, {1: "2"}, valid_from=date(2025, 6, 1), valid_until=date(2026, 3, 2))
    with clock.travelled(TUESDAY):
        order = placed(berlin, {mug: 1}, seller=seller)
    assert line_of(order, mug).unit_cost == Decimal(3)


def test_what_has_no_price_is_not_placed(berlin: Location, mug: Sku, cup: Sku) -> None:
    seller = supplier()
    sells(seller, mug, {10: "1"})
    order = drafted(berlin, {mug: 9, cup: 1}, seller=seller)
    before = everything()
    with pytest.raises(errors.InvalidPurchase) as refused:
        purchasing.place(order_id=order.pk, actor=BUYER)
    assert [problem.code for problem in refused.value.problems] == ["no_price"]
    assert refused.value.problems[0].pointer == "/lines/0/unit_cost"
    assert everything() == before


def test_an_order_below_the_minimum_is_placed_on_purpose_only(berlin: Location, mug: Sku) -> None:
    seller = supplier(minimum_order=Decimal(100))
    order = drafted(berlin, {mug: 39}, seller=seller)
    before = everything()
    with pytest.raises(errors.BelowMinimum) as refused:
        purchasing.place(order_id=order.pk, actor=BUYER)
    assert refused.value.fields == {"minimum": "100.00", "total": "97.50"}
    assert everything() == before

    purchasing.place(order_id=order.pk, actor=BUYER, below_minimum=True)
    order.refresh_from_db()
    assert order.status == "placed"


def test_an_order_is_placed_once(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 1})
    before = everything()
    with pytest.raises(IllegalTransition) as refused:
        purchasing.place(order_id=order.pk, actor=BUYER)
    assert refused.value.fields["current"] == "placed"
    assert everything() == before


# Acknowledging ------------------------------------------------------------------------------------


def test_the_supplier_confirms_everything(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 3})
    purchasing.acknowledge(order_id=order.pk, reference="SO-77", actor=BUYER)
    order.refresh_from_db()
    assert (order.status, order.reference) == ("acknowledged", "SO-77")
    assert line_of(order, mug).confirmed == 3


def test_the_supplier_confirms_less_later_and_dearer(berlin: Location, mug: Sku, cup: Sku) -> None:
    with clock.travelled(TUESDAY):
        order = placed(berlin, {mug: 10, cup: 8})
    purchasing.acknowledge(
        order_id=order.pk,
        confirmations=[
            Confirmed(
                sku_code="MUG",
                quantity=6,
                unit_cost=Decimal("2.75"),
                expected_on=date(2026, 3, 20),
                rest_on=date(2026, 5, 1),
            ),
            Confirmed(sku_code="CUP", quantity=5, rest="cancel"),
        ],
        actor=BUYER,
    )
    line = line_of(order, mug)
    assert (line.asked_cost, line.unit_cost) == (Decimal("2.50"), Decimal("2.75"))
    assert (line.asked_on, line.expected_on) == (date(2026, 3, 10), date(2026, 3, 20))
    assert counters(order, mug) == (10, 0, 0, 0, 10)
    assert counters(order, cup) == (8, 3, 0, 0, 5)
    assert incoming() == {
        ("MUG", "purchaseline", "2026-03-20"): 6,
        ("MUG", "purchasebackorder", "2026-05-01"): 4,
        ("CUP", "purchaseline", "2026-03-10"): 5,
    }
    told = Entry.objects.get(kind="purchase_order.confirmed")
    assert told.data["differences"]["MUG"] == {
        "quantity": "6 confirmed, 4 backorder",
        "unit_cost": "2.5000 -> 2.75",
        "expected_on": "2026-03-10 -> 2026-03-20",
    }


def test_a_supplier_who_confirms_nothing_at_all_ends_the_order(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 3})
    purchasing.acknowledge(
        order_id=order.pk,
        confirmations=[Confirmed(sku_code="MUG", quantity=0, rest="cancel")],
        actor=BUYER,
    )
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert incoming() == {}


def test_a_confirmation_that_does_not_fit_is_refused_as_a_whole(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 3})
    before = everything()
    with pytest.raises(errors.InvalidConfirmation) as refused:
        purchasing.acknowledge(
            order_id=order.pk,
            confirmations=[
                Confirmed(sku_code="MUG", quantity=4),
                Confirmed(sku_code="CUP", quantity=1),
            ],
            actor=BUYER,
        )
    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == [
        ("/lines/0/quantity", "number_range"),
        ("/lines/1/sku", "unknown_reference"),
    ]
    assert everything() == before


def test_a_supplier_may_think_anew_while_something_is_to_come(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 5})
    purchasing.acknowledge(order_id=order.pk, actor=BUYER)
    receive(order, {mug: 2})
    purchasing.acknowledge(
        order_id=order.pk,
        confirmations=[Confirmed(sku_code="MUG", quantity=5, expected_on=date(2027, 1, 4))],
        actor=BUYER,
    )
    order.refresh_from_db()
    assert order.status == "partially_received"
    assert incoming() == {("MUG", "purchaseline", "2027-01-04"): 3}


# Receiving ----------------------------------------------------------------------------------------


def test_goods_come_in_parts_until_all_are_there(berlin: Location, mug: Sku, cup: Sku) -> None:
    order = placed(berlin, {mug: 5, cup: 2})
    first = receive(order, {mug: 3}, delivery_note="LS 1")
    order.refresh_from_db()
    assert order.status == "partially_received"
    assert counters(order, mug) == (5, 0, 3, 0, 2)
    assert first.number == f"{order.number}-1"

    receive(order, {mug: 2, cup: 2})
    order.refresh_from_db()
    assert order.status == "received"
    assert order.received_at is not None
    assert incoming() == {}
    level = Level.objects.get(sku=mug)
    assert (level.on_hand, level.available, level.incoming) == (5, 5, 0)
    movements = Movement.objects.filter(document=order.number)
    assert sorted(movements.values_list("kind", "source", "target", "quantity")) == [
        ("receipt", "supplier", "available", 2),
        ("receipt", "supplier", "available", 2),
        ("receipt", "supplier", "available", 3),
    ]


def test_receipt_lines_keep_what_a_unit_cost(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 5})
    receive(order, {mug: 1})
    purchasing.acknowledge(
        order_id=order.pk,
        confirmations=[Confirmed(sku_code="MUG", quantity=5, unit_cost=Decimal("3.125"))],
        actor=BUYER,
    )
    receive(order, {mug: 1})
    rows = PurchaseReceiptLine.objects.order_by("pk").values_list("unit_cost", "currency")
    assert list(rows) == [(Decimal("2.5"), "EUR"), (Decimal("3.125"), "EUR")]


def test_goods_to_inspect_are_not_available(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 5})
    receive(order, [Arrived("MUG", 2, inspect=True), Arrived("MUG", 3)])
    level = Level.objects.get(sku=mug)
    assert (level.on_hand, level.quality_control, level.available) == (5, 2, 3)
    events = Event.objects.filter(name="inventory.stock_received.v1")
    assert [event.payload["quantity"] for event in events] == [3]


def test_the_same_call_again_receives_nothing(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 5})
    first = receive(order, {mug: 5}, key="k")
    before = everything()
    assert receive(order, {mug: 5}, key="k") == first
    assert everything() == before
    with pytest.raises(errors.PurchaseReceiptKeyReused):
        receive(order, {mug: 4}, key="k")
    assert everything() == before


def test_more_than_the_tolerance_needs_a_reason(berlin: Location, mug: Sku) -> None:
    seller = supplier(over_tolerance=10)
    order = placed(berlin, {mug: 20}, seller=seller)
    before = everything()
    with pytest.raises(errors.MoreThanOrdered):
        receive(order, {mug: 23})
    assert everything() == before

    receipt = receive(order, {mug: 23}, over_reason="They gave us three")
    assert receipt.reason == "They gave us three"
    assert counters(order, mug) == (20, 0, 23, 3, 0)
    order.refresh_from_db()
    assert order.status == "received"


def test_more_within_the_tolerance_is_taken(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 20}, seller=supplier(over_tolerance=10))
    receive(order, {mug: 22})
    assert counters(order, mug) == (20, 0, 22, 2, 0)


def test_a_tolerance_is_used_up_once(berlin: Location, mug: Sku, cup: Sku) -> None:
    order = placed(berlin, {mug: 20, cup: 1}, seller=supplier(over_tolerance=10))
    receive(order, {mug: 21})
    receive(order, {mug: 1})
    before = everything()
    with pytest.raises(errors.MoreThanOrdered):
        receive(order, {mug: 1})
    assert everything() == before


def test_units_of_no_line_are_refused_all_at_once(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 2})
    before = everything()
    with pytest.raises(errors.InvalidPurchaseReceipt) as refused:
        receive(order, [Arrived("CUP", 1), Arrived("MUG", 0), Arrived("MUG", 1)])
    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == [
        ("/lines/0/sku", "unknown_reference"),
        ("/lines/1/quantity", "number_range"),
        ("/lines/2/sku", "repeated"),
    ]
    assert everything() == before


@pytest.mark.parametrize("status", ["draft", "received", "closed", "cancelled"])
def test_goods_come_for_open_orders_only(berlin: Location, mug: Sku, status: str) -> None:
    order = drafted(berlin, {mug: 2})
    PurchaseOrder.objects.filter(pk=order.pk).update(status=status)
    before = everything()
    with pytest.raises(IllegalTransition):
        receive(order, {mug: 1})
    assert everything() == before


def test_an_order_of_another_place_is_not_there(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 2})
    before = everything()
    with pytest.raises(errors.PurchaseOrderMissing):
        receive(order, {mug: 1}, location_codes=frozenset({"HAM"}))
    assert everything() == before
    receive(order, {mug: 1}, location_codes=frozenset({"BER"}))


def test_what_comes_is_first_what_was_promised_for_now(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 10})
    purchasing.acknowledge(
        order_id=order.pk, confirmations=[Confirmed(sku_code="MUG", quantity=6)], actor=BUYER
    )
    receive(order, {mug: 7})
    assert incoming() == {("MUG", "purchasebackorder", None): 3}


# Taking back --------------------------------------------------------------------------------------


def undo(receipt: PurchaseReceipt, order: PurchaseOrder) -> PurchaseReceipt:
    return purchasing.undo_receipt(
        order_id=order.pk, receipt_id=receipt.pk, reason="wrong order", actor=BUYER
    )


def test_a_receipt_is_taken_back_by_the_exact_opposite(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 5})
    expected = incoming()
    receipt = receive(
        order, [Arrived("MUG", 4), Arrived("MUG", 3, inspect=True)], over_reason="2 more"
    )
    undo(receipt, order)

    order.refresh_from_db()
    assert (order.status, order.received_at) == ("placed", None)
    assert counters(order, mug) == (5, 0, 0, 0, 5)
    assert incoming() == expected
    level = Level.objects.get(sku=mug)
    assert (level.on_hand, level.quality_control) == (0, 0)
    moved = Movement.objects.order_by("pk").values_list("source", "target", "quantity")
    assert list(moved) == [
        ("supplier", "available", 4),
        ("supplier", "quality_control", 3),
        ("available", "supplier", 4),
        ("quality_control", "supplier", 3),
    ]


def test_other_receipts_stay(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 5})
    purchasing.acknowledge(order_id=order.pk, actor=BUYER)
    first, second = receive(order, {mug: 2}), receive(order, {mug: 3})
    undo(second, order)
    order.refresh_from_db()
    assert order.status == "partially_received"
    undo(first, order)
    order.refresh_from_db()
    assert order.status == "acknowledged"
    before = everything()
    with pytest.raises(errors.ReceiptUndone):
        undo(first, order)
    assert everything() == before


def test_a_receipt_whose_units_are_gone_stays(berlin: Location, mug: Sku, cup: Sku) -> None:
    order = placed(berlin, {mug: 5, cup: 1})
    receipt = receive(order, {cup: 1, mug: 5})
    level = Level.objects.get(sku=mug)
    stock.adjust(
        sku_id=mug.pk,
        location_id=berlin.pk,
        delta=-1,
        document="",
        cause="x",
        actor=BUYER,
        reason="broken",
    )
    before = everything()
    with pytest.raises(errors.UnitsGone):
        undo(receipt, order)
    assert everything() == before
    assert level.pk


def test_a_closed_order_gives_no_receipt_back(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 5})
    receipt = receive(order, {mug: 5})
    purchasing.close(order_id=order.pk, reason="done", actor=BUYER)
    before = everything()
    with pytest.raises(IllegalTransition):
        undo(receipt, order)
    assert everything() == before


def test_a_receipt_of_another_order_is_not_there(berlin: Location, mug: Sku) -> None:
    order, other = placed(berlin, {mug: 1}), placed(berlin, {mug: 1})
    receipt = receive(other, {mug: 1})
    before = everything()
    with pytest.raises(errors.PurchaseReceiptMissing):
        undo(receipt, order)
    assert everything() == before


# Ending -------------------------------------------------------------------------------------------


def test_an_order_is_cancelled_while_nothing_has_come(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 5})
    purchasing.cancel(order_id=order.pk, reason="too dear", actor=BUYER)
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert counters(order, mug) == (5, 5, 0, 0, 0)
    assert incoming() == {}
    assert Event.objects.filter(name="inventory.purchase_order_cancelled.v1").count() == 1


def test_only_what_has_not_come_is_cancelled(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 5})
    receive(order, {mug: 2})
    before = everything()
    with pytest.raises(errors.NotToCome):
        purchasing.cancel(order_id=order.pk, reason="no", actor=BUYER, units={"MUG": 4})
    assert everything() == before

    purchasing.cancel(order_id=order.pk, reason="no", actor=BUYER, units={"MUG": 1})
    assert counters(order, mug) == (5, 1, 2, 0, 2)
    purchasing.cancel(order_id=order.pk, reason="no", actor=BUYER)
    order.refresh_from_db()
    assert order.status == "received"
    assert counters(order, mug) == (5, 3, 2, 0, 0)


def test_an_order_is_closed_short(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 5})
    receive(order, {mug: 2})
    purchasing.close(order_id=order.pk, reason="they are out of it", actor=BUYER)
    order.refresh_from_db()
    assert order.status == "closed"
    assert counters(order, mug) == (5, 3, 2, 0, 0)
    assert incoming() == {}


def test_an_order_of_which_nothing_has_come_is_not_closed(berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 5})
    before = everything()
    with pytest.raises(IllegalTransition):
        purchasing.close(order_id=order.pk, reason="x", actor=BUYER)
    assert everything() == before


@pytest.mark.parametrize("act", [purchasing.close, purchasing.cancel])
def test_ending_says_why(berlin: Location, mug: Sku, act: Any) -> None:
    order = placed(berlin, {mug: 5})
    receive(order, {mug: 1})
    before = everything()
    with pytest.raises(errors.PurchaseReasonNeeded):
        act(order_id=order.pk, reason=" ", actor=BUYER)
    assert everything() == before


# Lead times, and who is late ----------------------------------------------------------------------


def test_lead_times_are_learnt_from_receipts(berlin: Location, mug: Sku, cup: Sku) -> None:
    seller = supplier()
    for days in (4, 8):
        with clock.travelled(TUESDAY):
            order = placed(berlin, {mug: 1, cup: 1}, seller=seller)
        with clock.travelled(TUESDAY + timedelta(days=days)):
            receive(order, {mug: 1})
            wrong = receive(order, {cup: 1})
            undo(wrong, order)
        with clock.travelled(TUESDAY + timedelta(days=12)):
            receive(order, {cup: 1})
    learnt = queries.lead_times(seller.pk)
    assert (learnt.by_sku["MUG"].count, learnt.by_sku["MUG"].mean) == (2, 6.0)
    assert learnt.by_sku["CUP"].spread == 0.0
    assert learnt.overall is not None
    assert (learnt.overall.count, learnt.overall.mean) == (4, 9.0)


def test_an_order_is_late_while_something_should_have_come(
    berlin: Location, mug: Sku, cup: Sku
) -> None:
    with clock.travelled(TUESDAY):
        order = placed(berlin, {mug: 1, cup: 1})
    late = PurchaseOrder.objects.late
    assert not late(date(2026, 3, 10)).exists()
    assert list(late(date(2026, 3, 11))) == [order]
    receive(order, {mug: 1, cup: 1})
    assert not late(date(2026, 3, 11)).exists()


def test_a_receipt_serves_a_level_that_has_stock_already(berlin: Location, mug: Sku) -> None:
    LevelFactory.create(sku=mug, location=berlin, on_hand=10)
    order = placed(berlin, {mug: 5})
    receive(order, {mug: 5})
    assert Level.objects.get(sku=mug).on_hand == 15


def test_a_long_order_is_received_in_no_more_statements_than_a_short_one(
    berlin: Location, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    seller, counts = supplier(), []
    for number in (2, 20):
        order = placed(berlin, dict.fromkeys(SkuFactory.create_batch(number), 3), seller=seller)
        units = [Arrived(line.sku.code, 3) for line in order.lines.select_related("sku")]
        with statements() as seen:
            receive(order, units)
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 24
