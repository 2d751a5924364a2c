"""One-statement inserts beside Django's `bulk_create`, on every model that hot paths write."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from inventory.catalog.models import Product
from inventory.reservations.models import Allocation
from inventory.stock.models import Movement
from oms.core import bulk
from oms.core.ids import uuid7
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.holds.models import Hold
from orders.ordering.models import Credit, Order, OrderLine
from orders.payments.models import Payment, Transaction
from tests.inventory.factories import LevelFactory, ProductFactory
from tests.orders.factories import lines_of, place_order

pytestmark = pytest.mark.django_db

Statements = Callable[[], AbstractContextManager[list[str]]]

AWKWARD = 'Zoë\'s "§" \\ {a,b} %s 漢字 🙂\n\ttab ; -- NULL'
EPOCH = datetime(2026, 11, 21, 23, 59, 59, 123456, tzinfo=UTC)


def plain_value(field: "models.Field[Any, Any]", index: int) -> Any:
    """Return a value of the field's type that differs by `index` and is awkward to write down."""
    if field.null and index % 3 == 0:
        return None
    if field.choices:
        return field.choices[index % len(field.choices)][0]
    if isinstance(field, models.UUIDField):
        return uuid7()
    if isinstance(field, models.JSONField):
        return [{"text": AWKWARD, "n": index, "deep": [None, True, 1.5, {"": []}]}, {}, []][
            index % 3
        ]
    if isinstance(field, models.BooleanField):
        return index % 2 == 0
    if isinstance(field, models.DecimalField):
        return [Decimal(0), Decimal("0.0001"), Decimal("12345678901234.5678"), Decimal("5.10")][
            index % 4
        ]
    if isinstance(field, models.DateTimeField):
        return EPOCH + timedelta(days=index, microseconds=index)
    if isinstance(field, models.DateField):
        return date(2026, 1, 31) + timedelta(days=index)
    if isinstance(field, models.IntegerField):
        return 1 + index % 30_000
    text = f"{index}:{AWKWARD}"
    return text[: field.max_length] if field.max_length else text * 20


