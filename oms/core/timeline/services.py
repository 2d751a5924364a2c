"""Write to the timeline."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import models

from oms.core import bulk, rows
from oms.core.actors import Actor
from oms.core.timeline.models import Entry


def record(
    document: models.Model,
    kind: str,
    *,
    actor: Actor,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> Entry:
    """Append what happened to `document` (saved, any model). One INSERT in the caller's transaction."""
    written = entry(
        document, kind, actor=actor, before=before, after=after, reason=reason, data=data
    )
    bulk.insert([written])
    return written


def entry(
    document: models.Model,
    kind: str,
    *,
    actor: Actor,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> Entry:
    """Return what happened to `document` (whose key is known, any model), unsaved.

    The request id is taken from the logging context, so that a log line and an entry can be matched.
    """
    return rows.new(
        Entry,
        document=document._meta.label_lower,
        document_id=document.pk,
        kind=kind,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        before=dict(before or {}),
        after=dict(after or {}),
        reason=reason,
        data=dict(data or {}),
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
    )
