"""Kits that leave and come back in any parts give back exactly what was paid for them."""

import random
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from fulfillment.statuspage import queries as statuspage
from oms.core import money
from oms.messaging.models import Message
from oms.reporting.invariants import services as invariants
from orders.ordering import notifications
from orders.ordering import services as ordering
from orders.ordering.models import Order, OrderKit
from orders.payments import services as payments
from orders.payments.models import Payment
from orders.placing import services as placing
from orders.placing.drafts import Draft, DraftLine, DraftPayment
from returns.authorizations import services as authorizations
from returns.authorizations.models import Return
from returns.authorizations.services import Wish
from returns.receiving import services as receiving
from returns.receiving.rules import Graded
from returns.settlement import services as settlement
from tests.inventory.factories import LocationFactory, kit_of
from tests.orders.factories import (
    BERLIN,
    CLERK,
    ChannelFactory,
    TaxRateFactory,
    api_key,
    lines_of,
    ship,
    stocked_sku,
)

pytestmark = pytest.mark.django_db


def placed(currency: str = "EUR", *, kits: int = 3, price: str = "10.01") -> Order:
    """Return a paid and released order of kits (two cups, three plates), at an odd price and discount."""
    TaxRateFactory.create()
    TaxRateFactory.create(reduced=True)
    cup = stocked_sku(90, code="CUP", name="Cup")
    plate = stocked_sku(90, code="PLATE", name="Plate", tax_class="reduced")
    kit = kit_of({cup: 2, plate: 3}, code="SET", name="Table set")
    channel = ChannelFactory.create(currency=currency, shipping_fee=Decimal(0))
    order = placing.place(
        channel=channel,
        draft=Draft(
            external_id="K-1",
            customer_name="Ada Lovelace",
            email="ada@example.com",
            ship_to=BERLIN,
            lines=(
                DraftLine(sku="SET", quantity=kits, unit_price=Decimal(price)),
                DraftLine(sku="CUP", quantity=1, unit_price=Decimal(price)),
            ),
            discount=money.smallest(currency) * 7,
            payment=DraftPayment(method="channel"),
        ),
        actor=CLERK,
    ).order
    assert kit.code == "SET"
    ordering.confirm(order, actor=CLERK)
    ordering.mark_released(order, actor=CLERK)
    order.refresh_from_db()
    return order


@pytest.mark.parametrize(
    ("currency", "price"), [("JPY", "1001"), ("EUR", "10.01"), ("KWD", "10.001")]
)
def test_any_split_of_shipments_and_returns_refunds_what_was_paid(
    currency: str, price: str
) -> None:
    chance = random.Random(currency)
    order = placed(currency, price=price)
    place = LocationFactory.create()
    open_units = {line.pk: line.ordered for line in lines_of(order)}
    number = 0
    while any(open_units.values()):
        number += 1
        part = {key: chance.randint(0, left) for key, left in open_units.items() if left}
        part = {key: count for key, count in part.items() if count}
        if part:
            ship(order, part, number=f"S-{number}")
            open_units = {key: left - part.get(key, 0) for key, left in open_units.items()}
    returnable = {line.pk: line.ordered for line in lines_of(order)}
    while any(returnable.values()):
        number += 1
        part = {key: chance.randint(0, left) for key, left in returnable.items() if left}
        part = {key: count for key, count in part.items() if count}
        if not part:
            continue
        found = authorizations.authorize(
            order_id=order.pk,
            wishes=[Wish(key, count, "other") for key, count in part.items()],
            actor=CLERK,
        )
        receiving.receive(
            return_id=found.pk,
            location_id=place.pk,
            units=[Graded(key, "restock", count) for key, count in part.items()],
            key=f"r-{number}",
            actor=CLERK,
        )
        settlement.settle(return_id=found.pk, actor=CLERK)
        returnable = {key: left - part.get(key, 0) for key, left in returnable.items()}
    payments.carry_out_due()

    order.refresh_from_db()
    payment = Payment.objects.get()
    assert order.total == order.credited_total == order.captured_total
    # The channel gives money back when a person has told it so.
    assert payment.refund_pending + payment.refunded == order.total
    books = [result for result in invariants.run() if result.check.invariant in ("I7", "I8", "I9")]
    assert [result.check.name for result in books if not result.holds] == []


def test_whole_kits_come_back_over_the_api() -> None:
    order = placed()
    ship(order)
    kit = OrderKit.objects.get()
    http, key = Client(), api_key(order.channel)

    def call(body: dict[str, Any], number: int) -> Any:
        return http.post(
            "/api/v1/returns",
            {"order": order.number, **body},
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": f"k-{number}"},
        )

    wish = {"kit_id": str(kit.uuid), "quantity": 2, "reason": "not_wanted"}
    opened = call({"kits": [wish]}, 1)
    beyond = call({"kits": [{**wish, "quantity": 2}]}, 2)
    unknown = call({"kits": [{**wish, "kit_id": str(order.uuid)}]}, 3)
    nothing = call({}, 4)

    assert opened.status_code == 201
    assert [(line["sku"], line["quantity"]) for line in opened.json()["lines"]] == [
        ("CUP", 4),
        ("PLATE", 6),
    ]
    assert beyond.status_code == 409
    assert [error["pointer"] for error in beyond.json()["errors"]] == ["/kits/0/quantity"] * 2
    assert [(e["pointer"], e["code"]) for e in unknown.json()["errors"]] == [
        ("/kits/0/line_id", "unknown_reference")
    ]
    assert [(e["pointer"], e["code"]) for e in nothing.json()["errors"]] == [("/lines", "no_lines")]
    assert Return.objects.count() == 1


def test_mails_and_page_show_the_kit_with_its_parts() -> None:
    order = placed(kits=2)
    notifications.confirm(order_id=order.pk)

    text = Message.objects.get().text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "2 × Table set: €20.02" in text
    assert "  4 × Cup" in text
    page = statuspage.page(order.pk)
    kit, alone = page.lines
    assert (kit.name, kit.quantity, [(part.name, part.quantity) for part in kit.parts]) == (
        "Table set",
        2,
        [("Cup", 4), ("Plate", 6)],
    )
    assert (alone.name, alone.parts) == ("Cup", ())
    assert [(item.name, item.quantity, item.kit) for item in page.set_aside] == [
        ("Cup", 4, "Table set"),
        ("Plate", 6, "Table set"),
        ("Cup", 1, ""),
    ]
