"""What a bin may hold. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

_MM3_IN_ML = 1000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a bin carries and holds at most; None is no limit."""

    max_weight_g: int | None = None
    max_volume_ml: int | None = None
    one_sku: bool = False
    one_lot: bool = False

    @property
    def any(self) -> bool:
        """Say whether there is a limit at all."""
        return (
            self.one_sku
            or self.one_lot
            or self.max_weight_g is not None
            or self.max_volume_ml is not None
        )


@dataclass(frozen=True, slots=True)
class Goods:
    """Units of one SKU and lot; grams and cubic millimetres are of one unit, 0 when nobody has measured it."""

    sku_id: int
    lot_id: int | None
    quantity: int
    weight_g: int = 0
    volume_mm3: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """How many units more a bin takes (None: any number), and why not more."""

    units: int | None
    why: str = ""


def room(limits: Limits, lying: Iterable[Goods], coming: Goods) -> Room:
    """Return how many units like `coming` a bin takes beside what lies there; their own quantity does not matter."""
    there = [each for each in lying if each.quantity]
    if limits.one_sku and any(each.sku_id != coming.sku_id for each in there):
        return Room(0, "another SKU lies there, and it holds one only")
    if limits.one_lot and any(
        each.sku_id == coming.sku_id and each.lot_id != coming.lot_id for each in there
    ):
        return Room(0, "another lot of it lies there, and it holds one only")
    found = Room(None)
    for limit, own, taken, words in (
        (
            limits.max_weight_g,
            coming.weight_g,
            sum(each.quantity * each.weight_g for each in there),
            "it carries no more weight",
        ),
        (
            None if limits.max_volume_ml is None else limits.max_volume_ml * _MM3_IN_ML,
            coming.volume_mm3,
            sum(each.quantity * each.volume_mm3 for each in there),
            "there is no more space in it",
        ),
    ):
        if limit is None or not own:
            continue
        units = max(0, (limit - taken) // own)
        if found.units is None or units < found.units:
            found = Room(units, words)
    return found
