"""Read how SKUs stand everywhere: stock, what comes, what waits, what is on drafts, and who delivers how fast."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import F, Sum

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.planning.histories import Key
from inventory.planning.models import DemandWaiting, Forecast, Policy, Proposal
from inventory.planning.policies import Policies
from inventory.planning.rules.levels import Levels, Need, levels
from inventory.planning.rules.replenishing import Refused, Stand, Supply
from inventory.planning.rules.series import DAYS
from inventory.planning.states import ProposalKind, ProposalStatus
from inventory.production import makers
from inventory.production.makers import Maker
from inventory.purchasing import queries as purchasing
from inventory.purchasing.models import PurchaseLine, SupplierSku
from inventory.purchasing.queries import Learnt
from inventory.purchasing.states import PurchaseStatus
from inventory.stock.models import Level
from inventory.transfers.models import TransferLine
from inventory.transfers.states import TransferStatus

# A spread is believed from so many receipts on; until then it is taken to be this share of the days.
_LEAST_RECEIPTS = 3
_UNKNOWN_SPREAD = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTime:
    """Days that supply takes, their deviation, and how that is known."""

    days: float
    spread: float
    known_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A SKU at a location: how it stands, what is forecast, what its policy aims at, and what follows.

    `supply` is who makes or sells it; `passed_over` who could as well, and why not.
    """

    location: Location
    stand: Stand
    spare: int
    per_week: float
    spread: float
    method: str
    policy: Policy
    lead: LeadTime
    plan: Levels
    supply: Supply | None
    maker: Maker | None
    passed_over: Sequence[Refused]

    @property
    def days_left(self) -> int | None:
        """Days until the position is used up at the forecast demand; None when nothing is wanted."""
        if self.per_week <= 0:
            return None
        return max(0, int(self.stand.position / self.per_week * DAYS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A SKU with its places, and who sells it."""

    sku: Sku
    places: Sequence[Place]
    terms: SupplierSku | None


@dataclass(slots=True)
class LeadTimes:
    """What receipts teach about suppliers; each supplier is asked once in a run."""

    known: dict[int, Learnt] = field(default_factory=dict)

    def of(self, terms: SupplierSku, code: str) -> LeadTime:
        """Return the lead time of a SKU: its own receipts, else those of the supplier, else what the terms say."""
        if terms.supplier_id not in self.known:
            self.known[terms.supplier_id] = purchasing.lead_times(terms.supplier_id)
        learnt = self.known[terms.supplier_id]
        name = terms.supplier.name
        for found, known_from in (
            (learnt.by_sku.get(code), f"receipts of it from {name}"),
            (learnt.overall, f"receipts from {name}"),
        ):
            if found is not None and found.count >= _LEAST_RECEIPTS and found.spread is not None:
                return LeadTime(
                    days=found.mean, spread=found.spread, known_from=f"{found.count} {known_from}"
                )
        days = terms.supplier.lead_days if terms.lead_days is None else terms.lead_days
        return LeadTime(days=days, spread=days * _UNKNOWN_SPREAD, known_from=f"terms of {name}")


def skus_after(sku_id: int, *, limit: int) -> list[int]:
    """Return the next SKUs after `sku_id`, by key.

    Those that have a forecast, a policy of their own or an open proposal, and those that production needs.
    """
    found = set(makers.skus_missing_after(sku_id, limit=limit))
    proposed = Proposal.objects.open().filter(kind=ProposalKind.PRODUCTION)
    found.update(makers.parts_after(sku_id, proposed.values("sku_id"), limit=limit))
    for rows in (
        Forecast.objects.filter(sku_id__gt=sku_id, sku__is_active=True),
        Policy.objects.active().filter(sku_id__gt=sku_id, sku__is_active=True),
        Proposal.objects.open().filter(sku_id__gt=sku_id),
    ):
        found.update(rows.order_by("sku_id").values_list("sku_id", flat=True).distinct()[:limit])
    return sorted(found)[:limit]


def count_skus() -> int:
    """Return of how many SKUs there are forecasts or policies."""
    forecast = Forecast.objects.filter(sku__is_active=True).order_by().values("sku_id")
    own = Policy.objects.active().filter(sku__is_active=True).order_by().values("sku_id")
    return forecast.union(own).count()


def items(sku_ids: Collection[int], *, today: date, lead_times: LeadTimes) -> list[Item]:
    """Return how some SKUs stand; the number of statements does not depend on how many they are."""
    skus = Sku.objects.filter(pk__in=sku_ids, is_active=True).select_related("product")
    forecasts = {
        (each.sku_id, each.location_id): each
        for each in Forecast.objects.filter(sku_id__in=sku_ids)
    }
    levels_at = {
        (each.sku_id, each.location_id): each for each in Level.objects.filter(sku_id__in=sku_ids)
    }
    locations = {each.pk: each for each in Location.objects.filter(is_active=True)}
    policies = Policies(sku_ids)
    counted = _Counted(sku_ids, today=today)
    sellers = purchasing.suppliers_of(sku_ids, on=today)
    made = makers.makers(sku_ids, on=today)
    places_of: defaultdict[int, set[int]] = defaultdict(set)
    for sku_id, location_id in {*forecasts, *levels_at, *counted.needed}:
        places_of[sku_id].add(location_id)
    found = []
    for sku in sorted(skus, key=lambda each: each.pk):
        terms = next(iter(sellers.get(sku.pk, ())), None)
        places = []
        for location_id in sorted(places_of[sku.pk] & locations.keys()):
            policy = policies.of(
                sku_id=sku.pk, category=sku.product.category, location_id=location_id
            )
            if policy is None:
                continue
            key = (sku.pk, location_id)
            forecast, level = forecasts.get(key), levels_at.get(key)
            got = _got(sku, terms, made.get(key), forecast, policy, lead_times, today)
            stand = counted.stand(key, level)
            places.append(
                _place(locations[location_id], forecast, level, stand, policy, got, today)
            )
        found.append(Item(sku=sku, places=places, terms=terms))
    return found


@dataclass(frozen=True, slots=True)
class _Got:
    """Who makes or sells a SKU at a location, and how long that takes."""

    lead: LeadTime
    supply: Supply | None = None
    maker: Maker | None = None
    passed_over: Sequence[Refused] = ()


def _got(
    sku: Sku,
    terms: SupplierSku | None,
    maker: Maker | None,
    forecast: Forecast | None,
    policy: Policy,
    lead_times: LeadTimes,
    today: date,
) -> _Got:
    """Say how a SKU is got at a location: it is made where it can be, else bought."""
    refused = []
    if maker is not None:
        name = maker.work_center.name
        days = maker.days_for(_usual_lot(forecast, policy, maker.batch), today=today)
        if days is not None:
            lead = LeadTime(
                days=days,
                spread=days * _UNKNOWN_SPREAD,
                known_from=f"free days of {name}, revision {maker.revision}",
            )
            supply = Supply("production", name, maker.batch)
            if terms is not None:
                refused.append(Refused(terms.supplier.name, "we make it here"))
            return _Got(lead, supply, maker, refused)
        refused.append(Refused(name, "it has no days left"))
    if terms is None:
        lead = LeadTime(days=policy.transfer_days, spread=0.0, known_from="days of a transfer")
        return _Got(lead, passed_over=refused)
    supply = Supply("purchase", terms.supplier.name, terms.pack_size, terms.minimum_quantity)
    return _Got(lead_times.of(terms, sku.code), supply, passed_over=refused)


def _usual_lot(forecast: Forecast | None, policy: Policy, batch: int) -> int:
    """Return the units that are made at a time, in whole batches, as the policy has it."""
    per_week = 0.0 if forecast is None else forecast.per_week
    lot = policy.lot or max(1, math.ceil(per_week / DAYS * policy.cover_days))
    return math.ceil(lot / batch) * batch


def _place(
    location: Location,
    forecast: Forecast | None,
    level: Level | None,
    stand: Stand,
    policy: Policy,
    got: _Got,
    today: date,
) -> Place:
    lead, supply = got.lead, got.supply
    per_week = 0.0 if forecast is None else _wanted(forecast, lead.days + policy.review_days, today)
    spread = 0.0 if forecast is None else forecast.spread
    return Place(
        location=location,
        stand=stand,
        spare=0
        if level is None
        else max(0, level.available - level.safety_stock - stand.leaving - stand.needed),
        per_week=per_week,
        spread=spread,
        method=forecast.method if forecast is not None else "nothing was wanted lately",
        policy=policy,
        lead=lead,
        plan=levels(
            Need(per_week=per_week, spread=spread, lead_days=lead.days, lead_spread=lead.spread),
            policy.aim,
            pack_size=supply.pack_size if supply is not None else 1,
            minimum=supply.minimum if supply is not None else 1,
        ),
        supply=supply,
        maker=got.maker,
        passed_over=got.passed_over,
    )


def _wanted(forecast: Forecast, days: float, today: date) -> float:
    """Return the units a week that are forecast for the next days, promotions included."""
    if not forecast.mean:
        return forecast.per_week
    first = min(max((today - forecast.from_week).days // DAYS, 0), len(forecast.mean) - 1)
    weeks = forecast.mean[first : first + max(1, round(days / DAYS + 0.5))]
    return float(sum(weeks) / len(weeks))


class _Counted:
    """Units that wait, units on drafts of purchase orders, transfers and production, and what production needs."""

    def __init__(self, sku_ids: Collection[int], *, today: date) -> None:
        waiting = DemandWaiting.objects.filter(sku_id__in=sku_ids)
        self.waiting = {(each.sku_id, each.location_id): each.units for each in waiting}
        bought = (
            PurchaseLine.objects.filter(sku_id__in=sku_ids, order__status=PurchaseStatus.DRAFT)
            .order_by()
            .values_list("sku_id", "order__location_id")
            .annotate(units=Sum("ordered"))
        )
        self.bought = {(sku_id, place): units for sku_id, place, units in bought}
        moved = (
            TransferLine.objects.filter(sku_id__in=sku_ids, transfer__status=TransferStatus.DRAFT)
            .order_by()
            .values_list("sku_id", "transfer__source_id", "transfer__destination_id")
            .annotate(units=Sum(F("quantity") - F("cancelled")))
        )
        self.comes: defaultdict[Key, int] = defaultdict(int)
        self.goes: defaultdict[Key, int] = defaultdict(int)
        for sku_id, source, destination, units in moved:
            self.comes[sku_id, destination] += units
            self.goes[sku_id, source] += units
        self.made = makers.drafted(sku_ids)
        self.needed = Counter(makers.missing(sku_ids))
        proposed = Proposal.objects.open().filter(
            kind=ProposalKind.PRODUCTION, sku_id__in=makers.goods_of(sku_ids)
        )
        planned = {
            (sku_id, location_id): units
            for sku_id, location_id, units in proposed.values_list(
                "sku_id", "location_id", "quantity"
            )
        }
        for key, units in makers.parts_for(planned, on=today).items():
            if key[0] in sku_ids:
                self.needed[key] += units

    def stand(self, key: Key, level: Level | None) -> Stand:
        """Return how a SKU stands at a location. What is kept back as safety stock is not there to be sold."""
        return Stand(
            available=0 if level is None else level.available - level.safety_stock,
            incoming=0 if level is None else level.incoming,
            drafted=self.bought.get(key, 0) + self.comes[key] + self.made.get(key, 0),
            leaving=self.goes[key],
            waiting=self.waiting.get(key, 0),
            needed=self.needed[key],
        )


def quiet(sku_ids: Collection[int], *, today: date) -> set[Key]:
    """Return where a need was rejected and is not to be proposed again yet."""
    rows = Proposal.objects.filter(
        sku_id__in=sku_ids, status=ProposalStatus.REJECTED, quiet_until__gte=today
    )
    return set(rows.values_list("sku_id", "location_id"))


def open_of(sku_ids: Collection[int]) -> Mapping[Key, list[Proposal]]:
    """Return the open proposals by SKU and location."""
    found: defaultdict[Key, list[Proposal]] = defaultdict(list)
    for each in Proposal.objects.open().filter(sku_id__in=sku_ids):
        found[each.sku_id, each.location_id].append(each)
    return found
