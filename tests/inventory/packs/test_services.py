"""Packs: what may be one, what a scan means, and how they are told over HTTP and in the console."""

import pytest
from django.urls import reverse

from inventory.kits import errors as kit_errors
from inventory.kits import services as kits
from inventory.kits.rules import Part
from inventory.packs import errors, queries, rules, services
from inventory.packs.models import Pack
from inventory.packs.rules import NewPack
from inventory.stock.models import Level
from oms.accounts import roles
from oms.core.timeline.models import Entry
from tests.accounts.factories import signed_in
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory, kit_of
from tests.inventory.kits.test_admin import press
from tests.inventory.kits.test_api import Caller
from tests.orders.factories import CLERK

pytestmark = pytest.mark.django_db

CASE = NewPack("CASE", 12, "CASE-1", 5_000)


def test_packs_are_set_replaced_and_told_in_the_timeline() -> None:
    sku = SkuFactory.create()
    services.define(sku_id=sku.pk, packs=[CASE, NewPack("PALLET", 480)], actor=CLERK)
    services.define(sku_id=sku.pk, packs=[CASE, NewPack("PALLET", 480)], actor=CLERK)
    services.define(sku_id=sku.pk, packs=[CASE], actor=CLERK)

    assert [(pack.code, pack.units) for pack in Pack.objects.all()] == [("CASE", 12)]
    told = Entry.objects.filter(kind="packs_changed").order_by("pk")
    assert [entry.after["packs"] for entry in told] == [
        "CASE of 12 (CASE-1), PALLET of 480",
        "CASE of 12 (CASE-1)",
    ]


@pytest.mark.parametrize(
    ("packs", "faults"),
    [
        ([NewPack("case", 12)], [(0, "invalid_code")]),
        ([NewPack("EACH", 12)], [(0, "repeated")]),
        ([NewPack("A", 2), NewPack("A", 3)], [(1, "repeated")]),
        ([NewPack("A", 1)], [(0, "number_range")]),
        ([NewPack("A", 2, "4006381333932")], [(0, "check_digit")]),
        ([NewPack("A", 2, "X"), NewPack("B", 3, "X")], [(1, "repeated")]),
        ([NewPack("A", 2, "\n")], [(0, "invalid_text")]),
        ([NewPack("A", 2, weight_g=-1)], [(0, "number_range")]),
        ([NewPack(f"P{n}", 2) for n in range(21)], [(None, "too_many")]),
    ],
)
def test_each_fault_is_told(packs: list[NewPack], faults: list[tuple[int | None, str]]) -> None:
    found = rules.faults(packs, base_unit="EACH")
    assert [(each.index, each.code) for each in found] == faults


def test_units_are_said_in_packs() -> None:
    assert rules.said(24, pack="CASE", pack_units=12) == "2 × CASE (24)"
    assert rules.said(26, pack="CASE", pack_units=12) == "2 × CASE (24) + 2"
    assert rules.said(7, pack="CASE", pack_units=12) == "7"


def test_a_barcode_says_one_thing_and_a_kit_has_no_packs() -> None:
    known = SkuFactory.create(barcode="CASE-1")
    sku, kit = SkuFactory.create(), kit_of({known: 1})
    services.define(sku_id=known.pk, packs=[NewPack("BOX", 3, "BOX-1")], actor=CLERK)

    with pytest.raises(errors.PacksInvalid) as refusal:
        services.define(sku_id=sku.pk, packs=[CASE, NewPack("BOX", 3, "BOX-1")], actor=CLERK)
    assert [(p.pointer, p.code) for p in refusal.value.problems] == [
        ("/packs/0/barcode", "taken"),
        ("/packs/1/barcode", "taken"),
    ]
    with pytest.raises(errors.PacksInvalid, match="A kit has no packs"):
        services.define(sku_id=kit.pk, packs=[NewPack("BOX", 3)], actor=CLERK)
    services.define(sku_id=sku.pk, packs=[NewPack("BOX", 3)], actor=CLERK)
    with pytest.raises(kit_errors.KitInvalid, match="It comes in packs"):
        kits.define(sku_id=sku.pk, parts=[Part(known.pk, 1)], actor=CLERK)
    with pytest.raises(errors.SkuMissing):
        services.define(sku_id=0, packs=[], actor=CLERK)
    assert Pack.objects.count() == 2


def test_a_scan_is_a_unit_or_a_pack() -> None:
    sku = SkuFactory.create(code="TEA", barcode="TEA-1")
    services.define(sku_id=sku.pk, packs=[CASE, NewPack("BAG", 2)], actor=CLERK)

    assert queries.scanned("TEA") == queries.scanned("TEA-1") == queries.Scanned(sku, 1)
    assert queries.scanned("CASE-1") == queries.Scanned(sku, 12)
    assert queries.scanned("CASE") is None
    assert queries.scanned("") is None
    assert queries.factors(["TEA"]) == {
        ("TEA", "EACH"): 1,
        ("TEA", "CASE"): 12,
        ("TEA", "BAG"): 2,
    }


def test_packs_over_http() -> None:
    caller = Caller()
    LevelFactory.create(sku=SkuFactory.create(code="TEA"), on_hand=30)
    body = {"sku": "TEA", "packs": [{"code": "CASE", "units": 12, "barcode": "CASE-1"}]}

    made = caller.post("packs", body)

    assert made.json() == caller.get("packs/TEA").json()
    assert made.json()["packs"] == [
        {"code": "CASE", "units": 12, "barcode": "CASE-1", "weight_g": 0}
    ]
    assert caller.get("packs/NOPE").json()["code"] == "sku_not_found"
    assert caller.post("packs", {"sku": "NOPE", "packs": []}).status_code == 404
    (found,) = caller.get("availability?sku=TEA&unit=CASE").json()["results"]
    assert (found["unit"], found["units_per_pack"], found["packs_to_sell"]) == ("CASE", 12, 2)
    (found,) = caller.get("availability?sku=TEA&unit=BAG").json()["results"]
    assert (found["units_per_pack"], found["packs_to_sell"]) == (None, None)


def test_packs_in_the_console_and_a_delivery_scanned_by_the_case() -> None:
    sku, place = SkuFactory.create(code="TEA"), LocationFactory.create()
    manager = signed_in(roles.MANAGER)
    answer = press(manager, "inventory_sku", sku.pk, "packs", packs="CASE twelve")
    assert "Line 1: a code, its units" in answer.content.decode()
    press(manager, "inventory_sku", sku.pk, "packs", packs="case 12 CASE-1 5000\nbag 2\n")
    assert set(Pack.objects.values_list("code", "units", "barcode", "weight_g")) == {
        ("CASE", 12, "CASE-1", 5000),
        ("BAG", 2, "", 0),
    }
    page = manager.get(reverse("admin:inventory_sku_change", args=(sku.pk,))).content.decode()
    assert "CASE-1" in page

    key = "0" * 31 + "1"
    manager.post(
        reverse("admin:stock_receive"),
        {
            "press_key": key,
            "location": place.pk,
            "document": "DN-1",
            "sku": "CASE-1",
            "quantity": "3",
        },
    )

    assert Level.objects.get(sku=sku).on_hand == 36
