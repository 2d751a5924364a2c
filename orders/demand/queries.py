"""Read demand from the lines of orders and from the ledger of what was promised to them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import Case, F, Q, QuerySet, Sum, Value, When

from inventory.locations.models import Location
from inventory.planning.services import Demand
from inventory.stock.models import Level, Movement
from inventory.stock.states import Bucket, MovementKind
from orders.ordering.models import Order, OrderLine
from orders.ordering.states import OrderStatus
from orders.routing.rules import Candidate, Destination, distance

AT_ONCE = 500
# No place on earth is farther from UTC.
_FARTHEST = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Asked:
    """Units of a SKU on an order: how many are wanted, how many were cancelled, how many wait, and where it goes."""

    document: str
    sku_id: int
    placed_at: datetime
    wanted: int
    cancelled: int
    waiting: int
    destination: Destination


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was promised to orders by order and SKU: units by location, and units given back by cancelling."""

    promised: Mapping[tuple[str, int], Mapping[int, int]]
    given_back: Mapping[tuple[str, int], int]


class Places:
    """The locations: their calendars, and which of them is asked first for what nobody has promised."""

    def __init__(self) -> None:
        self._all = {place.pk: place for place in Location.objects.all()}
        self._zones = {key: ZoneInfo(place.time_zone) for key, place in self._all.items()}
        self._shipping = [
            place for place in self._all.values() if place.ships_orders and place.is_active
        ]
        self._stocked: dict[int, frozenset[int]] = {}

    def know(self, sku_ids: Collection[int]) -> None:
        """Learn where SKUs have been stocked; one statement."""
        asked = set(sku_ids) - self._stocked.keys()
        if not asked:
            return
        found: defaultdict[int, set[int]] = defaultdict(set)
        for sku_id, location_id in Level.objects.filter(sku_id__in=asked).values_list(
            "sku_id", "location_id"
        ):
            found[sku_id].add(location_id)
        self._stocked.update({sku_id: frozenset(found[sku_id]) for sku_id in asked})

    def first(self, sku_id: int, destination: Destination) -> int | None:
        """Return the location that would serve a SKU if it had it: as routing prefers, of those that stock it."""
        stocked = self._stocked.get(sku_id, frozenset())
        places = [each for each in self._shipping if each.pk in stocked] or self._shipping
        if not places:
            return None
        return min(
            places,
            key=lambda place: (
                place.priority,
                distance(_candidate(place), destination),
                place.code,
            ),
        ).pk

    def day(self, location_id: int, at: datetime) -> date:
        """Return the day of an instant at a location."""
        return at.astimezone(self._zones[location_id]).date()

    def days(self, at: datetime) -> set[date]:
        """Return every day that an instant is on at any location."""
        return {at.astimezone(zone).date() for zone in set(self._zones.values())}


def changed_days(
    *, since: datetime | None, until: datetime, limit: int
) -> tuple[set[date], datetime]:
    """Return the days on which orders were placed that changed from `since` on, and until when that holds.

    Of more than `limit` orders those that changed first are looked at; then it holds until shortly before the last one.
    """
    changed = Order.objects.filter(updated_at__lt=until).exclude(status=OrderStatus.DRAFT)
    if since is not None:
        changed = changed.filter(updated_at__gte=since)
    rows = list(
        changed.order_by("updated_at", "id").values_list("placed_at", "updated_at")[: limit + 1]
    )
    places = Places()
    if len(rows) <= limit:
        return {day for placed_at, _ in rows for day in places.days(placed_at)}, until
    reached = rows[limit][1]
    return {day for placed_at, _ in rows for day in places.days(placed_at)}, reached


def first_day() -> date | None:
    """Return the first day on which there was an order at any location."""
    placed_at = Order.objects.order_by("placed_at").values_list("placed_at", flat=True).first()
    if placed_at is None:
        return None
    return min(Places().days(placed_at), default=placed_at.astimezone(UTC).date())


def demand_of(days: Collection[date]) -> Iterator[Demand]:
    """Yield the demand of some days, in no order and not added up."""
    wanted = frozenset(days)
    if not wanted:
        return
    places = Places()
    for begin, end in _spans(wanted):
        lines = OrderLine.objects.filter(order__placed_at__gte=begin, order__placed_at__lt=end)
        for asked in _asked(lines):
            ledger = _ledger(asked)
            places.know({each.sku_id for each in asked})
            for each in asked:
                yield from (row for row in _demand(each, ledger, places) if row.day in wanted)


