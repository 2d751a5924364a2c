"""Substitutes by themselves, by asking, and by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from inventory.stock import services as stock
from inventory.stock.models import Level
from oms.core import clock
from oms.core.errors import DomainError
from oms.core.flows import IllegalTransition
from oms.core.timeline.models import Entry
from oms.messaging.models import Message
from orders.channels.models import Channel
from orders.ordering import services as ordering
from orders.ordering.models import Credit, Order, OrderLine
from orders.payments.models import Payment
from orders.substituting import errors, queries
from orders.substituting import services as substituting
from orders.substituting.models import Substitute, Substitution, SubstitutionRule
from tests.inventory.factories import LevelFactory, SkuFactory
from tests.orders.factories import CLERK, place_order, stocked_sku
from tests.orders.substituting.scene import Scene, assert_books_agree, lines, settle

pytestmark = pytest.mark.django_db


def test_what_waits_is_replaced_by_itself_at_the_lower_price_and_the_rest_given_back() -> None:
    scene = Scene()

    order = scene.buy(3)

    assert lines(order) == [("MOSS", 3, 2, 0), ("SAND", 2, 0, 0)]
    made = Substitution.objects.get()
    assert (made.status, made.units, made.cost_before, made.cost_after) == (
        "accepted",
        2,
        Decimal("24.00"),
        Decimal("20.00"),
    )
    assert (order.total, order.credited_total) == (Decimal("56.00"), Decimal("24.00"))
    payment = Payment.objects.get()
    assert payment.refund_pending == Decimal("4.00")
    assert Credit.objects.get().reason == "substituted"
    assert Entry.objects.filter(kind="order.substituted").count() == 1
    new = OrderLine.objects.get(sku_code="SAND")
    assert new.substitute_for is not None
    assert (new.substitute_for.sku_code, new.allocated) == ("MOSS", 2)
    assert order.has_backorder is False
    assert Level.objects.get(sku=scene.sand).committed == 2
    assert_books_agree()


def test_the_price_can_be_kept_and_units_counted_by_a_ratio() -> None:
    scene = Scene(units=3, price_rule="keep")

    order = scene.buy(4)

    # Three wait; nine of the ten that lie there stand for them.
    assert lines(order) == [("MOSS", 4, 3, 0), ("SAND", 9, 0, 0)]
    made = Substitution.objects.get()
    assert made.cost_before == made.cost_after == Decimal("36.00")
    assert order.total - order.credited_total == Decimal("48.00")
    assert_books_agree()


def test_the_second_choice_takes_what_the_first_cannot() -> None:
    scene = Scene(sand=1)
    slate = stocked_sku(1, code="SLATE")
    Substitute.objects.create(sku=scene.moss, other=slate, rank=2)

    order = scene.buy(4)

    assert lines(order) == [("MOSS", 4, 2, 1), ("SAND", 1, 0, 0), ("SLATE", 1, 0, 0)]
    assert_books_agree()


def test_a_dearer_one_is_asked_about_even_where_it_happens_by_itself() -> None:
    order = Scene(price_rule="own", sand_price="15.00").buy(2)

    offered = Substitution.objects.get()
    assert (offered.status, offered.cost_before, offered.cost_after) == (
        "offered",
        Decimal("12.00"),
        Decimal("15.00"),
    )
    assert lines(order) == [("MOSS", 2, 0, 1)]
    mail = Message.objects.get(kind="substitution_offer")
    text = mail.text.replace("\u00a0", " ")
    assert "we would send 1 × Mug, sand" in text
    assert "It costs €15.00 instead of €12.00." in text
    assert "private-link:status" in text


@pytest.mark.parametrize("mode", [None, "never"])
def test_nothing_happens_where_nobody_said_so(mode: str | None) -> None:
    order = Scene(mode).buy(3)

    assert not Substitution.objects.exists()
    assert lines(order) == [("MOSS", 3, 0, 2)]


def test_the_rule_of_a_sku_in_a_channel_goes_before_its_own_and_the_channels() -> None:
    scene = Scene("automatic")
    channel = scene.channel.pk
    assert queries.modes([scene.moss.pk], channel) == {scene.moss.pk: "automatic"}
    SubstitutionRule.objects.create(sku=scene.moss, mode="ask")
    assert queries.modes([scene.moss.pk], channel) == {scene.moss.pk: "ask"}
    SubstitutionRule.objects.create(sku=scene.moss, channel=scene.channel, mode="never")
    assert queries.modes([scene.moss.pk], channel) == {scene.moss.pk: "never"}
    assert queries.modes([scene.sand.pk], 0) == {scene.sand.pk: "never"}


def test_what_others_wait_for_is_not_taken() -> None:
    scene = Scene(sand=0)
    place_order([(scene.sand, 4)])
    order = scene.buy(3)
    assert lines(order) == [("MOSS", 3, 0, 2)]

    level = Level.objects.get(sku=scene.sand)
    stock.receive(
        sku_id=scene.sand.pk,
        location_id=level.location_id,
        quantity=5,
        document="D-1",
        cause="c-1",
        actor=CLERK,
    )
    settle()

    # Four went to who waited for SAND itself, one is left to stand for MOSS.
    assert lines(order) == [("MOSS", 3, 1, 1), ("SAND", 1, 0, 0)]


def test_units_that_are_missing_at_the_shelf_are_replaced() -> None:
    scene = Scene()
    order = scene.buy(1)
    line = OrderLine.objects.get()
    level = Level.objects.get(sku=scene.moss)

    ordering.record_short(
        order_id=order.pk,
        line_id=line.pk,
        location_id=level.location_id,
        quantity=1,
        reason="not there",
        cause="short-1",
        actor=CLERK,
    )
    settle()

    assert lines(order) == [("MOSS", 1, 1, 0), ("SAND", 1, 0, 0)]


def test_an_order_on_net_prices_owes_no_more_than_before() -> None:
    scene = Scene(price_rule="keep")
    scene.channel.prices_include_tax = False
    scene.channel.save()

    order = scene.buy(3)

    made = Substitution.objects.get()
    assert made.cost_after == made.cost_before == Decimal("28.56")
    assert order.total - order.credited_total == Decimal("42.84")
    assert_books_agree()


def asked() -> tuple[Order, Substitution]:
    """Return an order about which the customer is asked."""
    order = Scene("ask", price_rule="own", sand_price="15.00").buy(3)
    return order, Substitution.objects.get()


def test_what_is_accepted_is_sent_at_the_offered_cost_and_charged() -> None:
    order, offered = asked()

    made = substituting.accept(substitution_id=offered.pk, actor=CLERK)
    settle()

    assert (made.status, made.consented, made.decided_by) == ("accepted", True, str(CLERK))
    assert lines(order) == [("MOSS", 3, 2, 0), ("SAND", 2, 0, 0)]
    order.refresh_from_db()
    assert order.due_total == Decimal("6.00")
    with pytest.raises(IllegalTransition):
        substituting.accept(substitution_id=offered.pk, actor=CLERK)
    assert_books_agree()


def test_who_keeps_waiting_is_not_asked_again() -> None:
    order, offered = asked()

    substituting.keep_waiting(substitution_id=offered.pk, actor=CLERK)
    settle()
    assert substituting.consider(order_id=order.pk) == []

    assert lines(order) == [("MOSS", 3, 0, 2)]
    assert Substitution.objects.get().status == "kept"
    assert_books_agree()


def test_units_can_be_cancelled_instead() -> None:
    order, offered = asked()

    substituting.cancel(substitution_id=offered.pk, actor=CLERK)
    settle()

    assert lines(order) == [("MOSS", 3, 2, 0)]
    assert Substitution.objects.get().status == "cancelled"
    assert_books_agree()


def test_an_offer_ends_when_its_units_do_not_wait_any_more() -> None:
    order, offered = asked()
    line = OrderLine.objects.get()
    ordering.cancel(order_id=order.pk, units={line.pk: 1}, reason="no", actor=CLERK)
    with pytest.raises(errors.NotWaiting):
        substituting.accept(substitution_id=offered.pk, actor=CLERK)
    settle()

    offered.refresh_from_db()
    assert offered.status == "withdrawn"
    with pytest.raises(IllegalTransition):
        substituting.keep_waiting(substitution_id=offered.pk, actor=CLERK)


def test_an_offer_whose_goods_are_gone_cannot_be_accepted() -> None:
    order, offered = asked()
    Level.objects.filter(sku=offered.sku).update(on_hand=1)

    with pytest.raises(errors.SubstituteShort):
        substituting.accept(substitution_id=offered.pk, actor=CLERK)

    assert lines(order) == [("MOSS", 3, 0, 2)]
    assert Substitution.objects.get().status == "offered"


def test_staff_replaces_some_and_asks_for_consent_where_it_costs_more() -> None:
    scene = Scene("never", price_rule="own", sand_price="15.00")
    order = scene.buy(3)
    line = OrderLine.objects.get()
    common = {"order_id": order.pk, "line_id": line.pk, "sku_id": scene.sand.pk, "actor": CLERK}

    refusals: list[tuple[type[DomainError], dict[str, object]]] = [
        (errors.ConsentNeeded, {"units": 1}),
        (errors.NotWaiting, {"units": 3}),
        (errors.NotWaiting, {"units": 0}),
        (errors.NoSubstitute, {"units": 1, "sku_id": scene.moss.pk}),
    ]
    for refusal, changes in refusals:
        with pytest.raises(refusal):
            substituting.replace(**{**common, **changes})  # type: ignore[arg-type]  # as named
    assert not Substitution.objects.exists()

    substituting.replace(**common, units=1, consented=True)  # type: ignore[arg-type]  # as named
    substituting.ask(**common)  # type: ignore[arg-type]  # as named
    with pytest.raises(errors.OfferedAlready):
        substituting.replace(**common, units=1, consented=True)  # type: ignore[arg-type]  # as named
    settle()

    assert lines(order) == [("MOSS", 3, 1, 1), ("SAND", 1, 0, 0)]
    assert_books_agree()


def test_neither_kits_nor_what_is_switched_off_stand_for_anything() -> None:
    scene = Scene()
    off = SkuFactory.create(is_active=False)
    LevelFactory.create(sku=off)
    Substitute.objects.create(sku=scene.moss, other=off, rank=0)
    Substitute.objects.filter(other=scene.sand).update(is_active=False)

    assert queries.candidates([scene.moss.pk]) == []
    assert lines(scene.buy(3)) == [("MOSS", 3, 0, 2)]


def test_an_offer_that_nobody_answers_ends_once_and_the_customer_is_told() -> None:
    scene = Scene("ask")
    Channel.objects.update(offer_days=2)
    scene.channel.refresh_from_db()
    order = scene.buy(3, language="de")
    offered = Substitution.objects.get()
    assert offered.ends_on == clock.today() + timedelta(days=2)
    assert substituting.end_unanswered() == 0
    Substitution.objects.update(ends_on=clock.today() - timedelta(days=1))

    assert substituting.end_unanswered() == 1
    assert substituting.end_unanswered() == 0
    settle()

    offered.refresh_from_db()
    assert (offered.status, offered.decided_by) == ("kept", "system:system")
    asked, told = Message.objects.filter(kind__startswith="substitution_").order_by("pk")
    assert "Das Angebot gilt bis" in asked.text
    assert "wartet weiter" in told.subject
    assert lines(order) == [("MOSS", 3, 0, 2)]
    assert substituting.consider(order_id=order.pk, actor=CLERK) == []
    assert_books_agree()


def test_an_offer_is_not_accepted_after_its_last_day() -> None:
    scene = Scene("ask")
    scene.buy(3)
    offered = Substitution.objects.get()
    Substitution.objects.update(ends_on=clock.today() - timedelta(days=1))

    with pytest.raises(errors.OfferOver):
        substituting.accept(substitution_id=offered.pk, actor=CLERK)

    assert Substitution.objects.get().status == "offered"


def test_an_offer_that_was_answered_does_not_end() -> None:
    scene = Scene("ask")
    scene.buy(3)
    offered = Substitution.objects.get()
    substituting.accept(substitution_id=offered.pk, actor=CLERK)
    Substitution.objects.update(ends_on=clock.today() - timedelta(days=1))

    assert substituting.end_unanswered() == 0
    with pytest.raises(IllegalTransition):
        substituting.lapse(substitution_id=offered.pk)
    assert not Message.objects.filter(kind="substitution_lapsed").exists()
