"""The payment status, what a shipment captures, how sums are split over payments."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.payments import rules
from orders.payments.rules import Part, Shares, ShippedLine

D = Decimal


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "unpaid"),
        ({"any_pending": True}, "pending"),
        ({"all_voided": True}, "voided"),
        ({"all_voided": True, "any_pending": True}, "voided"),
        ({"authorized": "99.99"}, "unpaid"),
        ({"authorized": "99.99", "any_pending": True}, "pending"),
        ({"authorized": "100"}, "authorized"),
        ({"authorized": "100", "captured": "0.01"}, "partially_paid"),
        ({"authorized": "100", "captured": "99.99"}, "partially_paid"),
        ({"authorized": "100", "captured": "100"}, "paid"),
        ({"authorized": "101", "captured": "100.01"}, "overpaid"),
        ({"authorized": "100", "captured": "100", "credited": "10"}, "overpaid"),
        ({"authorized": "100", "captured": "100", "refunded": "0.01"}, "partially_refunded"),
        ({"authorized": "150", "captured": "150", "refunded": "50"}, "partially_refunded"),
        ({"authorized": "100", "captured": "100", "refunded": "100"}, "refunded"),
        ({"authorized": "100", "captured": "40", "refunded": "40"}, "refunded"),
        ({"total": "0"}, "paid"),
        ({"credited": "100"}, "unpaid"),
        ({"credited": "100", "all_voided": True}, "voided"),
        ({"credited": "100", "authorized": "100"}, "authorized"),
        ({"credited": "60", "authorized": "100", "captured": "40"}, "paid"),
    ],
)
def test_the_payment_status_is_the_first_test_that_holds(
    facts: dict[str, Any], expected: str
) -> None:
    amounts = {"total": "100", "authorized": "0", "captured": "0"}
    given_facts = {
        key: D(value) if isinstance(value, str) else value
        for key, value in {**amounts, **facts}.items()
    }

    assert rules.payment_status(**given_facts) == expected


def test_a_shipment_captures_its_units_and_the_first_one_the_shipping_charge() -> None:
    lines = [ShippedLine(D("10.00"), 3, 1, 2), ShippedLine(D("5.00"), 1, 0, 1)]

    first = rules.shipment_capture(
        lines=lines, shipping=D("4.90"), owed=D("19.90"), taken=D(0), currency="EUR"
    )

    assert first == D("3.33") + D("4.90")


def test_the_last_shipment_captures_whatever_is_still_owed() -> None:
    lines = [ShippedLine(D("10.00"), 3, 2, 0), ShippedLine(D("5.00"), 1, 1, 0)]

    last = rules.shipment_capture(
        lines=lines, shipping=D("4.90"), owed=D("16.56"), taken=D("8.23"), currency="EUR"
    )

    assert last == D("8.33")


@pytest.mark.parametrize("taken", ["19.90", "25"])
def test_what_is_paid_already_is_not_captured_again(taken: str) -> None:
    lines = [ShippedLine(D("15.00"), 3, 1, 2)]

    assert (
        rules.shipment_capture(
            lines=lines, shipping=D("4.90"), owed=D("19.90"), taken=D(taken), currency="EUR"
        )
        == 0
    )


def test_nothing_is_captured_before_anything_has_shipped() -> None:
    lines = [ShippedLine(D("15.00"), 3, 0, 0)]

    assert (
        rules.shipment_capture(
            lines=lines, shipping=D("4.90"), owed=D(0), taken=D(0), currency="EUR"
        )
        == 0
    )


@st.composite
def _lives(draw: st.DrawFn) -> tuple[list[tuple[Decimal, int]], Decimal, list[list[int]]]:
    lines = draw(
        st.lists(
            st.tuples(st.integers(0, 10_000).map(lambda m: D(m) / 100), st.integers(1, 7)),
            min_size=1,
            max_size=4,
        )
    )
    shipping = D(draw(st.integers(0, 1_000))) / 100
    units = [index for index, (_, ordered) in enumerate(lines) for _ in range(ordered)]
    order = draw(st.permutations(units))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    shipments = [
        list(order[first:last]) for first, last in zip([0, *cuts], [*cuts, len(order)], strict=True)
    ]
    return lines, shipping, shipments


@given(_lives())
def test_the_captures_of_all_shipments_sum_to_what_is_owed(
    life: tuple[list[tuple[Decimal, int]], Decimal, list[list[int]]],
) -> None:
    lines, shipping, shipments = life
    owed = sum((total for total, _ in lines), D(0)) + shipping
    shipped = [0] * len(lines)
    taken = D(0)

    for shipment in shipments:
        for index in shipment:
            shipped[index] += 1
        taken += rules.shipment_capture(
            lines=[
                ShippedLine(total, ordered, shipped[index], ordered - shipped[index])
                for index, (total, ordered) in enumerate(lines)
            ],
            shipping=shipping,
            owed=owed,
            taken=taken,
            currency="EUR",
        )
        assert taken <= owed

    assert taken == owed


def test_a_refund_takes_from_the_newest_payment_first() -> None:
    old = Shares(1, authorized=D(50), captured=D(50))
    new = Shares(2, authorized=D(30), captured=D(30), refunded=D(5), refund_pending=D(5))

    assert rules.split_refund([old, new], D(20)) == [Part(2, D(20))]
    assert rules.split_refund([old, new], D(45)) == [Part(2, D(20)), Part(1, D(25))]
    assert rules.split_refund([old, new], D(500)) == [Part(2, D(20)), Part(1, D(50))]
    assert rules.split_refund([], D(1)) == []


def test_a_capture_takes_from_the_oldest_authorization_first() -> None:
    old = Shares(1, authorized=D(50), captured=D(10), capture_pending=D(10))
    new = Shares(2, authorized=D(30))

    assert rules.split_capture([old, new], D(45)) == [Part(1, D(30)), Part(2, D(15))]


@pytest.mark.parametrize(
    ("captured", "refunded", "pending", "expected"),
    [
        ("100", "0", "0", "20"),
        ("100", "15", "0", "5"),
        ("100", "0", "20", "0"),
        ("50", "0", "0", "0"),
    ],
)
def test_what_is_overpaid_is_taken_less_given_back_less_owed(
    captured: str, refunded: str, pending: str, expected: str
) -> None:
    assert rules.overpaid(
        total=D(100),
        credited=D(20),
        captured=D(captured),
        refunded=D(refunded),
        refund_pending=D(pending),
    ) == D(expected)
