"""What may come back, and who decides."""

import pytest
from django.db import IntegrityError, transaction

from oms.core.flows import IllegalTransition
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.ordering import errors as ordering_errors
from orders.ordering.models import Order, OrderLine
from returns.authorizations import errors, services
from returns.authorizations.models import Return
from returns.authorizations.services import Wish
from tests.orders.factories import CLERK, lines_of, place_order, units_of
from tests.returns.factories import open_return, receive_return, shipped_order

pytestmark = pytest.mark.django_db


def authorize(order: Order, *wishes: Wish) -> Return:
    """Ask for a return."""
    return services.authorize(order_id=order.pk, wishes=wishes, actor=CLERK)


def requested(order: Order) -> int:
    """Return how many units of the first line are expected back."""
    return OrderLine.objects.filter(order=order).order_by("position")[0].return_requested


def problems(refusal: pytest.ExceptionInfo[errors.InvalidReturn]) -> list[tuple[str, str]]:
    """Return where and what."""
    return [(each.pointer, each.code) for each in refusal.value.problems]


def test_shipped_units_may_come_back() -> None:
    order = shipped_order(3)

    opened = open_return(order, 2)

    assert (opened.number, opened.status) == (f"{order.number}-R1", "approved")
    (line,) = opened.lines.all()
    assert (line.quantity, line.reason, line.outstanding) == (2, "not_wanted", 2)
    assert requested(order) == 2
    order.refresh_from_db()
    assert order.return_status == "requested"
    assert Event.objects.get(name="returns.return_authorized.v1").payload == {
        "return_id": opened.pk,
        "order_id": order.pk,
    }
    assert Entry.objects.of("returns.return", opened.pk).get().kind == "return.opened"


def test_a_request_waits_for_a_decision() -> None:
    opened = open_return(shipped_order(), approved=False)
    assert opened.status == "requested"
    assert not Event.objects.filter(name="returns.return_authorized.v1").exists()

    services.approve(return_id=opened.pk, actor=CLERK)

    opened.refresh_from_db()
    assert opened.status == "approved"
    assert Event.objects.filter(name="returns.return_authorized.v1").count() == 1
    with pytest.raises(IllegalTransition):
        services.decline(return_id=opened.pk, reason="too late", actor=CLERK)


def test_returns_of_one_order_are_numbered() -> None:
    order = shipped_order(3)

    assert [open_return(order, 1).number for _ in range(2)] == [
        f"{order.number}-R1",
        f"{order.number}-R2",
    ]


def test_no_more_can_come_back_than_was_shipped_and_is_not_under_way() -> None:
    order = shipped_order(3)
    (line,) = lines_of(order)
    open_return(order, 2)

    with pytest.raises(errors.NotReturnable) as refusal:
        authorize(order, Wish(line.pk, 2, "late"))

    assert problems(refusal) == [("/lines/0/quantity", "not_returnable")]
    assert Return.objects.count() == 1
    assert requested(order) == 2
    assert open_return(order, 1).status == "approved"


def test_what_came_back_cannot_come_back_again() -> None:
    order = shipped_order(2)
    receive_return(open_return(order, 2), restock=2)

    with pytest.raises(errors.NotReturnable):
        open_return(order, 1)


def test_units_that_have_not_shipped_cannot_come_back() -> None:
    order = place_order(released=True)

    with pytest.raises(errors.NotReturnable):
        open_return(order, 1)

    assert not Return.objects.exists()


def test_everything_senseless_is_named_at_once() -> None:
    order, other = shipped_order(), shipped_order()
    (line,), (foreign,) = lines_of(order), lines_of(other)

    with pytest.raises(errors.InvalidReturn) as refusal:
        authorize(
            order,
            Wish(line.pk, 1, "late"),
            Wish(foreign.pk, 1, "late"),
            Wish(line.pk, 1, "because"),
        )

    assert problems(refusal) == [
        ("/lines/0/line_id", "repeated"),
        ("/lines/1/line_id", "unknown_reference"),
        ("/lines/2/reason", "unknown_choice"),
        ("/lines/2/line_id", "repeated"),
    ]
    with pytest.raises(errors.InvalidReturn) as refusal:
        authorize(order)
    assert problems(refusal) == [("/lines", "no_lines")]
    with pytest.raises(errors.InvalidReturn) as refusal:
        authorize(order, Wish(line.pk, 0, "late"))
    assert problems(refusal) == [("/lines/0/quantity", "number_range")]
    with pytest.raises(ordering_errors.OrderMissing):
        services.authorize(order_id=10**9, wishes=[], actor=CLERK)
    assert not Return.objects.exists()
    assert requested(order) == 0


@pytest.mark.parametrize("act", ["decline", "cancel"])
def test_units_of_a_return_that_will_not_come_may_be_asked_for_anew(act: str) -> None:
    order = shipped_order(2)
    opened = open_return(order, 2, approved=False)

    getattr(services, act)(return_id=opened.pk, reason="no", actor=CLERK)

    opened.refresh_from_db()
    assert opened.status == {"decline": "declined", "cancel": "cancelled"}[act]
    assert requested(order) == 0
    assert open_return(order, 2).status == "approved"


def test_a_return_on_its_way_can_neither_be_cancelled_nor_sent_twice() -> None:
    opened = open_return(shipped_order())
    services.mark_sent(return_id=opened.pk, actor=CLERK)

    for act in (services.cancel, services.decline):
        with pytest.raises(IllegalTransition):
            act(return_id=opened.pk, reason="no", actor=CLERK)
    with pytest.raises(IllegalTransition):
        services.mark_sent(return_id=opened.pk, actor=CLERK)

    opened.refresh_from_db()
    assert opened.status == "in_transit"


def test_closing_expects_the_rest_no_more() -> None:
    order = shipped_order(3)
    opened = open_return(order, 3)
    receive_return(opened, restock=1)

    services.close(return_id=opened.pk, reason="kept the others", actor=CLERK)

    (line,) = lines_of(order)
    assert units_of(line) == {"shipped": 3, "returned": 1}
    assert open_return(order, 2).status == "approved"


def test_an_unknown_return_is_refused() -> None:
    with pytest.raises(errors.ReturnMissing):
        services.approve(return_id=10**9, actor=CLERK)


def test_the_database_refuses_more_returns_than_shipped() -> None:
    order = shipped_order(2)

    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.filter(order=order).update(return_requested=3)
