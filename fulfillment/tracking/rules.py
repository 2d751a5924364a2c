"""What a parcel's scans say. Pure.

Scans come late, twice, out of order and with codes nobody knows. The tracking status is the highest rank over the scans
of the current leg; among equals the latest speaks. The way to the recipient is leg 1. A `return_to_sender` opens leg 2,
the way back: what is delivered there was delivered to the sender and never counts as a delivery to the customer.

It does so whether the parcel had been delivered before or not. Carriers keep the number and end the way back with the
same "delivered", so by rank alone (`delivered` 9 over `return_to_sender` 8) a refused parcel would end as delivered to
the customer: a mail that is not true, an order that is complete, and no refund. The opposite mistake, a carrier that
announces the way back and hands the parcel over after all, costs a look at a parcel that we expect back.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

UNKNOWN = "unknown"
RETURN_TO_SENDER = "return_to_sender"
DELIVERED = "delivered"

RANKS: Mapping[str, int] = {
    UNKNOWN: 0,
    "pre_transit": 1,
    "picked_up": 2,
    "in_transit": 3,
    "on_hold": 3,
    "delayed": 3,
    "out_for_delivery": 4,
    "ready_for_pickup": 4,
    "delivery_failed": 4,
    RETURN_TO_SENDER: 8,
    DELIVERED: 9,
    "cancelled": 9,
}
EXCEPTIONS = frozenset({"delivery_failed", "on_hold", "delayed", RETURN_TO_SENDER})

OUTBOUND = 1
WAY_BACK = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """One scan, reduced to what decides. `order` is the order of arrival."""

    order: int
    status: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Course:
    """What all scans of a parcel say together.

    `legs` gives the leg of each scan by its `order`; `delivered_at` is the first delivery to the recipient,
    `returned_at` the first one back at the sender; `problems` are the exceptions that nothing later has overtaken.
    """

    status: str
    leg: int
    legs: Mapping[int, int]
    delivered_at: datetime | None
    returned_at: datetime | None
    problems: frozenset[str]


def canonical(status: str) -> str:
    """Return `status` when it is one of the vocabulary, else `unknown`."""
    return status if status in RANKS else UNKNOWN


def digest(
    *, carrier: str, tracking_number: str, status: str, code: str, place: str, occurred_at: datetime
) -> str:
    """Return what two reports of one event have in common (SHA-256, hexadecimal).

    The description is left out: carriers reword and translate it.
    """
    moment = occurred_at.astimezone(UTC).isoformat(timespec="microseconds")
    parts = [carrier, tracking_number, status, code, place, moment]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def course(scans: Iterable[Seen]) -> Course:
    """Fold the scans of one parcel, in whatever order they arrived, into what they say."""
    in_time = sorted(scans, key=lambda scan: (scan.occurred_at, RANKS[scan.status], scan.order))
    legs: dict[int, int] = {}
    leg = OUTBOUND
    for scan in in_time:
        if scan.status == RETURN_TO_SENDER:
            leg = WAY_BACK
        legs[scan.order] = leg
    current = [scan for scan in in_time if legs[scan.order] == leg]
    return Course(
        status=_highest(current),
        leg=leg,
        legs=legs,
        delivered_at=_first_delivery(in_time, legs, OUTBOUND),
        returned_at=_first_delivery(in_time, legs, WAY_BACK),
        problems=_problems(current),
    )


def _highest(scans: Sequence[Seen]) -> str:
    """Return the status with the highest rank; the later one of equals. `scans` are in time order.

    Nothing of its own rank undoes a delivery either: what arrived was not cancelled.
    """
    best = UNKNOWN
    for scan in scans:
        if best != DELIVERED and RANKS[scan.status] >= RANKS[best]:
            best = scan.status
    return best


def _first_delivery(in_time: Sequence[Seen], legs: Mapping[int, int], leg: int) -> datetime | None:
    return next(
        (s.occurred_at for s in in_time if s.status == DELIVERED and legs[s.order] == leg), None
    )


def _problems(current: Sequence[Seen]) -> frozenset[str]:
    """Return the exceptions at the end of the leg: a problem that the parcel has left behind is none.

    Being on the way back is a problem until it ends, whatever is scanned on the way.
    """
    found = {scan.status for scan in current if scan.status == RETURN_TO_SENDER}
    for scan in reversed(current):
        if scan.status in EXCEPTIONS:
            found.add(scan.status)
        elif scan.status != UNKNOWN:
            break
    return frozenset(found)
