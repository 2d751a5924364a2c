"""Writing a bill of materials: rows are pasted or typed, looked at, and kept as a draft."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inventory.production import pasting, queries, rules
from inventory.production import services as production
from inventory.production.admin.bills import WRITE
from inventory.production.admin.pasted import RowsField
from inventory.production.models import BillOfMaterials
from inventory.production.services import Content
from inventory.production.states import BillStatus
from oms.core import clock, errors
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.buttons import dress
from oms.core.admin.site import page

VERSION_FIELD = "version"
# Where a problem of the service is told.
_FIELDS = {"components": "parts", "byproducts": "byproducts", "routings": "ways"}


class BillForm(forms.Form):
    """What is made of what."""

    sku = forms.CharField(
        max_length=64,
        label="SKU that is made",
        widget=forms.TextInput(
            attrs={"list": "sku-suggestions", "autocomplete": "off", "data-sku": ""}
        ),
    )
    batch = forms.IntegerField(
        min_value=1,
        max_value=rules.MOST_UNITS,
        initial=1,
        label="Units in a batch",
        help_text="All numbers below are for one batch.",
    )
    parts = RowsField(
        pasting.part,
        rows=7,
        label="Components",
        help_text="One line each: SKU, units for a batch, and if some are spoilt the percentage on top (2.5).",
    )
    byproducts = RowsField(
        pasting.byproduct,
        required=False,
        rows=2,
        label="By-products",
        help_text="One line each: SKU and units that come out of a batch beside the goods.",
    )
    ways = RowsField(
        pasting.way,
        required=False,
        rows=2,
        label="Work centers",
        help_text="One line each: code, what a batch takes of its capacity, and the days from then until the goods are"
        " finished. The first one of a location is used there. Without any, only the lead days count.",
    )
    lead_days = forms.IntegerField(
        min_value=0,
        max_value=rules.MOST_LEAD_DAYS,
        initial=0,
        label="Lead days elsewhere",
        help_text="Where no work center stands above.",
    )
    valid_from = forms.DateField(label="Used from", widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


@page("production/bills/new/", name="bill_entry", permission=WRITE)
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Write a bill; `?from=` begins with what another revision says."""
    given = request.GET.get("from", "")
    source = (
        BillOfMaterials.objects.select_related("sku").filter(pk=int(given)).first()
        if given.isdecimal() and len(given) < 19
        else None
    )
    first: Mapping[str, Any] = {"valid_from": clock.today()}
    if source is not None:
        first = {**_said(source), "valid_from": clock.today()}
    return _write(request, None, first)


@page("production/bills/<int:bill_id>/edit/", name="bill_edit", permission=WRITE)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, bill_id: int) -> HttpResponse:
    """Change a draft; a released revision stays as it is."""
    bill = BillOfMaterials.objects.select_related("sku").filter(pk=bill_id).first()
    if bill is None:
        raise Http404("There is no such bill of materials.")
    if bill.status != BillStatus.DRAFT:
        messages.warning(request, "Only drafts are edited; write a new revision instead.")
        return HttpResponseRedirect(_page_of(bill))
    return _write(request, bill, _said(bill))


