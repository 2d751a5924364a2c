"""Carriers that behave badly. They count what they are asked, so that a test can say "once"."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from fulfillment.shipping.carriers.base import (
    BoughtLabel,
    CarrierScan,
    LabelRequest,
    Rate,
    RateRequest,
    Refused,
    TrackRequest,
    Unreachable,
)

HOUSE = "fulfillment.shipping.carriers.house.HouseCarrier"
MOODY = "tests.fulfillment.carriers.MoodyCarrier"


class MoodyCarrier:
    """Does what `moods` says for each call in turn, then works. Keeps a book of labels by key, as real ones do."""

    code = "moody"
    name = "Moody Parcel"
    poll_every: timedelta | None = timedelta(minutes=10)

    asked: Counter[str] = Counter()
    book: dict[str, BoughtLabel] = {}
    moods: list[str] = []
    told: list[CarrierScan] = []
    numbers: list[str] = []
    before_answer: Callable[[], None] | None = None

    @classmethod
    def reset(cls, *moods: str) -> None:
        """Forget everything; behave as `moods` says from now on."""
        cls.asked, cls.book, cls.moods = Counter(), {}, list(moods)
        cls.told, cls.numbers, cls.before_answer = [], [], None

    def rate(self, request: RateRequest) -> Sequence[Rate]:
        """Return one rate."""
        self._mood("rate")
        return [
            Rate(
                carrier=self.code,
                service="slow",
                name="Slow",
                amount=Decimal("1.00"),
                currency=request.currency,
                transit_days=5,
            )
        ]

    def buy(self, request: LabelRequest) -> BoughtLabel:
        """Return the label of the key; "lost" makes it and says nothing."""
        mood = self._mood("buy")
        label = self.book.get(request.key) or BoughtLabel(
            tracking_number=self.numbers.pop(0) if self.numbers else f"mo {request.sequence:08d}",
            cost=Decimal("1.00"),
            currency=request.currency,
            transit_days=5,
            pdf=b"%PDF-1.4",
            zpl="^XA^XZ",
            carrier_reference=request.key,
        )
        self.book[request.key] = label
        if mood == "lost":
            raise Unreachable("The answer was lost.")
        return label

    def void(self, *, tracking_number: str, carrier_reference: str) -> None:
        """Give the label back."""
        self._mood("void")

    def track(self, request: TrackRequest, *, at: datetime) -> Sequence[CarrierScan]:
        """Return what the test has put there."""
        self._mood("track")
        return [scan for scan in self.told if scan.occurred_at <= at]

    def _mood(self, call: str) -> str:
        type(self).asked[call] += 1
        if self.before_answer is not None:
            type(self).before_answer()  # type: ignore[misc]  # set by a test
        mood = self.moods.pop(0) if self.moods else "well"
        if mood == "refuse":
            raise Refused("No parcels on Mondays.")
        if mood == "silent":
            raise Unreachable("Nobody answers.")
        if mood == "broken":
            raise ZeroDivisionError
        return mood
