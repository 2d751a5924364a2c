"""Lists paged by key: `newer` and `older`, at the same cost on the first page and deep in a million rows."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from unfold.views import ChangeList

from oms.core.admin import counting

AFTER = "after"
BEFORE = "before"
TAB = "tab"
ALL = "all"


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of a list that everyone shares. `condition` None keeps every row."""

    name: str
    label: str
    condition: Q | None = None
    counted: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True)
class ShownTab:
    """A tab as drawn: with its count and address."""

    name: str
    label: str
    help: str
    url: str
    active: bool
    count: counting.Count | None


@dataclass(frozen=True, slots=True)
class Key:
    """One part of the order of a list."""

    path: str
    descending: bool


class Pages:
    """What the pagination template asks: it has no page numbers to offer."""

    template_name = "admin/console/pagination.html"
    num_pages = 1
    per_page = 0
    count = 0

    def get_elided_page_range(self, _number: int) -> list[int]:
        """Return no page numbers."""
        return []


class KeysetChangeList(ChangeList):
    """A change list that asks for the rows beyond a key instead of counting and skipping."""

    newer_url: str | None = None
    older_url: str | None = None
    first_url: str | None = None
    tabs: Sequence[ShownTab] = ()

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str] | None = None
    ) -> "models.QuerySet[Any]":
        """Return the rows of the filters, the search and the tab."""
        for name in (AFTER, BEFORE, TAB):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        self.tab = self._tab(request)
        queryset: models.QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        if self.tab is not None and self.tab.condition is not None:
            queryset = queryset.filter(self.tab.condition)
        return self.model_admin.get_changelist_queryset(queryset)

    def _tab(self, request: HttpRequest) -> Tab | None:
        """Return the chosen tab; a search that names none looks through all rows."""
        tabs: Sequence[Tab] = self.model_admin.get_list_tabs(request)
        if not tabs:
            return None
        wanted = request.GET.get(TAB) or (ALL if self.query else tabs[0].name)
        for tab in tabs:
            if tab.name == wanted:
                return tab
        if wanted == ALL:
            return None
        raise IncorrectLookupParameters(f"There is no tab {wanted}.")

    def get_query_string(
        self, new_params: dict[str, Any] | None = None, remove: list[str] | None = None
    ) -> str:
        """Return the address of this list with changes; it stays on the chosen tab and starts at the first page."""
        changes = dict(new_params or {})
        tab: Tab | None = getattr(self, "tab", None)
        if tab is not None and TAB not in changes and TAB not in (remove or ()):
            changes[TAB] = tab.name
        query: str = super().get_query_string(changes, remove)
        return query

    def get_ordering(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> list[str]:
        """Return plain column paths that end in the primary key."""
        declared = self.model_admin.get_ordering(request) or self.lookup_opts.ordering or ["-pk"]
        chosen = self._chosen_column()
        keys = [chosen] if chosen else [str(path) for path in declared]
        keys = [
            path.replace("pk", self.lookup_opts.pk.name) if path.lstrip("-") == "pk" else path
            for path in keys
        ]
        if keys[-1].lstrip("-") != self.lookup_opts.pk.name:
            keys.append(("-" if keys[-1].startswith("-") else "") + self.lookup_opts.pk.name)
        return keys

    def _chosen_column(self) -> str | None:
        """Return the column that the reader sorts by, if the admin allows sorting by it."""
        number = str(self.params.get("o", "")).split(".")[0]
        try:
            column = self.list_display[int(number.lstrip("-"))]
        except (ValueError, IndexError):
            return None
        if self.sortable_by is None or column not in self.sortable_by:
            return None
        path = self.get_ordering_field(column)
        if not isinstance(path, str):
            return None
        return f"-{path.lstrip('-')}" if number.startswith("-") else path.lstrip("-")

    def get_results(self, request: HttpRequest) -> None:
        """Fetch one page and learn whether there is more on either side; one statement, two at the very start."""
        keys = [
            Key(path.lstrip("-"), path.startswith("-")) for path in self.queryset.query.order_by
        ]
        size = self.list_per_page
        after, before = request.GET.get(AFTER), request.GET.get(BEFORE)
        newer = older = False
        rows: list[models.Model] = []
        if before:
            beyond = self.queryset.filter(self._beyond(keys, before, backwards=True))
            rows = list(beyond.reverse()[: size + 1])
            newer, older = len(rows) > size, True
            rows = rows[:size][::-1]
            if not newer and len(rows) < size:  # the top is reached: show a whole first page
                before = None
        if not before:
            page = self.queryset
            if after:
                page = page.filter(self._beyond(keys, after, backwards=False))
            rows = list(page[: size + 1])
            newer, older = bool(after), len(rows) > size
            rows = rows[:size]
        if rows and newer:
            self.newer_url = self.get_query_string({BEFORE: self._cursor(keys, rows[0])})
            self.first_url = self.get_query_string()
        if rows and older:
            self.older_url = self.get_query_string({AFTER: self._cursor(keys, rows[-1])})
        if not rows and after:
            self.first_url = self.get_query_string()
        self.result_list = rows
        self.result_count = len(rows)
        self.full_result_count = len(rows)
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = False
        self.multi_page = False
        self.paginator = Pages()
        self.tabs = self._shown_tabs(request)

    def _shown_tabs(self, request: HttpRequest) -> list[ShownTab]:
        tabs: Sequence[Tab] = self.model_admin.get_list_tabs(request)
        if not tabs or self.is_popup:
            return []
        counts = counting.capped(
            {
                tab.name: self.root_queryset.filter(tab.condition or Q())
                for tab in tabs
                if tab.counted
            }
        )
        shown = [
            ShownTab(
                name=tab.name,
                label=tab.label,
                help=tab.help,
                url=self.get_query_string({TAB: tab.name}),
                active=self.tab is tab,
                count=counts.get(tab.name),
            )
            for tab in tabs
        ]
        if self.query and all(tab.name != ALL for tab in tabs):
            shown.append(
                ShownTab(
                    name=ALL,
                    label="Found everywhere",
                    help="",
                    url=self.get_query_string({TAB: ALL}),
                    active=self.tab is None,
                    count=None,
                )
            )
        return shown

    def _field(self, path: str) -> "models.Field[Any, Any]":
        opts = self.lookup_opts
        *relations, last = path.split(LOOKUP_SEP)
        for relation in relations:
            opts = opts.get_field(relation).related_model._meta
        field: models.Field[Any, Any] = opts.get_field(last)
        return field

    def _cursor(self, keys: Sequence[Key], row: models.Model) -> str:
        """Return the key values of `row` as opaque text."""
        values = []
        for key in keys:
            holder: Any = row
            *relations, _ = key.path.split(LOOKUP_SEP)
            for relation in relations:
                holder = getattr(holder, relation)
            values.append(self._field(key.path).value_to_string(holder))
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    def _beyond(self, keys: Sequence[Key], cursor: str, *, backwards: bool) -> Q:
        """Return the condition of the rows behind `cursor`; a forged one is refused like any wrong filter."""
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            texts = json.loads(base64.urlsafe_b64decode(padded.encode()))
            if not isinstance(texts, list) or len(texts) != len(keys):
                raise ValueError("wrong number of keys")
            values = [
                self._field(key.path).to_python(text) for key, text in zip(keys, texts, strict=True)
            ]
            if not all(_can_be_compared(value) for value in values):
                raise ValueError("no value of a column")
        except (ValueError, TypeError, binascii.Error, ValidationError, FieldDoesNotExist) as error:
            raise IncorrectLookupParameters("This place in the list cannot be read.") from error
        behind = Q()
        same = Q()
        for key, value in zip(keys, values, strict=True):
            operator = "lt" if key.descending != backwards else "gt"
            behind |= same & Q(**{f"{key.path}__{operator}": value})
            same &= Q(**{key.path: value})
        # The bound on the first key alone lets the database start in the middle of the index.
        operator = "lte" if keys[0].descending != backwards else "gte"
        return Q(**{f"{keys[0].path}__{operator}": values[0]}) & behind


def _can_be_compared(value: object) -> bool:
    """Say whether a database can compare a column with `value`: NULL, zero bytes and lone surrogates cannot be."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
    return value is not None
