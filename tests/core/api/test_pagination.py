import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import django_filters
import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from oms.core import errors
from oms.core.api import pagination
from oms.core.api.pagination import Cut
from oms.core.jobs.models import Job, JobState

START = datetime(2026, 3, 1, tzinfo=UTC)


class JobFilters(django_filters.FilterSet):
    kind = django_filters.CharFilter(max_length=20)
    state = django_filters.MultipleChoiceFilter(choices=JobState.choices)
    created_at_min = django_filters.IsoDateTimeFilter("created_at", "gte")

    class Meta:
        model = Job
        fields: list[str] = []


def jobs(count: int, *, same_instant: int = 1) -> list[int]:
    """Make `count` jobs, so many of them at each instant; give their keys in the order of the list."""
    made = [
        Job.objects.create(
            kind="test",
            title=str(number),
            created_at=START + timedelta(minutes=number // same_instant),
        )
        for number in range(count)
    ]
    return [job.pk for job in reversed(made)]


def page(cursor: str | None = None, limit: int = 2, column: str | None = "created_at") -> Any:
    rows, following = pagination.page(
        Job.objects.values("pk", "created_at"),
        pagination.read(str(limit), cursor),
        column=column,
        place=lambda row: (row["created_at"] if column else None, row["pk"]),
    )
    return [row["pk"] for row in rows], following


def walk(limit: int, column: str | None = "created_at") -> list[int]:
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(50):
        rows, cursor = page(cursor, limit, column)
        seen += rows
        if cursor is None:
            return seen
    raise AssertionError("It never ends.")


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 250])
@pytest.mark.parametrize("same_instant", [1, 3, 7])
@pytest.mark.parametrize("column", ["created_at", None])
def test_every_row_is_seen_once_in_order(limit: int, same_instant: int, column: str | None) -> None:
    expected = jobs(7, same_instant=same_instant)
    assert walk(limit, column) == expected


@pytest.mark.django_db
def test_rows_added_and_deleted_while_paging_shift_nothing() -> None:
    expected = jobs(6)
    first, cursor = page()
    jobs(1)
    Job.objects.filter(pk=first[1]).delete()
    assert page(cursor)[0] == expected[2:4]


@pytest.mark.django_db
def test_a_full_last_page_promises_nothing_more() -> None:
    jobs(4)
    _, cursor = page()
    rows, end = page(cursor)
    assert (len(rows), end) == (2, None)
    Job.objects.all().delete()
    assert page() == ([], None)


@pytest.mark.django_db
def test_a_page_is_one_statement_without_count_or_offset() -> None:
    jobs(5)
    _, cursor = page()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        page(cursor)
    (query,) = captured.captured_queries
    assert "COUNT" not in query["sql"].upper()
    assert "OFFSET" not in query["sql"].upper()


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ("0", "number_range"),
        *(
            (wrong, "not_plain_integer")
            for wrong in ("-1", "abc", "", "1e2", "１０", "9" * 30, " 5")
        ),
    ],
)
def test_a_limit_is_a_plain_number(limit: str, code: str) -> None:
    with pytest.raises(errors.Invalid) as caught:
        pagination.read(limit, None)
    assert [(p.pointer, p.code) for p in caught.value.problems] == [("/limit", code)]


def test_a_large_limit_is_cut_down() -> None:
    assert pagination.read("100000", None) == Cut(250, None)
    assert pagination.read("250", None) == Cut(250, None)
    assert pagination.read(None, None) == Cut(50, None)


def forged(*place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


@pytest.mark.django_db
def test_a_forged_cursor_is_refused() -> None:
    jobs(3)
    _, cursor = page()
    assert cursor
    payload, _, signature = cursor.partition(".")
    wrong = ["", "x", "." * 10, "é", "x" * 10_000, payload, f"{payload}.", f".{signature}"]
    wrong += [f"{forged(START.isoformat(), 1)}.{signature}", forged("0001-01-01T00:00:00+14:00", 1)]
    wrong += [
        cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        for at in range(len(cursor))
    ]
    for text in wrong:
        with pytest.raises(errors.Invalid) as caught:
            page(text)
        assert [(p.pointer, p.code) for p in caught.value.problems] == [
            ("/cursor", "invalid_cursor")
        ]


@pytest.mark.django_db
def test_a_cursor_of_another_list_is_refused() -> None:
    jobs(3)
    for column, other in (("created_at", None), (None, "created_at")):
        _, cursor = page(column=column)
        with pytest.raises(errors.Invalid):
            page(cursor, column=other)


def narrowed(query: str) -> tuple[list[str], Cut]:
    rows, cut = pagination.narrowed(JobFilters, QueryDict(query), Job.objects.order_by("pk"))
    return [job.title for job in rows], cut


@pytest.mark.django_db
def test_known_parameters_narrow_the_list() -> None:
    Job.objects.create(kind="a", title="1")
    Job.objects.create(kind="b", title="2", state=JobState.DONE)
    Job.objects.create(kind="b", title="3", state=JobState.FAILED)
    assert narrowed("kind=b") == (["2", "3"], Cut(50, None))
    assert narrowed("kind=b&state=done&limit=7") == (["2"], Cut(7, None))
    assert narrowed("state=done&state=failed")[0] == ["2", "3"]
    assert narrowed("kind=%25")[0] == narrowed("kind='")[0] == narrowed("kind=_")[0] == []
    assert narrowed("created_at_min=2999-01-01T00:00:00Z")[0] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("page=-1", [("/page", "unknown_filter")]),
        ("customer__password=x", [("/customer__password", "unknown_filter")]),
        ("kind__regex=x", [("/kind__regex", "unknown_filter")]),
        ("_connector=OR", [("/_connector", "unknown_filter")]),
        ("ordering=secret", [("/ordering", "unknown_filter")]),
        ("a/b=1&x=2", [("/a~1b", "unknown_filter"), ("/x", "unknown_filter")]),
        ("kind=a&kind=b", [("/kind", "repeated")]),
        ("limit=1&limit=2", [("/limit", "repeated")]),
        ("kind=" + "x" * 21, [("/kind", "too_long")]),
        ("kind=" + "x" * 10_000, [("/kind", "too_long")]),
        ("kind=a%00b", [("/kind", "control_char")]),
        ("state=gone", [("/state", "unknown_choice")]),
        ("created_at_min=yesterday", [("/created_at_min", "invalid")]),
        ("limit=x", [("/limit", "not_plain_integer")]),
        ("cursor=x", [("/cursor", "invalid_cursor")]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_any_other_query_is_refused_with_its_parameter(
    query: str, expected: list[tuple[str, str]]
) -> None:
    with pytest.raises(errors.Invalid) as caught:
        narrowed(query)
    assert [(p.pointer, p.code) for p in caught.value.problems] == expected


def test_a_hostile_parameter_name_is_not_repeated_whole() -> None:
    with pytest.raises(errors.Invalid) as caught:
        narrowed("x" * 100_000 + "=1")
    assert len(caught.value.problems[0].pointer) < 110


def test_an_endless_query_is_refused(client: APIClient) -> None:
    response = client.get("/api/things?" + "x" * 1_000_000)
    assert (response.status_code, response.json()["code"]) == (414, "uri_too_long")
