"""PostgreSQL prepares what placing asks, plans it once, and keeps it whatever is refused in between."""

from collections.abc import Iterator

import pytest
from django.db import connection

from inventory.stock.models import Level
from tests.orders.placing.test_api import Shop, Statements

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]

PLANNED_ANEW = (
    5  # so often does the server compare a plan for the values with one for all, before it decides
)


@pytest.fixture(autouse=True)
def _fresh_connection() -> Iterator[None]:
    connection.close()
    yield
    connection.close()


def prepared() -> dict[str, tuple[int, int]]:
    """Return how often each prepared statement was run by the plan for all values, and by one made anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements")
        return {statement: (generic, custom) for statement, generic, custom in cursor.fetchall()}


@pytest.mark.parametrize("lines", [1, 4])
def test_every_statement_of_placing_is_prepared_and_soon_planned_no_more(
    lines: int, statements: Statements
) -> None:
    shop = Shop()
    Level.objects.update(on_hand=1_000)
    body = shop.body(lines=[{"sku": "TEA-1", "quantity": 1}] * lines)
    connection.close()

    for number in range(12):
        with statements() as seen:
            assert shop.post(body | {"external_id": f"A-{number}"}).status_code == 201

    found = prepared()
    # A note of the key's use is made once a minute; everything else is asked for each order.
    asked = len([sql for sql in seen if not sql.startswith("UPDATE")])
    usual = {sql: runs for sql, runs in found.items() if sum(runs) >= 10}
    assert len(usual) == asked == 6
    assert all(custom <= PLANNED_ANEW for _, custom in usual.values())


def test_a_refused_order_leaves_the_statements_prepared() -> None:
    shop = Shop()
    for number in range(3):
        shop.post(shop.body(external_id=f"A-{number}"))
    before = prepared()

    refused = shop.post(shop.body(external_id="A-9", lines=[{"sku": "TEA-1", "quantity": 999}]))

    assert refused.status_code == 409
    assert len(before) >= 6
    assert set(before) <= set(prepared())
    assert shop.post(shop.body(external_id="A-10")).status_code == 201