def _write(
    request: HttpRequest, bill: BillOfMaterials | None, first: Mapping[str, Any]
) -> HttpResponse:
    key = site.form_key(request)
    if request.method != "POST":
        return _answer(request, BillForm(initial=first), key, bill)
    form = BillForm(request.POST)
    if bill is not None:
        form.fields["sku"].required = False
    if not form.is_valid():
        return _answer(request, form, key, bill, status=422)
    data = form.cleaned_data
    content = Content(
        batch=data["batch"],
        parts=data["parts"],
        byproducts=data["byproducts"],
        ways=data["ways"],
        lead_days=data["lead_days"],
        valid_from=data["valid_from"],
        note=data["note"],
    )
    try:
        with transaction.atomic():
            if "write" in request.POST:
                repeats.take(request, f"bill:{bill.pk if bill else ''}", key)
            kept = _keep(request, bill, data["sku"], content)
            if "write" not in request.POST:
                look = _look(kept)
                transaction.set_rollback(True)
                return _answer(request, form, key, bill, look=look)
    except repeats.AlreadyDone:
        messages.info(request, "That was written already, once.")
        return HttpResponseRedirect(reverse("admin:inventory_billofmaterials_changelist"))
    except errors.Stale:
        form.add_error(None, "Someone else has changed the draft meanwhile. Nothing was saved.")
        return _answer(request, form, key, bill, status=412)
    except errors.DomainError as error:
        _explain(form, error, content)
        return _answer(request, form, key, bill, status=error.status)
    messages.success(request, f"{kept} is written. It is not used before it is released.")
    return HttpResponseRedirect(_page_of(kept))


def _keep(
    request: HttpRequest, bill: BillOfMaterials | None, sku_code: str, content: Content
) -> BillOfMaterials:
    actor = Actor.of_user(request.user)
    if bill is None:
        return production.write_bill(sku_code=sku_code, content=content, actor=actor)
    seen = request.POST.get(VERSION_FIELD, "")
    return production.edit_bill(
        bill_id=bill.pk,
        content=content,
        actor=actor,
        version=int(seen) if seen.isdecimal() and len(seen) < 9 else 0,
    )


def _look(bill: BillOfMaterials) -> Mapping[str, Any]:
    """Return what the bill comes to; it is not kept."""
    return {
        "sku": bill.sku,
        "revision": bill.revision,
        "parts": [
            (row, rules.needed(row.quantity, batch=bill.batch, units=bill.batch, scrap=row.scrap))
            for row in queries.parts_of(bill)
        ],
        "byproducts": list(queries.byproducts_of(bill)),
        "ways": list(queries.ways_of(bill)),
        "ground": list(queries.ground_of(bill, on=clock.today())),
    }


def _said(bill: BillOfMaterials) -> Mapping[str, Any]:
    return {
        "sku": bill.sku.code,
        "batch": bill.batch,
        "parts": pasting.written_parts(queries.said_parts(bill)),
        "byproducts": pasting.written_byproducts(queries.said_byproducts(bill)),
        "ways": pasting.written_ways(queries.said_ways(bill)),
        "lead_days": bill.lead_days,
        "valid_from": bill.valid_from,
        "note": bill.note,
    }


def _explain(form: BillForm, error: errors.DomainError, content: Content) -> None:
    """Put each problem beside its field, naming the line it is about."""
    if not error.problems:
        form.add_error(None, error.detail)
    named: Mapping[str, Sequence[str]] = {
        "components": [part.sku_code for part in content.parts],
        "byproducts": [each.sku_code for each in content.byproducts],
        "routings": [way.work_center for way in content.ways],
    }
    for problem in error.problems:
        parts = problem.pointer.strip("/").split("/")
        field = _FIELDS.get(parts[0], parts[0])
        words = problem.message
        if len(parts) > 1 and parts[1].isdecimal() and parts[0] in named:
            words = f"{named[parts[0]][int(parts[1])]}: {words}"
        form.add_error(field if field in form.fields else None, words)


def _page_of(bill: BillOfMaterials) -> str:
    return reverse("admin:inventory_billofmaterials_change", args=(bill.pk,))


def _answer(
    request: HttpRequest,
    form: BillForm,
    key: str,
    bill: BillOfMaterials | None,
    *,
    look: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    return site.render(
        request,
        "admin/production/bill_entry.html",
        {
            "title": f"Edit {bill}" if bill else "New bill of materials",
            "form": form,
            "press_key": key,
            "bill": bill,
            "look": look,
            "version": request.POST.get(VERSION_FIELD) or (bill.version if bill else ""),
            "back": _page_of(bill)
            if bill
            else reverse("admin:inventory_billofmaterials_changelist"),
        },
        status=status,
    )
