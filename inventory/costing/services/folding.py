"""The fold of a SKU's movements into its books, one bounded piece after the other under the lock of the books."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Q

from inventory.costing import queries, sources, statements
from inventory.costing.models import (
    Consumption,
    Correction,
    CostChange,
    CostEntry,
    CostLayer,
    CostPolicy,
    SkuCost,
)
from inventory.costing.rules import Book, Change, Original
from inventory.costing.services import carrying
from inventory.costing.services.shelf import Shelf
from inventory.costing.statements import Moved
from inventory.costing.states import FIRST_KNOWN, ChangeKind
from inventory.stock.models import Movement
from oms.core import clock, locking, transactions
from oms.core.actors import SYSTEM

log = structlog.get_logger()

BATCH = 500  # movements folded, or forgotten, in one transaction
SETTLED = timedelta(minutes=10)  # no transaction is open that long


def keep_up_with(*, sku_id: int, rounds: int = 1000) -> bool:
    """Cost what of a SKU is not costed yet, in pieces; say whether all of it is done within `rounds` pieces.

    Nothing is done while there is no policy. Raises Busy when rivals hold the books.
    """
    more = True
    while more and rounds:
        more = transactions.retrying(partial(step, sku_id=sku_id))
        rounds -= 1
    return not more


@transaction.atomic
def step(*, sku_id: int) -> bool:
    """Fold, or forget, the next piece of a SKU's books; say whether there is more to do.

    The lock of the books keeps a rival out; should he come in nevertheless, the one entry that a movement may have
    stops him. A movement that turns up before one that is costed already makes the books be written anew.
    """
    policy = queries.policy()
    if policy is None:
        return False
    books = _locked(sku_id)
    if books.policy_id != policy.pk:
        books.clearing = books.clearing or books.policy_id is not None
        books.policy = policy
    if books.clearing:
        _forget(books)
        return True
    moves = statements.uncosted(sku_id=sku_id, beyond=books.settled_id, limit=BATCH)
    if moves and moves[0].id < books.last_movement_id:
        log.warning("movement_late_for_costing", sku=sku_id, movement=moves[0].id)
        books.clearing = True
        _save(books)
        return True
    caught_up = len(moves) < BATCH
    _fold(books, policy, moves, caught_up=caught_up)
    return not caught_up


def _locked(sku_id: int) -> SkuCost:
    rows = locking.lock(SkuCost.objects.filter(sku_id=sku_id))
    if not rows:
        SkuCost.objects.bulk_create([SkuCost(sku_id=sku_id)], ignore_conflicts=True)
        rows = locking.lock(SkuCost.objects.filter(sku_id=sku_id))
    return rows[0]


def _fold(books: SkuCost, policy: CostPolicy, moves: Sequence[Moved], *, caught_up: bool) -> None:
    """Let the movements happen in the order of their keys, each change where it counts; keep the outcome."""
    found = sources.of(moves, currency=policy.currency)
    last = moves[-1].id if moves else books.last_movement_id
    replayed = list(
        CostChange.objects.filter(
            sku_id=books.sku_id, after_id__gt=books.last_movement_id, after_id__lte=last
        ).order_by("after_id", "pk")
    )
    made = _conversions(found.foreign, policy, books.sku_id)
    waiting = _waiting(books, policy) if caught_up else []
    shelf = Shelf(
        Book(
            method=policy.method,
            currency=policy.currency,
            pool=books.value,
            known=books.known,
            last=books.last_cost,
        ),
        sku_id=books.sku_id,
        changed=[change.movement_id for change in (*replayed, *waiting)],
        lines=[cost.line for cost in found.costs.values() if isinstance(cost, Original)],
    )
    book = shelf.book
    ahead = sorted([*replayed, *made], key=lambda change: (change.after_id or 0, change.pk))
    for move in moves:
        while ahead and (ahead[0].after_id or 0) < move.id:
            _apply(book, ahead.pop(0))
        if move.incoming:
            book.receive(move.id, move.quantity, found.costs[move.id])
        else:
            book.issue(
                move.id,
                move.quantity,
                line=found.lines.get(move.id),
                layer=found.taken_back.get(move.id),
            )
    for change in ahead:
        _apply(book, change)
    counted = _count_now(book, waiting)
    carrying.note(moves, corrected=shelf.keep())
    CostChange.objects.filter(pk__in=counted).update(after_id=last)
    books.units, books.known, books.value = book.units, book.known, book.pool
    books.last_cost, books.last_movement_id = book.last, last
    books.due = not caught_up
    books.failures, books.error = 0, ""
    if moves:
        books.settled_id = _settled(books)
    _save(books)


def _apply(book: Book, change: CostChange) -> None:
    book.revalue(
        Change(
            key=change.pk,
            layer=change.movement_id,
            amount=change.amount,
            is_first=change.kind in FIRST_KNOWN,
        )
    )


def _count_now(book: Book, waiting: Iterable[CostChange]) -> list[int]:
    """Let the changes count that nobody has counted yet; return their keys.

    A charge on units of which nobody knows the cost waits until somebody does: those who say so come first.
    """
    counted = []
    for change in sorted(waiting, key=lambda each: (each.kind not in FIRST_KNOWN, each.pk)):
        layer = book.layers.get(change.movement_id)
        if layer is None or (change.kind in FIRST_KNOWN) == layer.is_known:
            continue
        _apply(book, change)
        counted.append(change.pk)
    return counted


def _conversions(
    foreign: Sequence[sources.Foreign], policy: CostPolicy, sku_id: int, *, after: int | None = None
) -> list[CostChange]:
    """Write what units that were paid in other currencies cost in ours, where there is a rate; each only once.

    It counts from the movement that brought them, or from `after`: so it does whenever the books are written anew.
    """
    if not foreign:
        return []
    done = set(
        CostChange.objects.filter(
            movement_id__in=[paid.movement for paid in foreign], kind__in=FIRST_KNOWN
        ).values_list("movement_id", flat=True)
    )
    rates = sources.rates([paid.currency for paid in foreign], into=policy.currency)
    made = []
    for paid in foreign:
        amount = sources.convert(paid, rates, into=policy.currency)
        if paid.movement in done or amount is None:
            continue
        made.append(
            CostChange(
                sku_id=sku_id,
                movement_id=paid.movement,
                kind=ChangeKind.CONVERTED,
                amount=amount,
                reason=f"{paid.total.normalize():f} {paid.currency}",
                actor=str(SYSTEM),
                after_id=paid.movement if after is None else after,
            )
        )
    return CostChange.objects.bulk_create(made)


def _waiting(books: SkuCost, policy: CostPolicy) -> list[CostChange]:
    """Return the changes that do not count yet, and new ones for units that a rate is known for since."""
    unknown = Movement.objects.filter(
        pk__in=CostLayer.objects.filter(sku_id=books.sku_id, value__isnull=True)
        .order_by("movement_id")
        .values("movement_id")[:BATCH]
    )
    converted = _conversions(
        sources.foreign(unknown), policy, books.sku_id, after=books.last_movement_id
    )
    waiting = CostChange.objects.filter(sku_id=books.sku_id, after_id__isnull=True)
    return [*waiting.order_by("pk"), *converted]


def _settled(books: SkuCost) -> int:
    """Return the newest costed movement that is so old that none before it can turn up."""
    old = CostEntry.objects.filter(
        sku_id=books.sku_id, movement__at__lt=clock.now() - SETTLED
    ).order_by("-movement_id")
    return old.values_list("movement_id", flat=True).first() or books.settled_id


def _forget(books: SkuCost) -> None:
    """Delete the newest piece of what was written of a SKU; begin anew when there is nothing left."""
    entries = list(
        CostEntry.objects.filter(sku_id=books.sku_id)
        .order_by("-movement_id")
        .values_list("pk", flat=True)[:BATCH]
    )
    if entries:
        gone = Consumption.objects.filter(Q(entry__in=entries) | Q(layer__entry__in=entries))
        Correction.objects.filter(consumption__in=gone.values("pk")).delete()
        gone.delete()
        CostLayer.objects.filter(entry__in=entries).delete()
        CostEntry.objects.filter(pk__in=entries).delete()
    else:
        books.clearing = False
        books.units = books.known = 0
        books.value, books.last_cost = books.value * 0, None
        books.last_movement_id = books.settled_id = 0
    books.due = True
    _save(books)


def _save(books: SkuCost) -> None:
    books.updated_at = clock.now()
    books.save(
        update_fields=[
            "policy",
            "units",
            "known",
            "value",
            "last_cost",
            "last_movement_id",
            "settled_id",
            "due",
            "clearing",
            "failures",
            "error",
            "updated_at",
        ]
    )
