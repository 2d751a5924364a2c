"""The page of margins."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse

from oms.core import clock
from oms.core.admin import site
from oms.core.admin.buttons import dress
from oms.reporting.margins import queries
from oms.reporting.margins.queries import Asked
from orders.channels.models import Channel

SHOWN = 200
USUAL = timedelta(days=30)


class AskedForm(forms.Form):
    """Which lines."""

    since = forms.DateField(label="Placed from", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="to", widget=forms.DateInput(attrs={"type": "date"}))
    channel = forms.ModelChoiceField(
        Channel.objects.order_by("name"), to_field_name="code", required=False, empty_label="all"
    )
    sku = forms.CharField(max_length=64, required=False, label="SKU")
    negative = forms.BooleanField(required=False, label="Only at a loss")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        data: dict[str, Any] = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", "This is before the first day.")
        return data


@site.page("margins/", name="margins", permission="orders.see_margin")
def margins(request: HttpRequest) -> HttpResponse:
    """Show what the lines of a period earn, the last thirty days unless asked otherwise."""
    usual = {"since": clock.today() - USUAL, "until": clock.today()}
    form = AskedForm({**usual, **request.GET.dict()})
    context: dict[str, Any] = {
        "title": "Margin",
        "form": form,
        "shown": SHOWN,
        "most": queries.MOST,
    }
    if not form.is_valid():
        return site.render(request, "admin/margins/margins.html", context, status=422)
    data = form.cleaned_data
    asked = Asked(
        since=data["since"],
        until=data["until"],
        channel=data["channel"].code if data["channel"] else "",
        sku=data["sku"],
        negative=data["negative"],
    )
    report = queries.report(asked)
    context |= {
        "asked": asked,
        "report": report,
        "groups": [(group, _query(asked, group.code)) for group in report.groups],
        "rows": [(row.line, row.margin) for row in report.rows[:SHOWN]],
    }
    return site.render(request, "admin/margins/margins.html", context)


def _query(asked: Asked, channel: str) -> str:
    """Return the address of the same question about one channel."""
    return urlencode(
        {"since": asked.since, "until": asked.until, "channel": channel, "sku": asked.sku}
    )
