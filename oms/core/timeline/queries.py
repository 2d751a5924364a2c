"""Reads of the timeline, in words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from oms.core.timeline.models import Entry

LIMIT = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after; an empty text where there was, or is, nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry as a person reads it."""

    id: int
    at: datetime
    who: str
    by: str
    what: str
    reason: str
    changes: Sequence[Change]
    why: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Story:
    """The newest happenings of a document, newest first; `more` when older ones are left out."""

    happenings: Sequence[Happening]
    more: bool

    @property
    def last_id(self) -> int:
        """Key of the newest entry; 0 when there is none."""
        return self.happenings[0].id if self.happenings else 0


def story(document: str, document_id: int, *, after: int = 0, limit: int = LIMIT) -> Story:
    """Return what happened to a document (label `app.model`) after entry `after`, in one statement."""
    entries = list(
        Entry.objects.of(document, document_id).filter(id__gt=after).reverse()[: limit + 1]
    )
    return Story([_happening(entry) for entry in entries[:limit]], more=len(entries) > limit)


def without_details(told: Story) -> Story:
    """Return the story without values, for those who may know that something changed but not what."""
    return Story(
        [replace(happening, changes=(), why=(), reason="") for happening in told.happenings],
        more=told.more,
    )


def _happening(entry: Entry) -> Happening:
    return Happening(
        id=entry.pk,
        at=entry.at,
        who=entry.actor_name or entry.actor_kind,
        by=entry.actor_kind,
        what=words(entry.kind),
        reason=entry.reason,
        changes=_changes(entry.before, entry.after),
        why=[(words(name), shown(value)) for name, value in entry.data.items()],
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    names = dict.fromkeys([*before, *after])
    return [
        Change(
            field=words(name),
            before=shown(before[name]) if name in before else "",
            after=shown(after[name]) if name in after else "",
        )
        for name in names
        if before.get(name) != after.get(name)
    ]


def words(name: str) -> str:
    """Return an identifier as words: `hold.placed` as "Hold placed"."""
    text = name.replace(".", " ").replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def shown(value: Any) -> str:
    """Return a JSON value as short text."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(str(item) for item in value) or "nothing"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
