"""Lots in bodies of the API."""

from typing import Annotated

from inventory.lots import rules
from inventory.lots.rules import LotUnits
from oms.core.api import schemas
from oms.core.api.schemas import Command, Items, Text

MOST_LOTS = 5_000
LotNumber = Annotated[str, Text(rules.LONGEST_NUMBER)]


class LotIn(Command):
    """Units of a lot, or a serial number. `expires_on` is the last day on which it may be used."""

    number: LotNumber
    quantity: schemas.Quantity = 1
    expires_on: schemas.Day | None = None
    made_on: schemas.Day | None = None
    best_before: Annotated[str, Text(60, blank=True)] = ""

    def named(self) -> LotUnits:
        """Return it as services take it."""
        return LotUnits(self.number, self.quantity, self.expires_on, self.made_on, self.best_before)


class LotNamed(Command):
    """Units of a lot that is known, or a serial number."""

    number: LotNumber
    quantity: schemas.Quantity = 1

    def named(self) -> LotUnits:
        """Return it as services take it."""
        return LotUnits(self.number, self.quantity)


Lots = Annotated[list[LotIn], Items(MOST_LOTS, least=0, many="too_many_lots")]
LotsNamed = Annotated[list[LotNamed], Items(MOST_LOTS, least=0, many="too_many_lots")]
