"""Make model instances cheaply: of the rows that a hot SELECT returns, and of the values of a hot INSERT.

Building and compiling a queryset of a wide model costs a millisecond; the same statement on a cursor a tenth of it. The
few hot reads are written as SQL (a topic's `statements.py`) and take their columns and their instances from here.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.base import ModelState

ModelT = TypeVar("ModelT", bound=models.Model)
Converter = Callable[[Any], Any]


@cache
def columns(model: type[models.Model], alias: str) -> str:
    """Return the list of all columns of `model` under the table alias `alias`, for a SELECT."""
    return ", ".join(
        f"{alias}.{connection.ops.quote_name(str(field.column))}"
        for field in model._meta.concrete_fields
    )


def instance(model: type[ModelT], values: Sequence[Any]) -> ModelT:
    """Return the saved instance that a row of `columns(model, ...)` stands for."""
    converted = list(values)
    for index, convert in _converters(model):
        converted[index] = convert(converted[index])
    return model.from_db(connection.alias, _names(model), converted)


def new(model: type[ModelT], **values: Any) -> ModelT:
    """Return an unsaved instance with `values` by attribute (`order_id`, not `order`), and defaults elsewhere.

    The same as calling the model, at a third of the price. Raises TypeError for what is no column.
    """
    fixed, made = _defaults(model)
    if not values.keys() <= fixed.keys() | made.keys():
        raise TypeError(f"{model.__name__} lacks columns of {sorted(values)}.")
    item = model.__new__(model)
    item._state = ModelState()
    item.__dict__.update(fixed)
    for name, make in made.items():
        if name not in values:
            item.__dict__[name] = make()
    item.__dict__.update(values)
    return item


@cache
def _defaults(model: type[models.Model]) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """Return the defaults of all columns: the values, and the functions that make one for each instance."""
    fixed: dict[str, Any] = {}
    made: dict[str, Callable[[], Any]] = {}
    for field in model._meta.concrete_fields:
        if callable(field.default):
            made[field.attname] = field.get_default
        else:
            fixed[field.attname] = field.get_default()
    return fixed, made


@cache
def width(model: type[models.Model]) -> int:
    """Return the number of columns of `model`."""
    return len(model._meta.concrete_fields)


@cache
def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@cache
def _converters(model: type[models.Model]) -> list[tuple[int, Converter]]:
    """Return what the ORM does to the values of a row, by position: most of them need nothing."""
    found = []
    for index, field in enumerate(model._meta.concrete_fields):
        expression = field.get_col(model._meta.db_table)
        steps = [
            *connection.ops.get_db_converters(expression),
            *expression.get_db_converters(connection),
        ]
        if steps:
            found.append((index, _chain(steps, expression)))
    return found


def _chain(steps: Sequence[Any], expression: Any) -> Converter:
    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value, expression, connection)
        return value

    return convert
