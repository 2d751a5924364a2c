"""May the order go, and if not, every reason why."""

from dataclasses import replace
from decimal import Decimal

import pytest

from orders.releasing import rules

READY = rules.Facts(
    status="pending",
    holds=(),
    currency="EUR",
    owed=Decimal(100),
    authorized=Decimal(100),
    refunded=Decimal(0),
    pays_on_terms=False,
    release_unpaid=False,
    ship_complete=False,
    allocated=2,
    waiting=0,
)
UNPAID = replace(READY, authorized=Decimal("99.99"))


def codes(reasons: list[rules.Reason]) -> list[str]:
    """Return the codes of reasons."""
    return [reason.code for reason in reasons]


@pytest.mark.parametrize(
    ("facts", "confirm", "release"),
    [
        (READY, [], []),
        (replace(READY, status="confirmed"), [], []),
        (replace(READY, status="cancelled"), ["not_open"], ["not_open"]),
        (replace(READY, status="completed"), ["not_open"], ["not_open"]),
        (replace(READY, status="draft"), ["not_open"], ["not_open"]),
        (UNPAID, ["unpaid"], ["unpaid"]),
        (replace(UNPAID, pays_on_terms=True), [], []),
        (replace(UNPAID, release_unpaid=True), [], []),
        (replace(UNPAID, owed=Decimal("99.99")), [], []),
        (replace(READY, refunded=Decimal("0.01")), ["unpaid"], ["unpaid"]),
        (replace(READY, owed=Decimal(0), authorized=Decimal(0)), [], []),
        (replace(READY, holds=("fraud_risk",)), [], ["hold:fraud_risk"]),
        (replace(READY, holds=("validation",)), ["hold:validation"], ["hold:validation"]),
        (
            replace(READY, holds=("incorrect_address",)),
            ["hold:incorrect_address"],
            ["hold:incorrect_address"],
        ),
        (replace(READY, allocated=0, waiting=2), [], ["nothing_allocated"]),
        (replace(READY, waiting=1), [], []),
        (replace(READY, waiting=1, ship_complete=True), [], ["ship_complete"]),
        (replace(READY, ship_complete=True), [], []),
    ],
)
def test_an_order_goes_when_nothing_speaks_against_it(
    facts: rules.Facts, confirm: list[str], release: list[str]
) -> None:
    assert codes(rules.reasons_not_to_confirm(facts)) == confirm
    assert codes(rules.reasons_not_to_release(facts)) == release


def test_every_reason_is_named_at_once() -> None:
    facts = replace(UNPAID, holds=("fraud_risk", "other"), allocated=0, ship_complete=True)

    assert rules.reasons_not_to_release(facts) == [
        rules.Reason("hold:fraud_risk", "It is on hold: fraud risk."),
        rules.Reason("hold:other", "It is on hold: other."),
        rules.Reason("unpaid", "0.01 EUR is neither paid nor authorized."),
        rules.Reason("nothing_allocated", "No unit has stock."),
    ]
