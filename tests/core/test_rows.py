"""Instances made of a cursor's rows beside those that the ORM makes."""

from typing import Any

import pytest
from django.db import connection, models

from inventory.stock.models import Level, Movement
from oms.accounts.models import ApiKey
from oms.core import rows
from oms.core.outbox.models import Event
from orders.channels.models import Channel
from orders.ordering.models import Order, OrderLine
from tests.orders.factories import api_key, place_order

pytestmark = pytest.mark.django_db


def read(model: type[models.Model]) -> list[models.Model]:
    """Return all rows of `model` in the order of their keys, as a hot statement reads them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {rows.columns(model, 't')} FROM {model._meta.db_table} t ORDER BY t.id"
        )
        return [rows.instance(model, row) for row in cursor.fetchall()]


def values(item: models.Model) -> dict[str, tuple[type, Any]]:
    """Return every stored value with its type, so that 1 is not True and 4.9 not Decimal("4.9")."""
    return {
        field.attname: (type(getattr(item, field.attname)), getattr(item, field.attname))
        for field in item._meta.concrete_fields
    }


@pytest.mark.parametrize("model", [Channel, Order, OrderLine, Level, Movement, ApiKey, Event])
def test_an_instance_is_what_the_orm_makes(model: type[models.Model]) -> None:
    order = place_order(declared={"total": "23.80"})
    api_key(order.channel)
    Event.objects.create(
        name="x", aggregate="x", aggregate_id="1", sequence=1, payload={"deep": [1, None, 1.5]}
    )

    expected = list(model._default_manager.order_by("pk"))
    found = read(model)

    assert expected
    assert [values(item) for item in found] == [values(item) for item in expected]


def test_an_instance_is_a_saved_one_that_can_be_changed() -> None:
    order = place_order()

    (found,) = read(Order)
    assert isinstance(found, Order)
    found.note = "changed"
    found.save(update_fields=["note"])

    order.refresh_from_db()
    assert (found, order.note) == (order, "changed")


@pytest.mark.parametrize("model", [Channel, Order, OrderLine, Level, Movement, ApiKey, Event])
def test_a_new_instance_has_the_defaults_of_the_model(model: type[models.Model]) -> None:
    ours, theirs = rows.new(model), model()
    made_each_time = {
        field.attname
        for field in model._meta.concrete_fields
        if isinstance(field, models.UUIDField | models.DateTimeField)
    }

    def comparable(item: models.Model) -> dict[str, Any]:
        return {
            name: type(value) if name in made_each_time else value
            for name, value in item.__dict__.items()
            if name != "_state"
        }

    assert comparable(ours) == comparable(theirs)
    assert ours._state.adding
    assert ours._state.db is None
    assert ours.pk is None


def test_new_instances_share_nothing_that_can_be_changed() -> None:
    first, second = rows.new(Order), rows.new(Order)
    first.routing["x"] = 1

    assert second.routing == {}
    assert first.uuid != second.uuid


def test_a_new_instance_takes_columns_only() -> None:
    assert rows.new(OrderLine, order_id=7, sku_code="x").order_id == 7
    with pytest.raises(TypeError, match="sku_cod"):
        rows.new(OrderLine, sku_cod="x")
