"""Who works in the house while its processes are killed: `python -m tests.chaos.people seed|warehouse|audit`.

Each is a process of its own on the database of the environment. `seed` opens the shop and prints its key; `warehouse`
works until it is killed; `audit` lets everything come to rest and prints what is there.
"""

import json
import os
import sys
import time
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")
django.setup()

# Nothing of ours can be imported before Django is set up.
import time_machine  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import DatabaseError, connection  # noqa: E402
from django.db.models import Sum  # noqa: E402

from fulfillment.packing import services as packing  # noqa: E402
from fulfillment.packing.models import Shipment  # noqa: E402
from fulfillment.picking import services as picking  # noqa: E402
from fulfillment.shipping import services as shipping  # noqa: E402
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder  # noqa: E402
from inventory.stock.models import Level, Movement  # noqa: E402
from oms.core import clock  # noqa: E402
from oms.core.actors import Actor  # noqa: E402
from oms.core.errors import DomainError  # noqa: E402
from oms.core.outbox import services as outbox  # noqa: E402
from oms.core.outbox.models import Delivery  # noqa: E402
from oms.messaging import services as messaging  # noqa: E402
from oms.messaging.models import Message  # noqa: E402
from oms.reporting.invariants import services as invariants  # noqa: E402
from orders.ordering.models import Order, OrderLine  # noqa: E402
from orders.payments import services as payments  # noqa: E402
from orders.payments.gateways import fake_card  # noqa: E402
from orders.payments.models import Payment  # noqa: E402
from orders.releasing import services as releasing  # noqa: E402
from tests.inventory.factories import LevelFactory, LocationFactory  # noqa: E402
from tests.orders.factories import ChannelFactory, TaxRateFactory, api_key  # noqa: E402

PICKER = Actor("staff", "11", "Pat Picker")
STOCK = 5_000


def seed() -> dict[str, Any]:
    """Open a shop with five SKUs at one place; return its key and the SKUs' codes."""
    TaxRateFactory.create()
    place = LocationFactory.create()
    levels = [LevelFactory.create(location=place, on_hand=STOCK) for _ in range(5)]
    return {"key": api_key(ChannelFactory.create()), "skus": [level.sku.code for level in levels]}


def warehouse() -> None:
    """Pick, pack, label and ship whatever there is, again and again."""
    while True:
        try:
            work_once()
        except DatabaseError:
            connection.close()
        time.sleep(0.2)


def work_once() -> int:
    """Go round once; return how many steps were done. Every step can be cut off and is carried on the next time."""
    done = 0
    for work in FulfillmentOrder.objects.open().order_by("pk")[:20]:
        lines = list(FulfillmentLine.objects.filter(fulfillment_order=work))
        to_pick = {line.pk: line.to_pick for line in lines if line.to_pick}
        if to_pick:
            done += tried(picking.confirm, fulfillment_order_id=work.pk, quantities=to_pick)
        if FulfillmentLine.objects.filter(fulfillment_order=work, picked__gt=0).exists():
            done += tried(
                packing.pack,
                fulfillment_order_id=work.pk,
                weight_g=500,
                length_mm=200,
                width_mm=200,
                height_mm=100,
                key=f"pack-{work.pk}",
            )
    for parcel in Shipment.objects.filter(status="packed").order_by("pk")[:20]:
        done += tried(
            shipping.buy_label, shipment_id=parcel.pk, service="standard", key=f"label-{parcel.pk}"
        )
    for parcel in Shipment.objects.filter(status="labelled").order_by("pk")[:20]:
        done += tried(shipping.ship, shipment_id=parcel.pk)
    return done


def tried(step: Any, **arguments: Any) -> int:
    """Do a step unless it is refused; return how many were done."""
    try:
        step(actor=PICKER, **arguments)
    except DomainError:
        return 0
    return 1


def come_to_rest() -> None:
    """Let every lease end and every wait be over, hour by hour, until nothing is left to do."""
    moment = clock.now()
    for _ in range(8):
        with time_machine.travel(moment, tick=True):
            while (
                outbox.drain()
                + payments.carry_out_due()
                + shipping.settle_due()
                + releasing.release_ready()
                + work_once()
                + messaging.send_due()
            ):
                pass
        moment += timedelta(hours=1)


def audit() -> dict[str, Any]:
    """Come to rest and return what there is of orders, stock, mails, money and broken invariants."""
    come_to_rest()
    orders = {
        order.external_id: {
            "number": order.number,
            "status": order.status,
            "fulfillment_status": order.fulfillment_status,
            "payment_status": order.payment_status,
        }
        for order in Order.objects.all()
    }
    mails = Message.objects.values_list("document", "document_id", "kind", "state")
    return {
        "orders": orders,
        "rows": Order.objects.count(),
        "ordered": OrderLine.objects.aggregate(units=Sum("ordered"))["units"] or 0,
        "on_hand": Level.objects.aggregate(units=Sum("on_hand"))["units"],
        "committed": Level.objects.aggregate(units=Sum("committed"))["units"],
        "issued": Movement.objects.filter(kind="shipment").aggregate(units=Sum("quantity"))["units"]
        or 0,
        "parcels": Shipment.objects.filter(status="shipped").count(),
        "mails": Counter(f"{kind} {state}" for _, _, kind, state in mails),
        "mails_told_twice": [
            list(key)
            for key, times in Counter(
                (document, key, kind) for document, key, kind, _ in mails
            ).items()
            if times > 1
        ],
        "card": card_differences(),
        "deliveries": Counter(Delivery.objects.values_list("state", flat=True)),
        "broken": [
            [result.check.name, {name: str(value) for name, value in result.offenders[0].items()}]
            for result in invariants.run()
            if not result.holds
        ],
    }


def card_differences() -> list[str]:
    """Return where the provider's books and ours differ: what it took, and how often it was made to reserve."""
    taken: Counter[str] = Counter()
    reserved: Counter[str] = Counter()
    cents = {"capture": taken, "authorize": reserved}
    for page in fake_card.books():
        payment = str(page["key"]).rpartition("/")[2]
        if page["act"] in cents and not page["declined"]:
            cents[page["act"]][payment] += int(Decimal(str(page["amount"])) * 100)
    return [
        f"{payment.uuid}: {what}"
        for payment in Payment.objects.filter(gateway="fake_card")
        for what, book, ours in (
            ("taken", taken, payment.captured),
            ("reserved", reserved, payment.authorized),
        )
        if book[str(payment.uuid)] != int(ours * 100)
    ]


def main(what: str) -> None:
    """Do what was asked; print what came of it as JSON into the file CHAOS_ANSWER."""
    Path(settings.VAR_DIR).mkdir(parents=True, exist_ok=True)
    if what == "warehouse":
        warehouse()
    answer = {"seed": seed, "audit": audit}[what]()
    Path(os.environ["CHAOS_ANSWER"]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
