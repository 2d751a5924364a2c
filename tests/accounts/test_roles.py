"""The ready roles."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from oms.accounts import roles
from oms.accounts.models import User

pytestmark = pytest.mark.django_db


def rights_of(role: str) -> set[str]:
    user = User.objects.create_user(username=f"one-{role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return set(User.objects.get(pk=user.pk).get_all_permissions())


@pytest.mark.parametrize("role", list(roles.ROLES))
def test_each_group_holds_exactly_the_rights_of_its_role(role: str) -> None:
    Group.objects.all().delete()

    roles.setup()

    assert rights_of(role) == set(roles.ROLES[role])


def test_setting_up_again_changes_nothing() -> None:
    roles.setup()

    assert [(o.added, o.removed) for o in roles.setup()] == [(0, 0)] * 4


def test_setting_up_takes_back_what_was_added_by_hand() -> None:
    roles.setup()
    warehouse = Group.objects.get(name=roles.WAREHOUSE)
    warehouse.permissions.add(*Group.objects.get(name=roles.MANAGER).permissions.all())

    call_command("setup_roles", verbosity=0)

    assert rights_of(roles.WAREHOUSE) == set(roles.ROLES[roles.WAREHOUSE])


def test_no_role_may_delete_a_document() -> None:
    deletes = {right for rights in roles.ROLES.values() for right in rights if ".delete_" in right}

    assert deletes == {
        "inventory.delete_stafflocation",
        "inventory.delete_workcenterclosure",
        "inventory.delete_expirywatch",
        "inventory.delete_storagerule",
        "inventory.delete_supplierholiday",
        "inventory.delete_pricebreak",
        "orders.delete_channelgrant",
        "orders.delete_channelbackorder",
        "orders.delete_preorderlimit",
        "orders.delete_channelbuffer",
        "orders.delete_reservationtime",
    }


@pytest.mark.parametrize(
    "right",
    ["orders.view_order", "orders.see_money", "orders.refund_order", "customers.view_customer"],
)
def test_the_warehouse_sees_neither_orders_nor_money_nor_customers(right: str) -> None:
    assert right not in roles.ROLES[roles.WAREHOUSE]
    assert right in roles.ROLES[roles.MANAGER]


def test_the_reader_has_only_rights_to_see() -> None:
    verbs = {right.split(".")[1].split("_")[0] for right in roles.ROLES[roles.READ_ONLY]}

    assert verbs == {"view", "all", "see"}
    assert "customers.see_contact" not in roles.ROLES[roles.READ_ONLY]