def waiting() -> dict[tuple[int, int], int]:
    """Return the units that open orders wait for, by SKU and by the location that is asked first."""
    places = Places()
    found: defaultdict[tuple[int, int], int] = defaultdict(int)
    lines = OrderLine.objects.filter(
        backordered__gt=0, order__status__in=(OrderStatus.PENDING, OrderStatus.CONFIRMED)
    )
    for asked in _asked(lines):
        places.know({each.sku_id for each in asked})
        for each in asked:
            place = places.first(each.sku_id, each.destination)
            if place is not None:
                found[each.sku_id, place] += each.waiting
    return dict(found)


def _demand(asked: Asked, ledger: Ledger, places: Places) -> Iterator[Demand]:
    key = (asked.document, asked.sku_id)
    rest = asked.wanted
    for location_id, promised in sorted(ledger.promised.get(key, {}).items()):
        units = min(rest, promised)
        rest -= units
        if units > 0:
            yield Demand(
                sku_id=asked.sku_id,
                location_id=location_id,
                day=places.day(location_id, asked.placed_at),
                units=units,
            )
    lost = max(0, asked.cancelled - ledger.given_back.get(key, 0))
    first = places.first(asked.sku_id, asked.destination)
    if first is not None and (rest or lost):
        yield Demand(
            sku_id=asked.sku_id,
            location_id=first,
            day=places.day(first, asked.placed_at),
            units=rest,
            lost=lost,
        )


def _asked(lines: "QuerySet[OrderLine]") -> Iterator[list[Asked]]:
    """Yield what lines ask for, a batch at a time, the lines of one SKU on one order together."""
    rows = (
        lines.exclude(order__status=OrderStatus.DRAFT)
        .order_by("order_id", "sku_id")
        .values_list(
            "order__number",
            "sku_id",
            "order__placed_at",
            "order__ship_country",
            "order__ship_postcode",
        )
        .annotate(wanted=Sum("ordered"), given_up=Sum("cancelled"), waits=Sum("backordered"))
    )
    found = (
        Asked(
            document=number,
            sku_id=sku_id,
            placed_at=placed_at,
            wanted=ordered - cancelled,
            cancelled=cancelled,
            waiting=backordered,
            destination=Destination(country, "", postcode),
        )
        for number, sku_id, placed_at, country, postcode, ordered, cancelled, backordered in (
            rows.iterator(chunk_size=2_000)
        )
    )
    while batch := list(islice(found, AT_ONCE)):
        yield batch


def _ledger(asked: Sequence[Asked]) -> Ledger:
    """Return what the ledger says of some orders; one statement."""
    leaves = Q(source=Bucket.COMMITTED) & ~Q(target=Bucket.CUSTOMER)
    given_back = Q(kind=MovementKind.DEALLOCATION, cause__startswith="cancel:")
    rows = (
        Movement.objects.filter(document__in={each.document for each in asked})
        .order_by()
        .values_list("document", "level__sku_id", "level__location_id")
        .annotate(
            promised=Sum(
                Case(
                    When(target=Bucket.COMMITTED, then=F("quantity")),
                    When(leaves, then=-F("quantity")),
                    default=Value(0),
                )
            ),
            given_back=Sum(Case(When(given_back, then=F("quantity")), default=Value(0))),
        )
    )
    promised: defaultdict[tuple[str, int], dict[int, int]] = defaultdict(dict)
    back: defaultdict[tuple[str, int], int] = defaultdict(int)
    for document, sku_id, location_id, units, cancelled in rows:
        promised[document, sku_id][location_id] = units
        back[document, sku_id] += cancelled
    return Ledger(promised, back)


def _spans(days: Collection[date]) -> Iterator[tuple[datetime, datetime]]:
    """Yield spans of time, apart from each other, in which all that lies on `days` anywhere was placed."""
    begin = end = None
    for day in sorted(days):
        midnight = datetime.combine(day, time.min, UTC)
        first, last = midnight - _FARTHEST, midnight + timedelta(days=1) + _FARTHEST
        if begin is None or end is None:
            begin, end = first, last
        elif first <= end:
            end = last
        else:
            yield begin, end
            begin, end = first, last
    if begin is not None and end is not None:
        yield begin, end


def _candidate(place: Location) -> Candidate:
    return Candidate(
        sku_id=0,
        location_id=place.pk,
        location_code=place.code,
        quantity=0,
        priority=place.priority,
        country=place.country,
        region=place.region,
        postcode=place.postcode,
    )
