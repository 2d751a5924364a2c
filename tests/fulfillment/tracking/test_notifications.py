"""The mails that a parcel has arrived, or is held up."""

from datetime import UTC, datetime

import pytest

from fulfillment.tracking import notifications, wording
from oms.core.outbox import services as outbox
from oms.messaging.models import Message
from tests.fulfillment.factories import scan, shipped_shipment

pytestmark = pytest.mark.django_db


def test_a_delivery_makes_one_mail_however_often_it_is_scanned() -> None:
    shipment = shipped_shipment()
    for day in (1, 2, 3):
        scan(shipment, "delivered", datetime(2130, 1, day, tzinfo=UTC))
    outbox.drain()
    message = Message.objects.get(kind=notifications.DELIVERED)
    assert message.subject.startswith("Your parcel has arrived: order ")
    assert "In this parcel" in message.text
    assert "private-link:status" in message.text
    assert notifications.tell_delivered(shipment_id=shipment.pk) is None


def test_an_exception_tells_what_is_wrong_in_the_customers_words() -> None:
    shipment = shipped_shipment(language="de")
    scan(
        shipment,
        "delivery_failed",
        description="RECIP NOT AVAIL/EXC 14",
        place="Depot 7",
    )
    outbox.drain()
    message = Message.objects.get(kind=notifications.EXCEPTION)
    assert "konnte Ihr Paket nicht übergeben" in message.text
    assert "konnte Ihr Paket nicht übergeben" in message.html
    assert "RECIP" not in message.text + message.html


def test_each_kind_of_exception_makes_one_mail() -> None:
    shipment = shipped_shipment()
    scan(shipment, "delayed", datetime(2130, 1, 1, tzinfo=UTC))
    scan(shipment, "delivery_failed", datetime(2130, 1, 2, tzinfo=UTC))
    scan(shipment, "delivery_failed", datetime(2130, 1, 3, tzinfo=UTC))
    outbox.drain()
    triggers = Message.objects.filter(kind=notifications.EXCEPTION).values_list(
        "trigger", flat=True
    )
    assert sorted(trigger.rpartition(":")[2] for trigger in triggers) == [
        "delayed",
        "delivery_failed",
    ]


def test_a_status_without_words_of_its_own_gets_general_ones() -> None:
    assert str(wording.problem("on_fire")).startswith("Something is holding up your parcel")
