"""Substitutes under parallel calls, on PostgreSQL: an offer is accepted once, and no unit stands for two."""

from functools import partial

import pytest

from inventory.reservations import statements
from inventory.stock.models import Level
from oms.core import transactions
from orders.ordering.models import Order, OrderLine
from orders.substituting import services as substituting
from orders.substituting.models import Substitution
from orders.substituting.services import deciding
from tests.concurrency.meeting import met
from tests.concurrency.test_placing import draft, in_parallel, naive, place
from tests.orders.factories import CLERK
from tests.orders.substituting.scene import Scene, assert_books_agree, settle

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def test_an_offer_that_many_accept_is_carried_out_once() -> None:
    scene = Scene("ask")
    scene.buy(3)
    offered = Substitution.objects.get()

    outcomes = in_parallel(
        8,
        lambda _: transactions.retrying(
            lambda: substituting.accept(substitution_id=offered.pk, actor=CLERK).status
        ),
    )

    assert outcomes == {"accepted": 1, "IllegalTransition": 7}
    assert OrderLine.objects.filter(sku=scene.sand).count() == 1
    settle()
    assert_books_agree()


def test_an_offer_that_ends_while_it_is_accepted_is_one_of_the_two() -> None:
    scene = Scene("ask")
    scene.buy(3)
    offered = Substitution.objects.get()

    def act(number: int) -> str:
        decide = substituting.lapse if number % 2 else partial(substituting.accept, actor=CLERK)
        return transactions.retrying(lambda: decide(substitution_id=offered.pk).status)

    outcomes = in_parallel(8, act)

    offered.refresh_from_db()
    assert outcomes == {offered.status: 1, "IllegalTransition": 7}
    assert OrderLine.objects.filter(sku=scene.sand).count() == (offered.status == "accepted")
    settle()
    assert_books_agree()


def test_control_who_decides_without_the_lock_of_the_order_is_stopped_by_the_table_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene("ask")
    scene.buy(3)
    offered = Substitution.objects.get()
    monkeypatch.setattr(deciding.lines, "locked", lambda key: Order.objects.get(pk=key))
    monkeypatch.setattr(deciding, "_locked", met(2, deciding._locked))

    outcomes = in_parallel(2, lambda _: substituting.lapse(substitution_id=offered.pk).status)

    assert outcomes == {"kept": 1, "IllegalTransition": 1}


def test_substitutes_and_buyers_never_take_more_than_there_is() -> None:
    scene = Scene("ask", sand=6)
    orders = [scene.buy(2) for _ in range(4)]
    offers = list(Substitution.objects.order_by("pk").values_list("pk", flat=True))
    scene.channel.backorder_policy = "deny"
    scene.channel.save()

    def act(number: int) -> str:
        if number < len(offers):
            return transactions.retrying(
                lambda: substituting.accept(substitution_id=offers[number], actor=CLERK).status
            )
        return place(scene.channel, draft(number, [scene.sand]))

    outcomes = in_parallel(12, act)

    level = Level.objects.get(sku=scene.sand)
    promised = sum(OrderLine.objects.filter(sku=scene.sand).values_list("allocated", flat=True))
    assert level.committed == promised == 6
    assert sum(outcomes.values()) == 12
    assert len(orders) == 4
    settle()
    assert_books_agree()


def test_control_without_the_guard_more_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene("never", sand=3)
    monkeypatch.setattr(statements, "allocate", naive)

    in_parallel(24, lambda number: place(scene.channel, draft(number, [scene.sand])))

    level = Level.objects.get(sku=scene.sand)
    promised = sum(OrderLine.objects.filter(sku=scene.sand).values_list("allocated", flat=True))
    assert promised > 3
    assert level.committed < promised
