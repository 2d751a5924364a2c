"""Counts for tabs and queues: many in one statement, none of them unbounded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

CAP = 999


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows; beyond the cap it is only known to be larger."""

    value: int
    capped: bool = False

    def __str__(self) -> str:
        return f"{self.value}+" if self.capped else str(self.value)

    def __bool__(self) -> bool:
        return self.value > 0


def capped(querysets: "Mapping[str, models.QuerySet[Any]]", *, cap: int = CAP) -> dict[str, Count]:
    """Count the rows of each queryset up to `cap`, all in one statement."""
    counts: dict[str, Count] = {}
    parts: list[str] = []
    params: list[Any] = []
    asked: list[str] = []
    for name, queryset in querysets.items():
        limited = queryset.order_by().values("pk")[: cap + 1]
        try:
            sql, values = limited.query.sql_with_params()
        except EmptyResultSet:
            counts[name] = Count(0)
            continue
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS counted)")  # noqa: S608  # Django's own SQL
        params.extend(values)
        asked.append(name)
    if parts:
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(parts), params)
            row = cursor.fetchone()
        for name, value in zip(asked, row, strict=True):
            counts[name] = Count(min(value, cap), capped=value > cap)
    return {name: counts[name] for name in querysets}
