"""What a scan means: an article or a pack of it, and the lot or serial number, if the code says it."""

from dataclasses import dataclass

from inventory.catalog.models import Sku
from inventory.lots.rules import Scan, read_gs1
from inventory.packs import queries as packs

_NOTHING = Scan()
_SHORTEST, _LONGEST = 8, 14


@dataclass(frozen=True, slots=True)
class Article:
    """Units of a SKU, more than one when a pack was scanned, and what the code says besides."""

    sku: Sku
    units: int
    scan: Scan = _NOTHING

    @property
    def number(self) -> str:
        """Return the lot or serial number, whichever the SKU is tracked by; empty when the code names none."""
        if not self.sku.is_tracked:
            return ""
        return self.scan.serial if self.sku.is_serial else self.scan.number_of_lot


def article(code: str) -> Article | None:
    """Return what a code of a SKU or the barcode of an article or pack means; None when nobody knows it.

    A GTIN may have zeros before it, or stand in a GS1 code. One statement for a code of a SKU as it is written.
    """
    scan = read_gs1(code) or _NOTHING
    if scan.gtin:
        written = scan.barcodes
    elif code.isascii() and code.isdecimal() and _SHORTEST <= len(code) <= _LONGEST:
        written = list(dict.fromkeys([code, *Scan(gtin=code).barcodes]))
    else:
        written = [code]
    found = next((known for each in written if (known := packs.scanned(each))), None)
    return Article(found.sku, found.units, scan) if found else None
