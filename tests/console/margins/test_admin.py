"""The page of margins, and what an order earns on its page."""

import pytest

from inventory.costing import services as costing
from oms.accounts import roles
from tests.accounts.factories import signed_in
from tests.inventory.costing.costs import decided
from tests.reporting.margins.test_queries import sold

pytestmark = pytest.mark.django_db


def test_it_shows_lines_and_channels_that_tie_out() -> None:
    decided()
    order = sold()
    costing.run()
    answer = signed_in(roles.SERVICE).get("/admin/margins/")

    assert answer.status_code == 200
    report = answer.context["report"]
    assert report.total.margin == report.groups[0].total.margin == report.rows[0].margin.margin
    assert order.number in answer.content.decode()


def test_the_warehouse_sees_no_margin() -> None:
    decided()
    order = sold()
    assert signed_in(roles.WAREHOUSE).get("/admin/margins/").status_code == 403
    for role, sees in ((roles.SERVICE, True), (roles.MANAGER, True)):
        page = signed_in(role).get(f"/admin/orders/order/{order.pk}/change/")
        assert (b"What it earns" in page.content) is sees


@pytest.mark.parametrize(
    "query", ["since=x", "since=2026-02-01&until=2026-01-01", "channel=none", "sku=%01"]
)
def test_nonsense_is_told_and_not_shown(query: str) -> None:
    assert signed_in(roles.MANAGER).get(f"/admin/margins/?{query}").status_code == 422


def test_nothing_sold_is_said() -> None:
    answer = signed_in(roles.MANAGER).get("/admin/margins/")
    assert b"Nobody has decided yet" in answer.content
    assert b"Nothing has shipped" in answer.content
