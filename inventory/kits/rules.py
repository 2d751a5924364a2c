"""What can be promised of a kit, and what makes one: pure functions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

MOST_PARTS = 50
MOST_UNITS = 10_000
MOST_SHARE = 1_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """`units` of a SKU in each kit; `share` weighs it when the price is spread, None: by list prices."""

    sku_id: int
    units: int
    share: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the part at `index`; None: with the kit as a whole."""

    index: int | None
    field: str
    code: str
    words: str


def buildable(parts: Sequence[Part], available: Mapping[int, int]) -> int:
    """Return how many kits the units (by SKU) make: as many as the scarcest part allows."""
    return min((max(0, available.get(part.sku_id, 0)) // part.units for part in parts), default=0)


def faults(kit_id: int, parts: Sequence[Part], kits: Collection[int]) -> list[Fault]:
    """Return everything that keeps `parts` from making the kit; `kits` are those of them that are kits themselves."""
    found = []
    if not parts:
        found.append(Fault(None, "", "no_parts", "A kit has at least one part."))
    if len(parts) > MOST_PARTS:
        found.append(Fault(None, "", "too_many", f"A kit has at most {MOST_PARTS} parts."))
    seen: set[int] = set()
    for index, part in enumerate(parts):
        if part.sku_id == kit_id:
            found.append(Fault(index, "sku", "kit_in_itself", "A kit cannot contain itself."))
        elif part.sku_id in kits:
            found.append(Fault(index, "sku", "kit_in_kit", "A kit cannot contain another kit."))
        if part.sku_id in seen:
            found.append(Fault(index, "sku", "repeated", "This part comes twice."))
        seen.add(part.sku_id)
        if not 1 <= part.units <= MOST_UNITS:
            found.append(
                Fault(index, "units", "number_range", f"Units per kit are 1 to {MOST_UNITS}.")
            )
        if part.share is not None and not 0 <= part.share <= MOST_SHARE:
            found.append(
                Fault(index, "price_share", "number_range", f"A share is 0 to {MOST_SHARE}.")
            )
    shares = [part.share is not None for part in parts]
    if any(shares) and not all(shares):
        index = shares.index(False)
        found.append(
            Fault(index, "price_share", "share_missing", "Give every part a share, or none.")
        )
    return found
