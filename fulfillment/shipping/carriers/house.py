"""The house carrier: works with no network, no account and no books of its own.

Prices come from a tariff by zone and weight bracket, numbers are postal item numbers (UPU S10) made from the purchase's
own sequence, and a parcel's course is computed from the time it was shipped. Everything is a pure function of the
request, so that asking again gives the same answer, to the byte.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from string import ascii_uppercase

from django.conf import settings

from fulfillment.shipping import labels, rules
from fulfillment.shipping.carriers.base import (
    BoughtLabel,
    CarrierScan,
    LabelRequest,
    Parcel,
    Rate,
    RateRequest,
    Refused,
    TrackRequest,
)
from oms.core import money, numbering

DOMESTIC, REGION, WORLD = "domestic", "region", "world"

_EUROPE = frozenset({
    "AD", "AL", "AT", "AX", "BA", "BE", "BG", "BY", "CH", "CY", "CZ", "DE", "DK",
    "EE", "ES", "FI", "FO", "FR", "GB", "GG", "GI", "GR", "HR", "HU", "IE", "IM",
    "IS", "IT", "JE", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL",
    "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SJ", "SK", "SM", "UA", "VA", "XK",
})  # fmt: skip
_REGIONS: tuple[frozenset[str], ...] = (
    _EUROPE,
    frozenset({"CA", "MX", "US"}),
    frozenset({"AU", "NZ"}),
    frozenset({"CN", "HK", "JP", "KR", "MO", "TW"}),
    frozenset({"AE", "BH", "KW", "OM", "QA", "SA"}),
)
_BRACKETS_G = (1_000, 2_000, 5_000, 10_000, 20_000, 31_500)
MAX_SIDE_MM, MAX_GIRTH_MM = 2_000, 3_600

# A tariff point is what the currency's table says it is worth: a list price, not an exchange rate.
_POINT = {
    "EUR": "1", "USD": "1.1", "GBP": "0.9", "CHF": "1.1", "PLN": "4.2", "CZK": "25", "HUF": "390", "RON": "5",
    "BGN": "2", "SEK": "11.5", "NOK": "11.5", "DKK": "7.5", "ISK": "150", "UAH": "42", "RSD": "117", "TRY": "35",
    "CAD": "1.5", "MXN": "20", "BRL": "5.5", "AUD": "1.7", "NZD": "1.9", "JPY": "160", "CNY": "7.8", "HKD": "8.6",
    "TWD": "35", "KRW": "1450", "SGD": "1.5", "INR": "92", "IDR": "17500", "THB": "38", "VND": "27000", "ZAR": "20",
    "ILS": "4", "AED": "4", "SAR": "4.1", "QAR": "4", "KWD": "0.34", "BHD": "0.41", "OMR": "0.42", "TND": "3.4",
    "JOD": "0.78", "CLP": "1000", "XOF": "650", "XAF": "650",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Service:
    """One service: its tariff in points per zone and bracket, working days per zone, and first S10 letter."""

    name: str
    mark: str
    letter: str
    points: Mapping[str, Sequence[str]]
    days: Mapping[str, int]


_SERVICES: Mapping[str, _Service] = {
    "standard": _Service(
        "Standard parcel",
        "S",
        "C",
        {
            DOMESTIC: ("4.90", "5.90", "7.90", "10.90", "16.90", "22.90"),
            REGION: ("10.90", "13.90", "17.90", "24.90", "36.90", "49.90"),
            WORLD: ("19.90", "27.90", "44.90", "69.90", "119.90", "169.90"),
        },
        {DOMESTIC: 2, REGION: 4, WORLD: 9},
    ),
    "express": _Service(
        "Express",
        "E",
        "E",
        {
            DOMESTIC: ("9.90", "11.90", "14.90", "19.90", "29.90", "39.90"),
            REGION: ("24.90", "29.90", "39.90", "54.90", "79.90", "109.90"),
            WORLD: ("39.90", "54.90", "84.90", "129.90", "219.90", "319.90"),
        },
        {DOMESTIC: 1, REGION: 2, WORLD: 4},
    ),
}

_SERIALS = 10**8
_FAILED_ATTEMPT, _DELAYED = 3, 7  # of sixteen courses


def zone(sender_country: str, recipient_country: str) -> str:
    """Return the tariff zone: same country, same region of the world, or the rest."""
    if sender_country == recipient_country:
        return DOMESTIC
    if any({sender_country, recipient_country} <= region for region in _REGIONS):
        return REGION
    return WORLD


class HouseCarrier:
    """Offline carrier for demo, tests, and shops that deliver by themselves."""

    code = "house"
    name = "House Parcel"

    def __init__(self) -> None:
        self._speed: float = settings.OMS_HOUSE_CARRIER_SPEED
        self.poll_every: timedelta | None = max(
            timedelta(minutes=15) / self._speed, timedelta(seconds=20)
        )

    def rate(self, request: RateRequest) -> Sequence[Rate]:
        """Return the price of each service; empty when the parcel is too heavy, too large or not priced."""
        return sorted(
            (rate for code in _SERVICES if isinstance(rate := self._rate(code, request), Rate)),
            key=lambda rate: rate.amount,
        )

    def buy(self, request: LabelRequest) -> BoughtLabel:
        """Return the label of this key; the number comes from the request's sequence."""
        service = _SERVICES.get(request.service)
        if service is None:
            raise Refused(f"There is no service “{request.service}”.")
        rate = self._rate(
            request.service,
            RateRequest(
                sender=request.sender,
                recipient=request.recipient,
                parcel=request.parcel,
                currency=request.currency,
            ),
        )
        if isinstance(rate, str):
            raise Refused(rate)
        series, serial = divmod(request.sequence, _SERIALS)
        tracking_number = numbering.s10(
            service.letter + ascii_uppercase[series % len(ascii_uppercase)],
            serial,
            request.sender.country,
        )
        text = labels.LabelText(
            carrier=self.name,
            service=service.name,
            mark=service.mark,
            sender=request.sender,
            recipient=request.recipient,
            tracking_number=tracking_number,
            reference=request.reference,
            order_number=request.order_number,
            weight_g=request.parcel.weight_g,
            ship_on=request.ship_on,
        )
        return BoughtLabel(
            tracking_number=tracking_number,
            cost=rate.amount,
            currency=rate.currency,
            transit_days=rate.transit_days,
            pdf=labels.pdf(text),
            zpl=labels.zpl(text),
            carrier_reference=request.key,
        )

    def void(self, *, tracking_number: str, carrier_reference: str) -> None:
        """Give the label back: there is nobody to tell."""

    def track(self, request: TrackRequest, *, at: datetime) -> Sequence[CarrierScan]:
        """Return what happened up to `at`: most parcels arrive on their day, a few late or at the second attempt.

        The setting OMS_HOUSE_CARRIER_SPEED makes the carrier's clock run faster, so that a demo can be watched.
        """
        scans = []
        for offset, status, code, description, place in self._course(request):
            occurred_at = request.shipped_at + offset / self._speed
            if occurred_at <= at:
                scans.append(
                    CarrierScan(
                        status=status,
                        code=code,
                        description=description,
                        place=place,
                        occurred_at=occurred_at,
                        raw={"code": code, "text": description, "place": place},
                    )
                )
        return scans

    def _rate(self, code: str, request: RateRequest) -> Rate | str:
        """Return the offer, or the sentence that says why there is none."""
        service = _SERVICES[code]
        parcel = request.parcel
        problem = _size_problem(parcel)
        if problem:
            return problem
        if request.currency not in _POINT:
            return f"There is no tariff in {request.currency}."
        weight_g = rules.chargeable_weight_g(
            parcel.weight_g, parcel.length_mm, parcel.width_mm, parcel.height_mm
        )
        bracket = next((i for i, limit in enumerate(_BRACKETS_G) if weight_g <= limit), None)
        if bracket is None:
            return (
                f"The parcel counts {weight_g / 1000:.2f} kg;"
                f" at most {_BRACKETS_G[-1] / 1000} kg are carried."
            )
        to_zone = zone(request.sender.country, request.recipient.country)
        points = Decimal(service.points[to_zone][bracket])
        return Rate(
            carrier=self.code,
            service=code,
            name=service.name,
            amount=money.quantize(points * Decimal(_POINT[request.currency]), request.currency),
            currency=request.currency,
            transit_days=service.days[to_zone],
            basis={
                "zone": to_zone,
                "weight_g": parcel.weight_g,
                "chargeable_weight_g": weight_g,
                "bracket_g": _BRACKETS_G[bracket],
            },
        )

    def _course(self, request: TrackRequest) -> list[tuple[timedelta, str, str, str, str]]:
        """Return (time since shipping, status, code, text, place) of each event in order."""
        start = request.shipped_at
        chance = hashlib.sha256(request.tracking_number.encode()).digest()
        minutes = chance[1] * 2  # up to 8.5 hours after the van has left
        here, there = request.sender_city, request.recipient_city
        day = request.expected_on or (start + timedelta(days=2)).date()
        van_out = datetime.combine(day, time(7, 40), tzinfo=UTC)
        while van_out - start < timedelta(hours=14):
            van_out += timedelta(days=1)
        out = van_out - start
        course = [
            (timedelta(0), "pre_transit", "ANNOUNCED", "Announced by the sender", here),
            (timedelta(hours=2), "picked_up", "COLLECTED", "Collected from the sender", here),
            (timedelta(hours=6), "in_transit", "SORTED", "Left the parcel center", here),
            (
                out - timedelta(hours=6),
                "in_transit",
                "ARRIVED",
                "Arrived in the region of the recipient",
                there,
            ),
        ]
        kind = chance[0] % 16
        if kind == _DELAYED:
            course.append(
                (out, "delayed", "DELAYED", "Delayed, arrives one working day later", there)
            )
            out += timedelta(days=1)
        course.append((out, "out_for_delivery", "ON_VAN", "Loaded for delivery", there))
        if kind == _FAILED_ATTEMPT:
            attempt = out + timedelta(minutes=minutes)
            course.append(
                (
                    attempt,
                    "delivery_failed",
                    "NOBODY_IN",
                    "Nobody was at home; tried again tomorrow",
                    there,
                )
            )
            out += timedelta(days=1)
            course.append((out, "out_for_delivery", "ON_VAN", "Loaded for delivery", there))
        arrival = out + timedelta(minutes=30 + minutes)
        course.append((arrival, "delivered", "DELIVERED", "Delivered to the recipient", there))
        return course


def _size_problem(parcel: Parcel) -> str:
    longest, middle, shortest = sorted(
        (parcel.length_mm, parcel.width_mm, parcel.height_mm), reverse=True
    )
    girth = longest + 2 * (middle + shortest)
    if longest > MAX_SIDE_MM or girth > MAX_GIRTH_MM:
        return (
            f"The parcel is too large: longest side at most {MAX_SIDE_MM / 10:.0f} cm,"
            f" length and girth together at most {MAX_GIRTH_MM / 10:.0f} cm."
        )
    return ""
