"""Why a thing is late, in words for the person who can do something about it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Work:
    """Units of one piece of work by how far they are, and why it is held."""

    holds: Sequence[str]
    to_pick: int
    picked: int
    packed: int
    has_started: bool


def cause_of_work(work: Work) -> str:
    """Say where the work stands: the first step that is not done is what it waits for."""
    if work.holds:
        return "held: " + ", ".join(work.holds)
    if work.to_pick and not work.has_started:
        return "nobody has begun to pick"
    if work.to_pick:
        return f"{work.to_pick} units are still to be picked"
    if work.picked:
        return f"{work.picked} picked units are in no parcel"
    if work.packed:
        return f"{work.packed} packed units have not left"
    return "nothing is left to do, but it was not closed"


@dataclass(frozen=True, slots=True)
class Standing:
    """An order that the warehouse has not been given, or not all of it."""

    holds: Sequence[str]
    is_unpaid: bool
    allocated: int
    waiting: int
    ship_complete: bool


def cause_of_standing(order: Standing) -> str:
    """Say what keeps an order from the warehouse; what a person must decide comes first."""
    if order.holds:
        return "on hold: " + ", ".join(order.holds)
    if order.is_unpaid:
        return "not paid"
    if order.waiting and (order.ship_complete or not order.allocated):
        rest = "is to leave in one piece, and " if order.ship_complete and order.allocated else ""
        return f"{rest}{order.waiting} units wait for stock"
    return "may go, but was not released"


def cause_of_parcel(*, status: str, words: str, last_scan: date | None, today: date) -> str:
    """Say what the carrier's last word was, and how long ago."""
    if last_scan is None:
        return "the carrier has not scanned it"
    days = (today - last_scan).days
    since = "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"
    return f"{words or status}, last scan {since}"


def cause_of_purchase(*, confirmed: bool, arrived: int, on_backorder: bool) -> str:
    """Say what the supplier has done so far."""
    if on_backorder:
        return "the supplier has it on backorder"
    if arrived:
        return f"{arrived} units came, the rest did not"
    return "confirmed, not delivered" if confirmed else "the supplier has not confirmed the order"


def cause_of_transfer(*, to_ship: int, in_transit: int, source: str) -> str:
    """Say at which end a transfer stands."""
    if in_transit and to_ship:
        return f"{to_ship} units have not left {source}, {in_transit} are on their way"
    return f"left {source}, not received" if in_transit else f"has not left {source}"
