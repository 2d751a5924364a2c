"""Promise lines for a day, keep what was promised, and promise anew when what it rests on has changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from inventory.catalog.models import Sku
from oms.core import bulk, clock, locking, transactions
from oms.core.actors import SYSTEM
from oms.core.errors import Raced
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering import queries as waiting_lines
from orders.ordering import services as ordering
from orders.ordering.models import Order, OrderLine
from orders.promising import queries, rules
from orders.promising.models import Promise, PromiseChange, PromiseDue, PromisePart
from orders.promising.rules import Supply

BATCH = 20  # SKUs promised anew in one transaction
SWEEP = 500  # SKUs marked by one sweep
FRESH = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line rests on now, and what it was promised and told before; `promise` is the row that keeps it."""

    line: int
    order: int
    units: int
    portions: Sequence[Supply]
    promise: Promise
    is_new: bool
    before: date | None
    told: date | None
    was_told: bool

    @property
    def on(self) -> date | None:
        """The day on which all of its units have come."""
        return rules.promised_on(self.portions)

    @property
    def moved(self) -> bool:
        """Whether the day is another than before, or the first."""
        return self.units > 0 and (self.is_new or self.before != self.on)

    def heard(self, tolerance: int) -> str:
        """Return how its customer hears of the day, if at all."""
        if not self.was_told:
            return rules.DELAY
        return rules.worth_telling(self.told, self.on, tolerance=tolerance)


@transaction.atomic
def promise_placed(*, order_id: int) -> None:
    """Promise the lines of a new order that wait, and take its customer for told: the confirmation says it.

    Raises Raced when what they rest on changes meanwhile.
    """
    order = Order.objects.filter(pk=order_id, has_backorder=True).first()
    if order is None:
        return
    own = set(waiting_lines.waiting().filter(order=order).values_list("sku_id", flat=True))
    _promise(own, only=order.pk, told=bool(order.email))


def mark_due(sku_ids: Collection[int]) -> None:
    """Have the lines of SKUs promised anew soon; marked twice, it is done once."""
    PromiseDue.objects.bulk_create(
        [PromiseDue(sku_id=sku_id) for sku_id in sorted(sku_ids)], ignore_conflicts=True
    )


def mark_lines_due(line_ids: Iterable[int]) -> None:
    """Have the SKUs of lines promised anew soon."""
    lines = OrderLine.objects.filter(pk__in=list(line_ids)).order_by()
    mark_due(set(lines.values_list("sku_id", flat=True)))


def mark_order_due(*, order_id: int) -> None:
    """Have the SKUs promised anew soon that an order waits for."""
    lines = waiting_lines.waiting().filter(order_id=order_id)
    mark_due(set(lines.values_list("sku_id", flat=True)))


def sweep() -> int:
    """Mark the SKUs whose promises cannot be right any more, or are a day old; return how many.

    Whatever told us of nothing is found here: lines without a promise, with one for other units, or for a day that is
    over.
    """
    stale = waiting_lines.waiting().filter(
        Q(promise=None)
        | ~Q(promise__units=F("backordered"))
        | Q(promise__promised_on__lt=clock.now().date())
        | Q(promise__made_at__lt=clock.now() - FRESH)
    )
    found = list(stale.values_list("sku_id", flat=True).distinct()[:SWEEP])
    with transaction.atomic():
        mark_due(found)
    return len(found)


def repromise_due() -> int:
    """Promise the lines of all marked SKUs anew, `BATCH` SKUs in one transaction; return the number of SKUs.

    Raises Busy when rivals change what they rest on each time; the marks are kept for the next call then.
    """
    done = 0
    while marked := transactions.retrying(_repromise_some):
        done += marked
    return done


def _repromise_some() -> int:
    marked = _take()
    if marked:
        _promise(marked)
    return len(marked)


def _take() -> set[int]:
    """Take marks away; what is marked from now on is promised once more."""
    first = list(PromiseDue.objects.order_by("since").values_list("pk", flat=True)[:BATCH])
    marks = locking.lock(PromiseDue.objects.filter(pk__in=first))
    PromiseDue.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
    return {mark.pk for mark in marks}


def _promise(sku_ids: Collection[int], *, only: int | None = None, told: bool = False) -> None:
    """Promise all lines that wait for SKUs, or those of one order, and keep what became of them.

    A customer who was told another day than is promised now hears of it (PromiseChanged), if it is worth a mail to his
    channel. A fixed number of statements, and two for each order whose day has become another.

    Those who promise the same SKUs wait for each other. Whoever fills, cancels or receives does not wait for us, so
    what the lines rest on is read once more under the locks of the orders. Raises Raced when it has changed: customers
    would hear of a delay because goods that had come were given to others while we read.
    """
    locking.lock(Sku.objects.filter(pk__in=sku_ids))
    lines = _found(sku_ids, only)
    changed = [line for line in lines if _differs(line)]
    moved = [line for line in changed if line.moved]
    ended = [line for line in changed if not line.units]
    touched = {line.order for line in (*moved, *ended)}
    orders = {
        order.pk: order
        for order in locking.lock(Order.objects.filter(pk__in=touched).select_related("channel"))
    }
    if touched and _rests(lines) != _rests(_found(sku_ids, only)):
        raise Raced
    news = {} if only is not None else _news(moved, orders)
    at = clock.now()
    heard = {line.line for told_lines in news.values() for line in told_lines}
    other = {line.line for line in changed}
    same = [line.promise.pk for line in lines if line.line not in other]
    _write(changed, told={line.line for line in changed} if told else heard, at=at)
    Promise.objects.filter(pk__in=same).update(made_at=at)
    if orders:
        days = {line.line: line.on if line.units else None for line in (*moved, *ended)}
        ordering.keep_promises(list(orders.values()), days)
        _note(moved, orders, news)


