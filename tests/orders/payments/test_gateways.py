"""The gateways, and above all that the fake one behaves as badly as real ones do."""

from decimal import Decimal
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from oms.core.ids import uuid7
from orders.payments import errors, gateways
from orders.payments.gateways import fake_card
from orders.payments.gateways.base import Answer, Instruction, Unavailable, Unclear


def instruction(token: str = "", **changes: Any) -> Instruction:
    """Ask for 10 euro under a new key."""
    values: dict[str, Any] = {
        "key": str(uuid7()),
        "order_number": "WEB-1",
        "amount": Decimal("10.00"),
        "currency": "EUR",
        "token": token,
    }
    return Instruction(**{**values, **changes})


def booked(asked: Instruction) -> list[Any]:
    """Return what the provider's books hold under the key."""
    return [page for page in fake_card.books() if page["key"] == asked.key]


def test_only_the_gateways_in_use_can_be_had(settings: Settings) -> None:
    settings.OMS_PAYMENT_GATEWAYS = ["channel", "bank_transfer"]

    assert gateways.codes() == ["channel", "bank_transfer"]
    assert gateways.get("channel").code == "channel"
    with pytest.raises(errors.UnknownGateway):
        gateways.get("fake_card")
    # A payment that was made by it is still looked after.
    assert gateways.of("fake_card").code == "fake_card"
    with pytest.raises(errors.UnknownGateway):
        gateways.of("forgotten")


@pytest.mark.parametrize("code", ["channel", "cash_on_delivery", "bank_transfer"])
def test_an_offline_gateway_leaves_money_to_people(code: str) -> None:
    gateway = gateways.get(code)

    assert not gateway.online
    assert gateway.capture(instruction()).answer == Answer.MANUAL
    assert gateway.refund(instruction()).answer == Answer.MANUAL
    assert gateway.void(instruction()).answer == Answer.SUCCEEDED
    assert gateway.query(instruction()).answer == Answer.NOT_FOUND


@pytest.mark.parametrize(
    ("code", "reserves"), [("cash_on_delivery", True), ("bank_transfer", False)]
)
def test_cash_on_delivery_counts_as_reserved_and_a_transfer_does_not(
    code: str, reserves: bool
) -> None:
    assert gateways.get(code).reserves is reserves


@pytest.mark.parametrize("act", ["authorize", "capture", "refund", "void"])
@pytest.mark.parametrize("token", ["", "tok_approve", "tok_slow"])
def test_an_approved_act_is_done_and_found_again(act: str, token: str) -> None:
    card, asked = gateways.get("fake_card"), instruction(token)
    assert card.query(asked).answer == Answer.NOT_FOUND

    outcome = getattr(card, act)(asked)

    assert outcome.answer == Answer.SUCCEEDED
    assert (outcome.amount, outcome.currency) == (Decimal("10.00"), "EUR")
    assert card.query(asked) == outcome
    assert [page["act"] for page in booked(asked)] == [act]


def test_the_same_key_is_acted_on_once() -> None:
    card, asked = gateways.get("fake_card"), instruction()

    first = card.authorize(asked)

    assert card.authorize(asked) == first
    assert len(booked(asked)) == 1


def test_a_declined_act_says_so_again_when_asked() -> None:
    card, asked = gateways.get("fake_card"), instruction("tok_decline")

    assert card.authorize(asked).answer == Answer.DECLINED
    assert card.query(asked).answer == Answer.DECLINED


@pytest.mark.parametrize("outcome", ["timeout", "garbage"])
def test_a_lost_answer_hides_a_charge_that_a_query_finds(outcome: str) -> None:
    card, asked = gateways.get("fake_card"), instruction(f"tok_{outcome}")

    with pytest.raises(Unclear):
        card.authorize(asked)

    assert card.query(asked).answer == Answer.SUCCEEDED


@pytest.mark.parametrize(("outcome", "error"), [("lost", Unclear), ("down", Unavailable)])
def test_what_never_arrived_is_not_in_the_books(outcome: str, error: type[Exception]) -> None:
    card, asked = gateways.get("fake_card"), instruction(f"tok_{outcome}")

    with pytest.raises(error):
        card.authorize(asked)

    assert booked(asked) == []


def test_a_token_can_script_one_act_alone() -> None:
    card = gateways.get("fake_card")

    assert card.authorize(instruction("tok_capture:decline")).answer == Answer.SUCCEEDED
    assert card.capture(instruction("tok_capture:decline")).answer == Answer.DECLINED
    assert card.authorize(instruction("tok_nonsense")).answer == Answer.DECLINED
    with pytest.raises(Unavailable):
        card.query(instruction("tok_query:down"))


def test_a_wrong_amount_is_the_providers_word() -> None:
    card = gateways.get("fake_card")

    assert card.authorize(instruction("tok_wrong_amount")).amount == Decimal("11.00")
