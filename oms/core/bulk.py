"""Insert rows of one model by one statement whose text does not depend on their number.

`QuerySet.bulk_create` costs some 60 µs of Python a row and, on SQLite, several statements for many rows. The hot
services insert through here instead: the rows go over as one JSON document, which costs less than half of binding
fifty parameters, and the database takes it apart again. Validation and signals do not run, as with `bulk_create`;
binary fields are not supported.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from pydantic_core import to_json

from oms.core.fields import MoneyField

ModelT = TypeVar("ModelT", bound=models.Model)

# PostgreSQL reads the values of these fields as JSON writes them; a field of another origin prepares them first.
_KNOWN_ORIGINS = frozenset(
    {models.CharField.__module__, models.JSONField.__module__, MoneyField.__module__}
)


def insert(objects: Sequence[ModelT]) -> None:
    """Insert unsaved `objects` of one model, in order, and set their primary keys."""
    if not objects:
        return
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(objects[0])), [_document(objects)])
        keys = [key for (key,) in cursor.fetchall()]
    _mark_saved(objects, keys)


def insert_family(parent: models.Model, children: Sequence[models.Model], *, link: str) -> None:
    """Insert an unsaved `parent` and its unsaved `children`, all of one model, in order, and set their keys.

    `link` is the children's foreign key to the parent. PostgreSQL: one statement; SQLite: two.
    """
    if not children or connection.vendor != "postgresql":
        insert([parent])
        for child in children:
            setattr(child, link, parent.pk)
        insert(children)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _family_statement(type(parent), type(children[0]), link),
            [_document([parent]), _document(children)],
        )
        parent_key, keys = cursor.fetchone()
    for child in children:
        setattr(child, link, parent_key)
    _mark_saved([parent], [parent_key])
    _mark_saved(children, keys)


@dataclass(frozen=True, slots=True)
class Insertion:
    """An INSERT that waits for another statement to carry it; nobody needs what it returns."""

    statement: str
    document: str


def insertion(objects: Sequence[models.Model]) -> Insertion:
    """Return the INSERT of unsaved `objects` of one model: they have keys already, all of them, or need none.

    Those that have keys count as saved from here on.
    """
    keyed = objects[0].pk is not None
    made = Insertion(_statement(type(objects[0]), keyed=keyed), _document(objects, keyed=keyed))
    if keyed:
        _mark_saved(objects, [item.pk for item in objects])
    return made


def carried(insertions: Sequence[Insertion], statement: str) -> str:
    """Return `statement`, which begins with WITH, so that it carries `insertions`, whose documents come first.

    PostgreSQL only. Rows that refer to each other may come in any order: foreign keys are checked at the commit.
    """
    return _carried(tuple(each.statement for each in insertions), statement)


def run(insertions: Sequence[Insertion]) -> None:
    """Run `insertions` that nothing carries."""
    if not insertions:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            documents = [each.document for each in insertions]
            cursor.execute(carried(insertions, "WITH done AS (SELECT 1) SELECT 1"), documents)
            return
        for each in insertions:
            cursor.execute(each.statement, [each.document])


@cache
def _carried(insertions: tuple[str, ...], statement: str) -> str:
    ahead = "".join(f"carried_{index} AS ({sql}), " for index, sql in enumerate(insertions))
    head, _, tail = statement.partition("WITH ")
    return f"{head}WITH {ahead}{tail}"


@cache
def _columns(model: type[models.Model], *, keyed: bool = False) -> "list[models.Field[Any, Any]]":
    return [field for field in model._meta.concrete_fields if keyed or not field.primary_key]


@cache
def _statement(model: type[models.Model], link: str = "", *, keyed: bool = False) -> str:
    """Return the INSERT; the column `link`, if any, comes from the row `parent` of the same statement."""
    quote = connection.ops.quote_name
    fields = _columns(model, keyed=keyed)
    names = ", ".join(quote(str(field.column)) for field in fields)
    if connection.vendor == "postgresql":
        # The bare type, without its length: a cast would cut a long text silently, the insertion refuses it.
        kinds = (str(field.db_type(connection)).split("(", 1)[0] for field in fields)
        aliases = ", ".join(f"c{index} {kind}" for index, kind in enumerate(kinds))
        picked = [f"c{index}" for index in range(len(fields))]
        rows = f"json_to_recordset(%s::json) AS rows ({aliases})"
    else:
        picked = [f"value ->> 'c{index}'" for index in range(len(fields))]
        rows = "json_each(%s)"
    if link:
        picked[[field.attname for field in fields].index(link)] = "(SELECT * FROM parent)"
    return (
        f"INSERT INTO {quote(model._meta.db_table)} ({names})"  # noqa: S608  # no data
        f" SELECT {', '.join(picked)} FROM {rows} RETURNING {quote(str(model._meta.pk.column))}"
    )


@cache
def _family_statement(parent: type[models.Model], child: type[models.Model], link: str) -> str:
    return (
        f"WITH parent AS ({_statement(parent)}), children (id) AS ({_statement(child, link)})"  # noqa: S608  # no data
        " SELECT (SELECT * FROM parent), array_agg(id ORDER BY id) FROM children"
    )


def _document(objects: Sequence[models.Model], *, keyed: bool = False) -> str:
    """Return the rows as the JSON document that the statement reads."""
    if connection.vendor == "postgresql":
        recipe = _recipe(type(objects[0]), keyed=keyed)
        rows = [
            {
                alias: getattr(item, name)
                if field is None
                else field.get_prep_value(getattr(item, name))
                for alias, name, field in recipe
            }
            for item in objects
        ]
        return to_json(rows, fallback=str).decode()
    fields = _columns(type(objects[0]), keyed=keyed)
    return json.dumps(
        [
            {
                f"c{index}": field.get_db_prep_save(getattr(item, field.attname), connection)
                for index, field in enumerate(fields)
            }
            for item in objects
        ],
        default=str,
    )


@cache
def _recipe(
    model: type[models.Model], *, keyed: bool = False
) -> "list[tuple[str, str, models.Field[Any, Any] | None]]":
    """Return of each column its name in the document, the attribute, and the field if that has to prepare the value."""
    recipe = []
    for index, field in enumerate(_columns(model, keyed=keyed)):
        target = field.target_field if isinstance(field, models.ForeignKey) else field
        known = type(target).__module__ in _KNOWN_ORIGINS
        recipe.append((f"c{index}", field.attname, None if known else field))
    return recipe


def _mark_saved(objects: Sequence[models.Model], keys: Sequence[Any]) -> None:
    alias = connection.alias
    for item, key in zip(objects, keys, strict=True):
        item.pk = key
        item._state.adding = False
        item._state.db = alias
