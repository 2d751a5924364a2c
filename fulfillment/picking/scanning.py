"""What scanned codes say: which article, and of what is tracked which lot or serial number."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fulfillment.lots import errors
from fulfillment.picking import queries, rules
from fulfillment.picking.rules import Matched
from fulfillment.work.services import Work
from inventory.lots.models import Lot
from inventory.lots.rules import LotUnits, read_gs1


@dataclass(frozen=True, slots=True)
class Read:
    """A scan: the code of an article, and the lot or serial number that it names, if it does."""

    code: str
    number: str = ""
    serial: str = ""


def read(work: Work, scans: Sequence[str]) -> list[Read]:
    """Return what scans say. No statement where nothing is tracked, one otherwise.

    A GS1 code names article and lot; a lot or serial number alone is understood where a line waits for its article.
    """
    found = []
    for scan in scans:
        gs1 = read_gs1(scan)
        found.append(Read(gs1.gtin, gs1.lot, gs1.serial) if gs1 else Read(scan))
    skus = {line.sku_id: line.sku for line in work.lines.values() if line.sku.is_tracked}
    if not skus or not found:
        return found
    own = {rules.code_key(code) for sku in skus.values() for code in (sku.code, sku.barcode)}
    loose = {each.code.strip() for each in found if not each.number and not each.serial}
    rows = Lot.objects.filter(sku_id__in=skus, number__in=loose).order_by("pk")
    lots = {lot.number: lot for lot in rows}
    return [
        Read(skus[lot.sku_id].code, lot.number, lot.number)
        if rules.code_key(each.code) not in own and (lot := lots.get(each.code.strip()))
        else each
        for each in found
    ]


def match(work: Work, available: Mapping[int, int], scans: Sequence[Read]) -> Matched:
    """Assign scans to lines that have units left."""
    return queries.match([each.code for each in scans], work.lines, available)


def named(
    work: Work, available: Mapping[int, int], scans: Sequence[Read]
) -> dict[int, list[LotUnits]]:
    """Return the lots that scans name, by line. Raises LotNotNamed for a tracked article of which a scan names none."""
    if not any(line.sku.is_tracked for line in work.lines.values()):
        return {}
    matched = match(work, available, scans)
    found: defaultdict[int, list[LotUnits]] = defaultdict(list)
    nameless = {}
    for assigned, each in zip(matched.lines, scans, strict=True):
        for line_id, units in assigned.items():
            sku = work.lines[line_id].sku
            if not sku.is_tracked:
                continue
            number = each.serial if sku.is_serial else (each.number or each.serial)
            if number:
                found[line_id].append(LotUnits(number, units))
            else:
                nameless[sku.code] = "serial number" if sku.is_serial else "lot"
    if nameless:
        told = " and ".join(f"the {what} of {code}" for code, what in nameless.items())
        raise errors.LotNotNamed(f"Scan {told} as well.", skus=sorted(nameless))
    return dict(found)
