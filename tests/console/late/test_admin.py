"""The page of what is late."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inventory.inbound.models import Inbound
from inventory.stock.models import Level
from oms.accounts import roles
from oms.console.late import queries
from oms.core import clock
from tests.accounts.factories import signed_in
from tests.fulfillment.factories import open_work, scan, shipped_shipment
from tests.inventory.factories import LocationFactory, SkuFactory, shipped_transfer
from tests.inventory.purchasing.orders import placed
from tests.orders.factories import ChannelFactory, place_order, stocked_sku

pytestmark = pytest.mark.django_db

PAGE = "/admin/late/"


def shown(client: Client) -> dict[str, list[tuple[str, str]]]:
    """Return the numbers and causes on the page, by section."""
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return {section.name: told(section.rows) for section in answer.context["sections"]}


def told(rows: Sequence[queries.Late]) -> list[tuple[str, str]]:
    return [(row.document.number if row.document else row.what, row.cause) for row in rows]


def overdue() -> None:
    """Let everything that is on its way have been due yesterday."""
    Inbound.objects.update(due_on=clock.today() - timedelta(days=1))


def test_everything_late_is_told_with_its_cause() -> None:
    channel = ChannelFactory.create(backorders=True)
    sku = stocked_sku(5)
    place_order([(sku, 5)], channel=channel, released=True)
    waits = place_order([(sku, 2)], channel=channel, pays_on_terms=True)
    work = open_work()
    parcel = shipped_shipment()
    scan(parcel, "delayed", clock.now(), description="Snow")
    type(parcel).objects.update(expected_on=clock.today() - timedelta(days=1))
    transfer = shipped_transfer({sku: 1})
    type(waits).objects.update(placed_at=clock.now() - timedelta(days=3))
    type(work).objects.update(created_at=clock.now() - timedelta(days=2))
    overdue()

    sections = shown(signed_in(roles.MANAGER))

    assert (waits.number, "2 units wait for stock") in sections["orders"]
    assert (work.number, "nobody has begun to pick") in sections["work"]
    assert sections["parcels"] == [(parcel.number, "Snow, last scan today")]
    assert sections["supplies"] == [(transfer.number, f"left {transfer.source.name}, not received")]


def test_what_is_in_time_is_not_there() -> None:
    place_order([(stocked_sku(1), 1)])
    open_work()
    shipped_shipment()
    shipped_transfer()
    Inbound.objects.update(due_on=clock.today())

    assert shown(signed_in(roles.MANAGER)) == {
        "orders": [],
        "work": [],
        "parcels": [],
        "supplies": [],
    }


def test_a_late_purchase_says_what_the_supplier_did_and_how_many_units_wait_for_it() -> None:
    sku = SkuFactory.create()
    order = placed(LocationFactory.create(), {sku: 12})
    place_order([(sku, 3)], channel=ChannelFactory.create(backorders=True))
    overdue()

    (late,) = queries.supplies(location_ids=None, today=clock.today())

    assert late.document is not None
    assert (late.document.number, late.cause, late.waiting) == (
        order.number,
        "the supplier has not confirmed the order",
        3,
    )


def test_the_warehouse_sees_its_own_places_and_no_orders() -> None:
    work, other = open_work(), open_work()
    type(work).objects.update(created_at=clock.now() - timedelta(days=2))
    client = signed_in(roles.WAREHOUSE, at=[work.location])

    sections = shown(client)

    assert "orders" not in sections
    assert [number for number, _ in sections["work"]] == [work.number]
    assert other.number not in client.get(PAGE).content.decode()


def test_the_page_takes_the_same_statements_for_few_rows_and_many() -> None:
    client = signed_in(roles.MANAGER)

    def more() -> None:
        shipped_transfer()
        open_work()
        type(shipped_shipment()).objects.update(expected_on=date(2020, 1, 1))
        place_order([(stocked_sku(1), 1)])
        overdue()

    def statements() -> int:
        with (
            CaptureQueriesContext(connection) as asked,
            clock.travelled(datetime.now(UTC) + timedelta(days=9)),
        ):
            assert all(shown(client).values())
        return len(asked)

    more()
    statements()
    few = statements()
    for _ in range(3):
        more()

    assert statements() == few <= 22


def test_the_longest_late_is_shown_first_and_lists_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        shipped_transfer()
    levels = list(Level.objects.filter(incoming__gt=0).order_by("pk").values_list("pk", flat=True))
    for back, level_id in enumerate(levels, start=1):
        Inbound.objects.filter(level=level_id).update(
            due_on=date(2026, 1, 1) - timedelta(days=back)
        )
    monkeypatch.setattr(queries, "SHOWN", 2)

    late = queries.supplies(location_ids=None, today=date(2026, 1, 2))

    assert [row.since for row in late] == [date(2025, 12, 29), date(2025, 12, 30)]
