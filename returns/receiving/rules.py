"""What came back, as it is said. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from inventory.lots.rules import LotUnits


@dataclass(frozen=True, slots=True)
class Graded:
    """Units of an order line that came back in one condition; of what is tracked, `lots` say which they are."""

    order_line_id: int
    grade: str
    quantity: int
    lots: Sequence[LotUnits] = ()
