"""The pick page."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.work.models import FulfillmentOrder
from inventory.stock.models import Level
from oms.accounts import roles
from oms.core.timeline.models import Entry
from tests.accounts.factories import signed_in
from tests.fulfillment.factories import lines_of, open_work, picked_work, units_of
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory

pytestmark = pytest.mark.django_db


def page_of(work: FulfillmentOrder) -> str:
    return reverse("admin:warehouse_pick", args=(work.pk,))


def picker(work: FulfillmentOrder) -> Client:
    return signed_in(roles.WAREHOUSE, at=[work.location])


def key(client: Client, address: str) -> str:
    found = re.search(r'name="press_key" value="(\w+)"', client.get(address).content.decode())
    return found[1] if found else ""


def send(client: Client, work: FulfillmentOrder, **data: Any) -> str:
    """Send a form of the page as a browser without scripts does; return what the next page tells."""
    address = page_of(work)
    answer = client.post(address, {"press_key": key(client, address), **data}, follow=True)
    told = re.search(r'data-tone="(\w+)".*?</span>\s*(.*?)</p>', answer.content.decode(), re.DOTALL)
    assert told, answer.content.decode()
    return f"{told[1]}: {told[2]}"


def test_stops_stand_in_walk_order() -> None:
    place = LocationFactory.create()
    wanted = []
    for bin_code in ("B-2", "A-10", "A-2"):
        sku = SkuFactory.create()
        LevelFactory.create(sku=sku, location=place, bin_code=bin_code)
        wanted.append((sku, 1))
    work = open_work(wanted)

    stops = picker(work).get(page_of(work)).context["stops"]

    assert [stop.bin_code for stop in stops] == ["A-2", "A-10", "B-2"]


def test_each_scan_counts_one_unit() -> None:
    work = open_work()
    line = lines_of(work)[0]
    client = picker(work)

    first = send(client, work, scan=line.sku.barcode)
    second = send(client, work, scan=line.sku.code)

    assert first == f"good: {line.sku.code}: 1 of 2. 1 more."
    assert second == f"good: {line.sku.code}: 2 of 2. All picked."
    assert units_of(line) == {"picked": 2}


def test_a_wrong_article_is_refused_and_counts_nothing() -> None:
    work = open_work()
    client = picker(work)

    told = send(client, work, scan="4006381333931<b>")

    assert told.startswith("bad:")
    assert "&lt;b&gt;" in told
    assert units_of(lines_of(work)[0]) == {"to_pick": 2}


def test_one_too_many_is_refused() -> None:
    work = picked_work()
    line = lines_of(work)[0]
    client = picker(work)

    told = send(client, work, press_key="0a" * 16, scan=line.sku.barcode)

    assert told.startswith("bad:")
    assert units_of(line) == {"picked": 2}


def test_a_scan_sent_twice_counts_once() -> None:
    work = open_work()
    line = lines_of(work)[0]
    client = picker(work)
    data = {"press_key": key(client, page_of(work)), "scan": line.sku.barcode}

    client.post(page_of(work), data)
    again = client.post(page_of(work), data, follow=True)

    assert "counted already" in again.content.decode()
    assert units_of(line) == {"picked": 1, "to_pick": 1}


def test_buttons_count_by_hand_and_back() -> None:
    work = open_work()
    line = lines_of(work)[0]
    client = picker(work)

    send(client, work, more=line.pk)
    assert units_of(line) == {"picked": 1, "to_pick": 1}
    send(client, work, all=line.pk)
    assert units_of(line) == {"picked": 2}
    assert send(client, work, less=line.pk) == "good: One put back."
    assert units_of(line) == {"picked": 1, "to_pick": 1}


def test_the_command_code_takes_the_last_scan_back() -> None:
    work = open_work()
    line = lines_of(work)[0]
    client = picker(work)
    send(client, work, scan=line.sku.barcode)

    assert send(client, work, scan="OMS-UNDO") == "good: One put back."

    assert units_of(line) == {"to_pick": 2}
    assert send(client, work, scan="OMS-UNDO").startswith("bad:")


def test_a_short_corrects_the_stock_and_keeps_the_reason() -> None:
    work = open_work()
    line = lines_of(work)[0]
    client = picker(work)

    told = send(client, work, short=line.pk, quantity="1", reason="Damaged", words="wet box")

    assert told == "good: Reported: 1 wait for stock."
    assert units_of(line) == {"short": 1, "to_pick": 1}
    assert Entry.objects.get(kind="work.short").reason == "Damaged: wet box"
    assert Level.objects.get(sku=line.sku, location=work.location).on_hand < 10


@pytest.mark.parametrize("quantity", ["", "0", "3", "-1", "x", "9" * 30])
def test_a_short_of_a_senseless_number_changes_nothing(quantity: str) -> None:
    work = open_work()
    line = lines_of(work)[0]

    told = send(picker(work), work, short=line.pk, quantity=quantity, reason="Not there")

    assert told.startswith("bad:")
    assert units_of(line) == {"to_pick": 2}


def test_a_line_of_other_work_cannot_be_touched_by_a_crafted_form() -> None:
    mine, other = open_work(), open_work()
    foreign = lines_of(other)[0]
    client = picker(mine)

    for data in (
        {"more": foreign.pk},
        {"less": foreign.pk},
        {"all": foreign.pk},
        {"short": foreign.pk, "quantity": "1", "reason": "Not there"},
    ):
        assert send(client, mine, **data).startswith("bad:"), data

    assert units_of(foreign) == {"to_pick": 2}


def test_the_pick_list_is_a_pdf() -> None:
    work = open_work()

    answer = picker(work).get(reverse("admin:warehouse_pick_list", args=(work.pk,)))

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_the_page_takes_the_same_statements_for_one_line_and_many(
    django_assert_max_num_queries: Any,
) -> None:
    place = LocationFactory.create()

    def work_of(lines: int) -> FulfillmentOrder:
        wanted = []
        for _ in range(lines):
            sku = SkuFactory.create()
            LevelFactory.create(sku=sku, location=place)
            wanted.append((sku, 1))
        return open_work(wanted)

    small, large = work_of(1), work_of(12)
    client = signed_in(roles.WAREHOUSE, at=[place])
    for work in (small, large):
        with django_assert_max_num_queries(10):
            assert client.get(page_of(work)).status_code == 200


@pytest.mark.parametrize("scan", ["\x00", "\x00\x00x", "9" * 5000, "\u202e", "^XA", "%", "'"])
def test_a_nonsense_scan_is_told_and_counts_nothing(scan: str) -> None:
    work = open_work()
    client = picker(work)

    assert send(client, work, scan=scan).startswith("bad: ")
    answer = client.post(reverse("admin:warehouse"), {"scan": scan})

    assert answer.status_code in (200, 302)
    assert lines_of(work)[0].picked == 0


def test_zero_bytes_in_the_reason_of_a_short_are_left_out() -> None:
    work = open_work()
    line = lines_of(work)[0]

    told = send(
        picker(work), work, short=str(line.pk), quantity="1", reason="Dam\x00aged", words="\x00"
    )

    assert told.startswith("good: Reported")
    assert Entry.objects.filter(reason="Damaged").exists()
