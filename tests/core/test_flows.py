"""Transition tables and the guarded move, on real documents: an order (with a version) and a hold (without)."""

from typing import Any

import pytest

from oms.core.actors import SYSTEM
from oms.core.flows import Flow, IllegalTransition
from orders.holds.models import Hold
from orders.holds.states import HOLD, HoldReason
from orders.ordering.models import Order
from orders.ordering.states import ORDER, OrderStatus
from tests.orders.factories import place_order

LAMP = Flow(
    "lamp",
    initial="off",
    table={
        ("off", "switch_on"): "on",
        ("on", "switch_off"): "off",
        ("on", "smash"): "broken",
    },
    final=frozenset({"broken"}),
)


def stored(order: Order, *names: str) -> tuple[Any, ...]:
    """Return columns of the order as the database holds them."""
    return Order.objects.values_list(*names).get(pk=order.pk)


# The table ----------------------------------------------------------------------------------------


def test_states_come_in_the_order_in_which_the_table_names_them() -> None:
    assert LAMP.states == ["off", "on", "broken"]


def test_the_table_answers_what_is_legal() -> None:
    assert LAMP.allowed("on") == ["switch_off", "smash"]
    assert LAMP.allowed("broken") == []
    assert LAMP.sources("smash") == ["on"]
    assert LAMP.may("off", "switch_on")
    assert not LAMP.may("off", "smash")


def test_the_target_of_a_legal_action_is_in_the_table() -> None:
    assert LAMP.target("on", "smash") == "broken"


def test_an_illegal_action_names_the_present_state_and_what_would_be_legal() -> None:
    with pytest.raises(IllegalTransition) as refused:
        LAMP.target("off", "smash")

    assert refused.value.status == 409
    assert refused.value.code == "invalid_transition"
    assert refused.value.fields == {"current": "off", "action": "smash", "allowed": ["switch_on"]}
    assert refused.value.detail == "Cannot smash a lamp that is off."


# The move -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_move_changes_the_row_and_the_instance_and_raises_the_version() -> None:
    order = place_order()
    version = order.version

    before = ORDER.move(order, "confirm", po_number="PO-7")

    assert before == OrderStatus.PENDING
    assert (order.status, order.po_number, order.version) == ("confirmed", "PO-7", version + 1)
    assert stored(order, "status", "po_number", "version") == ("confirmed", "PO-7", version + 1)


@pytest.mark.django_db
def test_a_document_without_a_version_moves_as_well() -> None:
    hold = Hold.objects.create(
        order=place_order(), reason=HoldReason.OTHER, placed_by=str(SYSTEM), note="wait"
    )

    assert HOLD.move(hold, "release", end_reason="done") == "active"

    assert Hold.objects.values_list("status", "end_reason").get() == ("released", "done")


@pytest.mark.django_db
def test_an_illegal_move_changes_nothing() -> None:
    order = place_order()
    before = stored(order, "status", "version", "po_number")

    with pytest.raises(IllegalTransition):
        ORDER.move(order, "complete", po_number="PO-7")

    assert stored(order, "status", "version", "po_number") == before
    assert (order.status, order.po_number) == ("pending", "")


@pytest.mark.django_db
def test_of_two_who_have_read_the_same_state_only_the_first_moves_it() -> None:
    order = place_order()
    rival = Order.objects.get(pk=order.pk)
    ORDER.move(order, "cancel")

    with pytest.raises(IllegalTransition) as refused:
        ORDER.move(rival, "confirm")

    assert refused.value.fields["current"] == "cancelled"
    assert stored(order, "status") == ("cancelled",)
    assert rival.status == "pending"


@pytest.mark.django_db
def test_a_document_that_is_gone_is_said_to_be_gone() -> None:
    hold = Hold.objects.create(order=place_order(), reason=HoldReason.OTHER, placed_by="x")
    rival = Hold.objects.get(pk=hold.pk)
    hold.delete()

    with pytest.raises(IllegalTransition) as refused:
        HOLD.move(rival, "release")

    assert refused.value.fields["current"] == "gone"
