"""The life of one order, told step by step over the real addresses of the API, and the books looked over at the end.

Ada orders three lanterns, a kettle and a book. The lanterns lie in Berlin, the kettle in Hamburg, the book nowhere; one
lantern is not where it should be. She gets everything in three parcels and sends a lantern back.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.test import Client

from fulfillment.statuspage import services as statuspage
from inventory.reservations import queries as availability
from inventory.stock import services as stock
from inventory.stock.models import Movement
from oms.core import clock
from oms.core.actors import Actor
from oms.core.ids import uuid7
from oms.demo import worker, world
from oms.demo.seeding import SILENT_MAIL
from oms.messaging.models import Message
from oms.reporting.invariants import services as invariants
from orders.demand import services as demand
from orders.ordering.models import Order, OrderLine

LANTERN, KETTLE, GUIDE = "LANTERN-BRASS", "KETTLE-CREAM", "GUIDE-EN"
BEGAN = timedelta(days=8)
TELLER = Actor("system", "", "demo story")
HOST = "127.0.0.1"

Say = Callable[[str], None]


class WentWrong(Exception):
    """A step did not come out as it should."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered."""

    status: int
    body: Any


class Teller:
    """Acts as the shop, the warehouses and the carrier, and says what happens."""

    def __init__(self, *, key: str, say: Say) -> None:
        self._client = Client(SERVER_NAME=HOST, raise_request_exception=True)
        self._key = key
        self._say = say
        self._step = 0
        self._at = clock.now() - BEGAN

    # The outline --------------------------------------------------------------------------------------

    def tell(self) -> list[str]:
        """Tell the story; return what is wrong with the books afterwards. Raises WentWrong."""
        mail_backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, SILENT_MAIL
        try:
            self._lay_out()
            number = self._order()
            self._release(number)
            self._hamburg(number)
            self._berlin(number)
            self._receipt(number)
            self._deliver(number)
            self._customer(number)
            self._return(number)
            return self._books(number)
        finally:
            settings.EMAIL_BACKEND = mail_backend

    def _lay_out(self) -> None:
        with self._chapter("The shelves", hours=0):
            for code, location, units in ((LANTERN, "BER", 3), (KETTLE, "HAM", 2), (GUIDE, "", 0)):
                self._have(code, location, units)
            self._line("Berlin has 3 lanterns, Hamburg 2 kettles, nobody has the book.")

    def _order(self) -> str:
        lines = [
            {"sku": LANTERN, "quantity": 3},
            {"sku": KETTLE, "quantity": 1},
            {"sku": GUIDE, "quantity": 1},
        ]
        body = {
            "external_id": f"STORY-{uuid7()}",
            "customer": {"name": "Ada Lovelace", "email": "ada@example.com"},
            "ship_to": {
                "name": "Ada Lovelace",
                "street": ["Torstr. 12"],
                "postcode": "10119",
                "city": "Berlin",
                "country": "DE",
            },
            "lines": lines,
            "language": "en",
            "payment": {"method": "fake_card", "reference": "tok_approve"},
        }
        with self._chapter("Ada orders, over POST /api/v1/orders", hours=1):
            key = str(uuid7())
            first = self._post("orders", body, key=key, expect=201).body
            self._line(f"Order {first['number']}: {first['total']} {first['currency']}, ", end="")
            self._more(f"of it {first['tax_total']} tax and {first['shipping_total']} shipping.")
            for line in first["lines"]:
                self._line(
                    f"  {line['ordered']} x {line['sku']}: {line['allocated']} reserved, "
                    f"{line['backordered']} wait for goods"
                )
            again = self._post("orders", body, key=key, expect=201).body
            self._check(again["number"] == first["number"], "the same call made a second order")
            self._line("The same call again gives the same order, and nothing happens twice.")
            self._check(
                [(line["allocated"], line["backordered"]) for line in first["lines"]]
                == [(3, 0), (1, 0), (0, 1)],
                "the order was not reserved as it should be",
            )
        return str(first["number"])

    def _release(self, number: str) -> None:
        with self._chapter("The card is asked, the order goes to the warehouses", hours=0.1):
            worker.settle()
            order = self._get(f"orders/{number}")
            self._check(order["payment_status"] == "authorized", "the card was not charged")
            self._line(f"{order['authorized_total']} {order['currency']} are authorized.")
            works = self._works(number)
            for work in works:
                units = ", ".join(f"{line['quantity']} x {line['sku']}" for line in work["lines"])
                self._line(f"  {work['number']} for {work['location']}: {units}")
            self._check({work["location"] for work in works} == {"BER", "HAM"}, "not split in two")

    def _hamburg(self, number: str) -> None:
        with self._chapter("Hamburg picks by scanner, packs and ships", hours=3):
            self._send(self._work_at(number, "HAM"))

    def _berlin(self, number: str) -> None:
        with self._chapter("Berlin finds two lanterns of three", hours=1):
            work = self._work_at(number, "BER")
            (line,) = work["lines"]
            self._post(
                f"fulfillment-orders/{work['number']}/pick", {"scans": [line["barcode"]] * 2}
            )
            short = self._post(
                f"fulfillment-orders/{work['number']}/short",
                {"line_id": line["line_id"], "quantity": 1, "reason": "The bin is empty"},
            ).body
            self._line(
                f"1 lantern reported missing: {short['rerouted']} from elsewhere, "
                f"{short['backordered']} waits for goods; the stock is corrected."
            )
            self._check(short["backordered"] == 1, "the missing lantern is not backordered")
            self._send(self._work_at(number, "BER"))

    def _receipt(self, number: str) -> None:
        with self._chapter("Goods arrive in Berlin and fill the backorders", hours=20):
            for code in (LANTERN, GUIDE):
                self._post(
                    "stock/receipts",
                    _receipt("BER", code, 1, "PO-STORY"),
                    expect=201,
                )
            worker.settle()
            order = self._get(f"orders/{number}")
            waiting = sum(line["backordered"] for line in order["lines"])
            self._check(waiting == 0, f"{waiting} units still wait")
            self._line("Nothing of the order waits for goods any more.")
            self._send(self._work_at(number, "BER"))

    def _deliver(self, number: str) -> None:
        with self._chapter("The carrier reports, late and out of order", hours=30):
            parcels = self._get(f"shipments?order={number}")["results"]
            self._check(len(parcels) == 3, f"{len(parcels)} parcels instead of 3")
            at = clock.now()
            for parcel in parcels:
                scans = [
                    ("out_for_delivery", -3, "Loaded for delivery"),
                    ("delivered", -1, "Delivered to the recipient"),
                    ("in_transit", -12, "Left the parcel center"),
                ]
                told = {
                    "carrier": parcel["carrier"],
                    "scans": [
                        {
                            "tracking_number": parcel["tracking_number"],
                            "status": status,
                            "occurred_at": _rfc3339(at + timedelta(hours=hours)),
                            "description": words,
                        }
                        for status, hours, words in scans
                    ],
                }
                self._post("tracking/scans", told)
                again = self._post("tracking/scans", told).body
                self._check(again["recorded"] == 0, "a scan was taken twice")
                self._line(f"  {parcel['number']} {parcel['tracking_number']}: delivered")
            worker.settle()
            order = self._get(f"orders/{number}")
            self._check(order["fulfillment_status"] == "delivered", "not delivered")
            self._check(order["payment_status"] == "paid", f"payment is {order['payment_status']}")
            self._line(
                f"The order is {order['status']}, {order['captured_total']} {order['currency']} "
                "were taken as the parcels left."
            )

    def _customer(self, number: str) -> None:
        with self._chapter("What Ada sees", hours=1):
            order = Order.objects.get(number=number)
            shipments = self._get(f"shipments?order={number}")["results"]
            numbers = {shipment["number"] for shipment in shipments}
            mails = Message.objects.filter(recipient=order.email, subject__contains=number)
            for mail in mails.order_by("pk"):
                self._line(f"  mail: {mail.subject}")
            self._check(mails.count() >= 1 + 2 * len(numbers), "a mail is missing")
            token = statuspage.issue(order_id=order.pk)
            page = self._client.get(f"/status/{token}")
            self._check(page.status_code == 200, f"the status page answers {page.status_code}")
            self._check(number in page.content.decode(), "the status page names another order")
            self._line("The status page shows her the parcels, without a login.")

    def _return(self, number: str) -> None:
        with self._chapter("A lantern comes back, broken", hours=48):
            order = self._get(f"orders/{number}")
            line = next(line for line in order["lines"] if line["sku"] == LANTERN)
            opened = self._post(
                "returns",
                {
                    "order": number,
                    "lines": [{"line_id": line["id"], "quantity": 1, "reason": "damaged"}],
                },
                expect=201,
            ).body
            received = {
                "location": "BER",
                "units": [{"line_id": line["id"], "grade": "damaged", "quantity": 1}],
            }
            self._post(f"returns/{opened['number']}/receive", received)
            self._post(f"returns/{opened['number']}/settle", {})
            worker.settle()
            order = self._get(f"orders/{number}")
            self._line(
                f"{opened['number']}: {order['refunded_total']} {order['currency']} given back, "
                f"the order is {order['payment_status'].replace('_', ' ')}."
            )
            share = Decimal(line["total"]) / 3
            self._check(
                abs(Decimal(order["refunded_total"]) - share) < Decimal("0.01"),
                "the refund is not a third of the line",
            )

    def _books(self, number: str) -> list[str]:
        # Planning was told of the demand until now; the story happened before that.
        demand.rebuild()
        with self._chapter("The books", hours=1):
            moved = Movement.objects.filter(document__startswith=number).count()
            self._line(f"{moved} movements of stock carry the order's number.")
            found = invariants.run()
            broken = [
                f"{result.check}: {offender}"
                for result in found
                for offender in result.offenders[:3]
            ]
            held = sum(result.holds for result in found)
            self._line(f"{held} of {len(found)} invariants hold over the whole database.")
            return broken

    # Acts ---------------------------------------------------------------------------------------------

    def _have(self, code: str, location: str, units: int) -> None:
        """Bring the stock of an article to exactly `units` at one location and to none elsewhere.

        What orders of an earlier telling still wait for is received first: they come before Ada.
        """
        waiting = OrderLine.objects.filter(
            sku__code=code, order__status__in=["pending", "confirmed"]
        ).aggregate(units=Sum("backordered"))["units"]
        if waiting:
            self._post("stock/receipts", _receipt("BER", code, waiting, "STORY"), expect=201)
            worker.settle()
        places = {
            level.location_code: level for level in availability.availability(sku_codes=[code])
        }
        for place, level in places.items():
            delta = (units if place == location else 0) - level.available
            if delta:
                stock.adjust(
                    sku_id=level.sku_id,
                    location_id=level.location_id,
                    delta=delta,
                    document="STORY",
                    cause=f"story:{uuid7()}",
                    actor=TELLER,
                    reason="The story begins",
                )
        if location and location not in places:
            self._post(
                "stock/receipts",
                _receipt(location, code, units, "STORY"),
                expect=201,
            )

    def _send(self, work: Mapping[str, Any]) -> None:
        """Pick what is left by scans, pack it into one parcel, compare rates, buy the label, ship."""
        scans = [line["barcode"] for line in work["lines"] for _ in range(line["to_pick"])]
        path = f"fulfillment-orders/{work['number']}"
        if scans:
            self._post(f"{path}/pick", {"scans": scans})
            self._line(f"{len(scans)} scanned: {', '.join(dict.fromkeys(scans))}")
        size = {"weight_g": 3_400, "length_mm": 400, "width_mm": 300, "height_mm": 300}
        parcel = self._post(f"{path}/pack", size, expect=201).body
        rates = self._get(f"shipments/{parcel['number']}/rates")["rates"]
        self._post(f"shipments/{parcel['number']}/label", {"service": rates[0]["service"]})
        shipped = self._post(f"shipments/{parcel['number']}/ship", {}).body
        self._line(
            f"Parcel {shipped['number']} with {rates[0]['name']} for {rates[0]['amount']} "
            f"{rates[0]['currency']}, number {shipped['tracking_number']}, expected {shipped['expected_on']}."
        )
        worker.settle()

    def _works(self, number: str) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self._get(f"fulfillment-orders?order={number}")[
            "results"
        ]
        return found

    def _work_at(self, number: str, location: str) -> Mapping[str, Any]:
        for work in self._works(number):
            if work["location"] == location and work["status"] in ("open", "in_progress"):
                return work
        raise WentWrong(f"{location} has no open work for {number}.")

    # Talking ------------------------------------------------------------------------------------------

    def _post(self, path: str, body: Any, *, key: str = "", expect: int = 200) -> Answer:
        answer = self._client.post(
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={**self._headers(), "Idempotency-Key": key or str(uuid7())},
        )
        return self._answer(f"POST {path}", answer, expect)

    def _get(self, path: str) -> Any:
        answer = self._client.get(f"/api/v1/{path}", headers=self._headers())
        return self._answer(f"GET {path}", answer, 200).body

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"}

    def _answer(self, what: str, answer: Any, expect: int) -> Answer:
        if answer.status_code != expect:
            raise WentWrong(f"{what} answers {answer.status_code}: {answer.content.decode()[:600]}")
        return Answer(answer.status_code, json.loads(answer.content))

    def _chapter(self, title: str, *, hours: float) -> Any:
        """Begin a step some hours after the one before."""
        self._at += timedelta(hours=hours)
        self._step += 1
        self._say(f"{self._step:>2}. {title}  ({self._at:%a %d %b, %H:%M} UTC)\n")
        return clock.travelled(self._at)

    def _line(self, words: str, *, end: str = "\n") -> None:
        self._say(f"    {words}{end}")

    def _more(self, words: str) -> None:
        self._say(f"{words}\n")

    @staticmethod
    def _check(holds: bool, otherwise: str) -> None:
        if not holds:
            raise WentWrong(f"{otherwise[0].upper()}{otherwise[1:]}.")


def _receipt(location: str, code: str, units: int, document: str) -> dict[str, Any]:
    return {
        "location": location,
        "document": document,
        "lines": [{"sku": code, "quantity": units}],
    }


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def tell(*, say: Say) -> list[str]:
    """Set the company up if it is not there, and tell the story; return what is wrong with the books afterwards."""
    world.build()
    noted = world.tell()
    return Teller(key=str(noted["api_key"]), say=say).tell()
