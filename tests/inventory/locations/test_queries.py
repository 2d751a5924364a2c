"""Who may see which locations."""

import pytest
from django.contrib.auth.models import Group

from inventory.locations import queries
from inventory.locations.models import StaffLocation
from oms.accounts import roles
from oms.accounts.models import User
from tests.inventory.factories import LocationFactory

pytestmark = pytest.mark.django_db


def staff(role: str, *places: object) -> User:
    """Make a member of staff with a role, bound to locations."""
    roles.setup()
    user = User.objects.create_user(f"{role}-{len(places)}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    for place in places:
        StaffLocation.objects.create(user=user, location=place)
    return user


def test_staff_bound_to_locations_see_those() -> None:
    here, there = LocationFactory(), LocationFactory()
    LocationFactory()

    for role in roles.ROLES:
        assert queries.locations_of(staff(role, here, there)) == {here.pk, there.pk}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (roles.WAREHOUSE, frozenset()),
        (roles.SERVICE, None),
        (roles.MANAGER, None),
        (roles.READ_ONLY, None),
    ],
)
def test_staff_bound_to_none_see_all_if_their_role_allows(
    role: str, expected: frozenset[int] | None
) -> None:
    LocationFactory()

    assert queries.locations_of(staff(role)) == expected


def test_a_superuser_sees_all() -> None:
    root = User.objects.create_superuser("root")
    StaffLocation.objects.create(user=root, location=LocationFactory())

    assert queries.locations_of(root) is None
