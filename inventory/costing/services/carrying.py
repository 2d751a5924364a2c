"""Carry what components cost over to what was made of them.

Units that come from production have no cost of their own: what went into a posting is what its sound goods cost in all,
by-products cost nothing, and what is spoilt falls on what is sound. What went into postings that made nothing falls on
all goods of the order, by units. Components that a taken-back posting gives back cost what they cost when they went in;
its goods keep the cost at which they left again. Whenever the cost of what went in becomes known, or is corrected, the
goods follow by a change of cost; what somebody has stated stays.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import structlog
from django.db import transaction
from django.db.models import Q

from inventory.costing import queries
from inventory.costing.models import CostCarry, CostChange, CostEntry
from inventory.costing.services import marking
from inventory.costing.statements import Moved
from inventory.costing.states import ChangeKind
from inventory.production.models import ProductionOrder, ProductionPostingLine
from inventory.production.services.posting import cause_of, held_cause_of
from inventory.production.states import PostingKind
from inventory.stock.models import Movement
from inventory.stock.states import Bucket
from oms.core import clock, locking, money
from oms.core.actors import SYSTEM
from oms.core.errors import Busy

log = structlog.get_logger()

AT_ONCE = 100
_NOTHING = Decimal(0)
_LINE, _HELD = (f"{cause.partition(':')[0]}:" for cause in (cause_of(0), held_cause_of(0)))


def note(moves: Iterable[Moved], *, corrected: Iterable[int]) -> None:
    """Note the production orders of movements whose cost was written or corrected, in the transaction that did so."""
    keys = {move.id for move in moves if move.cause.startswith((_LINE, _HELD))} | set(corrected)
    if not keys:
        return
    ours = Q(cause__startswith=_LINE) | Q(cause__startswith=_HELD)
    numbers = Movement.objects.filter(ours, pk__in=keys).order_by()
    orders = ProductionOrder.objects.filter(number__in=numbers.values("document")).order_by("pk")
    CostCarry.objects.bulk_create(
        CostCarry(order_id=order_id) for order_id in orders.values_list("pk", flat=True)
    )


def carry() -> int:
    """Say what the goods of orders cost that are noted, some at a time; return how many orders were looked at.

    One transaction each; an order that somebody holds is left to the next call.
    """
    waiting: defaultdict[int, list[int]] = defaultdict(list)
    for key, order_id in CostCarry.objects.order_by("pk").values_list("pk", "order_id")[:AT_ONCE]:
        waiting[order_id].append(key)
    done = 0
    for order_id, keys in sorted(waiting.items()):
        try:
            _carry(order_id, keys)
        except Busy as error:
            log.warning("order_left_uncosted", order=order_id, error=error.code)
        else:
            done += 1
    return done


@transaction.atomic
def _carry(order_id: int, keys: Sequence[int]) -> None:
    """Bring the changes of cost of one order up to date; what is noted meanwhile is looked at again."""
    (order,) = locking.lock(ProductionOrder.objects.filter(pk=order_id))
    policy = queries.policy()
    changes = [] if policy is None else _changes(order, policy.currency)
    CostChange.objects.bulk_create(changes)
    marking.mark({change.sku_id for change in changes})
    CostCarry.objects.filter(pk__in=keys).delete()


@dataclass(slots=True)
class _Posting:
    """What one posting moved: of each cause, the movement that went in, and that brought it back."""

    is_undone: bool
    went_in: list[Movement] = field(default_factory=list)
    came_back: dict[str, Movement] = field(default_factory=dict)
    goods: list[Movement] = field(default_factory=list)
    byproducts: list[Movement] = field(default_factory=list)


def _changes(order: ProductionOrder, currency: str) -> list[CostChange]:
    postings = _postings(order)
    moves = [
        move
        for each in postings.values()
        for move in (*each.went_in, *each.came_back.values(), *each.goods, *each.byproducts)
    ]
    entries = CostEntry.objects.filter(movement__in=moves)
    costs = {
        row.movement_id: row.cost
        for row in entries
        if not row.incoming and not row.unknown + row.short
    }
    wanted = {
        move.pk: (move, amount)
        for move, amount in _amounts(list(postings.values()), costs, currency)
    }
    return _differences(wanted)


def _postings(order: ProductionOrder) -> Mapping[int, _Posting]:
    """Return the postings of an order with what they moved, scrap left out. Two statements."""
    lines = {
        line.pk: line
        for line in ProductionPostingLine.objects.filter(posting__order=order).select_related(
            "posting"
        )
    }
    found = {
        line.posting_id: _Posting(line.posting.undone_at is not None) for line in lines.values()
    }
    crossing = Q(source=Bucket.PRODUCTION) | Q(target=Bucket.PRODUCTION)
    rows = (
        Movement.objects.filter(crossing, document=order.number)
        .exclude(source=Bucket.ADJUSTMENT)
        .exclude(target=Bucket.ADJUSTMENT)
        .select_related("level")
        .order_by("pk")
    )
    for move in rows:
        if move.cause.startswith(_LINE):
            key = int(move.cause.split(":")[1])
            line = lines[key]
            posting = found[line.posting_id]
            if line.kind == PostingKind.CONSUME:
                _put(posting, move)
            elif move.target != Bucket.PRODUCTION:
                is_output = line.kind == PostingKind.OUTPUT
                (posting.goods if is_output else posting.byproducts).append(move)
        elif move.cause.startswith(_HELD):
            _put(found[int(move.cause.split(":")[1])], move)
    return found


def _put(posting: _Posting, move: Movement) -> None:
    if move.target == Bucket.PRODUCTION:
        posting.went_in.append(move)
    else:
        posting.came_back[_without_undo(move.cause)] = move


def _without_undo(cause: str) -> str:
    """Return the cause of the movement that this one takes back."""
    return ":".join(part for part in cause.split(":") if part != "undo")


def _amounts(
    postings: Sequence[_Posting], costs: Mapping[int, Decimal], currency: str
) -> Iterable[tuple[Movement, Decimal]]:
    """Yield what the units of each movement from production cost, where that is known."""
    pool, is_pool_known = _pool(postings, costs)
    shares: dict[int, Decimal] = {}
    sharing = [move for each in postings if not each.is_undone for move in each.goods]
    if sharing and pool:
        parts = money.allocate(pool, [move.quantity for move in sharing], currency)
        shares = {move.pk: part for move, part in zip(sharing, parts, strict=True)}
    is_empty = not any(each.went_in for each in postings)
    for each in postings:
        for move in each.byproducts:
            yield move, _NOTHING
        for used in each.went_in:
            back = each.came_back.get(used.cause)
            if back is not None and used.pk in costs:
                yield back, costs[used.pk]
        own = _sum(each.went_in, costs)
        if not each.goods or own is None or is_empty or not (is_pool_known or each.is_undone):
            continue
        parts = money.allocate(own, [move.quantity for move in each.goods], currency)
        for move, part in zip(each.goods, parts, strict=True):
            yield move, part + shares.get(move.pk, _NOTHING)


def _pool(postings: Sequence[_Posting], costs: Mapping[int, Decimal]) -> tuple[Decimal, bool]:
    """Return what went into postings that stand and made no sound goods, and whether all of that is known."""
    sums = [_sum(each.went_in, costs) for each in postings if not each.is_undone and not each.goods]
    return sum((each for each in sums if each is not None), _NOTHING), None not in sums


def _sum(moves: Iterable[Movement], costs: Mapping[int, Decimal]) -> Decimal | None:
    """Return what movements cost together, None unless it is known of all."""
    found = [costs.get(move.pk) for move in moves]
    known = [each for each in found if each is not None]
    return sum(known, _NOTHING) if len(known) == len(found) else None


def _differences(wanted: Mapping[int, tuple[Movement, Decimal]]) -> list[CostChange]:
    """Return the changes that bring what was said before to what is wanted."""
    said: defaultdict[int, list[CostChange]] = defaultdict(list)
    for change in CostChange.objects.filter(movement_id__in=wanted):
        said[change.movement_id].append(change)
    found = []
    for key, (move, amount) in sorted(wanted.items()):
        kinds = {change.kind for change in said[key]}
        if ChangeKind.STATED in kinds:
            continue
        known = sum((change.amount for change in said[key]), _NOTHING)
        if ChangeKind.MADE not in kinds or known != amount:
            kind = ChangeKind.REMADE if ChangeKind.MADE in kinds else ChangeKind.MADE
            found.append(
                CostChange(
                    sku_id=move.level.sku_id,
                    movement=move,
                    kind=kind,
                    amount=amount - known,
                    reason=move.document,
                    actor=str(SYSTEM),
                    at=clock.now(),
                )
            )
    return found
