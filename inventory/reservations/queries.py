"""What can be promised: the one answer for API, console, import and routing."""

from collections.abc import Collection
from dataclasses import dataclass

from inventory.reservations import statements


@dataclass(frozen=True, slots=True)
class Availability:
    """Units of one SKU at one shipping location.

    `available` is what is not promised, held, damaged or under inspection; `available_to_sell` leaves the safety stock
    out and is never negative.
    """

    sku_id: int
    sku_code: str
    location_id: int
    location_code: str
    on_hand: int
    committed: int
    available: int
    available_to_sell: int
    priority: int
    country: str
    region: str
    postcode: str


def availability(
    *,
    sku_codes: Collection[str] | None = None,
    sku_ids: Collection[int] | None = None,
    location_codes: Collection[str] | None = None,
) -> list[Availability]:
    """Return the levels of SKUs (by code or by id) at active shipping locations, in one statement.

    `location_codes` limits them to the places within the caller's reach (None: all). A SKU without a level has no row.
    Sorted by SKU, then location priority.
    """
    shelves = statements.shelves(
        sku_codes=sku_codes, sku_ids=sku_ids, location_codes=location_codes
    )
    return [
        Availability(
            sku_id=sku_id,
            sku_code=code,
            location_id=location_id,
            location_code=location_code,
            on_hand=on_hand,
            committed=committed,
            available=free,
            available_to_sell=max(0, free - safety),
            priority=priority,
            country=country,
            region=region,
            postcode=postcode,
        )
        for (
            sku_id,
            code,
            location_id,
            location_code,
            on_hand,
            committed,
            free,
            safety,
            priority,
            country,
            region,
            postcode,
        ) in shelves
    ]
