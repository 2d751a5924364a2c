"""Staff in the console."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from oms.accounts import roles
from oms.accounts.models import User
from oms.core.timeline.models import Entry
from tests.accounts.factories import signed_in, staff

pytestmark = pytest.mark.django_db


def page_of(user: User) -> str:
    return reverse("admin:accounts_user_change", args=(user.pk,))


def form(user: User, **changes: Any) -> dict[str, Any]:
    return {
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "time_zone": "Europe/Vienna",
        "groups": [group.pk for group in user.groups.all()],
        "is_active": "on",
        **changes,
    }


def test_a_manager_gives_another_a_role_and_it_is_kept() -> None:
    other = staff(roles.SERVICE)
    warehouse = Group.objects.get(name=roles.WAREHOUSE)

    signed_in().post(page_of(other), form(other, groups=[warehouse.pk]))

    assert [group.name for group in other.groups.all()] == [roles.WAREHOUSE]
    entry = Entry.objects.get(kind="changed")
    assert (entry.before["groups"], entry.after["groups"]) == ([roles.SERVICE], [roles.WAREHOUSE])


def test_nobody_changes_his_own_role_or_switches_himself_off() -> None:
    me = staff(roles.MANAGER)
    client = Client()
    client.force_login(me)
    service = Group.objects.get(name=roles.SERVICE)

    client.post(page_of(me), form(me, first_name="Mara", groups=[service.pk], is_active=""))

    me.refresh_from_db()
    assert me.first_name == "Mara"
    assert [group.name for group in me.groups.all()] == [roles.MANAGER]
    assert me.is_active


def test_a_manager_cannot_make_or_touch_a_superuser() -> None:
    root = User.objects.create_superuser("root", "root@example.com", None)
    other = staff(roles.SERVICE)
    client = signed_in()

    assert client.post(page_of(root), form(root, username="mine")).status_code == 403
    password = reverse("admin:auth_user_password_change", args=(root.pk,))
    assert client.get(password).status_code == 403
    client.post(page_of(other), form(other, is_superuser="on", user_permissions=["1"]))

    root.refresh_from_db()
    other.refresh_from_db()
    assert root.username == "root"
    assert not other.is_superuser
    assert not other.user_permissions.exists()


def test_who_is_added_may_sign_in_and_no_password_is_kept_in_the_timeline() -> None:
    answer = signed_in().post(
        reverse("admin:accounts_user_add"),
        {
            "username": "newcomer",
            "usable_password": "true",
            "password1": "a-long-secret-77",
            "password2": "a-long-secret-77",
        },
    )

    assert answer.status_code == 302
    made = User.objects.get(username="newcomer")
    assert made.is_staff
    assert made.check_password("a-long-secret-77")
    entry = Entry.objects.get(kind="created")
    assert entry.after == {"username": "newcomer", "usable_password": True} or (
        "a-long-secret-77" not in str(vars(entry))
    )
    assert "a-long-secret-77" not in str(vars(entry))


def test_who_set_a_password_is_kept() -> None:
    other = staff(roles.SERVICE)

    signed_in().post(
        reverse("admin:auth_user_password_change", args=(other.pk,)),
        {"usable_password": "true", "password1": "another-77-x", "password2": "another-77-x"},
    )

    other.refresh_from_db()
    assert other.check_password("another-77-x")
    assert Entry.objects.filter(kind="password_set", document_id=other.pk).count() == 1


def test_times_are_shown_in_the_zone_of_the_person() -> None:
    me = staff(roles.MANAGER)
    User.objects.filter(pk=me.pk).update(time_zone="Asia/Tokyo")
    entry = Entry.objects.create(
        document="x", document_id=1, kind="x", actor_kind="system", actor_name="x"
    )
    Entry.objects.filter(pk=entry.pk).update(at="2026-01-01T20:30:00Z")
    client = Client()
    client.force_login(me)

    text = client.get("/admin/core/entry/").content.decode()

    assert "05:30" in text


def test_a_wrong_time_zone_breaks_no_page() -> None:
    me = staff(roles.MANAGER)
    User.objects.filter(pk=me.pk).update(time_zone="../../etc/passwd")
    client = Client()
    client.force_login(me)

    assert client.get("/admin/").status_code == 200
