"""Reads of locations."""

from inventory.locations.models import StaffLocation
from oms.accounts.models import User

ALL_LOCATIONS = "inventory.all_locations"


def locations_of(user: User) -> frozenset[int] | None:
    """Return the ids of the locations that a member of staff may see; None means all of them.

    Bound to locations: those. Bound to none: all with the permission `inventory.all_locations` (superusers have it),
    else no location at all.
    """
    if user.is_superuser:
        return None
    bound = frozenset(StaffLocation.objects.filter(user=user).values_list("location_id", flat=True))
    if bound:
        return bound
    return None if user.has_perm(ALL_LOCATIONS) else frozenset()
