"""Bills of materials: revisions that never change, and no SKU inside itself."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from inventory.production import errors, queries
from inventory.production import services as production
from inventory.production.models import BillComponent, BillOfMaterials, Routing
from oms.core import clock
from oms.core.errors import Stale
from oms.core.flows import IllegalTransition
from oms.core.timeline.models import Entry
from tests.inventory.factories import SkuFactory
from tests.inventory.production.made import MAKER, center, content, drafted_bill, released_bill

pytestmark = pytest.mark.django_db


def contents() -> list[list[dict[str, Any]]]:
    return [
        list(model._default_manager.order_by("pk").values())
        for model in (BillOfMaterials, BillComponent, Routing)
    ]


def assert_refused(error: type[Exception], act: Callable[[], Any]) -> Any:
    before, entries = contents(), Entry.objects.count()
    with pytest.raises(error) as raised, transaction.atomic():
        act()
    assert contents() == before
    assert Entry.objects.count() == entries
    return raised.value


def test_a_draft_is_not_used_before_it_is_released() -> None:
    bill = drafted_bill(valid_from=date(2026, 1, 1))

    assert (bill.status, bill.revision) == ("draft", 1)
    assert queries.bill_for(bill.sku_id, on=date(2026, 6, 1)) is None

    production.release_bill(bill_id=bill.pk, actor=MAKER)

    assert queries.bill_for(bill.sku_id, on=date(2026, 6, 1)) == bill
    assert queries.bill_for(bill.sku_id, on=date(2025, 12, 31)) is None


def test_everything_wrong_with_a_draft_is_told_at_once() -> None:
    error = assert_refused(
        errors.InvalidBill,
        lambda: production.write_bill(
            sku_code="NONE", content=production.Content(batch=0), actor=MAKER
        ),
    )

    assert [(each.pointer, each.code) for each in error.problems] == [
        ("/sku", "unknown_sku"),
        ("/batch", "number_range"),
        ("/components", "no_lines"),
    ]


def test_a_draft_is_edited_by_who_has_seen_it_as_it_is() -> None:
    bill = drafted_bill()
    clay = SkuFactory.create()
    kiln = center()

    def edit(version: int) -> BillOfMaterials:
        return production.edit_bill(
            bill_id=bill.pk,
            content=content({clay: 3}, scrap="2.5", at=kiln, load=4, batch=6),
            version=version,
            actor=MAKER,
        )

    assert_refused(Stale, lambda: edit(bill.version + 1))
    edit(bill.version)

    assert [(row.sku, row.quantity, row.scrap) for row in queries.parts_of(bill)] == [
        (clay, 3, Decimal("2.50"))
    ]
    assert [(row.work_center, row.load) for row in queries.ways_of(bill)] == [(kiln, 4)]
    bill.refresh_from_db()
    assert (bill.batch, bill.version) == (6, 2)


def test_a_released_revision_never_changes_and_a_change_is_a_new_one() -> None:
    bill = released_bill()
    clay = SkuFactory.create()

    assert_refused(
        IllegalTransition,
        lambda: production.edit_bill(bill_id=bill.pk, content=content({clay: 1}), actor=MAKER),
    )
    changed = drafted_bill(bill.sku, {clay: 1})

    assert changed.revision == 2
    assert queries.bill_for(bill.sku_id, on=clock.today()) == bill
    production.release_bill(bill_id=changed.pk, actor=MAKER)
    assert queries.bill_for(bill.sku_id, on=clock.today()) == changed
    assert [row.quantity for row in queries.parts_of(bill)] == [2]


def test_a_revision_is_used_from_its_day_on() -> None:
    today = clock.today()
    old = released_bill(valid_from=today)
    new = released_bill(old.sku, valid_from=today + timedelta(days=7))

    assert queries.bill_for(old.sku_id, on=today + timedelta(days=6)) == old
    assert queries.bill_for(old.sku_id, on=today + timedelta(days=7)) == new


def test_a_retired_revision_is_used_no_more() -> None:
    old = released_bill()
    new = released_bill(old.sku)

    production.retire_bill(bill_id=new.pk, reason="cracks", actor=MAKER)

    assert queries.bill_for(old.sku_id, on=clock.today()) == old
    entry = Entry.objects.get(kind="bill.retired")
    assert (entry.reason, entry.after) == ("cracks", {"status": "retired"})
    assert_refused(
        IllegalTransition,
        lambda: production.release_bill(bill_id=new.pk, actor=MAKER),
    )


def test_a_sku_is_not_made_of_what_it_is_in() -> None:
    cup, set_, box = SkuFactory.create(), SkuFactory.create(), SkuFactory.create()
    released_bill(set_, {cup: 6})
    released_bill(box, {set_: 2})

    error = assert_refused(errors.ContainsItself, lambda: drafted_bill(cup, {box: 1}))

    assert error.fields["way"] == [cup.code, box.code, set_.code, cup.code]


def test_a_circle_that_was_closed_since_the_draft_is_refused_when_it_is_released() -> None:
    cup, set_ = SkuFactory.create(), SkuFactory.create()
    draft = drafted_bill(cup, {set_: 1})
    released_bill(set_, {cup: 6})

    assert_refused(
        errors.ContainsItself, lambda: production.release_bill(bill_id=draft.pk, actor=MAKER)
    )


def test_a_bill_is_taken_apart_down_to_what_is_bought() -> None:
    cup, clay, glaze, set_, carton = (SkuFactory.create() for _ in range(5))
    released_bill(cup, {clay: 3, glaze: 1}, scrap="10")
    bill = released_bill(set_, {cup: 6, carton: 1})

    found = {each.sku: each.quantity for each in queries.ground_of(bill, on=clock.today())}

    assert found == {clay: 20, glaze: 7, carton: 1}
