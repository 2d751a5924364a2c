"""The whole timeline in the console."""

import json
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from oms.core.admin.base import OmsModelAdmin
from oms.core.timeline import queries
from oms.core.timeline.models import Entry


@admin.register(Entry)
class EntryAdmin(OmsModelAdmin):
    """Who did what to which document, newest first; entries are never changed."""

    list_display = ("at", "what", "document", "document_id", "actor_name", "actor_kind", "reason")
    list_filter = ("actor_kind",)
    search_fields = ("actor_name", "kind", "request_id")
    search_help_text = "Person, act or request id"
    ordering = ("-id",)
    fields = (
        ("what", "at"),
        ("document", "document_id"),
        ("actor_name", "actor_kind"),
        "reason",
        "before_shown",
        "after_shown",
        "data_shown",
        "request_id",
    )
    readonly_fields = ("what", "before_shown", "after_shown", "data_shown")
    has_timeline = False
    list_help = "Every change by a person, a system or an API client, with its reason."

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Leave values of customers out for those who may not see contact data."""
        if (
            isinstance(obj, Entry)
            and obj.document.startswith("customers.")
            and not request.user.has_perm("customers.see_contact")
        ):
            return (("what", "at"), ("document", "document_id"), ("actor_name", "actor_kind"))
        return self.fields

    @display(description="What")
    def what(self, entry: Entry) -> str:
        """Show the act in words."""
        return queries.words(entry.kind)

    @display(description="Before")
    def before_shown(self, entry: Entry) -> SafeString:
        """Show what was."""
        return _block(entry.before)

    @display(description="After")
    def after_shown(self, entry: Entry) -> SafeString:
        """Show what is."""
        return _block(entry.after)

    @display(description="Why")
    def data_shown(self, entry: Entry) -> SafeString:
        """Show what explains it."""
        return _block(entry.data)


def _block(value: object) -> SafeString:
    return format_html(
        '<pre class="c-code c-small" style="white-space: pre-wrap">{}</pre>',
        json.dumps(value, indent=2, ensure_ascii=False),
    )