def specimens(
    model: type[models.Model], count: int, special: Callable[[int], dict[str, Any]]
) -> list[models.Model]:
    """Return unsaved rows of `model`; `special` gives what its constraints demand."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    rows = []
    for index in range(count):
        given = special(index)
        rows.append(
            model(
                **{
                    field.attname: given[field.attname]
                    if field.attname in given
                    else plain_value(field, index)
                    for field in fields
                }
            )
        )
    return rows


def _order(index: int) -> dict[str, Any]:
    return {
        "channel_id": _surroundings()["order"].channel_id,
        "customer_id": None,
        "number": f"N-{index}",
        "total": Decimal(100),
        "credited_total": Decimal("99.9999"),
    }


def _line(index: int) -> dict[str, Any]:
    here = _surroundings()
    counters = dict.fromkeys(
        (
            "cancelled",
            "unallocated",
            "backordered",
            "allocated",
            "picked",
            "packed",
            "delivered",
            "return_requested",
            "returned",
            "written_off",
            "credited",
            "pinned",
            "preordered",
        ),
        0,
    )
    return {
        **counters,
        "order_id": here["order"].pk,
        "sku_id": here["line"].sku_id,
        "kit_id": None,
        "units_per_kit": None,
        "substitute_for_id": None,
        "preorder_id": None,
        "pack": "",
        "pack_units": None,
        "pack_price": None,
        "position": 1000 + index,
        "ordered": index + 1,
        "shipped": index + 1,
        "net": Decimal("0.0001"),
        "tax": Decimal("12345678901.5678"),
        "total": Decimal("12345678901.5679"),
    }


def _hold(index: int) -> dict[str, Any]:
    return {"order_id": _surroundings()["order"].pk}


def _payment(index: int) -> dict[str, Any]:
    zeros = ("capture_pending", "refund_pending", "refunded")
    return {
        **dict.fromkeys(zeros, Decimal(0)),
        "authorized": Decimal(7),
        "captured": Decimal("6.9999"),
        "order_id": _surroundings()["order"].pk,
    }


def _transaction(index: int) -> dict[str, Any]:
    return {
        "payment_id": _surroundings()["payment"].pk,
        "amount": Decimal(index + 1),
        "key": f"key-{index}",
        "provider_reference": f"ref-{index}",
    }


def _movement(index: int) -> dict[str, Any]:
    return {
        "level_id": _surroundings()["level"].pk,
        "source": "supplier",
        "target": "available",
        "cause": f"c-{index}",
    }


def _allocation(index: int) -> dict[str, Any]:
    return {"level_id": _surroundings()["level"].pk, "demand_id": 10_000 + index}


def _credit(index: int) -> dict[str, Any]:
    here = _surroundings()
    line = here["line"].pk if index % 2 else None
    return {"order_id": here["order"].pk, "line_id": line, "cause": f"c-{index}"}


def _event(index: int) -> dict[str, Any]:
    return {"aggregate": "x", "aggregate_id": str(index)}


def _nothing(index: int) -> dict[str, Any]:
    return {}


HOT: dict[type[models.Model], Callable[[int], dict[str, Any]]] = {
    Order: _order,
    OrderLine: _line,
    Hold: _hold,
    Payment: _payment,
    Transaction: _transaction,
    Movement: _movement,
    Allocation: _allocation,
    Credit: _credit,
    Event: _event,
    Entry: _nothing,
    Product: _nothing,
}
_here: dict[str, Any] = {}


def _surroundings() -> dict[str, Any]:
    return _here


@pytest.fixture(autouse=True)
def _world(db: None) -> None:
    order = place_order()
    _here.update(
        order=order,
        line=lines_of(order)[0],
        level=LevelFactory.create(),
        payment=Payment.objects.create(order=order, gateway="x", currency="EUR", amount=1),
    )


def written(
    model: type[models.Model],
    insert: Callable[[list[models.Model]], object],
    count: int,
    statements: Statements,
) -> tuple[list[dict[str, Any]], int]:
    """Insert specimens, read them back in the order of the objects, roll back; give rows and statements."""
    rows = specimens(model, count, HOT[model])
    names = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    uuids = {field.attname for field in model._meta.fields if isinstance(field, models.UUIDField)}
    with transaction.atomic():
        with statements() as seen:
            insert(rows)
        assert all(row.pk for row in rows)
        assert all(not row._state.adding and row._state.db == "default" for row in rows)
        stored = model._default_manager.in_bulk([row.pk for row in rows])
        found = []
        for row in rows:
            again = stored[row.pk]
            for name in uuids:
                assert getattr(again, name) == getattr(row, name)
            found.append({name: getattr(again, name) for name in names if name not in uuids})
        transaction.set_rollback(True)
    return found, len(seen)


def djangos_way(model: type[models.Model]) -> Callable[[list[models.Model]], object]:
    """Return Django's own way."""
    return model._default_manager.bulk_create


@pytest.mark.parametrize("count", [1, 2, 100])
@pytest.mark.parametrize("model", HOT, ids=lambda model: model._meta.label)
def test_the_same_rows_are_stored_as_by_bulk_create(
    model: type[models.Model], count: int, statements: Statements
) -> None:
    ours, number = written(model, bulk.insert, count, statements)
    theirs, _ = written(model, djangos_way(model), count, statements)

    assert ours == theirs
    assert number == 1


def test_nothing_is_inserted_for_nothing(statements: Statements) -> None:
    with statements() as seen:
        bulk.insert([])

    assert seen == []


def test_the_text_of_the_statement_does_not_depend_on_the_number_of_rows(
    statements: Statements,
) -> None:
    with statements() as seen:
        for count in (1, 2, 7, 100):
            bulk.insert([ProductFactory.build(name=f"p{n}") for n in range(count)])

    assert len(seen) == 4
    assert len(set(seen)) == 1


