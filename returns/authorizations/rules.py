"""What may come back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """Units of an order line that are to come back, and why. `said_at` is where that was asked for, if elsewhere."""

    line_id: int
    quantity: int
    reason: str
    said_at: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Counters of an order line, in units."""

    shipped: int
    return_requested: int
    returned: int
    written_off: int

    @property
    def returnable(self) -> int:
        """Units that are with the customer and of which nobody has said that they come back."""
        return self.shipped - self.return_requested - self.returned - self.written_off


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the wish at `index`; a senseless one can never be granted, another one not now."""

    index: int
    field: str
    code: str
    words: str
    senseless: bool


def faults(
    wishes: Sequence[Wish], lines: Mapping[int, Line], reasons: Sequence[str]
) -> list[Fault]:
    """Return everything that speaks against the wishes, given the counters of the order's lines."""
    found = []
    often = Counter(wish.line_id for wish in wishes)
    for index, wish in enumerate(wishes):
        line = lines.get(wish.line_id)
        if wish.reason not in reasons:
            found.append(
                Fault(index, "reason", "unknown_choice", "There is no such reason.", senseless=True)
            )
        if line is None:
            found.append(
                Fault(
                    index, "line_id", "unknown_reference", "No line of this order.", senseless=True
                )
            )
        elif often[wish.line_id] > 1:
            found.append(
                Fault(index, "line_id", "repeated", "This line comes twice.", senseless=True)
            )
        elif wish.quantity < 1:
            found.append(
                Fault(index, "quantity", "number_range", "At least one unit.", senseless=True)
            )
        elif wish.quantity > line.returnable:
            found.append(
                Fault(
                    index,
                    "quantity",
                    "not_returnable",
                    f"{line.returnable} units can be returned.",
                    senseless=False,
                )
            )
    return found
