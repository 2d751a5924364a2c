"""Production orders in the console: writing, acts, the bench, the board."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inventory.catalog.models import Tracking
from inventory.locations.models import Location
from inventory.production.models import PostedLot, ProductionOrder, ProductionPosting
from inventory.stock.models import Level
from oms.accounts import roles
from oms.core import clock
from tests.accounts.factories import signed_in
from tests.inventory.factories import LocationFactory, SkuFactory, lots_level
from tests.inventory.production.made import (
    begun_order,
    center,
    component,
    confirmed_order,
    drafted_order,
    posted,
    released_bill,
    stocked,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/inventory/productionorder/"


@pytest.fixture
def place() -> Location:
    return LocationFactory.create(code="BER", name="Berlin")


def page_of(order: ProductionOrder) -> str:
    return reverse("admin:inventory_productionorder_change", args=(order.pk,))


def press(client: Client, order: ProductionOrder, name: str, **data: Any) -> Any:
    address = reverse("admin:inventory_productionorder_press", args=(order.pk, name))
    shown = client.get(address).content.decode()
    kept = dict(re.findall(r'name="(press_\w+)" value="(\w*)"', shown))
    return client.post(address, {**kept, **data})


def now(order: ProductionOrder) -> ProductionOrder:
    return ProductionOrder.objects.get(pk=order.pk)


# Writing ------------------------------------------------------------------------------------------


def typed(order: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "press_key": uuid.uuid4().hex,
        "location": "BER",
        "quantity": "10",
        "revision": "",
        "work_center": "",
        "due_on": "",
        "not_before": "",
        "note": "",
        **order,
        **more,
    }


def test_asking_how_soon_stores_nothing(place: Location) -> None:
    bill = released_bill(parts={stocked(place, 30): 2}, lead_days=2)

    answer = signed_in().post(
        reverse("admin:production_entry"), typed({"sku": bill.sku.code}, look="1")
    )

    day = clock.today(place.time_zone) + timedelta(days=2)
    text = answer.content.decode()
    assert f"10 can be finished on {day.day} {day:%b %Y}." in text
    assert not ProductionOrder.objects.exists()


def test_a_draft_is_written_once_and_edited(place: Location) -> None:
    bill = released_bill(parts={stocked(place): 2})
    client = signed_in()
    form = typed({"sku": bill.sku.code}, write="1")

    answer = client.post(reverse("admin:production_entry"), form)
    client.post(reverse("admin:production_entry"), form)

    order = ProductionOrder.objects.get()
    assert answer.url == page_of(order)
    edit = reverse("admin:production_edit", args=(order.pk,))
    version = re.search(r'name="version" value="(\d+)"', client.get(edit).content.decode())
    assert version
    client.post(edit, typed({"sku": bill.sku.code}, quantity="3", version=version[1], write="1"))
    assert now(order).quantity == 3
    assert component(order).planned == 6


def test_what_cannot_be_made_is_told_beside_its_field(place: Location) -> None:
    sku = stocked(place)

    answer = signed_in().post(reverse("admin:production_entry"), typed({"sku": sku.code}, look="1"))

    assert answer.status_code == 422
    assert "No bill of materials is in force for this SKU." in answer.content.decode()


# Acts ---------------------------------------------------------------------------------------------


def test_an_order_is_led_from_draft_to_done_by_its_buttons(place: Location) -> None:
    order = drafted_order(location=place)
    client = signed_in()

    assert press(client, order, "confirm").status_code == 302
    assert press(client, order, "start").status_code == 302
    assert press(client, order, "post", produced="6", scrapped="1").status_code == 302
    assert press(client, order, "finish").status_code == 422
    assert press(client, order, "finish", reason="clay is out").status_code == 302

    assert (now(order).status, now(order).produced, now(order).scrapped) == ("done", 6, 1)
    text = client.get(page_of(order)).content.decode()
    assert "6 sound, 1 spoilt, 3 to be made" in text
    assert f"{order.number}-1" in text


def test_short_components_are_told_and_may_be_waited_for(place: Location) -> None:
    order = drafted_order(location=place, stock=5)
    client = signed_in()

    refused = press(client, order, "confirm")

    assert refused.status_code == 409
    assert "(5 of 20)" in refused.content.decode()
    assert press(client, order, "confirm", with_shortages="on").status_code == 302
    assert "15</span>" in client.get(page_of(order)).content.decode()
    assert order.number in client.get(LIST, {"tab": "short"}).content.decode()


def test_a_posting_is_taken_back_by_a_manager(place: Location) -> None:
    order = begun_order(location=place)
    posting = posted(order, 4)

    answer = press(signed_in(), order, "undo", posting=posting.pk, reason="miscounted")

    assert answer.status_code == 302
    assert now(order).produced == 0


def test_an_order_is_planned_anew(place: Location) -> None:
    bill = released_bill(parts={stocked(place): 1}, at=center(place))
    order = confirmed_order(location=place, bill=bill)
    day = clock.today(place.time_zone) + timedelta(days=9)

    answer = press(signed_in(), order, "schedule", start=day.isoformat(), reason="ill")

    assert answer.status_code == 302
    assert now(order).starts_on == day


def test_the_list_shows_what_is_late(place: Location) -> None:
    late = confirmed_order(location=place, due_on=clock.today() - timedelta(days=1), quantity=2)
    other = confirmed_order(location=place)
    client = signed_in()

    text = client.get(LIST, {"tab": "late"}).content.decode()

    assert late.number in text
    assert other.number not in text


def test_the_warehouse_posts_at_its_own_locations_and_plans_nothing(place: Location) -> None:
    own, foreign = begun_order(location=place), begun_order()
    client = signed_in(roles.WAREHOUSE, at=[place])

    assert client.get(page_of(own)).status_code == 200
    assert client.get(page_of(foreign)).status_code == 404
    assert client.get(reverse("admin:production_post", args=(foreign.pk,))).status_code == 404
    assert press(client, own, "post", produced="1").status_code == 302
    address = reverse("admin:inventory_productionorder_press", args=(own.pk, "finish"))
    assert client.get(address).status_code == 403
    assert foreign.number not in client.get(LIST).content.decode()


def test_lists_and_pages_cost_the_same_whatever_they_show(place: Location, statements: Any) -> None:
    client = signed_in()
    board = reverse("admin:production_board")
    bench = center(place)

    def order() -> ProductionOrder:
        bill = released_bill(parts={stocked(place): 1, stocked(place): 1}, at=bench)
        return begun_order(location=place, bill=bill, quantity=2)

    first = order()
    posted(first, 1)
    for page in (LIST, board, page_of(first)):
        client.get(page)
    with statements() as few:
        for page in (LIST, board, page_of(first)):
            client.get(page)
    for _ in range(3):
        order()
    posted(first, 1)
    with statements() as many:
        for page in (LIST, board, page_of(first)):
            client.get(page)

    assert len(many) == len(few)


# The board ----------------------------------------------------------------------------------------


def test_the_board_shows_days_with_their_orders_and_marks_late_ones(place: Location) -> None:
    bench = center(place, name="Wheel")
    bill = released_bill(parts={stocked(place): 1}, at=bench)
    order = confirmed_order(
        location=place, bill=bill, quantity=14, due_on=clock.today(place.time_zone)
    )
    client = signed_in()

    text = client.get(reverse("admin:production_board")).content.decode()

    assert "Wheel" in text
    assert "10/10" in text
    assert "4/10" in text
    assert text.count("c-job-late") == 2
    assert page_of(order) in text
    assert client.get(reverse("admin:production_board"), {"from": "nonsense"}).status_code == 200
    empty = client.get(reverse("admin:production_board"), {"from": "2020-01-01"})
    assert "c-job" not in empty.content.decode()


def test_the_board_shows_own_locations_alone(place: Location) -> None:
    center(place, name="Wheel")
    center(name="Lathe")

    text = (
        signed_in(roles.WAREHOUSE, at=[place])
        .get(reverse("admin:production_board"))
        .content.decode()
    )

    assert "Wheel" in text
    assert "Lathe" not in text


# Lots and serial numbers --------------------------------------------------------------------------


def tracked_order(tracking: str = Tracking.LOT) -> ProductionOrder:
    """Return an order that was begun, of tracked goods: two of a part of which two lots lie there go into each."""
    parts = lots_level({"P-1": 8, "P-2": 8})
    bill = released_bill(SkuFactory.create(tracking=tracking), parts={parts.sku: 2})
    return begun_order(location=parts.location, bill=bill, quantity=5)


def kept_lots(order: ProductionOrder) -> list[tuple[str, str, int]]:
    rows = PostedLot.objects.filter(line__posting__order=order).order_by("line_id", "lot__number")
    return list(rows.values_list("line__kind", "lot__number", "quantity"))


def test_lots_are_named_with_a_posting_and_are_optional() -> None:
    order = tracked_order()
    client, field = signed_in(), f"lots_used_{component(order).pk}"

    bad = press(client, order, "post", produced="3", lots="A, soon", inspect_lots="x")
    assert bad.status_code == 422
    refused = press(client, order, "post", produced="3", **{field: "NONE, 1"})
    assert refused.status_code == 409
    assert "is not in stock here" in refused.content.decode()
    assert kept_lots(order) == []
    named = press(client, order, "post", produced="3", lots="A, 1\nB, 2", **{field: "P-2"})
    assert named.status_code == 302
    assert press(client, order, "post", produced="1").status_code == 302

    number = ProductionPosting.objects.latest("pk").number
    assert kept_lots(order) == [
        ("consume", "P-2", 6),
        ("output", "A", 1),
        ("output", "B", 2),
        ("consume", "P-1", 2),
        ("output", number, 1),
    ]


def test_only_what_is_tracked_asks_for_lots(place: Location) -> None:
    address = "admin:inventory_productionorder_press"
    plain = signed_in().get(reverse(address, args=(begun_order(location=place).pk, "post")))

    assert 'name="lots' not in plain.content.decode()


def test_serial_numbers_are_scanned_at_the_bench_and_stay_when_something_is_refused() -> None:
    order = tracked_order(Tracking.SERIAL)
    bench = Bench(order, signed_in(roles.WAREHOUSE, at=[order.location]))

    assert "SN-1: 1 sound" in bench.do(scan="SN-1")
    assert "SN-1 was scanned already" in bench.do(scan="SN-1")
    bench.do(more="1")
    refused = bench.do(book="1", lots="SN-1", inspect_lots="")
    assert "2 units" in refused
    assert ">SN-1</textarea>" in refused
    assert "2 posted as" in bench.do(book="1", lots="SN-1\nSN-2")

    assert [row for row in kept_lots(order) if row[0] == "output"] == [
        ("output", "SN-1", 1),
        ("output", "SN-2", 1),
    ]


# The bench ----------------------------------------------------------------------------------------


class Bench:
    """A person with a scanner."""

    def __init__(self, order: ProductionOrder, client: Client) -> None:
        self.order, self.client = order, client
        self.page = reverse("admin:production_post", args=(order.pk,))

    def do(self, **data: str) -> str:
        """Send a form of the page, and return what the page says then."""
        answer = self.client.post(self.page, {"press_key": uuid.uuid4().hex, **data}, follow=True)
        return answer.content.decode()


@pytest.fixture
def bench(place: Location) -> Bench:
    order = confirmed_order(location=place)
    return Bench(order, signed_in(roles.WAREHOUSE, at=[place]))


def test_a_scanned_article_leads_to_its_order(bench: Bench) -> None:
    floor = reverse("admin:production_floor")
    sku = bench.order.bill.sku

    assert bench.order.number in bench.client.get(floor).content.decode()
    for code in (sku.barcode, sku.code, bench.order.number.lower()):
        assert bench.client.post(floor, {"scan": code}).url == bench.page, code
    answer = bench.client.post(floor, {"scan": "NONE"}, follow=True)
    assert "Nothing that is to be made" in answer.content.decode()


def test_units_are_counted_by_scans_and_posted_at_once(bench: Bench) -> None:
    sku = bench.order.bill.sku
    bench.do(scan=sku.barcode)
    bench.do(scan=sku.code)
    bench.do(more="1")
    bench.do(less="1")
    bench.do(into="scrapped")
    text = bench.do(scan=sku.barcode)
    assert "2 sound" in text
    assert "1 spoilt" in text
    assert "<b>6</b> by the plan" in text
    assert not ProductionPosting.objects.exists()

    assert "3 posted as" in bench.do(book="1")

    order = now(bench.order)
    assert (order.status, order.produced, order.scrapped) == ("in_progress", 2, 1)
    assert Level.objects.get(sku=sku).on_hand == 2
    assert component(order).consumed == 6


def test_the_rest_is_counted_by_one_press_and_a_number_by_typing(bench: Bench) -> None:
    assert "10 sound" in bench.do(rest="1")
    assert "7 sound" in bench.do(set=bench.order.bill.sku.code, quantity="7")
    assert "How many?" in bench.do(set=bench.order.bill.sku.code, quantity="x")


def test_what_was_used_otherwise_needs_a_reason(bench: Bench) -> None:
    part = component(bench.order).sku
    bench.do(set=bench.order.bill.sku.code, quantity="2")
    assert "<b>5</b> used, 4 planned" in bench.do(set=part.code, quantity="5")

    assert "4 by the plan, not 5" in bench.do(book="1")
    assert "2 posted as" in bench.do(book="1", reason="one cracked")

    assert component(bench.order).consumed == 5


def test_a_component_may_go_back_to_the_plan(bench: Bench) -> None:
    part = component(bench.order).sku
    bench.do(scan=bench.order.bill.sku.code)
    assert "1 used" in bench.do(scan=part.barcode)

    assert "<b>2</b> by the plan" in bench.do(plan=part.code)


def test_a_form_that_is_sent_twice_posts_once(bench: Bench) -> None:
    bench.do(scan=bench.order.bill.sku.code)
    key = uuid.uuid4().hex

    bench.do(book="1", press_key=key)
    assert "counted already" in bench.do(book="1", press_key=key)

    assert ProductionPosting.objects.count() == 1


def test_senseless_scans_are_told(bench: Bench) -> None:
    assert "NONE is not in this order." in bench.do(scan="NONE")
    assert "Scan an article" in bench.do(scan="")
    assert "There is no such condition." in bench.do(into="golden")
    assert "Nothing is counted yet." in bench.do(book="1")
