"""The page on which a transfer is drafted and edited: rows with suggestions, or lines pasted from a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from inventory.catalog.models import Sku
from inventory.locations.admin import reach
from inventory.locations.models import Location
from inventory.reservations import queries as reservations
from inventory.stock.models import Level
from inventory.transfers import rules
from inventory.transfers import services as transfers
from inventory.transfers.models import TransferLine, TransferOrder
from inventory.transfers.rules import Wanted
from inventory.transfers.states import TransferStatus
from oms.core import clock, errors
from oms.core.actors import Actor
from oms.core.admin import buttons, repeats, site
from oms.core.admin.site import page

FIRST_ROWS = 4
# A page with more could not be sent back; longer lists are pasted.
MOST_ROWS = 200
SUGGESTIONS = 8
VERSION_FIELD = "version"


class RowForm(forms.Form):
    """One line of the transfer."""

    sku = forms.CharField(max_length=64, required=False, label="SKU")
    quantity = forms.IntegerField(
        min_value=1, max_value=rules.MOST_UNITS, required=False, label="Units"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sku"].widget.attrs.update(
            {"list": "sku-suggestions", "autocomplete": "off", "data-sku": ""}
        )
        self.fields["quantity"].widget.attrs.update({"inputmode": "numeric", "data-quantity": ""})
        buttons.dress(self)

    def clean(self) -> dict[str, Any]:
        """Ask for both or neither."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("sku") and not data.get("quantity") and "quantity" not in self.errors:
            self.add_error("quantity", "How many?")
        if data.get("quantity") and not data.get("sku") and "sku" not in self.errors:
            self.add_error("sku", "Of what?")
        return data


RowSet = forms.formset_factory(
    RowForm, extra=FIRST_ROWS, max_num=MOST_ROWS, validate_max=True, absolute_max=MOST_ROWS
)