def _found(sku_ids: Collection[int], only: int | None) -> list[_Line]:
    """Return the lines that wait, and those that were promised and wait no more, with what each was promised last."""
    turn = [
        (waiter, portions)
        for waiter, portions in queries.all_in_turn(sku_ids)
        if only is None or waiter.order == only
    ]
    keys = [waiter.line for waiter, _ in turn]
    known = {
        promise.line_id: promise
        for promise in Promise.objects.filter(
            Q(line__in=keys) | Q(line__sku__in=sku_ids, units__gt=0)
        )
        .select_related("line")
        .prefetch_related("parts")
    }
    lines = [
        _line(known.get(waiter.line), waiter.line, waiter.order, waiter.units, portions)
        for waiter, portions in turn
    ]
    if only is None:
        gone = known.keys() - set(keys)
        lines += [_line(known[key], key, known[key].line.order_id, 0, ()) for key in sorted(gone)]
    return lines


def _rests(lines: Sequence[_Line]) -> list[tuple[int, int, Sequence[Supply]]]:
    return [(line.line, line.units, line.portions) for line in lines]


def _line(
    known: Promise | None, key: int, order_id: int, units: int, portions: Sequence[Supply]
) -> _Line:
    promise = known or Promise(line_id=key)
    return _Line(
        line=key,
        order=order_id,
        units=units,
        portions=portions,
        promise=promise,
        is_new=known is None or not known.units,
        before=promise.promised_on,
        told=promise.told_on,
        was_told=promise.was_told,
    )


def _differs(line: _Line) -> bool:
    """Say whether a line is promised anything else than before."""
    if line.promise.pk is None or line.promise.units != line.units:
        return True
    kept = {
        (part.units, part.due_on, part.supply, part.supply_id) for part in line.promise.parts.all()
    }
    return kept != {(one.units, one.on, one.supply, one.supply_id) for one in line.portions}


def _write(changed: Sequence[_Line], *, told: Collection[int], at: datetime) -> None:
    """Keep what lines are promised now, and each day that is another than before."""
    for line in changed:
        promise = line.promise
        if line.moved:
            promise.changes_made += 1
            promise.promised_on = line.on
        if line.line in told:
            promise.was_told, promise.told_on = True, line.on
        promise.units = line.units
        promise.made_at = at
    Promise.objects.bulk_create([line.promise for line in changed if line.promise.pk is None])
    Promise.objects.bulk_update(
        [line.promise for line in changed],
        ["units", "promised_on", "changes_made", "was_told", "told_on", "made_at"],
        batch_size=500,
    )
    PromisePart.objects.filter(promise__in=[line.promise for line in changed]).delete()
    bulk.insert(
        [
            PromisePart(
                promise=line.promise,
                units=portion.units,
                due_on=portion.on,
                supply=portion.supply,
                supply_id=portion.supply_id,
            )
            for line in changed
            for portion in line.portions
        ]
    )
    bulk.insert(
        [
            PromiseChange(
                line_id=line.line,
                number=line.promise.changes_made,
                units=line.units,
                before_on=line.before,
                after_on=line.on,
                rests_on=[_said(portion) for portion in line.portions],
                told=line.line in told,
                at=at,
            )
            for line in changed
            if line.moved
        ]
    )


def _news(moved: Sequence[_Line], orders: Mapping[int, Order]) -> dict[int, list[_Line]]:
    """Return by order the lines of whose day the customer is to hear."""
    found: defaultdict[int, list[_Line]] = defaultdict(list)
    for line in moved:
        order = orders[line.order]
        if order.email and line.heard(order.channel.promise_tolerance_days):
            found[line.order].append(line)
    return dict(found)


def _note(
    moved: Sequence[_Line], orders: Mapping[int, Order], news: Mapping[int, Sequence[_Line]]
) -> None:
    """Write to the timelines what has become another day, and publish what the customers are to hear."""
    by_order: defaultdict[int, list[_Line]] = defaultdict(list)
    for line in moved:
        by_order[line.order].append(line)
    codes = dict(
        OrderLine.objects.filter(pk__in=[line.line for line in moved]).values_list("pk", "sku_code")
    )
    for order_id, lines in sorted(by_order.items()):
        timeline.record(
            orders[order_id],
            "order.promised",
            actor=SYSTEM,
            before={codes[line.line]: _iso(line.before) for line in lines if not line.is_new},
            after={codes[line.line]: _iso(line.on) for line in lines},
            data={"told": order_id in news},
        )
    for order_id, told in sorted(news.items()):
        tolerance = orders[order_id].channel.promise_tolerance_days
        late = any(line.heard(tolerance) == rules.DELAY for line in told)
        outbox.publish(
            events.PromiseChanged(
                order_id=order_id,
                mail=rules.DELAY if late else rules.NEW_PROMISE,
                days={str(line.line): (_iso(line.told), _iso(line.on)) for line in told},
                change=f"v{orders[order_id].version}",
            )
        )


def _said(portion: Supply) -> dict[str, str | int | None]:
    return {
        "units": portion.units,
        "on": _iso(portion.on),
        "supply": portion.supply,
        "supply_id": portion.supply_id,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
