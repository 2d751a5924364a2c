"""Taking an order by phone."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from inventory.catalog.models import Sku
from inventory.stock.models import Level
from oms.accounts import roles
from oms.core.timeline.models import Entry
from orders.channels.models import Channel
from orders.ordering.models import Order
from orders.payments.models import Payment
from tests.accounts.factories import signed_in
from tests.customers.factories import AddressFactory, CustomerFactory
from tests.orders.factories import ChannelFactory, PriceFactory, TaxRateFactory, stocked_sku

pytestmark = pytest.mark.django_db

PAGE = "/admin/orders/order/add/"
OFFER = "/admin/orders/offer/"


@pytest.fixture
def desk() -> Channel:
    """Set up a phone channel with a price list and tax."""
    TaxRateFactory.create()
    channel: Channel = ChannelFactory.create(code="desk", origin="phone", number_prefix="TEL")
    return channel


@pytest.fixture
def mug(desk: Channel) -> Sku:
    """Stock ten mugs at 11.90."""
    sku = stocked_sku(10, code="MUG", name="Enamel mug")
    PriceFactory.create(price_list=desk.price_list, sku=sku, amount=Decimal("11.90"))
    return sku


def form(client: Client, *rows: tuple[str, str], **changes: str) -> dict[str, str]:
    """Return what a browser sends: `rows` are SKU and units."""
    text = client.get(PAGE).content.decode()
    data = dict(re.findall(r'name="(press_key|row-[A-Z_]+)" value="([^"]*)"', text))
    data["row-TOTAL_FORMS"] = str(max(4, len(rows)))
    for index, (sku, units) in enumerate(rows):
        data |= {f"row-{index}-sku": sku, f"row-{index}-quantity": units}
    data |= {
        "channel": "desk",
        "customer_name": "Ada Lovelace",
        "email": "ada@example.com",
        "street": "Unter den Linden 1",
        "postcode": "10117",
        "city": "Berlin",
        "country": "DE",
        "payment": "bank_transfer",
        "place": "1",
        **changes,
    }
    return data


def errors(answer: Any) -> str:
    found = re.findall(
        r'class="(?:c-field-errors|c-note c-note-bad)"[^>]*>(.*?)</div>\s',
        answer.content.decode(),
        re.DOTALL,
    )
    return " ".join(re.sub(r"<[^>]+>", " ", each) for each in found)


def test_an_order_is_placed_with_stock_price_tax_and_payment(mug: Sku) -> None:
    client = signed_in(roles.SERVICE)

    answer = client.post(PAGE, form(client, ("MUG", "3"), note="rings twice", po_number="PO 7"))

    order = Order.objects.get()
    assert answer["Location"] == f"/admin/orders/order/{order.pk}/change/"
    assert order.number.startswith("TEL-")
    assert (order.origin, order.total) == ("phone", Decimal("40.60"))
    assert order.tax_total == Decimal("6.48")
    assert (order.note, order.po_number) == ("rings twice", "PO 7")
    assert Level.objects.get(sku=mug).committed == 3
    assert Payment.objects.get().gateway == "bank_transfer"
    assert Entry.objects.get(kind="order.placed").actor_kind == "staff"


def test_checking_shows_what_it_comes_to_and_stores_nothing(mug: Sku) -> None:
    client = signed_in(roles.SERVICE)
    data = form(client, ("MUG", "3"))
    del data["place"]

    answer = client.post(PAGE, {**data, "check": "1"})

    assert answer.status_code == 200
    assert "It would come to €40.60" in answer.content.decode()
    assert not Order.objects.exists()
    assert Level.objects.get(sku=mug).committed == 0
    placed = client.post(PAGE, {**data, "place": "1"})
    assert placed.status_code == 302
    assert Order.objects.get().total == Decimal("40.60")


def test_a_form_sent_twice_places_one_order(mug: Sku) -> None:
    client = signed_in(roles.SERVICE)
    data = form(client, ("MUG", "1"))

    first = client.post(PAGE, data)
    second = client.post(PAGE, data)

    assert Order.objects.count() == 1
    assert first["Location"] == second["Location"]


def test_everything_wrong_is_said_at_once_beside_its_field(mug: Sku) -> None:
    client = signed_in(roles.SERVICE)

    answer = client.post(
        PAGE, form(client, ("MUG", "1"), ("NOPE", "2"), email="a@b@c", postcode="1")
    )

    assert answer.status_code == 422
    words = errors(answer)
    assert "There is no such sellable SKU" in words
    assert "postcode" in words.lower()
    assert "MUG" in answer.content.decode()
    assert 'value="a@b@c"' in answer.content.decode()
    assert not Order.objects.exists()


def test_what_is_not_in_stock_is_refused_with_the_numbers(mug: Sku) -> None:
    client = signed_in(roles.SERVICE)

    answer = client.post(PAGE, form(client, ("MUG", "7"), ("MUG", "5")))

    assert answer.status_code == 409
    assert "MUG (10 of 12)" in answer.content.decode()
    assert Level.objects.get(sku=mug).committed == 0


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("MUG", ""), "How many?"),
        (("", "2"), "Of what?"),
        (("MUG", "0"), "greater than or equal to 1"),
        (("MUG", "1.5"), "whole number"),
        (("MUG", "1" * 30), "less than or equal to"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(row: tuple[str, str], words: str, mug: Sku) -> None:
    client = signed_in(roles.SERVICE)

    answer = client.post(PAGE, form(client, row))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Order.objects.exists()


def test_an_order_without_lines_is_refused(desk: Channel) -> None:
    client = signed_in(roles.SERVICE)

    answer = client.post(PAGE, form(client))

    assert answer.status_code == 422
    assert "at least one line" in answer.content.decode()


def test_invisible_characters_are_refused(mug: Sku) -> None:
    client = signed_in(roles.SERVICE)

    answer = client.post(PAGE, form(client, ("MUG", "1"), customer_name="Ada\u202eEvil"))

    assert answer.status_code == 422
    assert "nobody can see" in answer.content.decode()


def test_more_lines_keep_what_was_typed_and_judge_nothing(mug: Sku) -> None:
    client = signed_in(roles.SERVICE)
    data = form(client, ("MUG", "x"), customer_name="")
    del data["place"]

    answer = client.post(PAGE, {**data, "more": "1"})

    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="MUG"' in text
    assert len(re.findall(r'name="row-\d+-sku"', text)) >= 5
    assert "c-field-errors" not in text


def test_a_channel_that_is_not_for_the_phone_cannot_be_used(mug: Sku) -> None:
    ChannelFactory.create(code="shop")
    client = signed_in(roles.SERVICE)

    answer = client.post(PAGE, form(client, ("MUG", "1"), channel="shop"))

    assert answer.status_code == 422
    assert not Order.objects.exists()


def test_a_known_customer_fills_the_page_and_gets_the_order(mug: Sku) -> None:
    customer = CustomerFactory.create(name="Grace Hopper", email="grace@example.com")
    AddressFactory.create(customer=customer, street="Am Wall 3", city="Bremen", postcode="28195")
    client = signed_in(roles.SERVICE)

    text = client.get(PAGE, {"customer": customer.pk}).content.decode()
    client.post(PAGE, form(client, ("MUG", "1"), customer=str(customer.pk)))

    for words in ("Grace Hopper", "grace@example.com", "Am Wall 3", "Bremen"):
        assert words in text
    assert Order.objects.get().customer == customer


def test_price_and_stock_of_a_sku_are_told_live(mug: Sku) -> None:
    client = signed_in(roles.SERVICE)

    told = client.get(OFFER, {"channel": "desk", "sku": "MUG"}).json()

    assert (told["price"], told["available"], told["name"]) == ("€11.90", 10, "Enamel mug")
    assert client.get(OFFER, {"channel": "desk", "sku": "mug"}).json() == {"known": False}
    assert client.get(OFFER, {"channel": "nope", "sku": "MUG"}).status_code == 404
    assert client.get(OFFER, {"q": "enam"}).json() == {
        "skus": [{"code": "MUG", "name": "Enamel mug"}]
    }


def test_without_a_phone_channel_the_page_says_what_to_do() -> None:
    assert "set one up" in signed_in().get(PAGE).content.decode().lower()
