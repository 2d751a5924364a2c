"""What comes next with an order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """What the decision rests on. Amounts in the order's currency, units in base units.

    `waiting` names what keeps the order from the warehouse; `doubtful` counts payments that need a person; `overpaid`
    is what should be given back; `came_back` names parcels that returned to us while no return is open.
    """

    status: str
    released: bool
    holds: Sequence[str]
    waiting: Sequence[str]
    doubtful: int
    overpaid: Decimal
    due: Decimal
    to_allocate: int
    to_pick: int
    to_pack: int
    to_ship: int
    on_the_way: int
    exceptions: Sequence[str]
    came_back: Sequence[str]
    returns_to_receive: int
    returns_to_settle: int


@dataclass(frozen=True, slots=True)
class Next:
    """The next thing to do, in words; `act` names a button that does it, `place` the part of the page to look at."""

    words: str
    detail: str = ""
    act: str = ""
    place: str = ""
    idle: bool = False


def next_steps(facts: Facts) -> list[Next]:
    """Return what is to be done, most urgent first; when nothing is, one entry says so or what is waited for."""
    steps = [*_money(facts), *_open(facts), *_after(facts)]
    return steps or [Next(_nothing(facts), idle=True)]


def _money(facts: Facts) -> list[Next]:
    steps = []
    if facts.doubtful:
        steps.append(
            Next(
                "Look into a payment",
                f"{_count(facts.doubtful, 'transaction')} cannot be finished without a person.",
                place="money",
            )
        )
    if facts.overpaid > 0:
        steps.append(
            Next("Give money back", "More was taken than is owed.", act="refund", place="money")
        )
    return steps


def _open(facts: Facts) -> list[Next]:
    if facts.status not in ("pending", "confirmed"):
        return []
    if facts.holds:
        return [
            Next(
                "Decide about the hold" if len(facts.holds) == 1 else "Decide about the holds",
                "; ".join(facts.holds),
                place="holds",
            )
        ]
    if not facts.released:
        return [_before_release(facts)]
    steps = []
    for units, words in (
        (facts.to_pick, "Pick"),
        (facts.to_pack, "Pack"),
        (facts.to_ship, "Buy the label and ship"),
    ):
        if units:
            steps.append(Next(words, f"{_count(units, 'unit')} in the warehouse.", place="work"))
    if facts.to_allocate:
        steps.append(
            Next(
                "Wait for stock",
                f"{_count(facts.to_allocate, 'unit')} ordered, not in stock; the next receipt fills them.",
                place="lines",
                idle=True,
            )
        )
    if facts.waiting:
        steps.append(replace(_before_release(facts), words="The rest waits"))
    return steps


def _before_release(facts: Facts) -> Next:
    if facts.waiting:
        act = "pay" if facts.due > 0 else ""
        return Next("It waits", " ".join(facts.waiting), act=act, place="lines", idle=not act)
    return Next("Release it to the warehouse", "Nothing stands in its way.", act="release")


def _after(facts: Facts) -> list[Next]:
    steps = [Next("Ask the carrier", words, place="parcels") for words in facts.exceptions]
    if facts.came_back:
        steps.append(
            Next(
                "Take back what came back",
                f"{', '.join(facts.came_back)} did not reach the customer. Open a return, and receive and settle it.",
                act="return",
                place="parcels",
            )
        )
    if facts.returns_to_receive:
        steps.append(
            Next(
                "Receive the return",
                f"{_count(facts.returns_to_receive, 'unit')} to come back.",
                place="returns",
            )
        )
    if facts.returns_to_settle:
        steps.append(Next("Settle the return", "Goods came back.", place="returns"))
    return steps


def _nothing(facts: Facts) -> str:
    if facts.status == "cancelled":
        return "Nothing to do: the order is cancelled."
    if facts.on_the_way:
        return (
            f"On the way: {_count(facts.on_the_way, 'unit')} left the house and have not arrived."
        )
    if facts.status == "completed":
        return "Nothing to do: everything has arrived."
    return "Nothing to do right now."


def _count(units: int, word: str) -> str:
    return f"{units} {word}" if units == 1 else f"{units} {word}s"
