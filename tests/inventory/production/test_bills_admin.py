"""Bills of materials and work centers in the console."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inventory.production.models import BillComponent, BillOfMaterials, WorkCenter
from oms.accounts import roles
from tests.accounts.factories import signed_in
from tests.inventory.factories import LocationFactory, SkuFactory
from tests.inventory.production.made import drafted_bill, released_bill

pytestmark = pytest.mark.django_db

LIST = "/admin/inventory/billofmaterials/"


def page_of(bill: BillOfMaterials) -> str:
    return reverse("admin:inventory_billofmaterials_change", args=(bill.pk,))


def typed(sku: str, parts: str, **more: Any) -> dict[str, Any]:
    return {
        "press_key": uuid.uuid4().hex,
        "sku": sku,
        "batch": "4",
        "parts": parts,
        "byproducts": "",
        "ways": "",
        "lead_days": "0",
        "valid_from": "2026-01-01",
        "note": "",
        **more,
    }


def test_looking_shows_what_a_batch_needs_and_stores_nothing() -> None:
    mug, clay = SkuFactory.create(code="MUG"), SkuFactory.create(code="CLAY")

    answer = signed_in().post(
        reverse("admin:bill_entry"), typed("MUG", f"{clay.code}\t3\t2.5", look="1")
    )

    assert answer.status_code == 200
    text = answer.content.decode()
    assert "MUG, revision 1" in text
    assert "Needed for 4" in text
    assert re.search(r'c-set">4</td>', text)  # 3 and 2.5 percent, rounded up
    assert not BillOfMaterials.objects.filter(sku=mug).exists()


def test_a_bill_is_written_as_it_was_pasted() -> None:
    SkuFactory.create(code="MUG")
    SkuFactory.create(code="CLAY")
    SkuFactory.create(code="GLAZE")
    client = signed_in()
    form = typed("MUG", "CLAY;3;2.5%\nGLAZE 1\n", write="1")

    answer = client.post(reverse("admin:bill_entry"), form)
    again = client.post(reverse("admin:bill_entry"), form)

    bill = BillOfMaterials.objects.get()
    assert answer.url == page_of(bill)
    assert again.status_code == 302
    rows = BillComponent.objects.filter(bill=bill).order_by("position")
    assert [(row.sku.code, row.quantity, str(row.scrap)) for row in rows] == [
        ("CLAY", 3, "2.50"),
        ("GLAZE", 1, "0.00"),
    ]


def test_what_cannot_be_read_or_used_is_told_beside_its_field() -> None:
    SkuFactory.create(code="MUG")
    client = signed_in()

    unreadable = client.post(
        reverse("admin:bill_entry"), typed("MUG", "CLAY\nMUG many", write="1")
    ).content.decode()
    unusable = client.post(
        reverse("admin:bill_entry"), typed("MUG", "CLAY 1\nMUG 1", ways="KILN 1", write="1")
    ).content.decode()

    assert "Line 1: a code and a number are needed." in unreadable
    assert "Line 2: the number is a whole one, in plain digits." in unreadable
    assert "CLAY: There is no such SKU." in unusable
    assert "MUG: This is what the bill is of." in unusable
    assert "KILN: There is no such work center." in unusable
    assert not BillOfMaterials.objects.exists()


def test_a_new_revision_begins_with_what_the_old_one_says() -> None:
    bill = released_bill(scrap="2.5")
    part = bill.components.get().sku.code

    text = signed_in().get(reverse("admin:bill_entry") + f"?from={bill.pk}").content.decode()

    assert f"{part}\t2\t2.5" in text


def test_a_draft_is_edited_and_a_released_one_is_not() -> None:
    draft, released = drafted_bill(), released_bill()
    part = SkuFactory.create(code="NEW")
    client = signed_in()
    shown = client.get(reverse("admin:bill_edit", args=(draft.pk,))).content.decode()
    version = re.search(r'name="version" value="(\d+)"', shown)
    assert version

    form = typed("", f"{part.code} 9", version=version[1], write="1")
    assert client.post(reverse("admin:bill_edit", args=(draft.pk,)), form).status_code == 302
    stale = client.post(
        reverse("admin:bill_edit", args=(draft.pk,)), {**form, "press_key": uuid.uuid4().hex}
    )

    assert draft.components.get().quantity == 9
    assert stale.status_code == 412
    answer = client.get(reverse("admin:bill_edit", args=(released.pk,)))
    assert answer.url == page_of(released)


def press(client: Client, bill: BillOfMaterials, name: str, **data: Any) -> Any:
    address = reverse("admin:inventory_billofmaterials_press", args=(bill.pk, name))
    kept = dict(
        re.findall(r'name="(press_\w+)" value="(\w*)"', client.get(address).content.decode())
    )
    return client.post(address, {**kept, **data})


def test_the_page_offers_what_is_legal() -> None:
    bill = drafted_bill()
    client = signed_in()

    assert press(client, bill, "release").status_code == 302
    bill.refresh_from_db()
    assert bill.status == "active"
    assert "in use" in client.get(page_of(bill)).content.decode()
    assert press(client, bill, "retire", reason="cracks").status_code == 302
    bill.refresh_from_db()
    assert bill.status == "retired"


def test_the_warehouse_sees_bills_and_writes_none() -> None:
    bill = drafted_bill()
    client = signed_in(roles.WAREHOUSE)

    assert client.get(page_of(bill)).status_code == 200
    assert "New bill" not in client.get(LIST).content.decode()
    assert client.get(reverse("admin:bill_entry")).status_code == 403


def test_a_work_center_is_set_up_with_its_closed_days() -> None:
    place = LocationFactory.create()
    form = {
        "code": "kiln",
        "name": "Kiln",
        "location": place.pk,
        "capacity": "480",
        "work_days": ["4", "0"],
        "is_active": "on",
        "closures-TOTAL_FORMS": "1",
        "closures-INITIAL_FORMS": "0",
        "closures-0-day": "2026-12-24",
        "closures-0-name": "Christmas Eve",
    }

    answer = signed_in().post(reverse("admin:inventory_workcenter_add"), form)

    assert answer.status_code == 302
    kiln = WorkCenter.objects.get()
    assert (kiln.work_days, kiln.closures.get().name) == ([0, 4], "Christmas Eve")


def test_lists_cost_the_same_whatever_they_show(statements: Any) -> None:
    client = signed_in()
    released_bill()
    client.get(LIST)
    with statements() as few:
        client.get(LIST)
    for _ in range(4):
        released_bill()
    with statements() as many:
        client.get(LIST)

    assert len(many) == len(few)
