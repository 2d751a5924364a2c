"""What a door hands in: an order as the channel means it, read and typed but not yet judged."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic_core import to_json

from oms.core.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """`quantity` base units of a SKU, or so many of its `unit`; the price is for one of what is counted.

    Without a price, the channel's price list answers.
    """

    sku: str
    quantity: int
    unit_price: Decimal | None = None
    discount: Decimal = Decimal(0)
    external_line_id: str = ""
    unit: str = ""


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
    `reservation` is the id of the units that the channel holds for it; it says how the order is served, not what it is,
    so it is no part of its fingerprint.
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
    reservation: str = ""
    wait_until: date | None = None

    def fingerprint(self) -> str:
        """Return a SHA-256 of the content: the same order sent again has the same one.

        Parts at their default are left out. So a part that a later version adds does not make other orders of those
        that were placed before.
        """
        if self.digest:
            return self.digest
        content = _said(self)
        content.pop("reservation", None)
        content["lines"] = [_said(line) for line in self.lines]
        if self.declared:
            content["declared"] = dict(sorted(self.declared.items()))
        if self.payment:
            content["payment"] = _said(self.payment)
        return hashlib.sha256(to_json(content)).hexdigest()


def _said(part: Draft | DraftLine | DraftPayment) -> dict[str, Any]:
    """Return what of a draft or a part of it was said."""
    kind: Any = type(part)
    return {
        name: value
        for name, default in _defaults(kind)
        if (value := getattr(part, name)) != default
    }


@cache
def _defaults(kind: type[Any]) -> Sequence[tuple[str, Any]]:
    """Return the names of the parts with their defaults; what has none differs from any value."""
    return [
        (each.name, each.default_factory() if callable(each.default_factory) else each.default)
        for each in fields(kind)
    ]
