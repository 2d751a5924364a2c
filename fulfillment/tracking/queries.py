"""Reads of scans."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fulfillment.tracking.models import Scan


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanView:
    """One event of a parcel."""

    status: str
    code: str
    description: str
    place: str
    leg: int
    occurred_at: datetime


def scans_of(shipment_ids: Sequence[int]) -> Mapping[int, list[ScanView]]:
    """Return the scans of parcels, the latest first: one statement."""
    found: defaultdict[int, list[ScanView]] = defaultdict(list)
    for scan in Scan.objects.filter(shipment__in=shipment_ids).order_by("-occurred_at", "-pk"):
        if scan.shipment_id is not None:
            found[scan.shipment_id].append(
                ScanView(
                    status=scan.status,
                    code=scan.code,
                    description=scan.description,
                    place=scan.place,
                    leg=scan.leg,
                    occurred_at=scan.occurred_at,
                )
            )
    return found
