"""What a gateway is asked and what it answers."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Protocol


class Answer(StrEnum):
    """How an instruction ended."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    MANUAL = "manual"  # a person has to do it and to say so
    NOT_FOUND = "not_found"  # of `query`: the provider has never seen this key


class Unclear(Exception):
    """The provider may or may not have acted: a timeout, a broken or senseless answer. Ask by the same key."""


class Unavailable(Exception):
    """The provider has surely not acted: it could not be reached or refused to listen. Try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One act with money. `key` names it for ever at the provider; `amount` is in `currency`.

    `token` is what the payer's browser got from the provider, never a card number. `authorization` is the provider's
    reference of the authorization or capture that this act rests on.
    """

    key: str
    order_number: str
    amount: Decimal
    currency: str
    token: str = ""
    authorization: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an instruction. `amount` and `currency` are the provider's own words, when it says them."""

    answer: Answer
    reference: str = ""
    message: str = ""
    amount: Decimal | None = None
    currency: str = ""


class Gateway(Protocol):
    """A way to move money. Every method may raise Unclear or Unavailable, and is called with no transaction open.

    `online`: it is asked over the network; if not, its answer is known at once and costs nothing.
    `reserves`: authorizing promises the money before it is taken.
    `takes_on_shipment`: the money is taken by us when goods leave; if not, it arrives and is recorded.
    """

    code: ClassVar[str]
    label: ClassVar[str]
    online: ClassVar[bool]
    reserves: ClassVar[bool]
    takes_on_shipment: ClassVar[bool]

    def authorize(self, instruction: Instruction) -> Outcome:
        """Reserve the amount."""

    def capture(self, instruction: Instruction) -> Outcome:
        """Take the amount out of what was reserved."""

    def refund(self, instruction: Instruction) -> Outcome:
        """Give the amount back out of what was taken."""

    def void(self, instruction: Instruction) -> Outcome:
        """Let go of what was reserved."""

    def query(self, instruction: Instruction) -> Outcome:
        """Say what became of the instruction with this key; NOT_FOUND when it never arrived."""


DONE = Outcome(answer=Answer.SUCCEEDED)


class Offline:
    """Base of gateways that no network is behind: money moves elsewhere, here it is only recorded.

    Giving money back is done by a person, who then says so.
    """

    online: ClassVar[bool] = False
    reserves: ClassVar[bool] = False
    takes_on_shipment: ClassVar[bool] = False

    def authorize(self, instruction: Instruction) -> Outcome:
        """Accept the promise."""
        return DONE

    def capture(self, instruction: Instruction) -> Outcome:
        """Leave it to a person to say that the money is there."""
        return Outcome(answer=Answer.MANUAL)

    def refund(self, instruction: Instruction) -> Outcome:
        """Leave it to a person to give the money back."""
        return Outcome(answer=Answer.MANUAL)

    def void(self, instruction: Instruction) -> Outcome:
        """Forget the promise."""
        return DONE

    def query(self, instruction: Instruction) -> Outcome:
        """Answer that nobody was asked."""
        return Outcome(answer=Answer.NOT_FOUND)