class DraftForm(forms.Form):
    """From where to where, by when."""

    source = forms.ModelChoiceField(
        Location.objects.none(), empty_label="Choose", to_field_name="code", label="From"
    )
    destination = forms.ModelChoiceField(
        Location.objects.none(), empty_label="Choose", to_field_name="code", label="To"
    )
    wanted_on = forms.DateField(
        required=False, label="Wanted on", widget=forms.DateInput(attrs={"type": "date"})
    )
    note = forms.CharField(
        max_length=500, required=False, help_text="Both locations see it.", label="Note"
    )
    pasted = forms.CharField(
        required=False,
        max_length=100_000,
        label="Paste lines",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="One line each: SKU and units, as in a table. They come after the rows above.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("source", "destination"):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = Location.objects.filter(is_active=True)
        buttons.dress(self)

    def clean_pasted(self) -> Sequence[Wanted]:
        """Read the lines; tell every one that cannot be read."""
        pasted = rules.read_pasted(self.cleaned_data["pasted"])
        if pasted.faults:
            raise forms.ValidationError(list(pasted.faults[:20]))
        return pasted.wanted


def write(request: HttpRequest, transfer: TransferOrder | None = None) -> HttpResponse:
    """Show the page, or keep what was typed: as a new draft, or in place of what `transfer` said."""
    key = site.form_key(request)
    if request.method != "POST":
        return _answer(
            request, DraftForm(initial=_said(transfer)), _rows_of(transfer), key, transfer
        )
    form, rows = DraftForm(request.POST), RowSet(request.POST, prefix="row")
    if "more" in request.POST:
        return _answer(request, *_with_more_rows(request, form), key, transfer)
    if not (form.is_valid() & rows.is_valid()):
        return _answer(request, form, rows, key, transfer, status=422)
    try:
        with transaction.atomic():
            repeats.take(request, f"transfer-draft:{transfer.pk if transfer else ''}", key)
            kept = _keep(request, transfer, form.cleaned_data, _lines(form, rows))
    except repeats.AlreadyDone:
        messages.info(request, "That was saved already, once.")
        return HttpResponseRedirect(
            _page_of(transfer) if transfer else reverse("admin:inventory_transferorder_changelist")
        )
    except errors.Stale:
        form.add_error(
            None, "Someone else has changed the draft since you opened it. Nothing was saved."
        )
        return _answer(request, form, rows, key, transfer, status=412)
    except errors.DomainError as error:
        _explain(form, rows, error)
        return _answer(request, form, rows, key, transfer, status=error.status)
    messages.success(
        request, f"Transfer {kept.number} is saved. No stock is touched before it is released."
    )
    return HttpResponseRedirect(_page_of(kept))


@page(
    "transfers/<int:transfer_id>/edit/",
    name="transfer_edit",
    permission="inventory.change_transferorder",
)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Change a draft; what is released stays as it is."""
    transfer = (
        TransferOrder.objects.at(reach(request))
        .select_related("source", "destination")
        .filter(pk=transfer_id)
        .first()
    )
    if transfer is None:
        raise Http404("There is no such transfer.")
    if transfer.status != TransferStatus.DRAFT:
        messages.warning(request, "Only drafts are edited; this one is released.")
        return HttpResponseRedirect(_page_of(transfer))
    return write(request, transfer)


@page("transfers/skus/", name="transfer_skus", permission="inventory.view_sku")
@require_GET
def skus(request: HttpRequest) -> HttpResponse:
    """Answer with SKUs whose code or name holds the words, or with what of one SKU a location could send."""
    words = request.GET.get("q", "").strip()[:64]
    if words:
        found = Sku.objects.filter(
            Q(code__icontains=words) | Q(name__icontains=words) | Q(barcode=words)
        )
        return JsonResponse(
            {"skus": list(found.order_by("code").values("code", "name")[:SUGGESTIONS])}
        )
    code = request.GET.get("sku", "")[:64]
    sku = Sku.objects.filter(code=code).first()
    if sku is None:
        return JsonResponse({"known": False})
    level = Level.objects.filter(sku=sku, location__code=request.GET.get("source", "")[:20]).first()
    free = 0
    if level is not None:
        lapsed = reservations.overdue([level.pk], at=clock.now()).get(level.pk, 0)
        free = max(0, level.available + lapsed - level.safety_stock)
    return JsonResponse({"known": True, "name": sku.name, "free": free})


def _keep(
    request: HttpRequest,
    transfer: TransferOrder | None,
    data: Mapping[str, Any],
    lines: Sequence[Wanted],
) -> TransferOrder:
    said: dict[str, Any] = {
        "source_code": data["source"].code,
        "destination_code": data["destination"].code,
        "lines": lines,
        "note": data["note"],
        "wanted_on": data["wanted_on"],
        "actor": Actor.of_user(request.user),
        "reach": reach(request),
    }
    if transfer is None:
        return transfers.create(**said)
    seen = request.POST.get(VERSION_FIELD, "")
    return transfers.edit(
        transfer_id=transfer.pk,
        version=int(seen) if seen.isdecimal() and len(seen) < 9 else 0,
        **said,
    )


def _lines(form: DraftForm, rows: Any) -> list[Wanted]:
    typed = [Wanted(row["sku"], row["quantity"]) for row in rows.cleaned_data if row.get("sku")]
    return [*typed, *form.cleaned_data["pasted"]]


def _said(transfer: TransferOrder | None) -> dict[str, Any]:
    if transfer is None:
        return {}
    return {
        "source": transfer.source.code,
        "destination": transfer.destination.code,
        "wanted_on": transfer.wanted_on,
        "note": transfer.note,
        "pasted": "\n".join(
            f"{line.sku.code}\t{line.quantity}" for line in _lines_of(transfer)[MOST_ROWS:]
        ),
    }


def _lines_of(transfer: TransferOrder) -> list[TransferLine]:
    return list(TransferLine.objects.filter(transfer=transfer).select_related("sku").order_by("pk"))


def _rows_of(transfer: TransferOrder | None) -> Any:
    """Return the rows of a draft; those beyond what a page can hold stand below, as pasted lines."""
    if transfer is None:
        return RowSet(prefix="row")
    rows = [
        {"sku": line.sku.code, "quantity": line.quantity}
        for line in _lines_of(transfer)[:MOST_ROWS]
    ]
    return RowSet(prefix="row", initial=rows)


def _explain(form: DraftForm, rows: Any, error: errors.DomainError) -> None:
    """Put each problem beside its field; what was pasted is told by its SKU."""
    filled = [row for row in rows.forms if row.cleaned_data.get("sku")]
    pasted = form.cleaned_data["pasted"]
    if not error.problems:
        form.add_error(None, error.detail)
    for problem in error.problems:
        parts = problem.pointer.strip("/").split("/")
        if parts[0] == "lines" and len(parts) > 1 and parts[1].isdecimal():
            place = int(parts[1])
            if place < len(filled):
                field = "quantity" if parts[-1] == "quantity" else "sku"
                filled[place].add_error(field, problem.message)
            else:
                form.add_error(
                    "pasted", f"{pasted[place - len(filled)].sku_code}: {problem.message}"
                )
            continue
        form.add_error(parts[0] if parts[0] in form.fields else None, problem.message)


def _with_more_rows(request: HttpRequest, form: DraftForm) -> tuple[DraftForm, Any]:
    """Return the page as it was typed, with more empty rows, and without judging it."""
    total = request.POST.get("row-TOTAL_FORMS", "")
    count = min(int(total) if total.isdecimal() and len(total) < 4 else 0, MOST_ROWS)
    typed = [
        {
            "sku": request.POST.get(f"row-{index}-sku", ""),
            "quantity": request.POST.get(f"row-{index}-quantity", ""),
        }
        for index in range(count)
    ]
    rows = forms.formset_factory(
        RowForm, extra=min(count + FIRST_ROWS, MOST_ROWS), max_num=MOST_ROWS
    )
    kept = DraftForm(initial={name: request.POST.get(name, "") for name in form.fields})
    return kept, rows(prefix="row", initial=[row for row in typed if row["sku"] or row["quantity"]])


def _page_of(transfer: TransferOrder) -> str:
    return reverse("admin:inventory_transferorder_change", args=(transfer.pk,))


def _answer(
    request: HttpRequest,
    form: DraftForm,
    rows: Any,
    key: str,
    transfer: TransferOrder | None,
    *,
    status: int = 200,
) -> HttpResponse:
    return site.render(
        request,
        "admin/inventory/transfer_draft.html",
        {
            "title": f"Edit transfer {transfer.number}" if transfer else "New transfer",
            "form": form,
            "rows": rows,
            "press_key": key,
            "transfer": transfer,
            "version": request.POST.get(VERSION_FIELD) or (transfer.version if transfer else ""),
            "back": _page_of(transfer)
            if transfer
            else reverse("admin:inventory_transferorder_changelist"),
        },
        status=status,
    )
