"""What the page says, decided from counters and statuses alone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Stage(StrEnum):
    """Where a parcel is, in the steps that a customer thinks in."""

    PACKED = "packed"
    ON_ITS_WAY = "on_its_way"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    HELD = "held"
    FAILED = "failed"
    COMING_BACK = "coming_back"
    RETURNED = "returned"
    LOST = "lost"


# Whoever waits for such a parcel should read why at once.
TROUBLED = frozenset(
    {Stage.DELAYED, Stage.HELD, Stage.FAILED, Stage.COMING_BACK, Stage.RETURNED, Stage.LOST}
)
ARRIVED = frozenset({Stage.DELIVERED, Stage.RETURNED, Stage.LOST})

_BY_TRACKING = {
    "out_for_delivery": Stage.OUT_FOR_DELIVERY,
    "ready_for_pickup": Stage.READY_FOR_PICKUP,
    "delivery_failed": Stage.FAILED,
    "delayed": Stage.DELAYED,
    "on_hold": Stage.HELD,
    "return_to_sender": Stage.COMING_BACK,
}
_BY_STATUS = {
    "packed": Stage.PACKED,
    "labelled": Stage.PACKED,
    "delivered": Stage.DELIVERED,
    "returned_to_sender": Stage.RETURNED,
    "lost": Stage.LOST,
}


def stage(*, status: str, tracking_status: str, leg: int) -> Stage:
    """Return where a parcel is, by its own status and the carrier's; `leg` above 1 is the way back."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if leg > 1:
        return Stage.COMING_BACK
    return _BY_TRACKING.get(tracking_status, Stage.ON_ITS_WAY)


class Step(StrEnum):
    """The steps of a parcel's rail."""

    PACKED = "packed"
    ON_ITS_WAY = "on_its_way"
    AT_THE_DOOR = "at_the_door"
    PICKUP = "pickup"
    DELIVERED = "delivered"


class StepState(StrEnum):
    """How a step stands."""

    DONE = "done"
    NOW = "now"
    TROUBLE = "trouble"
    TO_COME = "to_come"


_REACHED = {
    Stage.PACKED: 0,
    Stage.ON_ITS_WAY: 1,
    Stage.DELAYED: 1,
    Stage.HELD: 1,
    Stage.COMING_BACK: 1,
    Stage.RETURNED: 1,
    Stage.LOST: 1,
    Stage.OUT_FOR_DELIVERY: 2,
    Stage.READY_FOR_PICKUP: 2,
    Stage.FAILED: 2,
    Stage.DELIVERED: 3,
}


def rail(at: Stage) -> list[tuple[Step, StepState]]:
    """Return the four steps of a parcel that is `at` a stage, each with its state."""
    third = Step.PICKUP if at is Stage.READY_FOR_PICKUP else Step.AT_THE_DOOR
    steps = [Step.PACKED, Step.ON_ITS_WAY, third, Step.DELIVERED]
    reached = _REACHED[at]
    here = StepState.TROUBLE if at in TROUBLED else StepState.NOW
    if at is Stage.DELIVERED:
        here = StepState.DONE
    return [
        (
            step,
            StepState.DONE if index < reached else here if index == reached else StepState.TO_COME,
        )
        for index, step in enumerate(steps)
    ]


