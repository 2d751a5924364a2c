"""The ship page, and the start page of the floor."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.packing.models import Shipment
from fulfillment.shipping.models import Label
from inventory.stock.models import Level
from oms.accounts import roles
from oms.core.timeline.models import Entry
from tests.accounts.factories import signed_in
from tests.fulfillment.factories import (
    labelled_shipment,
    open_work,
    packed_shipment,
    picked_work,
    scan,
    shipped_shipment,
)
from tests.inventory.factories import LocationFactory
from tests.returns.factories import open_return

pytestmark = pytest.mark.django_db

FLOOR = "/admin/warehouse/"


def page_of(parcel: Shipment) -> str:
    return reverse("admin:warehouse_ship", args=(parcel.pk,))


def shipper(parcel: Shipment) -> Client:
    return signed_in(roles.WAREHOUSE, at=[parcel.fulfillment_order.location])


def send(client: Client, address: str, **data: Any) -> str:
    text = client.get(address).content.decode()
    key = re.search(r'name="press_key" value="(\w+)"', text)
    answer = client.post(address, {"press_key": key[1] if key else "", **data}, follow=True)
    told = re.search(r'data-tone="(\w+)".*?</span>\s*(.*?)</p>', answer.content.decode(), re.DOTALL)
    return f"{told[1]}: {told[2]}" if told else ""


def test_services_are_offered_cheapest_first_and_one_buys_a_label() -> None:
    parcel = packed_shipment()
    client = shipper(parcel)
    rates = client.get(page_of(parcel)).context["offers"].rates
    assert [rate.amount for rate in rates] == sorted(rate.amount for rate in rates)

    told = send(client, page_of(parcel), buy="1", service=f"{rates[0].carrier}:{rates[0].service}")

    parcel.refresh_from_db()
    assert parcel.status == "labelled"
    assert told == f"good: Label {parcel.tracking_number} is bought. Print it and stick it on."


def test_a_label_bought_twice_by_one_form_is_one_label() -> None:
    parcel = packed_shipment()
    client = shipper(parcel)
    data = {"press_key": "0b" * 16, "buy": "1", "service": "house:standard"}

    for _ in range(2):
        client.post(page_of(parcel), data)

    assert Label.objects.count() == 1


@pytest.mark.parametrize("service", ["", "house", "house:warp", "nobody:standard", ":"])
def test_a_service_that_nobody_offers_is_refused(service: str) -> None:
    parcel = packed_shipment()

    told = send(shipper(parcel), page_of(parcel), buy="1", service=service)

    assert told.startswith("bad:")
    parcel.refresh_from_db()
    assert parcel.status == "packed"


def test_the_label_prints_as_pdf_and_zpl_and_nothing_else() -> None:
    parcel = labelled_shipment()
    client = shipper(parcel)

    def printed(form: str) -> Any:
        return client.get(reverse("admin:warehouse_label", args=(parcel.pk, form)))

    assert printed("pdf").content.startswith(b"%PDF")
    assert printed("zpl").content.startswith(b"^XA")
    assert "attachment" in printed("zpl")["Content-Disposition"]
    assert printed("exe").status_code == 404


def test_a_parcel_without_a_label_has_none_to_print() -> None:
    parcel = packed_shipment()

    answer = shipper(parcel).get(reverse("admin:warehouse_label", args=(parcel.pk, "pdf")))

    assert answer.status_code == 404


def test_stock_falls_once_however_often_ship_is_pressed() -> None:
    parcel = labelled_shipment()
    client = shipper(parcel)

    for _ in range(2):
        client.post(page_of(parcel), {"ship": "1"})

    parcel.refresh_from_db()
    assert parcel.status == "shipped"
    assert Level.objects.get(location=parcel.fulfillment_order.location).on_hand == 8


def test_a_parcel_without_a_label_does_not_leave() -> None:
    parcel = packed_shipment()

    assert send(shipper(parcel), page_of(parcel), ship="1").startswith("bad:")

    parcel.refresh_from_db()
    assert parcel.status == "packed"


def test_a_label_is_given_back_and_the_parcel_taken_apart() -> None:
    parcel = labelled_shipment()
    client = shipper(parcel)

    send(client, page_of(parcel), void="1", reason="wrong service")
    parcel.refresh_from_db()
    assert parcel.status == "packed"
    send(client, page_of(parcel), unpack="1", reason="wrong box")

    parcel.refresh_from_db()
    assert parcel.status == "cancelled"


# The start page -----------------------------------------------------------------------------------


def test_the_queues_hold_what_is_to_be_done_at_the_own_location() -> None:
    parcel = packed_shipment()
    place = parcel.fulfillment_order.location
    open_work()
    picked_work()

    here = signed_in(roles.WAREHOUSE, at=[place]).get(FLOOR).context
    counts = {name: str(count) for name, count in here["counts"].items()}

    assert here["place"] == place
    assert counts == {"pick": "0", "pack": "0", "ship": "1", "held": "0"}


def test_who_works_at_several_places_chooses_and_is_remembered() -> None:
    first, second = LocationFactory.create(), LocationFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[first, second])

    assert client.get(FLOOR).context["place"] is None
    assert client.get(FLOOR, {"at": second.code}).context["place"] == second
    assert client.get(FLOOR).context["place"] == second


def test_a_foreign_place_cannot_be_chosen() -> None:
    first, second, other = (LocationFactory.create() for _ in range(3))
    client = signed_in(roles.WAREHOUSE, at=[first, second])

    assert client.get(FLOOR, {"at": other.code}).context["place"] is None


def test_who_is_bound_to_no_place_is_told_so() -> None:
    LocationFactory.create()

    text = signed_in(roles.WAREHOUSE).get(FLOOR).content.decode()

    assert "bound to no location" in text


def test_a_scanned_number_opens_its_page() -> None:
    work, ready, parcel, gone = open_work(), picked_work(), packed_shipment(), shipped_shipment()
    client = signed_in(roles.MANAGER)

    def opened(code: str) -> str:
        return client.post(FLOOR, {"scan": code})["Location"]

    pick, pack = "admin:warehouse_pick", "admin:warehouse_pack"
    assert opened(work.number) == reverse(pick, args=(work.pk,))
    assert opened(work.order.number.lower()) == reverse(pick, args=(work.pk,))
    assert opened(ready.number) == reverse(pack, args=(ready.pk,))
    assert opened(parcel.number) == page_of(parcel)
    assert opened(gone.tracking_number) == page_of(gone)
    assert opened("nothing") == FLOOR


def test_a_scanned_number_of_another_location_is_unknown() -> None:
    work = open_work()
    client = signed_in(roles.WAREHOUSE, at=[LocationFactory.create()])

    answer = client.post(FLOOR, {"scan": work.number}, follow=True)

    assert "Nothing here has the number" in answer.content.decode()


def test_the_start_page_takes_the_same_statements_for_few_and_many(
    django_assert_max_num_queries: Any,
) -> None:
    parcel = packed_shipment()
    place = parcel.fulfillment_order.location
    client = signed_in(roles.WAREHOUSE, at=[place])
    with django_assert_max_num_queries(12):
        assert client.get(FLOOR).status_code == 200


def test_a_parcel_in_trouble_is_listed_until_someone_took_it_up() -> None:
    shipped_shipment()
    late, back = shipped_shipment(), shipped_shipment()
    scan(late, "delayed")
    scan(back, "return_to_sender", datetime(2130, 1, 2, tzinfo=UTC))
    scan(back, "delivered", datetime(2130, 1, 5, tzinfo=UTC))
    client = signed_in(roles.MANAGER)

    def listed() -> list[str]:
        page = client.get("/admin/fulfillment/shipment/", {"tab": "trouble"})
        return [parcel.number for parcel in page.context["cl"].result_list]

    assert listed() == [back.number, late.number]
    open_return(back.fulfillment_order.order, 1)
    assert listed() == [late.number]


@pytest.mark.parametrize("service", ["\x00", "house:\x00", "\x00:house", "x" * 5000, ""])
def test_a_service_of_nonsense_buys_nothing(service: str) -> None:
    parcel = packed_shipment()

    told = send(shipper(parcel), page_of(parcel), buy="1", service=service)

    assert told.startswith("bad: ")
    assert not Label.objects.exclude(state="failed").exists()


def test_zero_bytes_in_a_reason_are_left_out() -> None:
    parcel = packed_shipment()

    told = send(shipper(parcel), page_of(parcel), unpack="1", reason="too\x00 small")

    assert told.startswith("good: The parcel is taken apart")
    assert Entry.objects.filter(reason="too small").exists()
