"""Writing a purchase order: lines are pasted, looked at with packs, prices and days, and kept as a draft."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from inventory.locations.admin import reach
from inventory.locations.models import Location
from inventory.purchasing import queries
from inventory.purchasing import services as purchasing
from inventory.purchasing.admin.orders import ORDER
from inventory.purchasing.admin.pasted import LinesField, read_lines
from inventory.purchasing.models import Supplier
from oms.core import clock, errors
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.buttons import dress
from oms.core.admin.site import page


class EntryForm(forms.Form):
    """From whom, where to, and what."""

    supplier = forms.ModelChoiceField(Supplier.objects.none(), empty_label="Choose one")
    location = forms.ModelChoiceField(Location.objects.none(), empty_label=None, label="Deliver to")
    lines = LinesField(help_text=LinesField.WITH_TERMS)
    note = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The supplier reads it.",
    )
    round_up = forms.BooleanField(
        required=False, initial=True, label="Round up to whole packs and minimums"
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, models.QuerySet[Any]] = {
            "supplier": Supplier.objects.filter(is_active=True).order_by("name"),
            "location": _places(request),
        }
        for name, rows in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = rows
        dress(self)


def _places(request: HttpRequest) -> "models.QuerySet[Location]":
    places = Location.objects.filter(is_active=True)
    reached = reach(request)
    return places if reached is None else places.filter(pk__in=reached)


@page("purchasing/new/", name="purchase_entry", permission=ORDER)
def enter(request: HttpRequest) -> HttpResponse:
    """Show what the pasted lines come to, or keep them as a draft."""
    key = site.form_key(request)
    if request.method != "POST":
        given = request.GET.get("supplier", "")
        known = given if given.isdecimal() and len(given) < 19 else None
        return _answer(request, EntryForm(request=request, initial={"supplier": known}), key)
    form = EntryForm(request.POST, request=request)
    if not form.is_valid():
        return _answer(request, form, key, status=422)
    data = form.cleaned_data
    lines = read_lines(data["lines"])
    try:
        if "write" not in request.POST:
            proposals = purchasing.propose(
                supplier=data["supplier"],
                location=data["location"],
                lines=lines,
                round_up=data["round_up"],
            )
            return _answer(request, form, key, proposals=proposals)
        with transaction.atomic():
            repeats.take(request, "purchase-entry", key)
            order = purchasing.draft(
                supplier_code=data["supplier"].code,
                location_code=data["location"].code,
                lines=lines,
                note=data["note"],
                round_up=data["round_up"],
                actor=Actor.of_user(request.user),
            )
    except repeats.AlreadyDone:
        messages.info(request, "This order was written already, once.")
        return HttpResponseRedirect(reverse("admin:inventory_purchaseorder_changelist"))
    except errors.DomainError as error:
        _explain(form, error, [line.sku_code for line in lines])
        return _answer(request, form, key, status=error.status)
    messages.success(request, f"Draft {order.number} is written. Nothing is ordered yet.")
    return HttpResponseRedirect(reverse("admin:inventory_purchaseorder_change", args=(order.pk,)))


def _explain(form: EntryForm, error: errors.DomainError, codes: list[str]) -> None:
    """Put each problem beside its field, naming the SKU of its line."""
    if not error.problems:
        form.add_error(None, error.detail)
    for problem in error.problems:
        parts = problem.pointer.strip("/").split("/")
        if parts[0] == "lines" and len(parts) > 1 and parts[1].isdecimal():
            form.add_error("lines", f"{codes[int(parts[1])]}: {problem.message}")
        else:
            form.add_error(parts[0] if parts[0] in form.fields else None, problem.message)


def _with_sellers(
    proposals: Sequence[purchasing.Proposal],
) -> list[tuple[purchasing.Proposal, str]]:
    """Return the proposals, each that this supplier has no terms for with who else sells the SKU, best first."""
    lacking = [each.sku.pk for each in proposals if not each.has_terms]
    sellers = queries.suppliers_of(lacking, on=clock.today()) if lacking else {}
    return [
        (each, ", ".join(terms.supplier.name for terms in sellers.get(each.sku.pk, ())))
        for each in proposals
    ]


def _answer(
    request: HttpRequest,
    form: EntryForm,
    key: str,
    *,
    proposals: list[purchasing.Proposal] | None = None,
    status: int = 200,
) -> HttpResponse:
    supplier = form.cleaned_data.get("supplier") if proposals is not None else None
    total = purchasing.total_of(proposals, supplier.currency) if proposals and supplier else None
    return site.render(
        request,
        "admin/purchasing/entry.html",
        {
            "title": "New purchase order",
            "form": form,
            "press_key": key,
            "proposals": _with_sellers(proposals or ()),
            "supplier": supplier,
            "total": total,
            "below_minimum": supplier is not None
            and total is not None
            and total < supplier.minimum_order,
            "no_suppliers": not Supplier.objects.filter(is_active=True).exists(),
        },
        status=status,
    )