class Place(StrEnum):
    """Where units of a line are, as the customer counts them."""

    DELIVERED = "delivered"
    ON_ITS_WAY = "on_its_way"
    PACKING = "packing"
    SET_ASIDE = "set_aside"
    WAITING = "waiting"
    RETURNED = "returned"
    LOST = "lost"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The counters of a line, in units."""

    ordered: int
    cancelled: int = 0
    unallocated: int = 0
    backordered: int = 0
    allocated: int = 0
    picked: int = 0
    packed: int = 0
    shipped: int = 0
    delivered: int = 0
    returned: int = 0
    written_off: int = 0


def places(units: Units) -> dict[Place, int]:
    """Return where the units of a line are; each unit in one place, empty places left out, in reading order."""
    back_from_customer = min(units.returned, units.delivered)
    never_arrived = units.returned - back_from_customer
    found = {
        Place.DELIVERED: units.delivered - back_from_customer,
        Place.ON_ITS_WAY: max(
            0, units.shipped - units.delivered - never_arrived - units.written_off
        ),
        Place.PACKING: units.picked + units.packed,
        Place.SET_ASIDE: units.allocated,
        Place.WAITING: units.unallocated + units.backordered,
        Place.RETURNED: units.returned,
        Place.LOST: units.written_off,
        Place.CANCELLED: units.cancelled,
    }
    return {place: count for place, count in found.items() if count}


class Headline(StrEnum):
    """The one sentence at the top."""

    CANCELLED = "cancelled"
    TROUBLE = "trouble"
    DELIVERED = "delivered"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    ON_ITS_WAY = "on_its_way"
    PARTLY_ON_ITS_WAY = "partly_on_its_way"
    PARTLY_DELIVERED = "partly_delivered"
    RETURNED = "returned"
    WAITING_FOR_PAYMENT = "waiting_for_payment"
    CHECKING = "checking"
    WAITING_FOR_STOCK = "waiting_for_stock"
    PREPARING = "preparing"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What decides the headline: where all units are, the parcels, and what the order waits for."""

    units: dict[Place, int]
    stages: Sequence[Stage]
    unpaid: bool = False
    on_hold: bool = False


def headline(now: Standing) -> Headline:
    """Return the headline: trouble first, then what is nearest to the door, then what the order waits for."""
    there = frozenset(now.units)
    moving = [stage for stage in now.stages if stage not in ARRIVED]
    if there == {Place.CANCELLED}:
        return Headline.CANCELLED
    # Returned or lost goods whose other parcels have all arrived are a story that is told further down.
    if any(stage in TROUBLED for stage in moving) or (
        Stage.LOST in now.stages and Place.ON_ITS_WAY in there
    ):
        return Headline.TROUBLE
    if Stage.OUT_FOR_DELIVERY in moving:
        return Headline.OUT_FOR_DELIVERY
    if Stage.READY_FOR_PICKUP in moving:
        return Headline.READY_FOR_PICKUP
    open_here = there & {Place.PACKING, Place.SET_ASIDE, Place.WAITING}
    if Place.ON_ITS_WAY in there:
        return Headline.PARTLY_ON_ITS_WAY if open_here else Headline.ON_ITS_WAY
    if not open_here:
        return Headline.DELIVERED if Place.DELIVERED in there else Headline.RETURNED
    if there & {Place.DELIVERED, Place.RETURNED}:
        return Headline.PARTLY_DELIVERED
    return _waiting(now, open_here)


def _waiting(now: Standing, open_here: frozenset[Place]) -> Headline:
    """Return the headline of an order of which nothing has left yet."""
    if now.unpaid:
        return Headline.WAITING_FOR_PAYMENT
    if now.on_hold:
        return Headline.CHECKING
    if open_here == {Place.WAITING}:
        return Headline.WAITING_FOR_STOCK
    return Headline.PREPARING if Place.PACKING in open_here else Headline.RECEIVED


def arrival(expected: Sequence[date | None], today: date) -> date | None:
    """Return the next day on which a parcel is expected; a day that is over promises nothing any more."""
    return min((day for day in expected if day is not None and day >= today), default=None)


def matches(proof: str, *, email: str, postcode: str) -> bool:
    """Say whether `proof` is the e-mail address or the postcode of the order, however it was typed.

    An order without one of them is not opened by an empty text.
    """
    typed = proof.strip()
    if "@" in typed:
        return bool(email) and _email_form(typed) == _email_form(email)
    return bool(_postcode_form(typed)) and _postcode_form(typed) == _postcode_form(postcode)


def _email_form(text: str) -> str:
    return text.strip().casefold()


def _postcode_form(text: str) -> str:
    return "".join(symbol for symbol in text.casefold() if symbol.isalnum())
