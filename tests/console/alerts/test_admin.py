"""The page of alerts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.costing import services as costing
from inventory.lots.models import Lot
from inventory.stock.models import Level
from oms.accounts import roles
from oms.console.alerts import queries
from oms.core import clock
from tests.accounts.factories import signed_in
from tests.inventory.costing.costs import bought, decided
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory, with_bins
from tests.inventory.planning.plans import forecast
from tests.orders.factories import place_order, ship

pytestmark = pytest.mark.django_db

PAGE = "/admin/alerts/"


def dated(days: int) -> Level:
    """Return ten units at a dock that can be used for so many days more."""
    level = LevelFactory.create()
    with_bins(level.location)
    lot = Lot.objects.create(
        sku=level.sku, number=f"L{days}", expires_on=clock.today() + timedelta(days=days)
    )
    level.contents.update(lot=lot)
    return level


def test_levels_below_safety_stock_are_told_the_barest_first() -> None:
    bare = LevelFactory.create(on_hand=1, safety_stock=10)
    low = LevelFactory.create(on_hand=9, damaged=1, safety_stock=9)
    LevelFactory.create(on_hand=9, safety_stock=9)
    LevelFactory.create(empty=True)

    found = queries.short(location_ids=None)

    assert [(row.level.pk, row.missing) for row in found] == [(bare.pk, 9), (low.pk, 1)]


def test_stock_for_more_than_half_a_year_is_told() -> None:
    much, enough, never = (LevelFactory.create(on_hand=units) for units in (53, 52, 3))
    for level in (much, enough):
        forecast(level.sku, level.location, 2.0)
    forecast(never.sku, never.location, 0.0)
    LevelFactory.create(on_hand=900)

    found = queries.excess(location_ids=None)

    assert [(row.level.pk, row.weeks) for row in found] == [(never.pk, None), (much.pk, 26)]


def test_goods_are_told_before_they_expire() -> None:
    soon, over = dated(queries.EXPIRY_DAYS), dated(-1)
    dated(queries.EXPIRY_DAYS + 1)

    found = queries.expiring(location_ids=None, today=clock.today())

    assert [row.level_id for row in found] == [over.pk, soon.pk]


def test_lines_sold_at_a_loss_are_told_the_largest_loss_first() -> None:
    decided()
    for cost in ("1.00", "500.00", "900.00"):
        sku = SkuFactory.create()
        bought(sku, 2, cost, LocationFactory.create())
        ship(place_order([(sku, 1)], released=True), number=f"S-{cost}")
    costing.run()

    currency, rows = queries.losing(today=clock.today())

    assert currency == "EUR"
    assert [row.margin.cost for row in rows] == [Decimal("900.00"), Decimal("500.00")]


@pytest.mark.parametrize(("role", "sees_losses"), [(roles.MANAGER, True), (roles.WAREHOUSE, False)])
def test_each_sees_what_he_may_at_his_places(role: str, sees_losses: bool) -> None:
    mine = LevelFactory.create(on_hand=1, safety_stock=2)
    other = LevelFactory.create(on_hand=1, safety_stock=2)

    answer = signed_in(role, at=[mine.location]).get(PAGE)

    assert answer.status_code == 200
    text = answer.content.decode()
    assert ("Sold at a loss" in text) is sees_losses
    assert mine.sku.code in text
    assert other.sku.code not in text


def test_the_page_takes_the_same_statements_for_few_rows_and_many() -> None:
    client = signed_in(roles.MANAGER)

    def more() -> Any:
        LevelFactory.create(on_hand=1, safety_stock=2)
        forecast(SkuFactory.create(), LevelFactory.create(on_hand=90).location, 1.0)
        level = LevelFactory.create(on_hand=90)
        forecast(level.sku, level.location, 1.0)
        return dated(1)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(PAGE).status_code == 200
        return len(asked)

    more()
    statements()
    few = statements()
    for _ in range(3):
        more()

    assert statements() == few <= 16
