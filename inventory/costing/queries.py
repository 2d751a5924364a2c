"""Reads of costs: the policy in force, what is left of a SKU and worth how much, charges and their shares."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Prefetch, QuerySet, Sum

from inventory.costing import errors, rules
from inventory.costing.models import (
    ChargeShare,
    CostChange,
    CostLayer,
    CostPolicy,
    ExchangeRate,
    LandedCharge,
    SkuCost,
)
from inventory.locations.models import Location
from inventory.stock.models import Level
from inventory.transfers.models import UNDER_WAY, TransferLine
from oms.core import money

SHOWN = 20
IN_TRANSIT = None
"""Where units are that lie at no location."""


def policy() -> CostPolicy | None:
    """Return the policy in force, None before anybody has decided."""
    return CostPolicy.objects.order_by("-pk").first()


def policy_in_force() -> CostPolicy:
    """Return the policy in force. Raises NoPolicy."""
    found = policy()
    if found is None:
        raise errors.NoPolicy
    return found


def newest_rates(into: str) -> list[ExchangeRate]:
    """Return the rates into a currency, the newest day of each currency first."""
    return list(ExchangeRate.objects.filter(into=into).order_by("currency", "-valid_from")[:100])


# What is left -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Units of a SKU that are at a location, or in transit (None), and their share of the SKU's value."""

    location: Location | None
    units: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Worth:
    """What is left of a SKU. `value` is of the `known` units; `average` what one of them costs, to be shown."""

    books: SkuCost
    currency: str
    places: Sequence[Place]
    layers: Sequence[CostLayer]
    changes: Sequence[CostChange]

    @property
    def average(self) -> Decimal | None:
        """Return what one unit of known cost costs in the mean."""
        return average(self.books)


def average(books: SkuCost) -> Decimal | None:
    """Return what one unit of known cost costs in the mean, None when there is none."""
    return rules.per_unit(books.value, books.known) if books.known else None


def worth(sku_id: int) -> Worth | None:
    """Return what is left of a SKU, the layers it consists of and what changed them last; None: nothing is costed."""
    found = policy()
    books = SkuCost.objects.filter(sku_id=sku_id).select_related("sku").first()
    if found is None or books is None:
        return None
    placed = places_of([books], found.currency)
    layers = CostLayer.objects.filter(sku_id=sku_id, left__gt=0).select_related("movement")
    changes = CostChange.objects.filter(sku_id=sku_id).select_related("movement", "charge")
    return Worth(
        books=books,
        currency=found.currency,
        places=placed[sku_id],
        layers=list(layers.order_by("movement_id")[:SHOWN]),
        changes=list(changes.order_by("-pk")[:SHOWN]),
    )


def places_of(rows: Sequence[SkuCost], currency: str) -> dict[int, list[Place]]:
    """Return where the units of SKUs are now, each place with its share of the SKU's value; two statements.

    The shares are in proportion to the units and sum to the value: goods of one SKU cost the same wherever they lie.
    """
    skus = [row.sku_id for row in rows]
    at: defaultdict[int, list[tuple[Location | None, int]]] = defaultdict(list)
    levels = Level.objects.filter(sku_id__in=skus, on_hand__gt=0).select_related("location")
    for level in levels.order_by("location__priority", "location__code"):
        at[level.sku_id].append((level.location, level.on_hand))
    moving = (
        TransferLine.objects.filter(
            sku_id__in=skus,
            transfer__status__in=UNDER_WAY,
            shipped__gt=F("received") + F("lost"),
        )
        .order_by()
        .values_list("sku_id")
        .annotate(units=Sum(F("shipped") - F("received") - F("lost")))
    )
    for sku_id, units in moving:
        at[sku_id].append((IN_TRANSIT, units))
    found = {}
    for row in rows:
        here = at[row.sku_id]
        shares = money.allocate(row.value, [units for _, units in here], currency) if here else []
        found[row.sku_id] = [
            Place(location, units, share)
            for (location, units), share in zip(here, shares, strict=True)
        ]
    return found


@dataclass(slots=True)
class Total:
    """What lies at a location, or is in transit, of all SKUs."""

    location: Location | None
    units: int = 0
    value: Decimal = Decimal(0)
    skus: int = 0


@dataclass(frozen=True, slots=True)
class StockValue:
    """The value of all stock. `elsewhere` is of units that have left since they were last costed."""

    totals: Sequence[Total]
    value: Decimal
    units: int
    unknown: int
    elsewhere: Decimal
    behind: int


def stock_value(currency: str) -> StockValue:
    """Return the value of all stock by location, tying out to the sum of all SKUs; three statements.

    Reads one row for each SKU and each of its levels: as many as the catalog has, however long the history is.
    """
    rows = list(SkuCost.objects.all())
    totals: dict[int | None, Total] = {}
    placed = places_of([row for row in rows if row.units], currency)
    for places in placed.values():
        for place in places:
            key = place.location.pk if place.location else None
            total = totals.setdefault(key, Total(place.location))
            total.units += place.units
            total.value += place.value
            total.skus += 1
    value = sum((row.value for row in rows), money.from_minor(0, currency))
    ordered = sorted(
        totals.values(),
        key=lambda total: (
            total.location is None,
            (total.location.priority, total.location.code) if total.location else (),
        ),
    )
    return StockValue(
        totals=ordered,
        value=value,
        units=sum(row.units for row in rows),
        unknown=sum(row.unknown for row in rows),
        elsewhere=value - sum((total.value for total in ordered), Decimal(0)),
        behind=sum(row.due for row in rows),
    )


# Charges ------------------------------------------------------------------------------------------


def charges_of(order_id: int) -> "QuerySet[LandedCharge]":
    """Return the charges of a purchase order with what of each fell on which receipt line, and why."""
    shares = ChargeShare.objects.select_related("line__line__sku", "line__receipt").order_by("pk")
    return (
        LandedCharge.objects.filter(order_id=order_id)
        .select_related("receipt")
        .prefetch_related(Prefetch("shares", shares))
        .order_by("pk")
    )


def landed_of(order_id: int) -> Mapping[int, Decimal]:
    """Return for each receipt line of a purchase order what charges made it cost more, in the company's currency."""
    rows = (
        ChargeShare.objects.filter(charge__order_id=order_id, charge__withdrawn_at__isnull=True)
        .order_by()
        .values_list("line_id")
        .annotate(amount=Sum("amount"))
    )
    return dict(rows)
