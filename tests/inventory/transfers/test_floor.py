"""Shipping and receiving by scanner."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inventory.packs import services as packs
from inventory.packs.rules import NewPack
from inventory.stock.models import Level, Movement
from inventory.transfers.models import TransferOrder
from oms.accounts import roles
from tests.accounts.factories import signed_in
from tests.inventory.factories import (
    SkuFactory,
    draft_transfer,
    released_transfer,
    shipped_transfer,
    transfer_line,
)
from tests.orders.factories import CLERK

pytestmark = pytest.mark.django_db


def page_of(transfer: TransferOrder, act: str) -> str:
    return reverse(f"admin:transfer_{act}", args=(transfer.pk,))


def person(transfer: TransferOrder, act: str) -> Client:
    place = transfer.source if act == "ship" else transfer.destination
    return signed_in(roles.WAREHOUSE, at=[place])


def send(client: Client, transfer: TransferOrder, act: str, **data: Any) -> str:
    """Send a form of the page as a browser without scripts does; return what the next page tells."""
    page = page_of(transfer, act)
    found = re.search(r'name="press_key" value="(\w+)"', client.get(page).content.decode())
    key = {"press_key": found[1]} if found else {}
    answer = client.post(page, {**key, **data}, follow=True)
    told = re.search(r'data-tone="(\w+)".*?</span>\s*(.*?)</p>', answer.content.decode(), re.DOTALL)
    assert told, answer.content.decode()
    return f"{told[1]}: {told[2]}"


def counters(transfer: TransferOrder) -> tuple[int, int]:
    line = transfer_line(transfer)
    return line.shipped, line.received


def test_scans_are_gathered_and_leave_by_one_press() -> None:
    transfer = released_transfer()
    sku = transfer_line(transfer).sku
    client = person(transfer, "ship")

    assert send(client, transfer, "ship", scan=sku.barcode) == f"good: {sku.code}: 1 of 4."
    assert send(client, transfer, "ship", scan=sku.code) == f"good: {sku.code}: 2 of 4."
    assert counters(transfer) == (0, 0)
    told = send(client, transfer, "ship", commit="1")

    assert told == f"good: On the way to {transfer.destination.name}: 2."
    assert counters(transfer) == (2, 0)
    assert client.get(page_of(transfer, "ship")).context["counted"] == 0


def test_a_gtin_is_known_with_zeros_before_it() -> None:
    sku = SkuFactory.create(barcode="4006381333931")
    transfer = released_transfer({sku: 2})

    told = send(person(transfer, "ship"), transfer, "ship", scan="04006381333931")

    assert told == f"good: {sku.code}: 1 of 2."


def test_buttons_count_by_hand_and_back() -> None:
    transfer = released_transfer()
    line = transfer_line(transfer)
    client = person(transfer, "ship")

    send(client, transfer, "ship", all=line.pk)
    assert send(client, transfer, "ship", more=line.pk).startswith("bad: ")
    assert send(client, transfer, "ship", less=line.pk).endswith("one taken back.")
    send(client, transfer, "ship", commit="1")

    assert counters(transfer) == (3, 0)


def test_a_scan_sent_twice_counts_once() -> None:
    transfer = released_transfer()
    client = person(transfer, "ship")
    data = {"press_key": "0a" * 16, "scan": transfer_line(transfer).sku.code}

    client.post(page_of(transfer, "ship"), data)
    again = client.post(page_of(transfer, "ship"), data, follow=True)

    assert "counted already" in again.content.decode()
    assert again.context["counted"] == 1


def test_one_press_sent_twice_ships_once() -> None:
    transfer = released_transfer()
    client = person(transfer, "ship")
    send(client, transfer, "ship", scan=transfer_line(transfer).sku.code)
    data = {"press_key": "0b" * 16, "commit": "1"}

    for _ in range(2):
        client.post(page_of(transfer, "ship"), data)

    assert counters(transfer) == (1, 0)


def test_what_arrives_is_counted_by_condition() -> None:
    transfer = shipped_transfer()
    line = transfer_line(transfer)
    client = person(transfer, "receive")

    send(client, transfer, "receive", scan=line.sku.barcode)
    assert send(client, transfer, "receive", into="damaged") == "good: The next units are damaged."
    send(client, transfer, "receive", scan=line.sku.barcode)
    send(client, transfer, "receive", into="available")
    send(client, transfer, "receive", all=line.pk)
    told = send(client, transfer, "receive", commit="1")

    assert told == "good: Received: 4."
    level = Level.objects.get(location=transfer.destination)
    assert (level.on_hand, level.damaged) == (4, 1)
    transfer.refresh_from_db()
    assert transfer.status == "closed"


def test_what_is_missing_is_reported() -> None:
    transfer = shipped_transfer()
    client = person(transfer, "receive")
    send(client, transfer, "receive", scan=transfer_line(transfer).sku.code)

    told = send(client, transfer, "receive", commit="1", complete="1")

    assert told == "good: Received: 1. What is missing is reported."
    transfer.refresh_from_db()
    assert (transfer.status, counters(transfer)) == ("received", (4, 1))


def test_one_too_many_is_counted_on_purpose_and_kept_with_a_reason() -> None:
    transfer = shipped_transfer()
    line = transfer_line(transfer)
    client = person(transfer, "receive")
    send(client, transfer, "receive", all=line.pk)

    assert send(client, transfer, "receive", scan=line.sku.code).startswith("bad: ")
    send(client, transfer, "receive", extra=line.pk)
    refused = send(client, transfer, "receive", commit="1")
    assert refused.startswith("bad: ")
    assert counters(transfer) == (4, 0)
    told = send(client, transfer, "receive", commit="1", found="one more in the box")

    assert told == "good: Received: 5."
    assert Movement.objects.get(kind="adjustment").reason == "one more in the box"


@pytest.mark.parametrize("scan", ["\x00", "9" * 5000, "\u202e", "<b>", "%", "'", "4006381333931"])
def test_a_nonsense_scan_is_told_and_counts_nothing(scan: str) -> None:
    transfer = released_transfer()
    client = person(transfer, "ship")

    assert send(client, transfer, "ship", scan=scan).startswith("bad: ")

    assert client.get(page_of(transfer, "ship")).context["counted"] == 0


@pytest.mark.parametrize(
    "data",
    [
        {"more": "999999"},
        {"all": "x"},
        {"less": ""},
        {"into": "customer"},
        {"commit": "1"},
        {"extra": "1"},
    ],
)
def test_a_crafted_form_changes_nothing(data: dict[str, str]) -> None:
    transfer = released_transfer()

    told = send(person(transfer, "ship"), transfer, "ship", **data)

    assert told.startswith("bad: ")
    assert counters(transfer) == (0, 0)


def test_a_draft_is_not_shipped_by_scanner() -> None:
    transfer = draft_transfer()
    client = person(transfer, "ship")

    answer = client.get(page_of(transfer, "ship"))

    assert "The transfer is draft." in answer.content.decode()
    assert client.post(page_of(transfer, "ship"), {"commit": "1"}).status_code == 302
    assert counters(transfer) == (0, 0)


def test_the_floor_names_what_leaves_and_what_comes_and_a_scanned_number_opens_it() -> None:
    transfer = released_transfer()
    client = person(transfer, "ship")

    floor = client.get("/admin/warehouse/")
    opened = client.post("/admin/warehouse/", {"scan": transfer.number.lower()})

    assert f"to ship to {transfer.destination.name}" in floor.content.decode()
    assert opened["Location"] == page_of(transfer, "ship")
    shipped = shipped_transfer()
    receiver = person(shipped, "receive")
    assert f"comes from {shipped.source.name}" in receiver.get("/admin/warehouse/").content.decode()
    arrived = receiver.post("/admin/warehouse/", {"scan": shipped.number})
    assert arrived["Location"] == page_of(shipped, "receive")


def test_the_page_takes_the_same_statements_for_one_line_and_many(
    django_assert_max_num_queries: Any,
) -> None:
    for count in (1, 12):
        transfer = released_transfer(dict.fromkeys(SkuFactory.create_batch(count), 1))
        client = person(transfer, "ship")
        with django_assert_max_num_queries(10):
            assert client.get(page_of(transfer, "ship")).status_code == 200


def test_the_barcode_of_a_pack_counts_its_units_but_no_more_than_are_left() -> None:
    transfer = released_transfer()
    sku = transfer_line(transfer).sku
    packs.define(sku_id=sku.pk, packs=[NewPack("TRIO", 3, "TRIO-1")], actor=CLERK)
    client = person(transfer, "ship")

    assert send(client, transfer, "ship", scan="TRIO-1") == f"good: {sku.code}: 3 of 4."
    told = send(client, transfer, "ship", scan="TRIO-1")

    assert told == f"bad: {sku.code}: a pack of 3, and only 1 are left to count."
