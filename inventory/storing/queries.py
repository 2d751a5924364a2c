"""Reads of what lies where, and where goods should be put."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet, Sum

from inventory.bins.errors import BinMissing
from inventory.bins.models import Bin
from inventory.bins.rules import Goods
from inventory.bins.states import BinKind
from inventory.catalog.models import Sku
from inventory.lots import scanning
from inventory.stock.models import BinMove, Content
from inventory.stock.services.contents import goods_of
from inventory.stock.states import Condition
from inventory.storing import rules
from inventory.storing.models import SkuClass, StorageRule
from inventory.storing.rules import Advice, Place, Preference

_MOST_BINS = 20_000


def contents(*, location_ids: frozenset[int] | None = None) -> "QuerySet[Content]":
    """Return what lies in bins, with everything at hand that a person is told; None means every location."""
    found = Content.objects.select_related("bin", "lot", "level__sku", "level__location")
    if location_ids is not None:
        found = found.filter(level__location_id__in=location_ids)
    return found


def in_bin(bin_id: int) -> list[Content]:
    """Return what lies in a bin, by SKU."""
    return list(
        contents()
        .filter(bin_id=bin_id)
        .order_by("level__sku__code", "condition", "lot__expires_on", "pk")
    )


def of_level(level_id: int) -> list[Content]:
    """Return where units of a level lie, as one walks."""
    return list(
        contents()
        .filter(level_id=level_id)
        .order_by("bin__walk_order", "bin__code", "condition", "pk")
    )


def history(*, bin_id: int, limit: int = 50) -> list[BinMove]:
    """Return what came into a bin and went out of it, the latest first. Its past before costs nothing."""
    newest = [
        moves.order_by("-pk").values_list("pk", flat=True)[:limit] for moves in moves_of(bin_id)
    ]
    rows = BinMove.objects.filter(pk__in={key for keys in newest for key in keys})
    return list(
        rows.select_related("level__sku", "source", "target", "lot").order_by("-id")[:limit]
    )


def moves_of(bin_id: int) -> "tuple[QuerySet[BinMove], QuerySet[BinMove]]":
    """Return what went out of a bin and what came in; an index gives the latest of each."""
    return BinMove.objects.filter(source_id=bin_id), BinMove.objects.filter(target_id=bin_id)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Units at a receiving dock that want to be put away."""

    content: Content
    advice: Advice

    @property
    def first(self) -> rules.Proposal | None:
        """Return the first proposal."""
        return next(iter(self.advice.proposals), None)


def to_put_away(location_id: int, *, bin_id: int | None = None, limit: int = 50) -> list[Content]:
    """Return what lies at receiving docks (or at one of them), longest there first."""
    rows = contents().filter(
        level__location_id=location_id, bin__kind__in=[BinKind.RECEIVING, BinKind.CROSSDOCK]
    )
    rows = rows.filter(bin_id=bin_id) if bin_id else rows.filter(bin__kind=BinKind.RECEIVING)
    return list(rows.order_by("since", "pk")[:limit])


def advise(
    *,
    location_id: int,
    sku_id: int,
    quantity: int,
    condition: str = Condition.GOOD,
    lot_id: int | None = None,
) -> Advice:
    """Say where units of a SKU should be put at a location, and why. Five statements, whatever its size."""
    sku = Sku.objects.select_related("product").get(pk=sku_id)
    letter = (
        SkuClass.objects.filter(location_id=location_id, sku_id=sku_id)
        .values_list("letter", flat=True)
        .first()
    )
    return rules.advise(
        places(location_id),
        goods_of(sku, lot_id=lot_id, quantity=quantity),
        condition=condition,
        preferences=_preferences(location_id, sku, letter or ""),
    )


def places(location_id: int, kinds: Collection[str] = ()) -> list[Place]:
    """Return the bins of a location that are in use, with what lies in them."""
    rows = Bin.objects.usable().filter(location_id=location_id)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    lying: defaultdict[int, list[Goods]] = defaultdict(list)
    for content in Content.objects.filter(bin__location_id=location_id).select_related(
        "level__sku"
    ):
        lying[content.bin_id].append(
            goods_of(content.level.sku, lot_id=content.lot_id, quantity=content.quantity)
        )
    return [
        Place(
            each.pk,
            each.code,
            each.kind,
            each.zone,
            each.walk_order,
            each.limits,
            tuple(lying[each.pk]),
        )
        for each in rows.in_walk_order()[:_MOST_BINS]
    ]


def _preferences(location_id: int, sku: Sku, letter: str) -> Sequence[Preference]:
    """Return the rules that fit a SKU: those of itself, of its category, of its class, of everything."""
    category = sku.product.category
    fitting = StorageRule.objects.filter(
        Q(sku=sku)
        | Q(sku=None, category=category, abc__in=["", letter])
        | Q(sku=None, category="", abc__in=["", letter]),
        location_id=location_id,
    )

    def closeness(rule: StorageRule) -> tuple[int, int, int]:
        if rule.sku_id:
            return 0, rule.rank, rule.pk
        if rule.category:
            return 1 if rule.abc else 2, rule.rank, rule.pk
        return 3 if rule.abc else 4, rule.rank, rule.pk

    return [
        Preference(rule.zone, rule.kind, _told(rule)) for rule in sorted(fitting, key=closeness)
    ]


