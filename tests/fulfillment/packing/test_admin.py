"""The pack page."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.packing.models import Shipment
from fulfillment.work.models import FulfillmentOrder
from oms.accounts import roles
from tests.accounts.factories import signed_in
from tests.fulfillment.factories import PARCEL, lines_of, packed_shipment, picked_work, units_of
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory

pytestmark = pytest.mark.django_db


def page_of(work: FulfillmentOrder) -> str:
    return reverse("admin:warehouse_pack", args=(work.pk,))


def packer(work: FulfillmentOrder) -> Client:
    return signed_in(roles.WAREHOUSE, at=[work.location])


def send(client: Client, work: FulfillmentOrder, **data: Any) -> str:
    answer = client.post(page_of(work), data, follow=True)
    told = re.search(r'data-tone="(\w+)".*?</span>\s*(.*?)</p>', answer.content.decode(), re.DOTALL)
    return f"{told[1]}: {told[2]}" if told else ""


def test_what_is_scanned_goes_into_the_parcel() -> None:
    work = picked_work()
    line = lines_of(work)[0]
    client = packer(work)

    assert send(client, work, scan=line.sku.barcode).startswith(f"good: {line.sku.barcode} is in.")
    answer = client.post(page_of(work), {"close": "scanned", **PARCEL})

    parcel = Shipment.objects.get()
    assert answer["Location"] == reverse("admin:warehouse_ship", args=(parcel.pk,))
    assert (parcel.weight_g, parcel.height_mm) == (1200, 150)
    assert [each.quantity for each in parcel.lines.all()] == [1]
    assert units_of(line) == {"picked": 1, "packed": 1}


def test_a_wrong_item_and_a_wrong_count_are_refused_at_once() -> None:
    place = LocationFactory.create()
    sku, other = SkuFactory.create(), SkuFactory.create()
    LevelFactory.create(sku=sku, location=place)
    work = picked_work([(sku, 1)])
    client = packer(work)
    send(client, work, scan=sku.barcode)

    assert send(client, work, scan=sku.barcode) == f"bad: {sku.barcode}: that is one too many."
    assert (
        send(client, work, scan=other.barcode)
        == f"bad: {other.barcode} does not belong to this order."
    )
    assert client.get(page_of(work)).context["inside"] == 1


def test_the_last_scan_comes_out_and_the_parcel_can_be_emptied() -> None:
    work = picked_work()
    line = lines_of(work)[0]
    client = packer(work)
    for _ in range(2):
        send(client, work, scan=line.sku.barcode)

    send(client, work, undo="1")
    assert client.get(page_of(work)).context["inside"] == 1
    send(client, work, scan="OMS-UNDO")
    assert client.get(page_of(work)).context["inside"] == 0
    send(client, work, scan=line.sku.barcode)
    send(client, work, empty="1")
    assert client.get(page_of(work)).context["inside"] == 0
    assert not Shipment.objects.exists()


def test_everything_picked_can_be_packed_without_scanning() -> None:
    work = picked_work()

    packer(work).post(page_of(work), {"close": "all", **PARCEL})

    assert units_of(lines_of(work)[0]) == {"packed": 2}


def test_closing_twice_makes_one_parcel() -> None:
    work = picked_work()
    client = packer(work)
    client.get(page_of(work))
    kept = dict(client.session)

    client.post(page_of(work), {"close": "all", **PARCEL})
    session = client.session  # the second click left with the session of the first
    session.update(kept)
    session.save()
    client.post(page_of(work), {"close": "all", **PARCEL})

    assert Shipment.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight_g": ""},
        {"weight_g": "0"},
        {"length_mm": "-1"},
        {"height_mm": "x"},
        {"width_mm": "9" * 30},
        {"weight_g": "1.5"},
    ],
)
def test_a_parcel_of_a_senseless_size_is_refused(wrong: dict[str, str]) -> None:
    work = picked_work()

    answer = packer(work).post(page_of(work), {"close": "all", **PARCEL, **wrong})

    assert answer.status_code == 422
    assert not Shipment.objects.exists()
    assert units_of(lines_of(work)[0]) == {"picked": 2}


def test_closing_an_empty_parcel_is_refused() -> None:
    work = picked_work()

    answer = packer(work).post(page_of(work), {"close": "scanned", **PARCEL})

    assert answer.status_code == 422
    assert not Shipment.objects.exists()


def test_the_weight_is_guessed_from_the_catalog() -> None:
    work = picked_work()

    form = packer(work).get(page_of(work)).context["form"]

    assert form.initial["weight_g"] == 1000


def test_the_slip_is_a_pdf() -> None:
    parcel = packed_shipment()

    answer = packer(parcel.fulfillment_order).get(
        reverse("admin:warehouse_slip", args=(parcel.pk,))
    )

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
