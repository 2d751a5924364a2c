"""Making kits, and what nobody may do to them."""

import pytest

from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from inventory.kits import errors, queries
from inventory.kits import services as kits
from inventory.kits.models import Kit, KitPart
from inventory.kits.rules import Part
from inventory.reservations import queries as reservations
from inventory.stock import services as stock
from inventory.stock.errors import KitHoldsNoStock
from inventory.stock.models import Level
from oms.core.timeline.models import Entry
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory, kit_of
from tests.orders.factories import CLERK

pytestmark = pytest.mark.django_db


def test_a_sku_becomes_a_kit_and_its_parts_can_be_changed() -> None:
    cup, plate, box = SkuFactory.create_batch(3)
    kit = kit_of({cup: 2, plate: 1})
    assert queries.parts_of([kit.pk, cup.pk]) == {kit.pk: [Part(cup.pk, 2), Part(plate.pk, 1)]}

    kits.define(sku_id=kit.pk, parts=[Part(box.pk, 3, 1)], taxed_as="kit", actor=CLERK)

    assert queries.parts_of([kit.pk]) == {kit.pk: [Part(box.pk, 3, 1)]}
    assert Kit.objects.get().taxed_as == "kit"
    told = Entry.objects.filter(document="inventory.sku", document_id=kit.pk).order_by("pk")
    assert [entry.kind for entry in told] == ["kit_defined", "kit_changed"]


def test_saying_the_same_again_tells_nothing() -> None:
    cup = SkuFactory.create()
    kit = kit_of({cup: 2})
    kits.define(sku_id=kit.pk, parts=[Part(cup.pk, 2)], actor=CLERK)

    assert Entry.objects.filter(kind__startswith="kit_").count() == 1


def test_what_has_a_level_cannot_become_a_kit() -> None:
    level, cup = LevelFactory.create(on_hand=0), SkuFactory.create()

    with pytest.raises(errors.HasStock):
        kits.define(sku_id=level.sku_id, parts=[Part(cup.pk, 1)], actor=CLERK)

    assert not Kit.objects.exists()


def test_a_kit_contains_no_kit_and_a_part_becomes_none() -> None:
    cup = SkuFactory.create()
    kit = kit_of({cup: 2})
    other = SkuFactory.create()

    with pytest.raises(errors.KitInvalid) as refusal:
        kits.define(sku_id=other.pk, parts=[Part(kit.pk, 1)], actor=CLERK)
    assert [(p.pointer, p.code) for p in refusal.value.problems] == [("/parts/0/sku", "kit_in_kit")]
    with pytest.raises(errors.KitInvalid) as refusal:
        kits.define(sku_id=cup.pk, parts=[Part(other.pk, 1)], actor=CLERK)
    assert [(p.pointer, p.code) for p in refusal.value.problems] == [("/sku", "part_of_kit")]
    with pytest.raises(errors.KitInvalid) as refusal:
        kits.define(sku_id=other.pk, parts=[Part(other.pk, 1), Part(0, 0)], actor=CLERK)
    assert {p.code for p in refusal.value.problems} == {
        "kit_in_itself",
        "number_range",
        "unknown_sku",
    }
    assert KitPart.objects.count() == 1


def test_no_stock_level_of_a_kit_comes_about() -> None:
    cup, place = SkuFactory.create(), LocationFactory.create()
    kit = kit_of({cup: 2}, code="GIFT")

    for attempt in (
        lambda: stock.receive(
            sku_id=kit.pk,
            location_id=place.pk,
            quantity=1,
            document="D-1",
            cause="c-1",
            actor=CLERK,
        ),
        lambda: stock.lock_levels(location_id=place.pk, sku_ids=[cup.pk, kit.pk]),
        lambda: inbound.expect(supply="test", lines=[Expected(1, kit.pk, place.pk, 5)]),
    ):
        with pytest.raises(KitHoldsNoStock, match="GIFT"):
            attempt()
        assert not Level.objects.filter(sku=kit).exists()


def test_a_kit_that_is_dissolved_can_be_stocked() -> None:
    place = LocationFactory.create()
    kit = kit_of({SkuFactory.create(): 2})

    kits.dissolve(sku_id=kit.pk, reason="sold out", actor=CLERK)

    assert stock.receive(
        sku_id=kit.pk, location_id=place.pk, quantity=1, document="D", cause="c", actor=CLERK
    ).on_hand
    with pytest.raises(errors.KitMissing):
        kits.dissolve(sku_id=kit.pk, reason="again", actor=CLERK)


def test_as_many_kits_can_be_promised_as_the_parts_make() -> None:
    near, far = LocationFactory.create(priority=1), LocationFactory.create(priority=2)
    cup, plate = SkuFactory.create_batch(2)
    kit_of({cup: 2, plate: 1}, code="SET")
    for sku, place, units in ((cup, near, 5), (plate, near, 1), (cup, far, 1), (plate, far, 7)):
        LevelFactory.create(sku=sku, location=place, on_hand=units)
    known, parts = queries.known(["SET", plate.code, "NOBODY"])

    found = reservations.offered(skus=known, parts=parts)

    assert found["SET"].available_to_sell == 3  # six cups make three, from two places
    assert [(level.location_code, level.available_to_sell) for level in found["SET"].levels] == [
        (near.code, 1),
        (far.code, 0),
    ]
    assert found[plate.code].available_to_sell == 8
    assert set(found) == {"SET", plate.code}
