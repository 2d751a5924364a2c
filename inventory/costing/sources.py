"""Where the cost of units that come is written: on receipts of purchase orders, or with what they cost when they went.

Units that come from production cost what went into them, which the books of other SKUs say: they come unknown, and
`services.carrying` says it by a change.

Which order line came-back units belong to is known above inventory; the composition names for each kind of cause who
can tell (`COST_ORIGINS` in `oms.subscriptions`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from inventory.costing.models import ExchangeRate
from inventory.costing.rules import Cost, Current, Known, Original, Unknown, converted
from inventory.costing.statements import Moved
from inventory.purchasing.models import PurchaseReceiptLine
from inventory.purchasing.services.receiving import cause_of
from inventory.reservations.rules import demand_of
from inventory.stock.models import Movement
from inventory.stock.states import Bucket, MovementKind
from oms.core import money

# keys of documents -> the order line that the units of each came back from
Origin = Callable[[Collection[int]], Mapping[int, int]]

_PURCHASE, _UNDO = cause_of(0).partition(":")[0], "undo"


@dataclass(frozen=True, slots=True)
class Foreign:
    """Units that were paid in another currency, with what was paid and on which day they came."""

    movement: int
    total: Decimal
    currency: str
    on: date


@dataclass(frozen=True, slots=True)
class Sources:
    """What is known of some movements: the cost of units that come, where others go, and which layer is taken back."""

    costs: Mapping[int, Cost] = field(default_factory=dict)
    lines: Mapping[int, int] = field(default_factory=dict)
    taken_back: Mapping[int, int] = field(default_factory=dict)
    foreign: Sequence[Foreign] = ()


def of(moves: Sequence[Moved], *, currency: str) -> Sources:
    """Look up what the movements cost: at most one statement for each kind of document among them."""
    bought = _bought(moves)
    costs: dict[int, Cost] = {}
    foreign = []
    for move in moves:
        if not move.incoming:
            continue
        paid = bought.get(_key(move.cause, _PURCHASE))
        if paid is not None and paid.currency == currency:
            costs[move.id] = Known(_total(paid, currency))
        elif paid is not None:
            costs[move.id] = Unknown()
            foreign.append(_foreign(move, paid))
        elif move.kind == MovementKind.RECEIPT or move.source == Bucket.PRODUCTION:
            costs[move.id] = Unknown()
        else:
            costs[move.id] = Current()
    came_back = _came_back(moves)
    costs.update({move: Original(line) for move, line in came_back.items()})
    return Sources(
        costs=costs,
        lines={**came_back, **_went_to(moves)},
        taken_back=_taken_back(moves),
        foreign=foreign,
    )


def foreign(moves: Iterable[Movement]) -> list[Foreign]:
    """Return of movements those that were paid for in some currency, with what was paid."""
    rows = [
        Moved(each.pk, each.kind, each.source, each.target, each.quantity, each.cause, each.at)
        for each in moves
    ]
    bought = _bought(rows)
    return [
        _foreign(move, paid)
        for move in rows
        if (paid := bought.get(_key(move.cause, _PURCHASE))) is not None
    ]


def rates(currencies: Collection[str], *, into: str) -> dict[str, list[tuple[date, Decimal]]]:
    """Return the rates of currencies into another one, the newest day first."""
    found: defaultdict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    if currencies:
        rows = ExchangeRate.objects.filter(currency__in=set(currencies), into=into)
        for row in rows.order_by("-valid_from"):
            found[row.currency].append((row.valid_from, row.rate))
    return dict(found)


def rate_on(
    known: Mapping[str, Sequence[tuple[date, Decimal]]], currency: str, on: date
) -> Decimal | None:
    """Return the rate of a currency that is valid on a day, None when nobody has told one."""
    return next((rate for day, rate in known.get(currency, ()) if day <= on), None)


def convert(
    paid: Foreign, known: Mapping[str, Sequence[tuple[date, Decimal]]], *, into: str
) -> Decimal | None:
    """Return what was paid in the company's currency, None while there is no rate for the day."""
    if paid.currency == into:
        return money.quantize(paid.total, into)
    rate = rate_on(known, paid.currency, paid.on)
    return None if rate is None else converted(paid.total, rate, into)


def _foreign(move: Moved, paid: PurchaseReceiptLine) -> Foreign:
    return Foreign(move.id, paid.unit_cost * paid.quantity, paid.currency, move.at.date())


def _total(paid: PurchaseReceiptLine, currency: str) -> Decimal:
    return money.quantize(paid.unit_cost * paid.quantity, currency)


def _bought(moves: Sequence[Moved]) -> dict[int, PurchaseReceiptLine]:
    keys = {key for move in moves if (key := _key(move.cause, _PURCHASE)) and move.incoming}
    if not keys:
        return {}
    return PurchaseReceiptLine.objects.in_bulk(keys)


def _taken_back(moves: Sequence[Moved]) -> dict[int, int]:
    """Return for each receipt that is taken back the movement that had brought its units."""
    wanted = {
        move.cause.rpartition(":")[0]: move.id
        for move in moves
        if not move.incoming and move.cause.endswith(f":{_UNDO}")
    }
    if not wanted:
        return {}
    found = Movement.objects.filter(cause__in=wanted).values_list("cause", "pk")
    return {wanted[cause]: key for cause, key in found}


def _went_to(moves: Sequence[Moved]) -> dict[int, int]:
    return {
        move.id: line
        for move in moves
        if move.kind == MovementKind.SHIPMENT and (line := demand_of(move.cause)) is not None
    }


def _came_back(moves: Sequence[Moved]) -> dict[int, int]:
    """Return the order lines that units came back from, by movement."""
    found: dict[int, int] = {}
    for prefix, origin in _origins().items():
        keys = {
            move.id: key for move in moves if move.incoming and (key := _key(move.cause, prefix))
        }
        if keys:
            lines = origin(set(keys.values()))
            found |= {move: lines[key] for move, key in keys.items() if key in lines}
    return found


def _key(cause: str, prefix: str) -> int:
    """Return the key of the document that a cause of this kind names, 0 for a cause of another kind."""
    kind, _, key = cause.partition(":")
    return int(key) if kind == prefix and key.isdecimal() else 0


@cache
def _origins() -> Mapping[str, Origin]:
    origins: Mapping[str, Origin] = import_string(settings.OMS_COST_ORIGINS)
    return origins
