"""What makes two drafts the same order."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from oms.core.address import Address
from orders.placing.drafts import Draft, DraftLine, DraftPayment

ORDER = Draft(
    external_id="A-1",
    customer_name="Ada Lovelace",
    ship_to=Address(name="Ada Lovelace", country="DE"),
    lines=(DraftLine(sku="MUG", quantity=2, unit_price=Decimal("11.90")),),
    declared={"tax": Decimal(1), "total": Decimal(2)},
    payment=DraftPayment(method="channel", reference="P-1"),
)


def test_the_same_order_in_other_words_is_the_same_order() -> None:
    again = replace(
        ORDER,
        declared={"total": Decimal(2), "tax": Decimal(1)},
        discount=Decimal("0.00"),
        shipping=None,
    )

    assert again.fingerprint() == ORDER.fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        {"external_id": "A-2"},
        {"note": "ring twice"},
        {"shipping": Decimal(0)},
        {"declared": {"tax": Decimal(1)}},
        {"payment": DraftPayment(method="channel", reference="P-2")},
        {"payment": None},
        {"lines": (*ORDER.lines, DraftLine(sku="MUG", quantity=2, unit_price=Decimal("11.90")))},
        {"lines": (DraftLine(sku="MUG", quantity=2),)},
        {"ship_to": Address(name="Ada Lovelace", country="AT")},
    ],
    ids=str,
)
def test_any_difference_makes_another_order(change: dict[str, Any]) -> None:
    assert replace(ORDER, **change).fingerprint() != ORDER.fingerprint()


def test_a_part_that_is_added_later_leaves_the_orders_known_that_were_placed_before() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Later(Draft):
        gift_words: str = ""

    said = {name: getattr(ORDER, name) for name in Draft.__dataclass_fields__}

    assert Later(**said).fingerprint() == ORDER.fingerprint()
    assert Later(**said, gift_words="Hi").fingerprint() != ORDER.fingerprint()


def test_a_digest_of_the_whole_stands_for_the_order() -> None:
    assert replace(ORDER, digest="d" * 64).fingerprint() == "d" * 64
