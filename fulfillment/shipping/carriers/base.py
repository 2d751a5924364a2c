"""What a carrier must be able to do, in plain values. No table of ours is seen from here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from oms.core.address import Address


class CarrierError(Exception):
    """Base of what a carrier may answer instead of a result. The text is for a person."""


class Refused(CarrierError):
    """The carrier has answered no: nothing was bought, nothing was changed."""


class Unreachable(CarrierError):
    """No answer, or none that can be understood. What was asked may have been done: ask again with the same key."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Weight in grams, outer size in millimetres."""

    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRequest:
    """What a parcel on its way from `sender` to `recipient` would cost in `currency`."""

    sender: Address
    recipient: Address
    parcel: Parcel
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """An offer: the carrier's price and how many working days it takes."""

    carrier: str
    service: str
    name: str
    amount: Decimal
    currency: str
    transit_days: int
    basis: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRequest:
    """The order for one label.

    `key` makes the purchase repeatable: the same key is the same label, however often it is asked for. `sequence` is a
    number that no other purchase has, for carriers that let the shipper number the parcels.
    """

    key: str
    sequence: int
    reference: str
    order_number: str
    service: str
    sender: Address
    recipient: Address
    parcel: Parcel
    currency: str
    ship_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtLabel:
    """A label: number, cost, and its printed forms (4 x 6 inch).

    `carrier_reference` is what the carrier wants to hear when the label is given back; never empty.
    """

    tracking_number: str
    cost: Decimal
    currency: str
    transit_days: int
    pdf: bytes
    zpl: str
    carrier_reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRequest:
    """The parcel to be asked about. All but the number are for carriers that keep no books of their own."""

    tracking_number: str
    shipped_at: datetime
    expected_on: date | None
    sender_city: str
    recipient_city: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierScan:
    """One event of a parcel as the carrier tells it; `status` is already in our vocabulary."""

    status: str
    code: str
    description: str
    place: str
    occurred_at: datetime
    raw: Mapping[str, Any] = field(default_factory=dict)


class Carrier(Protocol):
    """A carrier. Every method may raise Refused or Unreachable, and none may be called inside a transaction."""

    code: str
    name: str
    poll_every: timedelta | None

    def rate(self, request: RateRequest) -> Sequence[Rate]:
        """Return the services that take this parcel, cheapest first; empty when none does."""

    def buy(self, request: LabelRequest) -> BoughtLabel:
        """Buy a label, or return the one that was bought with this key before."""

    def void(self, *, tracking_number: str, carrier_reference: str) -> None:
        """Give an unused label back. Voiding twice is no error."""

    def track(self, request: TrackRequest, *, at: datetime) -> Sequence[CarrierScan]:
        """Return every event of the parcel up to `at`, those told before as well."""
