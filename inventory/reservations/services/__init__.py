"""Use-cases of promising: commit units to demand and give them back; hold units for someone until a time."""

from inventory.reservations.services.holding import (
    Units,
    expire_due,
    extend,
    reserve,
    reserve_for_person,
)
from inventory.reservations.services.holding import release as release_reservation
from inventory.reservations.services.promising import (
    Held,
    allocate,
    consume,
    issue,
    release,
    release_at,
    restore,
    send,
)
from inventory.reservations.statements import Promise

__all__ = [
    "Held",
    "Promise",
    "Units",
    "allocate",
    "consume",
    "expire_due",
    "extend",
    "issue",
    "release",
    "release_at",
    "release_reservation",
    "reserve",
    "reserve_for_person",
    "restore",
    "send",
]
