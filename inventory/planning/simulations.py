"""Play a year through by the present policies and by a proposed one, before the proposed one goes live."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from inventory.planning import standing
from inventory.planning.models import Forecast
from inventory.planning.rules import simulating
from inventory.planning.rules.levels import Aim, Levels, Need, levels
from inventory.planning.rules.simulating import Played
from inventory.planning.standing import LeadTimes, Place
from inventory.purchasing.models import PriceBreak
from oms.core import clock, money

MOST_ITEMS = 40
YEARS = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """What is simulated: a SKU, a category or everything, at one location or at all within reach (None: all)."""

    sku_code: str = ""
    category: str = ""
    location_id: int | None = None
    reach: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Year:
    """The levels, and what a mean year by them comes to."""

    plan: Levels
    played: Played

    @property
    def percent(self) -> str:
        """Units served at once, in percent."""
        return f"{self.played.fill_rate:.1%}"

    @property
    def orders(self) -> float:
        """Orders a year."""
        return self.played.orders / YEARS

    @property
    def on_hand(self) -> float:
        """Units on hand on the average."""
        return self.played.on_hand / YEARS


@dataclass(frozen=True, slots=True)
class Compared:
    """A SKU at a location, by the present policy and by the proposed one."""

    sku: str
    location: str
    location_code: str
    policy: str
    per_week: float
    present: Year
    proposed: Year


@dataclass(frozen=True, slots=True)
class Total:
    """All items together: the share served at once, units on hand, what they cost by currency, orders a year."""

    fill_rate: float
    on_hand: float
    orders: float
    value: Mapping[str, Decimal]

    @property
    def percent(self) -> str:
        """Units served at once, in percent."""
        return f"{self.fill_rate:.1%}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The items with the largest demand in the scope; `more` when there are further ones. `skipped` have no policy."""

    rows: Sequence[Compared]
    present: Total
    proposed: Total
    more: bool
    skipped: int

    @property
    def values(self) -> list[tuple[str, Decimal, Decimal]]:
        """What lies there costs, by currency: at present, and as proposed."""
        return [
            (currency, value, self.proposed.value[currency])
            for currency, value in sorted(self.present.value.items())
        ]


def compare(scope: Scope, aim: Aim, *, seed: int = 1) -> Comparison:
    """Play YEARS years for each item in the scope, with the same customers for both; the same seed gives the same."""
    found = Forecast.objects.filter(per_week__gt=0, sku__is_active=True, location__is_active=True)
    if scope.sku_code:
        found = found.filter(sku__code=scope.sku_code)
    if scope.category:
        found = found.filter(sku__product__category=scope.category)
    if scope.location_id is not None:
        found = found.filter(location_id=scope.location_id)
    if scope.reach is not None:
        found = found.filter(location_id__in=scope.reach)
    keys = list(
        found.order_by("-per_week", "id").values_list("sku_id", "location_id")[: MOST_ITEMS + 1]
    )
    more, keys = len(keys) > MOST_ITEMS, keys[:MOST_ITEMS]
    items = standing.items(
        {sku_id for sku_id, _ in keys}, today=clock.today(), lead_times=LeadTimes()
    )
    at = {
        (item.sku.pk, place.location.pk): (item, place) for item in items for place in item.places
    }
    costs = _costs([item.terms.pk for item in items if item.terms is not None])
    rows: list[Compared] = []
    worth: dict[str, defaultdict[str, Decimal]] = {
        "present": defaultdict(Decimal),
        "proposed": defaultdict(Decimal),
    }
    for number, key in enumerate(keys):
        if key not in at:
            continue
        item, place = at[key]
        pack, least = (
            (place.supply.pack_size, place.supply.minimum) if place.supply is not None else (1, 1)
        )
        need = _need(place)
        proposed = levels(need, aim, pack_size=pack, minimum=least)
        row = Compared(
            sku=item.sku.code,
            location=place.location.name,
            location_code=place.location.code,
            policy=place.policy.name,
            per_week=place.per_week,
            present=_year(need, place.plan, pack, least, place.policy.review_days, seed + number),
            proposed=_year(need, proposed, pack, least, aim.review_days, seed + number),
        )
        rows.append(row)
        if item.terms is not None and item.terms.pk in costs:
            cost, currency = costs[item.terms.pk]
            worth["present"][currency] += cost * Decimal(row.present.on_hand)
            worth["proposed"][currency] += cost * Decimal(row.proposed.on_hand)
    return Comparison(
        rows=rows,
        present=_total([row.present for row in rows], worth["present"]),
        proposed=_total([row.proposed for row in rows], worth["proposed"]),
        more=more,
        skipped=len(keys) - len(rows),
    )


def _need(place: Place) -> Need:
    return Need(
        per_week=place.per_week,
        spread=place.spread,
        lead_days=place.lead.days,
        lead_spread=place.lead.spread,
    )


def _year(
    need: Need, plan: Levels, pack_size: int, minimum: int, review_days: int, seed: int
) -> Year:
    years = [
        simulating.play(
            need,
            plan,
            seed=seed * 1_000 + year,
            pack_size=pack_size,
            minimum=minimum,
            review_days=review_days,
        )
        for year in range(YEARS)
    ]
    return Year(plan, simulating.together(years))


def _total(years: Sequence[Year], worth: Mapping[str, Decimal]) -> Total:
    played = simulating.together([each.played for each in years])
    return Total(
        fill_rate=played.fill_rate,
        on_hand=sum(each.on_hand for each in years),
        orders=sum(each.orders for each in years),
        value={currency: money.quantize(value, currency) for currency, value in worth.items()},
    )


def _costs(terms_ids: Sequence[int]) -> dict[int, tuple[Decimal, str]]:
    """Return what a unit costs by the first price of the terms, with the currency."""
    rows = PriceBreak.objects.filter(terms_id__in=terms_ids).order_by("terms_id", "-quantity")
    return {
        terms: (cost, currency)
        for terms, cost, currency in rows.values_list(
            "terms_id", "unit_cost", "terms__supplier__currency"
        )
    }
