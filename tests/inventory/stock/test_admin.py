"""Stock in the console."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inventory.stock.models import Level, Movement
from oms.accounts import roles
from oms.core.timeline.models import Entry
from tests.accounts.factories import signed_in
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory, with_bins

pytestmark = pytest.mark.django_db

RECEIVE = "/admin/stock/receive/"


def press(client: Client, level: Level, name: str, **data: Any) -> Any:
    page = reverse("admin:inventory_level_press", args=(level.pk, name))
    key = re.search(r'name="press_key" value="(\w+)"', client.get(page).content.decode())
    assert key
    return client.post(page, {"press_key": key[1], **data})


def test_receiving_raises_the_stock_and_names_the_delivery_note() -> None:
    level = LevelFactory.create(on_hand=5)
    client = signed_in(roles.WAREHOUSE, at=[level.location])

    press(client, level, "receive", quantity="7", document="DN-1")

    level.refresh_from_db()
    assert level.on_hand == 12
    movement = Movement.objects.order_by("-id")[0]
    assert (movement.document, movement.quantity) == ("DN-1", 7)
    assert movement.actor.startswith("staff:")


@pytest.mark.parametrize(("delta", "left"), [("3", 13), ("-4", 6)])
def test_a_correction_keeps_its_reason(delta: str, left: int) -> None:
    level = LevelFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[level.location])

    press(client, level, "adjust", delta=delta, reason="counted")

    level.refresh_from_db()
    assert level.on_hand == left
    assert Movement.objects.order_by("-id")[0].reason == "counted"
    assert Entry.objects.get(kind="stock_adjusted").reason == "counted"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"delta": "3", "reason": ""}, 422),
        ({"delta": "3", "reason": "  "}, 422),
        ({"delta": "0", "reason": "x"}, 422),
        ({"delta": "", "reason": "x"}, 422),
        ({"delta": "-11", "reason": "x"}, 409),
        ({"delta": "9" * 20, "reason": "x"}, 422),
    ],
)
def test_a_correction_that_cannot_be_changes_nothing(data: dict[str, str], status: int) -> None:
    level = LevelFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[level.location])

    assert press(client, level, "adjust", **data).status_code == status

    level.refresh_from_db()
    assert level.on_hand == 10
    assert not Entry.objects.filter(kind="stock_adjusted").exists()


def test_goods_change_their_state() -> None:
    level = LevelFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[level.location])

    press(client, level, "state", change="available>damaged", quantity="2", reason="dropped")

    level.refresh_from_db()
    assert (level.damaged, level.available) == (2, 8)


def test_promised_goods_cannot_be_declared_damaged_by_a_crafted_form() -> None:
    level = LevelFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[level.location])

    answer = press(
        client, level, "state", change="committed>damaged", quantity="2", reason="dropped"
    )

    assert answer.status_code == 422
    level.refresh_from_db()
    assert level.damaged == 0


def test_the_ledger_is_paged_from_the_newest() -> None:
    level = LevelFactory.create()
    Movement.objects.bulk_create(
        Movement(
            level=level,
            kind="adjustment",
            source="adjustment",
            target="available",
            quantity=1,
            document=f"D-{n}",
            cause=f"c-{n}",
            actor="x",
        )
        for n in range(60)
    )
    client = signed_in(roles.SERVICE)
    page = reverse("admin:inventory_level_change", args=(level.pk,))

    first = client.get(page).context["ledger"]
    second = client.get(page, {"before": first.before}).context["ledger"]

    documents = [movement.document for movement in (*first.movements, *second.movements)]
    assert documents[:60] == [f"D-{n}" for n in range(59, -1, -1)]
    assert second.before is None
    for wrong in ("x", "9" * 40, "-1"):
        assert client.get(page, {"before": wrong}).status_code == 200


def test_counters_are_not_fields_of_a_form() -> None:
    level = LevelFactory.create()
    client = signed_in(roles.MANAGER)
    page = reverse("admin:inventory_level_change", args=(level.pk,))

    client.post(page, {"bin_code": "Z-9", "safety_stock": "4", "on_hand": "999", "committed": "5"})

    level.refresh_from_db()
    assert (level.bin_code, level.safety_stock) == ("Z-9", 4)
    assert (level.on_hand, level.committed) == (10, 0)
    entry = Entry.objects.get(kind="changed")
    assert entry.before == {"bin_code": "A-01-01", "safety_stock": 0}
    assert entry.after == {"bin_code": "Z-9", "safety_stock": 4}


def test_where_bins_are_kept_nobody_types_the_code_of_one() -> None:
    level = LevelFactory.create()
    with_bins(level.location)
    client = signed_in(roles.MANAGER)
    page = reverse("admin:inventory_level_change", args=(level.pk,))

    assert 'name="bin_code"' not in client.get(page).content.decode()
    client.post(page, {"bin_code": "Z-9", "safety_stock": "4"})

    level.refresh_from_db()
    assert (level.bin_code, level.safety_stock) == ("A-01-01", 4)
    listed = client.get(reverse("admin:inventory_level_changelist")).content.decode()
    assert "in bins" in listed
    assert "A-01-01" not in listed


def test_tabs_find_what_runs_low_and_what_is_aside() -> None:
    low = LevelFactory.create(on_hand=2, safety_stock=3)
    fine = LevelFactory.create(on_hand=9, safety_stock=3)
    broken = LevelFactory.create(on_hand=5, damaged=5)
    client = signed_in(roles.SERVICE)

    def shown(tab: str) -> set[int]:
        answer = client.get("/admin/inventory/level/", {"tab": tab})
        return {level.pk for level in answer.context["cl"].result_list}

    assert shown("low") == {low.pk}
    assert shown("empty") == {broken.pk}
    assert shown("aside") == {broken.pk}
    assert shown("all") == {low.pk, fine.pk, broken.pk}


def test_a_warehouse_sees_its_own_levels_alone() -> None:
    own, other = LevelFactory.create(), LevelFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[own.location])

    rows = client.get("/admin/inventory/level/").context["cl"].result_list
    sku = client.get(reverse("admin:inventory_sku_change", args=(other.sku_id,)))

    assert [row.pk for row in rows] == [own.pk]
    assert list(sku.context["levels"]) == []


def test_staff_bound_to_no_location_sees_nothing_unless_the_role_says_so() -> None:
    LevelFactory.create()

    for role, count in ((roles.WAREHOUSE, 0), (roles.SERVICE, 1)):
        rows = signed_in(role).get("/admin/inventory/level/").context["cl"].result_list
        assert len(rows) == count


# Receiving a delivery -----------------------------------------------------------------------------


def send(client: Client, **data: Any) -> Any:
    key = re.search(r'name="press_key" value="(\w+)"', client.get(RECEIVE).content.decode())
    assert key
    return client.post(RECEIVE, {"press_key": key[1], **data})


def test_a_delivery_is_taken_in_by_scan_and_the_note_stays() -> None:
    sku, place = SkuFactory.create(barcode="4006381333931"), LocationFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[place])

    answer = send(client, sku="4006381333931", quantity="6", location=place.pk, document="DN 7")

    assert Level.objects.get(sku=sku, location=place).on_hand == 6
    assert "document=DN+7" in answer["Location"]
    assert 'value="DN 7"' in client.get(answer["Location"]).content.decode()


def test_a_delivery_sent_twice_counts_once() -> None:
    sku, place = SkuFactory.create(), LocationFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[place])
    data = {
        "press_key": "0f" * 16,
        "sku": sku.code,
        "quantity": "6",
        "location": place.pk,
        "document": "DN",
    }

    for _ in range(2):
        client.post(RECEIVE, data)

    assert Level.objects.get(sku=sku).on_hand == 6


def test_another_location_cannot_be_chosen_by_a_crafted_form() -> None:
    sku, own, other = SkuFactory.create(), LocationFactory.create(), LocationFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[own])

    answer = send(client, sku=sku.code, quantity="6", location=other.pk, document="DN")

    assert answer.status_code == 422
    assert not Level.objects.exists()


def test_an_unknown_code_is_refused() -> None:
    place = LocationFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[place])

    answer = send(client, sku="<b>", quantity="1", location=place.pk, document="DN")

    assert answer.status_code == 422
    assert "&lt;b&gt;" in answer.content.decode()
