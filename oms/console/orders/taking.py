"""Taking an order by phone: one page with live price and stock, placed by the same service as every other door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from customers.addresses.models import Address as KnownAddress
from customers.profiles.models import Customer
from inventory.catalog.models import Sku
from inventory.kits.rules import Part
from inventory.packs import queries as packs
from inventory.reservations import queries as availability
from oms.console.orders import countries
from oms.console.orders.forms import methods
from oms.core import address, clock, errors, money
from oms.core.actors import Actor
from oms.core.admin import buttons, site
from oms.core.admin.site import page
from orders.channels.models import Channel, Origin
from orders.ordering.models import Order
from orders.placing import queries as placing_queries
from orders.placing import services as placing
from orders.placing.drafts import Draft, DraftLine, DraftPayment

FIRST_ROWS = 4
MOST_ROWS = 60
SUGGESTIONS = 8


class RowForm(forms.Form):
    """One line of the order."""

    sku = forms.CharField(max_length=64, required=False, label="SKU")
    quantity = forms.IntegerField(min_value=1, max_value=100_000, required=False, label="Units")
    unit = forms.CharField(max_length=20, required=False, label="In")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sku"].widget.attrs.update(
            {"list": "sku-suggestions", "autocomplete": "off", "data-sku": ""}
        )
        self.fields["quantity"].widget.attrs.update({"inputmode": "numeric", "data-quantity": ""})
        self.fields["unit"].widget.attrs.update({"autocomplete": "off", "placeholder": "of a pack"})
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


class TakeForm(forms.Form):
    """Who orders, where it goes, how it is paid."""

    channel = forms.ModelChoiceField(
        Channel.objects.none(), empty_label=None, to_field_name="code", label="Channel"
    )
    customer_name = forms.CharField(max_length=200, label="Name")
    email = forms.CharField(
        max_length=254,
        required=False,
        label="E-mail",
        help_text="For the confirmation and the way to the parcel.",
    )
    phone = forms.CharField(max_length=40, required=False)
    company = forms.CharField(max_length=200, required=False)
    street = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={"rows": 2}), help_text="One line each."
    )
    postcode = forms.CharField(max_length=20, required=False)
    city = forms.CharField(max_length=100, required=False)
    region = forms.CharField(
        max_length=100, required=False, help_text="State or province, where addresses have one."
    )
    country = forms.ChoiceField(choices=countries.choices)
    payment = forms.ChoiceField(choices=methods, label="Paid by")
    shipping = forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=4,
        label="Shipping charge",
        help_text="Empty: what the channel asks.",
    )
    po_number = forms.CharField(max_length=64, required=False, label="PO number")
    note = forms.CharField(
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The warehouse sees it.",
    )
    customer = forms.ModelChoiceField(
        Customer.objects.all(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["channel"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = phone_channels()
        buttons.dress(self)

    def where(self) -> address.Address:
        """Return the address as typed, in its normal form."""
        data = self.cleaned_data
        return address.normalized(
            address.Address(
                name=data["customer_name"],
                company=data["company"],
                street=tuple(data["street"].splitlines()),
                city=data["city"],
                region=data["region"],
                postcode=data["postcode"],
                country=data["country"],
                phone=data["phone"],
            )
        )


def phone_channels() -> Any:
    """Return the channels through which staff take orders."""
    return Channel.objects.filter(origin=Origin.PHONE, is_active=True)


@dataclass(frozen=True, slots=True)
class Quote:
    """What the order would come to; nothing is stored."""

    channel: Channel
    seen: placing.Preview


def take(request: HttpRequest) -> HttpResponse:
    """Show the page, check what was typed, or place the order."""
    key = site.form_key(request)
    if request.method != "POST":
        form = TakeForm(initial=_known(request))
        return _answer(request, form, RowSet(prefix="row"), key)
    form, rows = TakeForm(request.POST), RowSet(request.POST, prefix="row")
    if "more" in request.POST:
        return _answer(request, *_with_more_rows(request, form), key)
    if not (form.is_valid() & rows.is_valid()):
        return _answer(request, form, rows, key, status=422)
    draft = _draft(form, rows, key)
    if not draft.lines:
        form.add_error(None, "An order has at least one line.")
        return _answer(request, form, rows, key, status=422)
    channel = form.cleaned_data["channel"]
    actor = Actor.of_user(request.user)
    try:
        if "place" not in request.POST:
            quote = Quote(channel, placing.preview(channel=channel, draft=draft))
            return _answer(request, form, rows, key, quote=quote)
        placed = placing.place(channel=channel, draft=draft, actor=actor)
    except errors.DomainError as error:
        _explain(form, rows, error)
        return _answer(request, form, rows, key, status=error.status)
    if placed.created:
        messages.success(request, f"Order {placed.order.number} is placed.")
    else:
        messages.info(request, f"Order {placed.order.number} was placed already, once.")
    return HttpResponseRedirect(reverse("admin:orders_order_change", args=(placed.order.pk,)))


@page("orders/offer/", name="orders_offer", permission="orders.place_order")
def offer(request: HttpRequest) -> HttpResponse:
    """Answer with price and stock of one SKU in a channel, or with SKUs whose code or name holds the words."""
    words = request.GET.get("q", "").strip()[:64]
    if words:
        found = Sku.objects.sellable().filter(
            Q(code__icontains=words) | Q(name__icontains=words) | Q(barcode=words)
        )
        rows = found.order_by("code").values("code", "name")[:SUGGESTIONS]
        return JsonResponse({"skus": list(rows)})
    channel = phone_channels().filter(code=request.GET.get("channel", "")).first()
    if channel is None:
        return JsonResponse({"error": "There is no such channel."}, status=404)
    return JsonResponse(_offer(channel, request.GET.get("sku", "")[:64]))


def _offer(channel: Channel, code: str) -> dict[str, Any]:
    terms = placing_queries.terms(
        channel_id=channel.pk,
        external_id="",
        sku_codes={code},
        price_list_id=channel.price_list_id,
        currency=channel.currency,
        country="",
        region="",
        on=clock.now().date(),
        policy=channel.backorder_policy,
    )
    known = terms.offers.get(code)
    if known is None:
        return {"known": False}
    offered = availability.offered(
        skus={code: known.sku_id},
        parts={
            known.sku_id: [
                Part(terms.offers[part.code].sku_id, part.units) for part in known.kit.parts
            ]
        }
        if known.kit
        else {},
    )[code]
    price = known.list_price
    units = packs.factors([code])
    return {
        "known": True,
        "name": known.name,
        "price": money.format_money(price, channel.currency) if price is not None else "",
        "available": offered.available_to_sell,
        "packs": [f"{name} of {each}" for (_, name), each in units.items() if each > 1],
        "places": [
            {"location": level.location_code, "available": level.available_to_sell}
            for level in offered.levels
            if level.available_to_sell
        ],
    }


def _known(request: HttpRequest) -> dict[str, Any]:
    """Begin with a customer whom the console knows, when the address names one."""
    wanted = request.GET.get("customer", "")
    begin: dict[str, Any] = {"country": _usual_country()}
    if not wanted.isdecimal() or not request.user.has_perm("customers.view_customer"):
        return begin
    customer = Customer.objects.filter(pk=int(wanted)).first() if len(wanted) < 19 else None
    if customer is None:
        return begin
    begin |= {
        "customer": customer.pk,
        "customer_name": customer.name,
        "company": customer.company,
        "email": customer.email,
        "phone": customer.phone,
    }
    place = KnownAddress.objects.filter(customer=customer).order_by("-is_default", "id").first()
    if place is not None:
        begin |= {
            name: getattr(place, name)
            for name in ("street", "postcode", "city", "region", "country")
        }
    return begin


def _usual_country() -> str:
    return Order.objects.order_by("-id").values_list("ship_country", flat=True).first() or "DE"


def _draft(form: TakeForm, rows: Any, key: str) -> Draft:
    data = form.cleaned_data
    customer: Customer | None = data["customer"]
    return Draft(
        external_id=f"phone-{key}",
        lines=tuple(
            DraftLine(sku=row["sku"], quantity=row["quantity"], unit=row["unit"].upper())
            for row in rows.cleaned_data
            if row.get("sku")
        ),
        customer_name=data["customer_name"],
        ship_to=form.where(),
        email=data["email"],
        phone=data["phone"],
        customer_id=customer.pk if customer else None,
        pays_on_terms=bool(customer and customer.pays_on_terms),
        language=customer.language if customer else "",
        po_number=data["po_number"],
        note=data["note"],
        shipping=data["shipping"],
        payment=DraftPayment(method=data["payment"]),
    )


def _explain(form: TakeForm, rows: Any, error: errors.DomainError) -> None:
    """Put each problem beside its field; what has none goes to the top."""
    filled = [row for row in rows.forms if row.cleaned_data.get("sku")]
    names = {
        "/ship_to/name": "customer_name",
        "/customer/email": "email",
        "/customer/phone": "phone",
    }
    if not error.problems:
        form.add_error(None, error.detail)
    for problem in error.problems:
        parts = problem.pointer.strip("/").split("/")
        if parts[0] == "lines" and len(parts) > 1 and parts[1].isdecimal():
            place = int(parts[1])
            field = parts[-1] if parts[-1] in ("quantity", "unit") else "sku"
            if place < len(filled):
                filled[place].add_error(field, problem.message)
                continue
        name = names.get(problem.pointer, parts[-1])
        form.add_error(name if name in form.fields else None, problem.message)


def _with_more_rows(request: HttpRequest, form: TakeForm) -> tuple[TakeForm, Any]:
    """Return the page as it was typed, with more empty rows, and without judging it."""
    total = request.POST.get("row-TOTAL_FORMS", "")
    count = min(int(total) if total.isdecimal() and len(total) < 4 else 0, MOST_ROWS)
    typed = [
        {
            "sku": request.POST.get(f"row-{index}-sku", ""),
            "quantity": request.POST.get(f"row-{index}-quantity", ""),
            "unit": request.POST.get(f"row-{index}-unit", ""),
        }
        for index in range(count)
    ]
    rows = forms.formset_factory(
        RowForm, extra=min(count + FIRST_ROWS, MOST_ROWS), max_num=MOST_ROWS
    )
    kept = TakeForm(initial={name: request.POST.get(name, "") for name in form.fields})
    return kept, rows(prefix="row", initial=_padded(typed))


def _padded(typed: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    return [row for row in typed if row["sku"] or row["quantity"]]


def _answer(
    request: HttpRequest,
    form: TakeForm,
    rows: Any,
    key: str,
    *,
    quote: Quote | None = None,
    status: int = 200,
) -> HttpResponse:
    return site.render(
        request,
        "admin/orders/order/take.html",
        {
            "title": "New order",
            "form": form,
            "rows": rows,
            "press_key": key,
            "quote": quote,
            "channels": phone_channels().exists(),
        },
        status=status,
    )
