"""Jobs in the console: how far, and what came of each row."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from oms.core.admin.base import OmsModelAdmin
from oms.core.admin.paging import Tab
from oms.core.jobs.models import Job, JobRow, JobState
from oms.core.templatetags.console import badge

ROWS = 200


@admin.register(Job)
class JobAdmin(OmsModelAdmin):
    """Bulk work."""

    list_display = ("title", "kind", "status", "progress", "failed", "created_by", "created_at")
    list_select_related = ("created_by",)
    list_filter = ("state", "kind")
    search_fields = ("title",)
    ordering = ("-id",)
    list_tabs = (
        Tab("all", "All", counted=False),
        Tab("running", "Running", Q(state__in=[JobState.QUEUED, JobState.RUNNING])),
        Tab("failed", "With failures", Q(failed__gt=0) | Q(state=JobState.FAILED), counted=False),
    )
    fields = (
        ("kind", "status"),
        "progress",
        ("total", "done"),
        ("skipped", "failed"),
        "error",
        ("created_by", "created_at"),
        ("started_at", "finished_at"),
    )
    readonly_fields = ("status", "progress")
    change_form_template = "admin/core/job.html"
    list_help = (
        "Work on many rows or documents at once: imports, bulk acts. Each row has its own outcome."
    )

    @display(description="State")
    def status(self, job: Job) -> SafeString:
        """Show whether it runs."""
        return badge(job.state)

    @display(description="Progress")
    def progress(self, job: Job) -> SafeString:
        """Show the share that is through."""
        through = job.done + job.failed + job.skipped
        percent = 100 * through // job.total if job.total else 0
        return format_html(
            '<span class="c-row"><span class="c-progress" role="presentation"><span style="width:{}%"></span></span>'
            '<span class="c-number">{} of {}</span></span>',
            min(percent, 100),
            through,
            job.total or "?",
        )

    def page_context(self, request: HttpRequest, document: Job) -> dict[str, Any]:
        """Add the rows that did not go through, then the others, a screenful."""
        rows = JobRow.objects.filter(job=document)
        outcome = request.GET.get("outcome", "")
        if outcome in JobRow.Outcome.values:
            rows = rows.filter(outcome=outcome)
        return {
            "rows": rows.order_by("position", "id")[:ROWS],
            "outcomes": JobRow.Outcome.choices,
            "outcome": outcome,
            "most_rows": ROWS,
        }
