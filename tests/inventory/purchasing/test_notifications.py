"""What the supplier gets by mail: the order, once, with its paper."""

import io
from collections.abc import Callable

import pytest
from django.core import mail
from pypdf import PdfReader

from inventory.events import PurchaseOrderPlaced
from inventory.purchasing import handlers
from inventory.purchasing import services as purchasing
from oms.core.timeline.models import Entry
from oms.messaging import services as messages
from oms.messaging.models import Message
from tests.inventory.factories import LocationFactory, SkuFactory
from tests.inventory.purchasing.orders import BUYER, drafted, placed, supplier

# Mails are sent outside of transactions.
pytestmark = pytest.mark.django_db(transaction=True)

Drain = Callable[[], int]


def test_the_order_goes_to_the_supplier_once_with_its_paper(drain: Drain) -> None:
    seller = supplier(language="de", account_number="K-1")
    order = placed(LocationFactory.create(), {SkuFactory.create(name="Becher"): 3}, seller=seller)
    drain()
    handlers.send_order(PurchaseOrderPlaced(purchase_order_id=order.pk, version=order.version))
    assert messages.send_due() == 1
    (sent,) = mail.outbox
    assert sent.to == [seller.email]
    assert sent.subject == f"Bestellung {order.number}"
    assert "3 ×" in sent.body
    assert "K-1" in sent.body
    (attached,) = sent.attachments
    assert (attached[0], attached[2]) == (f"{order.number}.pdf", "application/pdf")
    text = PdfReader(io.BytesIO(attached[1])).pages[0].extract_text()
    assert order.number in text
    assert "Becher" in text


@pytest.mark.parametrize(
    ("form", "begins", "media_type"),
    [("x12", b"ISA", "application/edi-x12"), ("xml", b"<?xml", "application/xml")],
)
def test_a_supplier_whose_machines_read_orders_gets_their_file_too(
    drain: Drain, form: str, begins: bytes, media_type: str
) -> None:
    seller = supplier(order_file=form)
    order = placed(LocationFactory.create(), {SkuFactory.create(): 3}, seller=seller)
    drain()
    messages.send_due()
    paper, file = mail.outbox[0].attachments
    assert paper[0] == f"{order.number}.pdf"
    assert (file[0], file[2].partition(";")[0]) == (f"{order.number}.{form}", media_type)
    content = file[1] if isinstance(file[1], bytes) else file[1].encode()
    assert content.startswith(begins)


def test_a_draft_is_not_sent(drain: Drain) -> None:
    drafted(LocationFactory.create(), {SkuFactory.create(): 3})
    drain()
    assert not Message.objects.exists()


def test_a_supplier_without_an_address_is_noted_in_the_timeline(drain: Drain) -> None:
    order = placed(LocationFactory.create(), {SkuFactory.create(): 3}, seller=supplier(email=""))
    drain()
    assert not Message.objects.exists()
    entry = Entry.objects.get(kind="message.left_out", document_id=order.pk)
    assert entry.data["mail"] == "purchase_order"


def test_the_supplier_hears_of_a_cancellation(drain: Drain) -> None:
    order = placed(LocationFactory.create(), {SkuFactory.create(): 3})
    drain()
    purchasing.cancel(order_id=order.pk, reason="too dear", actor=BUYER)
    drain()
    messages.send_due()
    assert [sent.subject for sent in mail.outbox] == [
        f"Purchase order {order.number}",
        f"Purchase order {order.number} is cancelled",
    ]
    assert mail.outbox[1].attachments == []
    assert "too dear" not in mail.outbox[1].body