def test_a_rule_of_the_table_stops_all_rows() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(
            [
                Allocation(level=_here["level"], demand="d", demand_id=number, quantity=1 - number)
                for number in (0, 1)
            ]
        )

    assert not Allocation.objects.filter(demand="d").exists()


@pytest.mark.pg
def test_a_text_that_is_too_long_is_refused_and_not_cut() -> None:
    with pytest.raises(Exception, match="too long"), transaction.atomic():
        bulk.insert([Product(name="x" * 201)])


def plain_values(item: models.Model) -> dict[str, Any]:
    """Return what a row holds but its key."""
    fields = (field for field in item._meta.concrete_fields if not field.primary_key)
    return {field.attname: getattr(item, field.attname) for field in fields}


def test_a_family_is_inserted_in_order_with_the_keys_of_parent_and_children(
    statements: Statements,
) -> None:
    (order,) = specimens(Order, 1, lambda index: {**_order(index), "number": "N-family"})
    small = dict.fromkeys(("unit_price", "discount", "shipping_share"), Decimal("5.1"))
    lines = specimens(OrderLine, 5, lambda index: {**_line(index), **small, "order_id": None})
    expected = [plain_values(line) for line in lines]

    with statements() as seen:
        bulk.insert_family(order, lines, link="order_id")

    assert len(seen) == (1 if connection.vendor == "postgresql" else 2)
    stored = list(OrderLine.objects.filter(order_id=order.pk).order_by("position"))
    assert [line.pk for line in stored] == [line.pk for line in lines]
    assert {line.order_id for line in lines} == {order.pk}
    assert [{**plain_values(line), "order_id": None} for line in stored] == expected
    assert Order.objects.get(number="N-family").uuid == order.uuid


def test_a_parent_without_children_is_inserted_alone() -> None:
    (order,) = specimens(Order, 1, lambda index: {**_order(index), "number": "N-alone"})

    bulk.insert_family(order, [], link="order_id")

    assert Order.objects.get(number="N-alone").pk == order.pk


def test_a_family_comes_whole_or_not_at_all() -> None:
    (order,) = specimens(Order, 1, lambda index: {**_order(index), "number": "N-broken"})
    lines = specimens(OrderLine, 2, lambda index: {**_line(0), "order_id": None})  # one position

    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert_family(order, lines, link="order_id")

    assert not Order.objects.filter(number="N-broken").exists()


def test_rows_with_keys_and_without_go_in_by_one_statement(statements: Statements) -> None:
    (order,) = specimens(Order, 1, _order)
    lines = specimens(OrderLine, 3, _line)
    entries = specimens(Entry, 2, _nothing)
    order.pk = 7_000_001
    for index, line in enumerate(lines):
        line.pk = 8_000_001 + index
        line.order_id = order.pk  # type: ignore[attr-defined]  # any model
    rows = [bulk.insertion(lines), bulk.insertion([order]), bulk.insertion(entries)]

    with statements() as seen:
        bulk.run(rows)

    assert len(seen) == (1 if connection.vendor == "postgresql" else 3)
    stored = Order.objects.get(pk=7_000_001)
    assert stored.number == "N-0"
    assert [line.pk for line in stored.lines.order_by("position")] == [line.pk for line in lines]
    assert Entry.objects.count() >= 2
    assert not order._state.adding
    assert entries[0].pk is None


def test_nothing_to_insert_asks_nothing(statements: Statements) -> None:
    with statements() as seen:
        bulk.run([])

    assert not seen


class Shouted(models.CharField):
    """A field that prepares its values in its own way."""

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else str(value).upper()


def test_a_field_of_another_origin_prepares_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    field = Shouted(max_length=200)
    field.set_attributes_from_name("name")
    columns = [field if column.attname == "name" else column for column in bulk._columns(Product)]
    monkeypatch.setattr(bulk, "_columns", lambda model, keyed: columns)
    bulk._recipe.cache_clear()
    try:
        product = ProductFactory.build(name="loud")
        bulk.insert([product])
    finally:
        bulk._recipe.cache_clear()

    assert Product.objects.get(pk=product.pk).name == "LOUD"
