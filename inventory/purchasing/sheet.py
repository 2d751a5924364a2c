"""A purchase order as it is sent out: plain values, from which the paper and the files are made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A name with an address. `code` is how we call it."""

    code: str
    name: str
    street: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """Units of an article, in base units, as they were asked for."""

    position: int
    sku: str
    supplier_code: str
    barcode: str
    name: str
    quantity: int
    unit_cost: Decimal
    amount: Decimal
    expected_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The whole order. `control` is the number under which its files are exchanged."""

    number: str
    control: int
    placed_at: datetime
    currency: str
    language: str
    account_number: str
    edi_id: str
    note: str
    seller: Party
    buyer: Party
    lines: Sequence[SheetLine]
    total: Decimal

    @property
    def placed_on(self) -> date:
        """The day of the order, in UTC as in all files."""
        return self.placed_at.date()
