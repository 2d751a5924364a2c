"""May the order be confirmed, may it go to the warehouse, and if not, every reason why."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms.core import money

# Holds that say that the order is not understood yet: it stays unconfirmed.
UNDERSTANDING = frozenset({"validation", "incorrect_address"})


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the decision rests on. Amounts in the order's currency, units in base units.

    `owed` is the total less credits; `authorized` includes what has been captured; `waiting` are units without stock.
    """

    status: str
    holds: Sequence[str]
    currency: str
    owed: Decimal
    authorized: Decimal
    refunded: Decimal
    pays_on_terms: bool
    release_unpaid: bool
    ship_complete: bool
    allocated: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an order waits: a stable code and words for a person."""

    code: str
    words: str


def reasons_not_to_confirm(facts: Facts) -> list[Reason]:
    """Return everything that keeps a pending order from being confirmed."""
    return [
        *_closed(facts),
        *(_held(hold) for hold in facts.holds if hold in UNDERSTANDING),
        *_unpaid(facts),
    ]


def reasons_not_to_release(facts: Facts) -> list[Reason]:
    """Return everything that keeps an order from the warehouse; empty when it may go."""
    reasons = [*_closed(facts), *(_held(hold) for hold in facts.holds), *_unpaid(facts)]
    if facts.allocated == 0:
        reasons.append(Reason("nothing_allocated", "No unit has stock."))
    elif facts.ship_complete and facts.waiting:
        reasons.append(
            Reason("ship_complete", f"It ships complete, and {facts.waiting} units have no stock.")
        )
    return reasons


def _closed(facts: Facts) -> list[Reason]:
    if facts.status in ("pending", "confirmed"):
        return []
    return [Reason("not_open", f"The order is {facts.status}.")]


def _held(hold: str) -> Reason:
    return Reason(f"hold:{hold}", f"It is on hold: {hold.replace('_', ' ')}.")


def _unpaid(facts: Facts) -> list[Reason]:
    missing = facts.owed - (facts.authorized - facts.refunded)
    if missing <= 0 or facts.pays_on_terms or facts.release_unpaid:
        return []
    amount = money.quantize(missing, facts.currency)
    return [Reason("unpaid", f"{amount} {facts.currency} is neither paid nor authorized.")]
