"""Moving units between the counters of lines, beside a plain reference."""

import random

import pytest
from django.db.models import F

from orders.ordering import statements
from orders.ordering.models import Order, OrderLine
from tests.orders.factories import place_order, stocked_sku

pytestmark = pytest.mark.django_db

MOVES = [
    ("allocated", "picked"),
    ("picked", "allocated"),
    ("picked", "packed"),
    ("packed", "shipped"),
    ("allocated", "cancelled"),
    ("backordered", "allocated"),
    ("return_requested", "returned"),
    (None, "delivered"),
    (None, "return_requested"),
    (None, "credited"),
    ("return_requested", None),
]
COUNTERS = (
    "cancelled",
    "backordered",
    "allocated",
    "picked",
    "packed",
    "shipped",
    "delivered",
    "return_requested",
    "returned",
    "credited",
)


def scattered(chance: random.Random) -> Order:
    """Return an order of five lines whose units are in random places."""
    order = place_order([(stocked_sku(20), 20) for _ in range(5)])
    for line in order.lines.all():
        places = dict.fromkeys(
            ("cancelled", "backordered", "allocated", "picked", "packed", "shipped"), 0
        )
        for _ in range(line.ordered):
            places[chance.choice(list(places))] += 1
        asked = chance.randint(0, places["shipped"])
        OrderLine.objects.filter(pk=line.pk).update(
            **places,
            delivered=chance.randint(0, places["shipped"]),
            return_requested=asked,
            returned=chance.randint(0, places["shipped"] - asked),
            credited=chance.randint(0, line.ordered),
        )
    return order


def reference(order: Order, units: dict[int, int], source: str | None, target: str | None) -> int:
    """Move line by line, as anyone would write it."""
    changed = 0
    for pk, count in units.items():
        line = OrderLine.objects.filter(pk=pk, order=order).first()
        if line is None or (source and getattr(line, source) < count):
            continue
        if target == "delivered" and source is None and line.delivered + count > line.shipped:
            continue
        if target == "credited" and line.credited + count > line.ordered:
            continue
        back = line.return_requested + line.returned + line.written_off
        if target == "return_requested" and source is None and back + count > line.shipped:
            continue
        changes = {}
        if source:
            changes[source] = F(source) - count
        if target:
            changes[target] = F(target) + count
        changed += OrderLine.objects.filter(pk=pk).update(**changes)
    return changed


def counters(order: Order) -> list[tuple[int, ...]]:
    """Return the counters of all lines of all orders."""
    return list(OrderLine.objects.order_by("id").values_list("id", *COUNTERS))


@pytest.mark.parametrize(("source", "target"), MOVES)
@pytest.mark.parametrize("seed", range(3))
def test_units_move_as_in_the_plain_reference(
    seed: int, source: str | None, target: str | None
) -> None:
    chance = random.Random(f"{seed}{source}{target}")
    order = scattered(chance)
    other = place_order([(stocked_sku(20), 20)])
    units = {
        line.pk: chance.randint(1, 6)
        for line in [*order.lines.all(), *other.lines.all()]
        if chance.random() < 0.9
    }
    before = {pk: values for pk, *values in counters(order)}

    changed = statements.move_units(order_id=order.pk, units=units, source=source, target=target)
    ours = counters(order)
    for pk, values in before.items():
        OrderLine.objects.filter(pk=pk).update(**dict(zip(COUNTERS, values, strict=True)))

    assert changed == reference(order, units, source, target)
    assert ours == counters(order)
