"""Which lots have come so near to their end that somebody wants to know."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from inventory.bins.states import BinKind
from inventory.expiring.models import ExpiryNotice, ExpiryWatch
from inventory.stock.models import Content
from inventory.stock.states import Condition


@dataclass(frozen=True, slots=True)
class Expiring:
    """A lot with its good units at a location, and in which bins they lie."""

    lot_id: int
    number: str
    sku: str
    name: str
    expires_on: date
    days_left: int
    units: int
    bins: str


def untold(watches: Sequence[ExpiryWatch], *, today: date) -> dict[int, list[Expiring]]:
    """Return by watch of one location the lots that are due and were not told, what expires first before the others.

    Two statements, however many watches there are.
    """
    if not watches:
        return {}
    farthest = max(watch.days for watch in watches)
    lots = _lots(watches[0].location_id, until=today + timedelta(days=farthest), today=today)
    notices = ExpiryNotice.objects.filter(watch__in=watches, lot__in=[lot.lot_id for lot in lots])
    told = set(notices.values_list("watch_id", "lot_id"))
    return {
        watch.pk: [
            lot
            for lot in lots
            if lot.days_left <= watch.days and (watch.pk, lot.lot_id) not in told
        ]
        for watch in watches
    }


def _lots(location_id: int, *, until: date, today: date) -> list[Expiring]:
    rows = Content.objects.filter(
        level__location=location_id,
        level__sku__expires=True,
        lot__expires_on__lte=until,
        condition=Condition.GOOD,
    ).select_related("lot", "bin", "level__sku")
    by_lot: defaultdict[int, list[Content]] = defaultdict(list)
    for row in rows.order_by("lot__expires_on", "lot_id", "bin__walk_order", "bin__code"):
        if row.lot_id is not None:
            by_lot[row.lot_id].append(row)
    return [_told(lying, today) for lying in by_lot.values()]


def _told(lying: Sequence[Content], today: date) -> Expiring:
    lot, sku = lying[0].lot, lying[0].level.sku
    if lot is None or lot.expires_on is None:
        raise ValueError("A lot that expires has a day.")
    return Expiring(
        lot.pk,
        lot.number,
        sku.code,
        sku.name,
        lot.expires_on,
        (lot.expires_on - today).days,
        sum(row.quantity for row in lying),
        ", ".join(row.bin.code for row in lying if row.bin.kind != BinKind.WHOLE),
    )
