"""What a door hands in: an order as the channel means it, read and typed but not yet judged."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from pydantic_core import to_json

from oms.core.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """`quantity` base units of a SKU; without a price, the channel's price list answers."""

    sku: str
    quantity: int
    unit_price: Decimal | None = None
    discount: Decimal = Decimal(0)
    external_line_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPayment:
    """How it is or will be paid. `amount` of None means the total."""

    method: str
    amount: Decimal | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An order as sent. `declared` maps subtotal, discount, shipping, tax, total to the channel's own figures.

    `digest` identifies what was sent where the draft holds only a part of it (a file with rows set aside).
    """

    external_id: str
    lines: tuple[DraftLine, ...]
    customer_name: str
    ship_to: Address
    bill_to: Address | None = None
    email: str = ""
    phone: str = ""
    customer_id: int | None = None
    pays_on_terms: bool = False
    currency: str = ""
    language: str = ""
    po_number: str = ""
    note: str = ""
    ship_complete: bool = False
    discount: Decimal = Decimal(0)
    shipping: Decimal | None = None
    declared: Mapping[str, Decimal] = field(default_factory=dict)
    payment: DraftPayment | None = None
    placed_at: datetime | None = None
    digest: str = ""

    def fingerprint(self) -> str:
        """Return a SHA-256 of the content: the same order sent again has the same one."""
        if self.digest:
            return self.digest
        content = replace(self, declared=dict(sorted(self.declared.items())))
        return hashlib.sha256(to_json(content)).hexdigest()
