"""Say by hand who gets the next units of a SKU."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from inventory.catalog.models import Sku
from oms.core import locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem, Invalid
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering import queries
from orders.ordering.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class Pin:
    """The next `units` of the SKU are for this line."""

    line_id: int
    units: int


@transaction.atomic
def reserve_for(
    *,
    sku_id: int,
    pins: Sequence[Pin],
    reason: str,
    actor: Actor,
    channel_ids: Collection[int] | None = None,
) -> None:
    """Set the next units of a SKU aside for lines that wait for it, in this order, before everyone else.

    What was said before is replaced; no pins: everyone is served in turn again. For whoever serves some channels alone
    (`channel_ids`) there are no other lines: what is set aside for those stays, and goes first. Raises Invalid,
    everything at once, for lines that do not wait for the SKU, are named twice, or wait for fewer units. Publishes
    ReservedFor per order of which it changes something.
    """
    locking.lock(Sku.objects.filter(pk=sku_id))  # a list at a time, whichever orders it names
    named = Counter(pin.line_id for pin in pins)
    present = OrderLine.objects.filter(sku_id=sku_id, pinned__gt=0)
    concerned = OrderLine.objects.filter(pk__in={*named, *present.values_list("pk", flat=True)})
    orders = {
        order.pk: order
        for order in locking.lock(
            Order.objects.filter(pk__in=set(concerned.values_list("order_id", flat=True)))
        )
    }
    # Read under the locks: nobody fills or cancels these lines now.
    waiting = queries.waiting().filter(sku_id=sku_id, order__in=orders).in_bulk()
    own = {
        key: line
        for key, line in waiting.items()
        if channel_ids is None or orders[line.order_id].channel_id in channel_ids
    }
    _judge(pins, named, own)
    kept = sorted(
        (line.pin_rank, key, line.pinned)
        for key, line in waiting.items()
        if line.pinned and key not in own
    )
    changed: dict[int, dict[int, int]] = {}
    every = [*(Pin(key, units) for _, key, units in kept), *pins]
    wanted = {pin.line_id: (rank, pin.units) for rank, pin in enumerate(every, start=1)}
    for line in waiting.values():
        rank, units = wanted.get(line.pk, (0, 0))
        if (line.pin_rank, line.pinned) == (rank, units):
            continue
        if (line.pinned or units) and (line.pinned != units or line.pk in own):
            changed.setdefault(line.order_id, {})[line.pk] = units
        line.pin_rank, line.pinned = rank, units
    OrderLine.objects.bulk_update(waiting.values(), ["pinned", "pin_rank"])
    for order_id, units_of in sorted(changed.items()):
        timeline.record(
            orders[order_id],
            "order.reserved_for",
            actor=actor,
            reason=reason,
            data={waiting[line].sku_code: units for line, units in units_of.items()},
        )
        outbox.publish(
            events.ReservedFor(
                order_id=order_id, units={str(line): units for line, units in units_of.items()}
            )
        )


def _judge(pins: Sequence[Pin], named: Counter[int], waiting: dict[int, OrderLine]) -> None:
    problems = []
    for index, pin in enumerate(pins):
        line = waiting.get(pin.line_id)
        where = f"/lines/{index}"
        if line is None:
            words = "No line that waits for this SKU."
            problems.append(FieldProblem(f"{where}/line_id", "unknown_reference", words))
        elif named[pin.line_id] > 1:
            problems.append(
                FieldProblem(f"{where}/line_id", "repeated", "This line is named twice.")
            )
        elif not 0 < pin.units <= line.backordered:
            words = f"It waits for {line.backordered} units."
            problems.append(FieldProblem(f"{where}/units", "number_range", words))
    if problems:
        raise Invalid(problems=problems)
