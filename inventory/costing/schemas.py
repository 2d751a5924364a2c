"""How costs are shown."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from inventory.costing import queries
from inventory.costing.models import LandedCharge, SkuCost
from inventory.costing.queries import Place
from oms.core import money
from oms.core.api.schemas import Answer


class PlaceOut(Answer):
    """Units at a location, or in transit (null), and their share of the SKU's value."""

    location: str | None
    units: int
    value: Decimal


class WorthOut(Answer):
    """What is left of a SKU. `value` is of the `known` units; `unknown` ones are in no sum.

    `average` is for people; `behind`: something that moved is not worked out yet. A client that is bound to locations
    sees those alone: then units and value are of these.
    """

    sku: str
    currency: str
    method: str
    units: int
    known: int | None
    unknown: int | None
    value: Decimal
    average: Decimal | None
    behind: bool
    locations: list[PlaceOut]


class WorthPage(Answer):
    """A page of SKUs; `next` is the cursor of the next one."""

    results: list[WorthOut]
    next: str | None
    limit: int


class ShareOut(Answer):
    """What of a charge fell on a receipt line, and by how much that counted."""

    receipt: str
    sku: str
    quantity: int
    measure: Decimal
    amount: Decimal


class ChargeOut(Answer):
    """A landed charge. `cost` and the shares are in `cost_currency`, the company's."""

    id: UUID
    kind: str
    amount: Decimal
    currency: str
    rate: Decimal
    cost: Decimal
    cost_currency: str
    basis: str
    receipt: str | None
    reference: str
    at: datetime
    split_at: datetime | None
    withdrawn_at: datetime | None
    shares: list[ShareOut]


class ChargeList(Answer):
    """The charges of a purchase order."""

    results: list[ChargeOut]


def charge_out(charge: LandedCharge, company: str) -> ChargeOut:
    """Show a charge with its shares at hand."""
    return ChargeOut(
        id=charge.uuid,
        kind=charge.kind,
        amount=money.quantize(charge.amount, charge.currency),
        currency=charge.currency,
        rate=charge.rate.normalize(),
        cost=money.quantize(charge.cost, company),
        cost_currency=company,
        basis=charge.basis,
        receipt=charge.receipt.number if charge.receipt else None,
        reference=charge.reference,
        at=charge.at,
        split_at=charge.split_at,
        withdrawn_at=charge.withdrawn_at,
        shares=[
            ShareOut(
                receipt=share.line.receipt.number,
                sku=share.line.line.sku.code,
                quantity=share.line.quantity,
                measure=share.measure.normalize(),
                amount=money.quantize(share.amount, company),
            )
            for share in charge.shares.all()
        ],
    )


def worth_out(
    books: SkuCost,
    places: Sequence[Place],
    *,
    currency: str,
    method: str,
    reach: frozenset[str] | None,
) -> WorthOut:
    """Show what is left of a SKU, within the caller's reach."""
    seen = [
        place
        for place in places
        if reach is None or (place.location is not None and place.location.code in reach)
    ]
    mean = queries.average(books)
    return WorthOut(
        sku=books.sku.code,
        currency=currency,
        method=method,
        units=books.units if reach is None else sum(place.units for place in seen),
        known=books.known if reach is None else None,
        unknown=books.unknown if reach is None else None,
        value=money.quantize(books.value, currency)
        if reach is None
        else sum((place.value for place in seen), money.from_minor(0, currency)),
        average=None if mean is None else money.written(mean, currency),
        behind=books.due,
        locations=[
            PlaceOut(
                location=place.location.code if place.location else None,
                units=place.units,
                value=place.value,
            )
            for place in seen
        ],
    )
