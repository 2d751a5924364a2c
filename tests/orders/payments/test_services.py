"""The payment ledger: money is taken once, given back once, and never more than there is."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db import transaction as database

from oms.core import clock
from oms.core.actors import SYSTEM
from oms.core.flows import IllegalTransition
from oms.core.outbox import services as outbox
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.ordering import errors as ordering_errors
from orders.ordering import services as ordering
from orders.ordering.models import CreditReason, Order
from orders.payments import errors, gateways, queries
from orders.payments import services as payments
from orders.payments.gateways import fake_card
from orders.payments.gateways.base import Answer, Outcome
from orders.payments.models import Payment, Transaction
from tests.orders.factories import CLERK, lines_of, pay, place_order, ship, stocked_sku

pytestmark = pytest.mark.django_db

D = Decimal
TOTAL = D("28.70")  # two units of 11.90 and 4.90 for shipping


def totals(order: Order) -> tuple[str, Decimal, Decimal, Decimal]:
    """Return payment status, authorized, captured and refunded as the order has them now."""
    order.refresh_from_db()
    return (
        order.payment_status,
        order.authorized_total,
        order.captured_total,
        order.refunded_total,
    )


def capture(order: Order, amount: str, cause: str = "capture-1") -> list[Transaction]:
    """Take an amount and let the gateway do it."""
    made = payments.capture(order_id=order.pk, amount=D(amount), cause=cause, actor=CLERK)
    payments.carry_out_due()
    return made


def refund(order: Order, amount: str, cause: str = "refund-1") -> list[Transaction]:
    """Give an amount back and let the gateway do it."""
    made = payments.refund(
        order_id=order.pk, amount=D(amount), cause=cause, reason="sorry", actor=CLERK
    )
    payments.carry_out_due()
    return made


def only(kind: str) -> Transaction:
    """Return the one transaction of a kind."""
    return Transaction.objects.get(kind=kind)


def charges(kind: str) -> int:
    """Return how often the fake provider acted for the transactions of a kind."""
    keys = set(Transaction.objects.filter(kind=kind).values_list("key", flat=True))
    return sum(page["key"] in keys and not page["declined"] for page in fake_card.books())


def events_named(name: str) -> int:
    """Return how many events of a name were published."""
    return Event.objects.filter(name=f"orders.{name}.v1").count()


# Beginning -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gateway", "status", "kinds", "order_status"),
    [
        ("channel", "captured", ["authorize", "capture"], "paid"),
        ("cash_on_delivery", "authorized", ["authorize"], "authorized"),
        ("bank_transfer", "pending", [], "pending"),
        ("fake_card", "pending", ["authorize"], "pending"),
    ],
)
def test_a_payment_begins_as_far_as_its_gateway_lets_it(
    gateway: str, status: str, kinds: list[str], order_status: str
) -> None:
    order = place_order()

    payment = payments.start(order_id=order.pk, gateway=gateway, reference="R-1", actor=CLERK)

    assert (payment.status, payment.amount, payment.reference) == (status, TOTAL, "R-1")
    made = list(payment.transactions.order_by("pk"))
    assert [each.kind for each in made] == kinds
    assert all((each.state == "pending") == (gateway == "fake_card") for each in made)
    assert totals(order)[0] == order_status
    opening = payments.opening(gateway=gateway, amount=TOTAL)
    assert (opening.authorized, opening.captured) == (payment.authorized, payment.captured)
    assert opening.payment_status(TOTAL) == order_status


@pytest.mark.parametrize("gateway", ["channel", "fake_card"])
def test_a_payment_costs_a_new_order_one_statement(
    gateway: str, django_assert_num_queries: Any
) -> None:
    order = place_order()
    costs = 1 if connection.vendor == "postgresql" else 2

    with database.atomic(), django_assert_num_queries(costs):
        payments.begin(order=order, gateway=gateway, amount=TOTAL, reference="", actor=SYSTEM)


def test_an_unknown_method_or_a_senseless_amount_is_refused() -> None:
    order = place_order()

    with pytest.raises(errors.UnknownGateway):
        payments.start(order_id=order.pk, gateway="barter", actor=CLERK)
    for amount in ("0", "-1", "1.001"):
        with pytest.raises(errors.InvalidAmount):
            pay(order, amount=amount)
    with pytest.raises(ordering_errors.OrderMissing):
        payments.start(order_id=10**9, gateway="channel", actor=CLERK)

    assert not Payment.objects.exists()
    assert payments.is_method("channel")
    assert not payments.is_method("barter")


def test_what_is_paid_needs_no_second_payment() -> None:
    order = place_order()
    pay(order, amount="20")

    assert pay(order).amount == D("8.70")
    with pytest.raises(errors.NothingDue):
        pay(order)


# Asking the gateway --------------------------------------------------------------------------------------------------


def test_an_approved_card_is_authorized_once_and_told() -> None:
    order = place_order()

    payment = pay(order, "fake_card")

    assert (payment.status, payment.authorized) == ("authorized", TOTAL)
    assert totals(order) == ("authorized", TOTAL, 0, 0)
    assert events_named("payment_authorized") == 1
    intent = only("authorize")
    assert (intent.state, intent.attempts, intent.error) == ("succeeded", 1, "")
    assert intent.provider_reference == f"fake-{intent.key}"
    assert intent.settled_at is not None
    assert payments.carry_out_due() == 0
    assert not payments.carry_out(intent.pk)


def test_a_declined_card_fails_the_payment_and_is_told() -> None:
    order = place_order()

    payment = pay(order, "fake_card", token="tok_decline")

    assert (payment.status, payment.authorized) == ("failed", 0)
    assert (only("authorize").state, only("authorize").error) == (
        "failed",
        "The card was declined.",
    )
    assert totals(order) == ("voided", 0, 0, 0)
    assert events_named("payment_failed") == 1
    assert Entry.objects.filter(kind="payment.authorize_failed").count() == 1


@pytest.mark.parametrize("act", ["authorize", "capture", "refund"])
@pytest.mark.parametrize("outcome", ["timeout", "garbage"])
def test_an_answer_that_is_lost_never_becomes_a_second_charge(act: str, outcome: str) -> None:
    order = place_order()
    pay(order, "fake_card", token=f"tok_{act}:{outcome}")
    if act != "authorize":
        capture(order, "28.70")
    if act == "refund":
        refund(order, "28.70")

    intent = only(act)
    assert (intent.state, intent.attempts) == ("pending", 1)
    assert intent.error
    assert payments.carry_out_due() == 0
    with time_machine.travel(clock.now() + timedelta(seconds=6), tick=False):
        assert payments.carry_out_due() == 1

    intent.refresh_from_db()
    assert (intent.state, intent.attempts) == ("succeeded", 2)
    assert charges(act) == 1
    status = {"authorize": "authorized", "capture": "paid", "refund": "refunded"}[act]
    assert totals(order)[0] == status


@pytest.mark.parametrize("outcome", ["lost", "down"])
def test_an_intent_that_never_gets_through_is_parked_after_its_last_attempt(outcome: str) -> None:
    order = place_order()
    pay(order, "fake_card")

    Payment.objects.update(reference=f"tok_capture:{outcome}")
    capture(order, "28.70")
    for minute in range(1, 12):
        with time_machine.travel(clock.now() + timedelta(minutes=minute), tick=False):
            payments.carry_out_due()

    intent = only("capture")
    assert (intent.state, intent.attempts) == ("parked", 5)
    assert intent.error
    assert list(queries.needing_person()) == [intent]
    # What was asked for stays set aside: nobody may ask for it a second time.
    assert Payment.objects.get().capture_pending == TOTAL
    with pytest.raises(errors.TooMuchToCapture):
        capture(order, "0.01", cause="capture-2")
    assert charges("capture") == 0


def test_a_parked_intent_is_tried_again_with_its_own_key() -> None:
    order = place_order()
    pay(order, "fake_card", token="tok_capture:down")
    capture(order, "28.70")
    Transaction.objects.filter(kind="capture").update(attempts=5, due_at=clock.now())
    payments.carry_out_due()
    intent = only("capture")
    assert intent.state == "parked"

    Payment.objects.update(reference="tok_approve")
    payments.retry(transaction_id=intent.pk, actor=CLERK)
    payments.carry_out_due()

    intent.refresh_from_db()
    assert (intent.state, intent.attempts) == ("succeeded", 2)
    assert totals(order)[0] == "paid"
    with pytest.raises(IllegalTransition):
        payments.retry(transaction_id=intent.pk, actor=CLERK)


def test_an_attempt_that_never_came_back_is_counted_and_made_again() -> None:
    order = place_order()
    payments.start(order_id=order.pk, gateway="fake_card", actor=CLERK)
    intent = only("authorize")
    # As a process leaves it that dies right after the provider has acted.
    Transaction.objects.update(attempts=1, due_at=clock.now() + timedelta(seconds=90))
    gateways.get("fake_card").authorize(
        fake_card.Instruction(
            key=intent.key, order_number=order.number, amount=TOTAL, currency="EUR"
        )
    )
    assert payments.carry_out_due() == 0

    with time_machine.travel(clock.now() + timedelta(seconds=91), tick=False):
        payments.carry_out_due()

    intent.refresh_from_db()
    assert (intent.state, intent.attempts, charges("authorize")) == ("succeeded", 2, 1)


def test_a_provider_that_booked_another_amount_is_not_believed() -> None:
    order = place_order()

    payment = pay(order, "fake_card", token="tok_wrong_amount")

    intent = only("authorize")
    assert intent.state == "parked"
    assert intent.error == "The provider says 29.70, asked was 28.70."
    assert (payment.status, payment.authorized) == ("pending", 0)
    assert totals(order)[0] == "pending"
    assert events_named("payment_authorized") == 0


@pytest.mark.parametrize("doubt", [{"currency": "USD"}, {"reference": "known"}])
def test_a_wrong_currency_or_a_reference_twice_is_not_believed(doubt: dict[str, str]) -> None:
    order = place_order()
    pay(order, "fake_card")
    payments.capture(order_id=order.pk, amount=D(10), cause="one", actor=CLERK)
    payments.capture(order_id=order.pk, amount=D(5), cause="two", actor=CLERK)
    one, two = Transaction.objects.filter(kind="capture").order_by("pk")
    good = Outcome(answer=Answer.SUCCEEDED, reference="known", amount=D(10), currency="EUR")
    assert payments.settle(transaction_id=one.pk, outcome=good)

    outcome = {"answer": Answer.SUCCEEDED, "reference": "new", "amount": D(5), "currency": "EUR"}
    assert not payments.settle(transaction_id=two.pk, outcome=Outcome(**{**outcome, **doubt}))

    two.refresh_from_db()
    assert two.state == "parked"
    assert totals(order)[2] == 10


def test_an_answer_and_a_notification_settle_once() -> None:
    order = place_order()
    pay(order, "fake_card")
    (intent,) = capture(order, "10")
    outcome = Outcome(answer=Answer.SUCCEEDED, reference=f"fake-{intent.key}", amount=D(10))

    assert not payments.settle(transaction_id=intent.pk, outcome=outcome)
    late_refusal = Outcome(answer=Answer.DECLINED)
    assert not payments.settle(transaction_id=intent.pk, outcome=late_refusal)

    assert totals(order)[2] == 10
    assert events_named("payment_captured") == 1


# Taking --------------------------------------------------------------------------------------------------------------


def test_a_capture_takes_part_and_then_the_rest() -> None:
    order = place_order()
    payment = pay(order, "fake_card")

    capture(order, "10", cause="one")
    assert totals(order) == ("partially_paid", TOTAL, 10, 0)
    capture(order, "18.70", cause="two")

    assert totals(order) == ("paid", TOTAL, TOTAL, 0)
    payment.refresh_from_db()
    assert (payment.status, payment.captured, payment.capture_pending) == ("captured", TOTAL, 0)
    with pytest.raises(errors.TooMuchToCapture) as refusal:
        capture(order, "0.01", cause="three")
    assert refusal.value.fields == {"capturable": "0.00"}


def test_the_same_capture_again_takes_nothing() -> None:
    order = place_order()
    pay(order, "fake_card")
    first = capture(order, "10")

    assert capture(order, "10") == first
    with pytest.raises(errors.CauseReused):
        capture(order, "11")

    assert charges("capture") == 1
    assert totals(order)[2] == 10


def test_a_declined_capture_gives_the_claim_back() -> None:
    order = place_order()
    payment = pay(order, "fake_card", token="tok_capture:decline")

    capture(order, "28.70")

    payment.refresh_from_db()
    assert (payment.capture_pending, payment.captured, payment.status) == (0, 0, "authorized")
    assert events_named("payment_failed") == 1
    assert totals(order)[0] == "authorized"


def test_cash_and_transfers_are_not_captured_by_us() -> None:
    for gateway in ("cash_on_delivery", "bank_transfer"):
        order = place_order()
        pay(order, gateway)

        with pytest.raises(errors.TooMuchToCapture):
            capture(order, "1")


def test_shipping_takes_the_money_for_what_has_shipped() -> None:
    sku = stocked_sku(10)
    order = place_order([(sku, 3)], unit_price="3.34", discount="0.02", released=True)
    assert order.total == D("14.90")  # 10.00 for three units, 4.90 for shipping
    pay(order, "fake_card")
    (line,) = lines_of(order)

    ship(order, {line.pk: 1}, number="S-1")
    outbox.drain()
    payments.carry_out_due()
    assert totals(order)[2] == D("3.33") + D("4.90")

    ship(order, {line.pk: 2}, number="S-2")
    outbox.drain()
    payments.carry_out_due()
    assert totals(order)[:3] == ("paid", D("14.90"), D("14.90"))
    assert charges("capture") == 2


def test_shipping_leaves_a_prepaid_order_alone() -> None:
    order = place_order(released=True)
    pay(order)

    ship(order)
    outbox.drain()

    assert totals(order)[:3] == ("paid", TOTAL, TOTAL)
    assert Transaction.objects.filter(kind="capture").count() == 1


def test_the_last_shipment_captures_no_more_than_is_owed_after_credits() -> None:
    sku = stocked_sku(10)
    order = place_order([(sku, 3)], unit_price="3.34", discount="0.02", confirmed=True)
    pay(order, "fake_card")
    (line,) = lines_of(order)
    ordering.cancel(order_id=order.pk, units={line.pk: 1}, reason="one less", actor=CLERK)

    ship(order, {line.pk: 2})
    outbox.drain()
    payments.carry_out_due()

    order.refresh_from_db()
    assert order.credited_total == D("3.34")
    assert totals(order)[:3] == ("paid", D("14.90"), D("11.56"))


@pytest.mark.parametrize(
    ("refunds", "captured"),
    [(True, ["14.90", "24.90", "34.90"]), (False, ["14.90", "14.90", "24.90"])],
)
def test_goods_that_came_back_are_not_paid_for_with_the_next_shipment(
    refunds: bool, captured: list[str]
) -> None:
    order = place_order([(stocked_sku(10), 3)], unit_price="10.00", released=True)
    pay(order, "fake_card")
    (line,) = lines_of(order)

    for number, expected in enumerate(captured):
        ship(order, {line.pk: 1}, number=f"S-{number}")
        outbox.drain()
        payments.carry_out_due()
        assert totals(order)[2] == D(expected)
        if number == 0:
            credit_one(order)
            # Nothing is overpaid: what has not shipped is still owed. A person may give the price back all the same.
            assert not payments.refund_overpaid(
                order_id=order.pk, cause="return", reason="return", actor=CLERK
            )
            if refunds:
                refund(order, "10.00")

    assert totals(order)[3] == (10 if refunds else 0)
    assert order.due_total == 0


def test_a_favour_is_never_taken_again() -> None:
    order = place_order([(stocked_sku(10), 3)], unit_price="10.00", released=True)
    pay(order, "fake_card")
    (line,) = lines_of(order)
    ship(order, {line.pk: 1}, number="S-1")
    outbox.drain()
    payments.carry_out_due()
    refund(order, "2.00")

    ship(order, {line.pk: 2}, number="S-2")
    outbox.drain()
    payments.carry_out_due()

    assert totals(order)[2:] == (D("34.90"), D("2.00"))


def credit_one(order: Order) -> None:
    """Credit a unit of the first line as returned."""
    ordering.credit_units(
        order_id=order.pk,
        line_id=lines_of(order)[0].pk,
        units=1,
        reason=CreditReason.RETURNED,
        cause="credit-1",
        actor=CLERK,
    )


# Giving back ---------------------------------------------------------------------------------------------------------


def test_a_card_is_refunded_in_steps_but_never_beyond_what_was_taken() -> None:
    order = place_order()
    payment = pay(order, "fake_card")
    capture(order, "20")

    refund(order, "5", cause="one")
    assert totals(order) == ("partially_refunded", TOTAL, 20, 5)
    with pytest.raises(errors.TooMuchToRefund) as refusal:
        refund(order, "15.01", cause="two")
    assert refusal.value.fields == {"refundable": "15.00"}
    refund(order, "15", cause="three")

    assert totals(order) == ("refunded", TOTAL, 20, 20)
    payment.refresh_from_db()
    assert (payment.refunded, payment.refund_pending) == (20, 0)
    assert charges("refund") == 2
    assert events_named("refund_succeeded") == 2


def test_a_refund_under_way_is_out_of_reach_for_the_next() -> None:
    order = place_order()
    pay(order)

    (waiting,) = refund(order, "20", cause="one")
    assert waiting.state == "manual"
    assert Payment.objects.get().refund_pending == 20
    with pytest.raises(errors.TooMuchToRefund):
        refund(order, "8.71", cause="two")

    assert totals(order)[0] == "paid"


def test_a_refund_is_split_over_the_payments_newest_first() -> None:
    order = place_order()
    old, new = pay(order, amount="20"), pay(order, "fake_card", amount="8.70")
    capture(order, "8.70")

    preview = queries.refund_preview(order, D(10))
    made = refund(order, "10")

    assert [(each.payment_id, each.amount) for each in made] == [
        (new.pk, D("8.70")),
        (old.pk, D("1.30")),
    ]
    assert [(part.payment, part.amount) for part in preview.parts] == [
        (new, D("8.70")),
        (old, D("1.30")),
    ]
    assert (preview.refundable, preview.overpaid, preview.missing) == (TOTAL, 0, 0)
    assert refund(order, "10") == list(Transaction.objects.filter(kind="refund").order_by("pk"))
    assert Transaction.objects.filter(kind="refund").count() == 2


def test_a_preview_stores_nothing_and_says_what_is_missing() -> None:
    order = place_order()
    pay(order)

    preview = queries.refund_preview(order, D(30))

    assert preview.missing == D("1.30")
    assert not Transaction.objects.filter(kind="refund").exists()


def test_a_person_says_that_a_refund_by_hand_is_done() -> None:
    order = place_order()
    pay(order)
    (waiting,) = refund(order, "20")

    done = payments.resolve(
        transaction_id=waiting.pk, succeeded=True, reference="SEPA-9", reason="paid", actor=CLERK
    )

    assert (done.state, done.reference) == ("succeeded", "SEPA-9")
    assert totals(order) == ("partially_refunded", TOTAL, TOTAL, 20)
    assert events_named("refund_succeeded") == 1
    with pytest.raises(IllegalTransition):
        payments.resolve(
            transaction_id=waiting.pk, succeeded=True, reference="", reason="", actor=CLERK
        )


def test_a_person_says_that_a_refund_by_hand_did_not_work() -> None:
    order = place_order()
    pay(order)
    (waiting,) = refund(order, "20")

    payments.resolve(
        transaction_id=waiting.pk,
        succeeded=False,
        reference="",
        reason="account closed",
        actor=CLERK,
    )

    waiting.refresh_from_db()
    assert (waiting.state, waiting.error) == ("failed", "account closed")
    assert Payment.objects.get().refund_pending == 0
    assert totals(order)[0] == "paid"


def test_what_payers_and_banks_write_may_come_again() -> None:
    order = place_order()
    pay(order, "bank_transfer")
    receive(order, "14.35", cause="one")
    receive(order, "14.35", cause="two")
    assert totals(order)[2] == TOTAL
    taken = Transaction.objects.filter(kind="capture")
    assert [(each.reference, each.provider_reference) for each in taken] == [("SEPA-1", "")] * 2

    for cause in ("back-1", "back-2"):
        (waiting,) = refund(order, "5", cause=cause)
        payments.resolve(
            transaction_id=waiting.pk, succeeded=True, reference="OUT-1", reason="", actor=CLERK
        )
    assert totals(order)[3] == 10


def test_a_provider_s_reference_stands_for_one_act() -> None:
    order = place_order()
    pay(order, "fake_card")
    first, second = (
        payments.capture(order_id=order.pk, amount=D(5), cause=cause, actor=CLERK)[0]
        for cause in ("one", "two")
    )
    Transaction.objects.filter(kind="capture").update(state="parked")
    arguments = {"succeeded": True, "reference": "PSP-1", "reason": "", "actor": CLERK}
    payments.resolve(transaction_id=first.pk, **arguments)

    with pytest.raises(errors.ReferenceKnown):
        payments.resolve(transaction_id=second.pk, **arguments)

    assert totals(order)[2] == 5
    payments.resolve(transaction_id=second.pk, **{**arguments, "reference": "PSP-2"})
    assert totals(order)[2] == 10


def test_a_cause_is_never_cut_so_that_two_acts_cannot_share_a_key() -> None:
    order = place_order()
    pay(order, "bank_transfer")

    with pytest.raises(ValueError, match="at most 80 characters"), database.atomic():
        receive(order, "5", cause="x" * 80)

    assert totals(order)[2] == 0


def test_a_transaction_that_nobody_waits_for_cannot_be_resolved() -> None:
    order = place_order()
    payments.start(order_id=order.pk, gateway="fake_card", actor=CLERK)
    arguments = {"succeeded": True, "reference": "", "reason": "", "actor": CLERK}

    with pytest.raises(IllegalTransition):
        payments.resolve(transaction_id=only("authorize").pk, **arguments)
    with pytest.raises(errors.TransactionMissing):
        payments.resolve(transaction_id=10**9, **arguments)


def test_the_database_refuses_more_refund_than_capture() -> None:
    order = place_order()
    payment = pay(order)

    with pytest.raises(Exception, match="payment_refunded_within_captured"), database.atomic():
        Payment.objects.filter(pk=payment.pk).update(refund_pending=D("28.71"))


# Cancelling ----------------------------------------------------------------------------------------------------------


def cancel(order: Order, units: dict[int, int] | None = None) -> None:
    """Cancel, and let everything follow."""
    ordering.cancel(order_id=order.pk, units=units, reason="changed my mind", actor=CLERK)
    outbox.drain()
    payments.carry_out_due()
    outbox.drain()


def test_cancelling_a_paid_order_gives_everything_back() -> None:
    order = place_order()
    pay(order, "fake_card")
    capture(order, "28.70")

    cancel(order)

    assert totals(order) == ("refunded", TOTAL, TOTAL, TOTAL)
    assert only("refund").amount == TOTAL


def test_cancelling_part_gives_the_part_back() -> None:
    order = place_order()
    pay(order, "fake_card")
    capture(order, "28.70")
    (line,) = lines_of(order)

    cancel(order, {line.pk: 1})

    assert totals(order) == ("partially_refunded", TOTAL, TOTAL, D("11.90"))


@pytest.mark.parametrize("gateway", ["fake_card", "cash_on_delivery"])
def test_cancelling_an_authorized_order_lets_go(gateway: str) -> None:
    order = place_order()
    payment = pay(order, gateway)
    assert payment.status == "authorized"

    cancel(order)

    payment.refresh_from_db()
    assert payment.status == "voided"
    assert (only("void").state, only("void").amount) == ("succeeded", TOTAL)
    assert totals(order) == ("voided", 0, 0, 0)


@pytest.mark.parametrize("gateway", ["bank_transfer", "fake_card"])
def test_cancelling_drops_what_was_only_awaited(gateway: str) -> None:
    order = place_order()
    payment = payments.start(order_id=order.pk, gateway=gateway, actor=CLERK)

    cancel(order)

    payment.refresh_from_db()
    assert payment.status == "voided"
    assert totals(order) == ("voided", 0, 0, 0)
    assert charges("authorize") == 0


def test_letting_go_twice_lets_go_once() -> None:
    order = place_order()
    pay(order, "fake_card", token="tok_void:timeout")

    for cause in ("one", "two"):
        payments.void(order_id=order.pk, cause=cause, reason="", actor=CLERK)

    assert only("void").amount == TOTAL


def test_one_bad_intent_does_not_keep_the_others_from_their_gateways() -> None:
    bad, good = place_order(), place_order()
    for order in (bad, good):
        payments.start(order_id=order.pk, gateway="fake_card", actor=CLERK)
    Payment.objects.filter(order=bad).update(gateway="forgotten")

    assert payments.carry_out_due() == 1

    assert totals(good)[0] == "authorized"
    stuck = Transaction.objects.get(payment__order=bad)
    assert (stuck.state, stuck.attempts) == ("pending", 1)


def test_an_authorization_that_comes_after_the_cancellation_is_let_go_of() -> None:
    order = place_order()
    payment = pay(order, "fake_card", token="tok_authorize:timeout")
    assert payment.status == "pending"

    cancel(order)
    with time_machine.travel(clock.now() + timedelta(seconds=6), tick=False):
        payments.carry_out_due()
        payments.carry_out_due()

    payment.refresh_from_db()
    assert payment.status == "voided"
    assert only("authorize").state == "succeeded"
    assert only("void").state == "succeeded"


def test_a_capture_that_comes_after_the_cancellation_is_given_back() -> None:
    order = place_order()
    pay(order, "fake_card", token="tok_capture:timeout")
    capture(order, "28.70")

    cancel(order)
    assert totals(order)[2:] == (0, 0)
    with time_machine.travel(clock.now() + timedelta(seconds=6), tick=False):
        payments.carry_out_due()
        payments.carry_out_due()

    assert totals(order) == ("refunded", TOTAL, TOTAL, TOTAL)


def test_an_even_order_gets_nothing_back() -> None:
    order = place_order()
    pay(order)

    made = payments.refund_overpaid(order_id=order.pk, cause="look", reason="", actor=CLERK)

    assert made == []
    assert totals(order)[0] == "paid"


def test_what_is_overpaid_after_a_credit_is_given_back_once() -> None:
    order = place_order(released=True)
    pay(order, "fake_card")
    capture(order, "28.70")
    ship(order)
    (line,) = lines_of(order)
    ordering.credit_units(
        order_id=order.pk,
        line_id=line.pk,
        units=1,
        reason=CreditReason.RETURNED,
        cause="credit-1",
        actor=CLERK,
    )

    for cause in ("one", "one", "two"):
        payments.refund_overpaid(order_id=order.pk, cause=cause, reason="return", actor=CLERK)
    payments.carry_out_due()

    assert totals(order) == ("partially_refunded", TOTAL, TOTAL, D("11.90"))


# Money that arrives by itself ----------------------------------------------------------------------------------------


def receive(order: Order, amount: str, **changes: Any) -> Payment:
    """Record a transfer."""
    arguments: dict[str, Any] = {
        "gateway": "bank_transfer",
        "reference": "SEPA-1",
        "cause": "statement-7-line-3",
    }
    return payments.record_receipt(
        order_id=order.pk, amount=D(amount), actor=CLERK, **{**arguments, **changes}
    )


def test_a_transfer_pays_the_payment_that_waits_for_it() -> None:
    order = place_order()
    waiting = pay(order, "bank_transfer")

    assert receive(order, "28.70") == waiting

    waiting.refresh_from_db()
    assert (waiting.status, waiting.authorized, waiting.captured) == ("captured", TOTAL, TOTAL)
    assert totals(order) == ("paid", TOTAL, TOTAL, 0)
    assert events_named("payment_captured") == 1


def test_the_same_transfer_recorded_twice_counts_once() -> None:
    order = place_order()
    pay(order, "bank_transfer")
    first = receive(order, "10")

    assert receive(order, "10") == first
    with pytest.raises(errors.CauseReused):
        receive(order, "11")

    assert totals(order) == ("partially_paid", 10, 10, 0)


def test_a_transfer_nobody_waited_for_makes_its_payment_and_shows_as_overpaid() -> None:
    order = place_order()
    pay(order)

    payment = receive(order, "5")

    assert (payment.gateway, payment.captured) == ("bank_transfer", 5)
    assert totals(order)[0] == "overpaid"
    assert not Transaction.objects.filter(kind="refund").exists()


def test_cash_from_the_carrier_uses_up_what_was_promised() -> None:
    order = place_order()
    payment = pay(order, "cash_on_delivery")

    receive(order, "28.70", gateway="cash_on_delivery")

    payment.refresh_from_db()
    assert (payment.authorized, payment.captured) == (TOTAL, TOTAL)
    assert Transaction.objects.filter(kind="authorize").count() == 1


def test_a_transfer_for_a_cancelled_order_is_given_back() -> None:
    order = place_order()
    pay(order, "bank_transfer")
    cancel(order)

    receive(order, "28.70")

    back = only("refund")
    assert (back.state, back.amount) == ("manual", TOTAL)
    assert list(queries.needing_person()) == [back]


def test_a_card_payment_is_never_recorded_by_hand() -> None:
    order = place_order()

    with pytest.raises(errors.UnknownGateway):
        receive(order, "10", gateway="fake_card")

    assert not Payment.objects.exists()
