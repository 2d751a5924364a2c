"""Which packs a SKU has, and what a scan means."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from inventory.catalog.models import Sku
from inventory.packs.models import Pack


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code stands for: `units` of a SKU, more than one when it is a pack's."""

    sku: Sku
    units: int


def scanned(code: str) -> Scanned | None:
    """Return what a barcode or SKU code means, to the letter; None when nobody knows it.

    One statement, and a second one for a code that is no SKU's.
    """
    sku = Sku.objects.filter(Q(barcode=code) | Q(code=code)).first()
    if sku is not None:
        return Scanned(sku, 1)
    pack = Pack.objects.filter(barcode=code).select_related("sku").first() if code else None
    return Scanned(pack.sku, pack.units) if pack else None


def barcodes(sku_ids: Collection[int]) -> Mapping[int, Sequence[tuple[str, int]]]:
    """Return by SKU the barcodes of its packs, each with its units."""
    found: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    rows = Pack.objects.filter(sku__in=sku_ids).exclude(barcode="").order_by("-units", "pk")
    for sku_id, barcode, units in rows.values_list("sku_id", "barcode", "units"):
        found[sku_id].append((barcode, units))
    return found


def factors(codes: Collection[str]) -> dict[tuple[str, str], int]:
    """Return how many base units each unit of the SKUs means, by SKU code and unit, in one statement.

    The name of a SKU's base unit means one.
    """
    found = {}
    rows = Sku.objects.filter(code__in=codes, kit__isnull=True).values_list(
        "code", "unit", "packs__code", "packs__units"
    )
    for code, unit, pack, units in rows:
        found[code, unit] = 1
        if pack is not None:
            found[code, pack] = units
    return found


def of_sku(code: str) -> tuple[Sku, list[Pack]] | None:
    """Return a SKU with its packs, the smallest first; None when there is no such SKU."""
    sku = Sku.objects.filter(code=code).first()
    return (sku, list(sku.packs.order_by("units", "pk"))) if sku else None
