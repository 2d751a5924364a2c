"""The mail that a parcel has left."""

from datetime import timedelta

import pytest
import time_machine

from fulfillment.packing.models import Shipment
from fulfillment.shipping import notifications
from fulfillment.shipping import services as shipping
from oms.core import clock
from oms.core.outbox import services as outbox
from oms.core.timeline.models import Entry
from oms.messaging.models import Message
from tests.fulfillment.factories import (
    PICKER,
    label,
    open_work,
    pack,
    pick_all,
    shipped_shipment,
)
from tests.orders.factories import stocked_sku

pytestmark = pytest.mark.django_db


def mail_of(shipment: Shipment) -> Message:
    message = notifications.tell_shipped(shipment_id=shipment.pk)
    assert message is not None
    return message


def test_the_mail_tells_what_is_in_the_parcel_and_what_follows() -> None:
    mug, lamp = stocked_sku(5, name="Mug"), stocked_sku(5, name="Lamp")
    work = open_work({mug: 3}, channel=None)
    pick_all(work)
    line = work.lines.get()
    shipment = label(pack(work, {line.pk: 2}))
    shipping.ship(shipment_id=shipment.pk, actor=PICKER)
    shipment.refresh_from_db()
    message = mail_of(shipment)
    order = work.order
    assert lamp.name not in message.text
    assert message.subject == f"Your parcel is on its way: order {order.number}"
    text = message.text.replace("\u00a0", " ")
    assert "Carrier: House Parcel" in text
    assert f"Tracking number: {shipment.tracking_number}" in text
    assert "In this parcel\n\n- 2 × Mug" in text
    assert "Still to come\n\n- 1 × Mug" in text
    assert "Total: €40.60" in text
    assert "private-link:status" in text
    assert 'href="private-link:status"' in message.html
    assert shipment.tracking_number in message.html


def test_the_expected_day_is_told_while_it_is_to_come() -> None:
    shipment = shipped_shipment()
    assert shipment.expected_on is not None
    assert "Expected on" in mail_of(shipment).text


def test_a_day_that_is_over_is_not_promised() -> None:
    shipment = shipped_shipment()
    with time_machine.travel(clock.now() + timedelta(days=30), tick=False):
        assert "Expected on" not in mail_of(shipment).text


def test_the_mail_is_in_the_language_of_the_order() -> None:
    message = mail_of(shipped_shipment(language="de"))
    assert message.subject.startswith("Ihr Paket ist unterwegs: Bestellung ")
    assert "Sendungsnummer:" in message.text


def test_shipping_a_parcel_makes_one_mail_about_its_order() -> None:
    shipment = shipped_shipment()
    outbox.drain()
    message = Message.objects.get(kind=notifications.SHIPPED)
    assert message.document_id == shipment.fulfillment_order.order_id
    assert notifications.tell_shipped(shipment_id=shipment.pk) is None


def test_two_parcels_of_an_order_make_two_mails() -> None:
    work = open_work({stocked_sku(5): 2})
    pick_all(work)
    line = work.lines.get()
    for _ in range(2):
        shipment = label(pack(work, {line.pk: 1}))
        shipping.ship(shipment_id=shipment.pk, actor=PICKER)
    outbox.drain()
    assert Message.objects.filter(kind=notifications.SHIPPED).count() == 2


def test_an_order_without_an_address_gets_no_mail_and_its_timeline_says_so() -> None:
    shipment = shipped_shipment(email="")
    outbox.drain()
    assert not Message.objects.exists()
    entry = Entry.objects.get(kind="message.left_out")
    assert (entry.document, entry.document_id) == (
        "orders.order",
        shipment.fulfillment_order.order_id,
    )
    assert entry.data == {
        "mail": "parcel_shipped",
        "trigger": f"fulfillment.shipment_shipped.v1:{shipment.number}",
    }
