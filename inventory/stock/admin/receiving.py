"""Receiving at a desk: a delivery, one scan after the other."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from inventory.catalog.models import Sku
from inventory.locations.admin import reach
from inventory.locations.models import Location
from inventory.lots import forms as lot_forms
from inventory.lots import scanning
from inventory.stock import services
from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin import site
from oms.core.admin.buttons import dress


class ReceiptForm(forms.Form):
    """A delivery, line by line: made for a scanner. The barcode of a pack counts all units in it."""

    sku = forms.CharField(
        max_length=120, label="SKU or barcode", widget=forms.TextInput(attrs={"autofocus": True})
    )
    quantity = forms.IntegerField(
        min_value=1, initial=1, label="Units", help_text="Packs, if a pack was scanned."
    )
    location = forms.ModelChoiceField(Location.objects.none(), empty_label=None)
    document = forms.CharField(
        max_length=60, label="Delivery note", help_text="Stays filled in for the next line."
    )
    lots = lot_forms.field()
    field_order = ("location", "document", "sku", "quantity", "lots")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.each = 1
        self.number = ""
        self.order_fields(self.field_order)
        field = self.fields["location"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = _places(request)
        dress(self)

    def clean_sku(self) -> Sku:
        """Find the SKU by barcode or code, to the letter."""
        scanned = str(self.cleaned_data["sku"])
        found = scanning.article(scanned)
        if found is None:
            raise forms.ValidationError(f"No SKU has the barcode or code {scanned}.")
        self.each = found.units
        self.number = found.number
        return found.sku

    def clean(self) -> dict[str, Any]:
        """Count the units of packs, and read the lots."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("quantity"):
            data["quantity"] *= self.each
        if not self.errors:
            # A GS1 code says article and lot at once.
            typed = data["lots"] or (self.data["sku"] if self.number else "")
            data["lots"] = lot_forms.read(typed, sku=data["sku"], units=data["quantity"])
        return data


def _places(request: HttpRequest) -> "models.QuerySet[Location]":
    places = Location.objects.filter(is_active=True)
    reached = reach(request)
    return places if reached is None else places.filter(pk__in=reached)


@site.page("stock/receive/", name="stock_receive", permission="inventory.receive_stock")
def receive(request: HttpRequest) -> HttpResponse:
    """Take in a delivery, one scan after the other."""
    key = site.form_key(request)
    if request.method != "POST":
        kept = {name: request.GET[name] for name in ("location", "document") if name in request.GET}
        form = ReceiptForm(request=request, initial=kept)
        return _receive_page(request, form, key)
    form = ReceiptForm(request.POST, request=request)
    if not form.is_valid():
        return _receive_page(request, form, key, status=422)
    data = form.cleaned_data
    try:
        (level,) = services.receive_delivery(
            location_code=data["location"].code,
            lines=[services.Delivered(data["sku"].code, data["quantity"], data["lots"])],
            document=data["document"],
            cause=f"console:{key}",
            actor=Actor.of_user(request.user),
        )
    except errors.DomainError as error:
        form.add_error(None, error.detail)
        return _receive_page(request, form, key, status=error.status)
    messages.success(
        request,
        f"{data['quantity']} × {data['sku'].code} received at {data['location']};"
        f" {level.on_hand} are on hand now.",
    )
    stay = urlencode({"location": data["location"].pk, "document": data["document"]})
    return HttpResponseRedirect(f"{reverse('admin:stock_receive')}?{stay}")


def _receive_page(
    request: HttpRequest, form: ReceiptForm, key: str, *, status: int = 200
) -> HttpResponse:
    return site.render(
        request,
        "admin/inventory/receive.html",
        {"title": "Receive a delivery", "form": form, "press_key": key},
        status=status,
    )
