"""The order confirmation."""

from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core import mail

from fulfillment.statuspage.models import StatusLink
from oms.core.outbox import services as outbox
from oms.core.timeline.models import Entry
from oms.messaging import services as messages
from oms.messaging.models import Message
from orders import events
from orders.ordering import notifications
from orders.ordering.models import Order
from tests.inventory.factories import LevelFactory, SkuFactory
from tests.orders.factories import ChannelFactory, place_order, stocked_sku

pytestmark = pytest.mark.django_db


class _Words(HTMLParser):
    """The visible words of a mail, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href" and value]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def plain(text: str) -> str:
    """Return the text with ordinary spaces, as money and quantities use unbreakable ones."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def confirmed(order: Order) -> Message:
    message = notifications.confirm(order_id=order.pk)
    assert message is not None
    return message


def example(language: str, **changes: Any) -> Order:
    """Return an order of two mugs and three lamps, one of which is missing, with discount and shipping."""
    channel = ChannelFactory.create(name="Nordlicht", backorders=True)
    mug, lamp = SkuFactory.create(name="Mug"), SkuFactory.create(name="Lamp <Fjord> & Co")
    LevelFactory.create(sku=mug, on_hand=5)
    LevelFactory.create(sku=lamp, on_hand=2)
    return place_order(
        [(mug, 2), (lamp, 3)],
        channel=channel,
        discount="6.00",
        language=language,
        placed_at=datetime(2026, 3, 9, 10, tzinfo=UTC),
        **changes,
    )


def test_the_confirmation_tells_number_lines_totals_and_the_private_link() -> None:
    order = example("en")
    message = confirmed(order)
    assert message.subject == f"Your order {order.number} at Nordlicht"
    assert (message.recipient, message.language) == ("ada@example.com", "en")
    words = _Words(message.html)
    for text in (plain(message.text), plain(words.text)):
        assert order.number in text
        assert "March 9, 2026" in text
        assert "2 × Mug" in text
        assert "€23.80" in text
        assert "3 × Lamp <Fjord> & Co" in text
        assert "€35.70" in text
        assert "−€6.00" in text
        assert "€4.90" in text
        assert "€58.40" in text
        assert "including €9.33 tax" in text
        assert "1 × Lamp <Fjord> & Co" in text
        assert "Torstr. 12" in text
    assert words.links == ["private-link:status"]
    assert "See where your order is:\nprivate-link:status\n" in message.text


def test_the_confirmation_is_in_the_language_of_the_order() -> None:
    order = example("de-AT")
    message = confirmed(order)
    assert message.language == "de"
    assert message.subject == f"Ihre Bestellung {order.number} bei Nordlicht"
    for text in (plain(message.text), plain(_Words(message.html).text)):
        assert "9. März 2026" in text
        assert "58,40 €" in text
        assert "inklusive 9,33 € Steuer" in text
        assert "Wartet auf Nachschub" in text
        assert "Waiting" not in text
        assert "your" not in text.lower()
    assert 'lang="de"' in message.html


def test_a_language_that_nobody_translated_falls_back_to_the_house_language() -> None:
    message = confirmed(example("fi"))
    assert message.language == "en"
    assert "Thank you for your order" in message.text


def test_what_a_customer_wrote_is_text_and_never_markup() -> None:
    message = confirmed(example("en", customer_name='<script>alert("x")</script>{{ mail.link }}'))
    words = _Words(message.html)
    assert "script" not in words.tags
    assert '<script>alert("x")</script>{{ mail.link }}' in words.text
    assert '<script>alert("x")</script>{{ mail.link }}' in message.text


def test_prices_without_tax_show_the_tax_as_a_row_that_adds_up() -> None:
    channel = ChannelFactory.create(net_prices=True)
    message = confirmed(place_order([(stocked_sku(5), 2)], channel=channel, unit_price="10.00"))
    text = plain(message.text)
    assert "€20.00" in text
    assert "Shipping: €4.90" in text
    assert "Tax: €4.73" in text
    assert "Total: €29.63" in text
    assert "including" not in text


def test_yen_have_no_decimals() -> None:
    channel = ChannelFactory.create(currency="JPY", shipping_fee=Decimal(500))
    message = confirmed(place_order([(stocked_sku(5), 2)], channel=channel, unit_price="1200"))
    assert "Total: ¥2,900" in message.text


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("bank_transfer", "Please transfer €28.70 and give the order number"),
        ("cash_on_delivery", "You pay €28.70 on delivery."),
    ],
)
def test_the_confirmation_says_how_to_pay(method: str, told: str) -> None:
    order = place_order(payment_method=method)
    message = confirmed(order)
    assert told in plain(message.text)
    assert told in plain(_Words(message.html).text)


def test_a_paid_order_asks_for_no_transfer() -> None:
    order = place_order(payment_method="bank_transfer", payment_status="paid")
    assert "transfer" not in confirmed(order).text


def test_an_order_without_an_address_gets_no_mail_and_its_timeline_says_so() -> None:
    order = place_order(email="")
    outbox.publish(events.OrderPlaced(order_id=order.pk))
    outbox.drain()
    assert notifications.confirm(order_id=order.pk) is None
    assert not Message.objects.exists()
    entry = Entry.objects.filter(document_id=order.pk, kind="message.left_out")[0]
    assert entry.document == "orders.order"
    assert entry.reason == "There is no e-mail address."
    assert entry.data == {"mail": "order_confirmation", "trigger": "orders.order_placed.v1"}


def test_the_same_event_twice_makes_one_confirmation() -> None:
    order = place_order()
    for _ in range(3):
        outbox.publish(events.OrderPlaced(order_id=order.pk))
    outbox.drain()
    confirmed_once = Message.objects.get(kind=notifications.CONFIRMATION)
    assert (confirmed_once.document, confirmed_once.document_id) == ("orders.order", order.pk)
    assert notifications.confirm(order_id=order.pk) is None


@pytest.mark.django_db(transaction=True)
def test_the_mail_that_goes_out_has_a_link_that_opens_the_order() -> None:
    order = place_order()
    confirmed(order)
    assert messages.send_due() == 1
    sent = mail.outbox[0]
    (address,) = [line for line in str(sent.body).splitlines() if line.startswith("http")]
    base, _, token = address.rpartition("/")
    assert base == "http://127.0.0.1:8000/status"
    assert len(token) == 32
    link = StatusLink.objects.get()
    assert link.order_id == order.pk
    assert token not in link.digest
    stored = Message.objects.get()
    assert token not in stored.text + stored.html + stored.last_error
