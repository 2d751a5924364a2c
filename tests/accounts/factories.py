"""Members of staff by role, signed in."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.test import Client

from inventory.locations.models import Location, StaffLocation
from oms.accounts import roles
from oms.accounts.models import User


def staff(role: str = roles.MANAGER, *, at: Iterable[Location] = ()) -> User:
    """Return a member of staff with one of the ready roles, bound to the locations `at`; without a password."""
    if not Group.objects.filter(name=role).exists():
        roles.setup()
    user: User = User.objects.create_user(username=f"{role}-{User.objects.count()}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    StaffLocation.objects.bulk_create([StaffLocation(user=user, location=place) for place in at])
    return user


def signed_in(role: str = roles.MANAGER, *, at: Iterable[Location] = ()) -> Client:
    """Return a browser in which such a person is signed in."""
    client = Client()
    client.force_login(staff(role, at=at))
    return client
