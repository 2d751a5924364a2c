"""Reads of locations."""

from inventory.locations.models import Location, StaffLocation
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


def codes_of(location_ids: frozenset[int] | None) -> frozenset[str] | None:
    """Return the codes of locations; None, which means all of them, stays None without a statement."""
    if location_ids is None:
        return None
    return frozenset(Location.objects.filter(pk__in=location_ids).values_list("code", flat=True))
