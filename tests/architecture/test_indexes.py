"""Tables that every order adds rows to keep no index twice: each one is paid for on every row."""

import pytest
from django.db import models

from inventory.reservations.models import Allocation
from inventory.stock.models import Movement
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.ordering.models import Order, OrderLine


def whole_indexes(model: type[models.Model]) -> list[tuple[str, ...]]:
    """Return the columns of the indexes and unique constraints of all rows."""
    return [
        tuple(name.removeprefix("-") for name in one.fields)
        for one in (*model._meta.indexes, *model._meta.constraints)
        if isinstance(one, models.Index | models.UniqueConstraint) and one.condition is None
    ]


@pytest.mark.parametrize("model", [Order, OrderLine, Allocation, Movement, Event, Entry])
def test_no_index_is_the_beginning_of_another(model: type[models.Model]) -> None:
    longer = whole_indexes(model)
    alone = [
        (field.name,)
        for field in model._meta.concrete_fields
        if field.db_index and not field.unique
    ]

    twice = {
        mine
        for mine in (*longer, *alone)
        for other in longer
        if mine != other and other[: len(mine)] == mine
    }
    assert not twice


@pytest.mark.parametrize("model", [Order, OrderLine, Allocation, Movement, Event, Entry])
def test_no_key_of_text_has_a_second_index_for_its_beginnings(model: type[models.Model]) -> None:
    # PostgreSQL gets one for each text column that is unique or indexed by itself; a constraint or an index makes none.
    texts = [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and (field.unique or field.db_index)
    ]

    assert not texts