def _told(rule: StorageRule) -> str:
    where = f"zone {rule.zone}" if rule.zone else f"a {rule.get_kind_display()}"
    if rule.sku_id:
        return f"{where} is where this article belongs"
    if rule.category:
        return f"{where} is for {rule.category}"
    return f"{where} is for class {rule.abc}" if rule.abc else f"{where} comes first here"


def units_in(bin_id: int, sku_id: int) -> int:
    """Return how many units of a SKU lie in a bin, in whatever condition."""
    found = Content.objects.filter(bin_id=bin_id, level__sku_id=sku_id)
    return found.aggregate(units=Sum("quantity"))["units"] or 0


def own_bin(bin_id: int, location_ids: frozenset[int] | None) -> Bin:
    """Return a bin within the caller's reach (None: all). Raises BinMissing."""
    rows = Bin.objects.select_related("location").filter(pk=bin_id)
    if location_ids is not None:
        rows = rows.filter(location_id__in=location_ids)
    found = rows.first()
    if found is None:
        raise BinMissing
    return found


def of_scan(rows: Sequence[Content], code: str) -> tuple[Content, int] | None:
    """Return the first of some contents that a scan means, and its units: more than one when it is a pack's.

    A lot or serial number is understood where it lies, alone or in a GS1 code.
    """
    named = next((row for row in rows if row.lot and row.lot.number == code), None)
    if named is not None:
        return named, 1
    found = scanning.article(code)
    if found is None:
        return None
    for row in rows:
        if row.level.sku_id == found.sku.pk and (
            not found.number or (row.lot and row.lot.number == found.number)
        ):
            return row, found.units
    return None


def with_names(moves: Sequence[BinMove]) -> list[BinMove]:
    """Return moves again, with SKU, bins and lot at hand."""
    rows = BinMove.objects.filter(pk__in=[move.pk for move in moves])
    return list(rows.select_related("level__sku", "source", "target", "lot").order_by("part"))


@dataclass(frozen=True, slots=True)
class ClassSum:
    """How many articles are of a class, and how often they were picked together."""

    letter: str
    skus: int
    picks: int


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of a location, and what they were reckoned from."""

    sums: Sequence[ClassSum]
    days: int | None
    reckoned_at: datetime | None


def classes(location_id: int) -> Classes:
    """Return the classes of a location; two statements."""
    rows = SkuClass.objects.filter(location_id=location_id)
    first = rows.order_by("pk").first()
    sums = rows.values("letter").annotate(skus=Count("pk"), taken=Sum("picks")).order_by("letter")
    return Classes(
        [ClassSum(each["letter"], each["skus"], each["taken"]) for each in sums],
        first.days if first else None,
        first.reckoned_at if first else None,
    )


@dataclass(frozen=True, slots=True)
class Nearer:
    """A move that brings an article nearer, as a person reads it."""

    sku: Sku
    source: Place
    target: Place
    quantity: int
    why: str


def slotting(location_id: int) -> list[Nearer]:
    """Return the moves that would bring what is picked most nearer, the most picked first; five statements."""
    here = {place.bin_id: place for place in places(location_id)}
    known = {row.sku_id: row for row in SkuClass.objects.filter(location_id=location_id)}
    wanted = [sku_id for sku_id, row in known.items() if row.letter == "A"]
    rows = list(
        Content.objects.filter(
            bin__in=here, level__sku__in=wanted, condition=Condition.GOOD
        ).select_related("level__sku")
    )
    skus = {row.level.sku_id: row.level.sku for row in rows}
    units: defaultdict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        units[row.level.sku_id, row.bin_id] += row.quantity
    moves = rules.slotting(
        here,
        [rules.Lying(sku_id, bin_id, count) for (sku_id, bin_id), count in units.items()],
        {key: goods_of(sku, lot_id=None, quantity=1) for key, sku in skus.items()},
        {sku_id: row.picks for sku_id, row in known.items()},
        {sku_id: row.letter for sku_id, row in known.items()},
    )
    return [
        Nearer(skus[m.sku_id], here[m.source_id], here[m.target_id], m.quantity, m.why)
        for m in moves
    ]


def articles_in(bin_id: int, *, besides: Collection[str] = ()) -> list[Sku]:
    """Return the SKUs of which good units lie in a bin, by code, and those of some codes; not how many."""
    lying = Content.objects.filter(bin_id=bin_id, condition=Condition.GOOD)
    wanted = Q(pk__in=lying.values("level__sku")) | Q(code__in=list(besides))
    return list(Sku.objects.filter(wanted).order_by("code"))


def zones(location_id: int) -> list[str]:
    """Return the zones of a location."""
    rows = Bin.objects.usable().filter(location_id=location_id).exclude(zone="")
    return list(rows.order_by("zone").values_list("zone", flat=True).distinct())


def to_count(location_id: int, *, zone: str = "", limit: int = 60) -> list[Bin]:
    """Return bins to be counted, those never or longest not counted first, then as one walks."""
    rows = Bin.objects.usable().filter(location_id=location_id)
    if zone:
        rows = rows.filter(zone=zone)
    return list(rows.order_by(F("counted_at").asc(nulls_first=True), "walk_order", "code")[:limit])
