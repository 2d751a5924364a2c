"""Keyset pagination: no count, no OFFSET, and no row skipped or shown twice while rows are added.

A list is ordered by one column and the key. The cursor holds the place of the last row shown; it is opaque to clients
and signed, and a forged one is refused like any other bad input.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django_filters import FilterSet, MultipleChoiceFilter

from oms.core import errors, text
from oms.core.api import parsing
from oms.core.errors import FieldProblem

RowT = TypeVar("RowT")

MOST = 250
USUAL = 50
PARAMETERS = ("limit", "cursor")
_LONGEST_CURSOR = 200
_LONGEST_VALUE = 1_000
_SIGNER = signing.Signer(sep=".", salt="oms.core.api.pagination")
# What the form library says, in the words of the API.
_CODES = {
    "instant_range": "instant_range",
    "invalid_choice": "unknown_choice",
    "max_length": "too_long",
}


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a page begins and how long it is at most."""

    limit: int
    after: tuple[datetime | None, int] | None


def read(limit: str | None, cursor: str | None) -> Cut:
    """Return the cut that the query parameters `limit` and `cursor` ask for; a limit over 250 is cut down to it.

    Raises Invalid for what is no positive number or no cursor of ours.
    """
    size = USUAL
    if limit is not None:
        if not (limit.isascii() and limit.isdigit() and len(limit) <= 9):
            raise _refused("/limit", "not_plain_integer", "A limit is a whole number from 1.")
        if not int(limit):
            raise _refused("/limit", "number_range", "A limit is a whole number from 1.")
        size = min(int(limit), MOST)
    return Cut(size, None if cursor is None else _decode(cursor))


def _by_key(row: Any) -> tuple[None, int]:
    return None, row.pk


def page(
    rows: "QuerySet[Any, RowT]",
    cut: Cut,
    *,
    column: str | None = None,
    place: Callable[[RowT], tuple[datetime | None, int]] = _by_key,
) -> tuple[Sequence[RowT], str | None]:
    """Return the rows of the page and the cursor of the next one (None: this was the last).

    `rows` is unordered; it is ordered here by -pk, or by (-column, -pk). `place` gives the values of these of a row.
    """
    if cut.after is not None:
        value, key = cut.after
        if (column is None) != (value is None):
            raise _bad_cursor()  # it is of another list
        if column is None:
            rows = rows.filter(pk__lt=key)
        else:
            rows = rows.filter(
                Q(**{f"{column}__lt": value}) | Q(**{column: value}, pk__lt=key),
                **{f"{column}__lte": value},  # lets the index find the place
            )
    ordered = rows.order_by(f"-{column}", "-pk") if column else rows.order_by("-pk")
    found = list(ordered[: cut.limit + 1])
    shown = found[: cut.limit]
    return shown, _encode(place(shown[-1])) if len(found) > cut.limit else None


def _encode(place: tuple[datetime | None, int]) -> str:
    value, key = place
    written = json.dumps([value.isoformat() if value else None, key])
    return _SIGNER.sign(base64.urlsafe_b64encode(written.encode()).rstrip(b"=").decode())


def _decode(cursor: str) -> tuple[datetime | None, int]:
    if len(cursor) > _LONGEST_CURSOR or not cursor.isascii():
        raise _bad_cursor()
    try:
        encoded = _SIGNER.unsign(cursor)
    except signing.BadSignature:
        raise _bad_cursor() from None
    # Nobody but us wrote what follows.
    value, key = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return None if value is None else datetime.fromisoformat(value), key


def _bad_cursor() -> errors.Invalid:
    return _refused("/cursor", "invalid_cursor", "This is no cursor of this list.")


def _refused(pointer: str, code: str, message: str) -> errors.Invalid:
    return errors.Invalid(problems=[FieldProblem(pointer, code, message)])


def narrowed(
    filters: type[FilterSet], given: QueryDict, rows: "QuerySet[Any, RowT]"
) -> tuple["QuerySet[Any, RowT]", Cut]:
    """Return `rows` narrowed by the query parameters, and the cut that they ask for.

    Raises Invalid, everything at once, for unknown parameters, repeated ones that take one value, and bad values.
    """
    known = filters.base_filters
    problems: list[FieldProblem] = []
    for name, values in given.lists():
        pointer = f"/{parsing.escape_pointer(name)}"
        if name not in known and name not in PARAMETERS:
            problems.append(FieldProblem(pointer, "unknown_filter", "There is no such parameter."))
        elif len(values) > 1 and not isinstance(known.get(name), MultipleChoiceFilter):
            problems.append(FieldProblem(pointer, "repeated", "This parameter was sent twice."))
        elif any(len(value) > _LONGEST_VALUE for value in values):
            problems.append(FieldProblem(pointer, "too_long", "This value is too long."))
        elif not all(text.is_clean(value) for value in values):
            problems.append(
                FieldProblem(pointer, "control_char", "Control characters are not allowed.")
            )
    wanted: Any = filters
    asked = _only(wanted, frozenset(known.keys() & given.keys()))(given, queryset=rows)
    if not problems and not asked.is_valid():
        problems = [
            FieldProblem(
                f"/{name}",
                _CODES.get(error.code or "", "invalid"),
                "This is no value to filter by.",
            )
            for name, errors_found in asked.errors.as_data().items()
            for error in errors_found
        ]
    if problems:
        raise errors.Invalid(problems=problems)
    cut = read(given.get("limit"), given.get("cursor"))
    return asked.qs, cut


@lru_cache(maxsize=512)
def _only(filters: Any, names: frozenset[str]) -> Any:
    """Return the filter set with the filters of some names: each one costs a copy and a form field at every call."""
    only: Any = type(filters.__name__, (filters,), {})
    only.base_filters = {name: made for name, made in filters.base_filters.items() if name in names}
    return only
