"""Costs in the console: charges on purchase orders, the books of each SKU, the value of all stock, method and rates."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import display

from inventory.costing import queries, services
from inventory.costing.models import CostPolicy, LandedCharge, SkuCost
from inventory.costing.services import NewCharge
from inventory.costing.states import Basis, ChargeKind, Method
from inventory.purchasing.admin import orders as purchasing
from inventory.purchasing.models import PurchaseOrder, PurchaseReceipt
from inventory.purchasing.states import PurchaseStatus
from oms.core import clock, errors, money
from oms.core.actors import Actor
from oms.core.admin import site
from oms.core.admin.base import OmsModelAdmin
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm, dress
from oms.core.admin.paging import Tab

KEEP = "inventory.keep_costs"


# Charges on purchase orders -----------------------------------------------------------------------


class ChargeForm(ButtonForm):
    """What besides the goods was paid."""

    kind = forms.ChoiceField(choices=ChargeKind.choices, label="What for")
    amount = forms.DecimalField(
        max_digits=14, decimal_places=4, label="Amount", help_text="Without tax."
    )
    currency = forms.CharField(min_length=3, max_length=3)
    rate = forms.DecimalField(
        max_digits=18,
        decimal_places=8,
        required=False,
        label="Rate",
        help_text="What one unit of it is worth in the company's currency. Empty: as stored, or the same currency.",
    )
    basis = forms.ChoiceField(choices=Basis.choices, label="Split by")
    receipt = forms.ModelChoiceField(
        PurchaseReceipt.objects.none(),
        required=False,
        empty_label="the whole order, once nothing more comes",
        label="For",
    )
    reference = forms.CharField(max_length=60, required=False, label="Number of the invoice")

    def prepare(self) -> None:
        """Offer the receipts that stand, and begin with the order's currency."""
        field = self.fields["receipt"]
        order = self.target
        if isinstance(field, forms.ModelChoiceField) and isinstance(order, PurchaseOrder):
            self.fields["currency"].initial = order.currency
            field.queryset = PurchaseReceipt.objects.filter(
                order=order, undone_at__isnull=True
            ).order_by("-pk")

    def clean_currency(self) -> str:
        """Take it in capitals."""
        return str(self.cleaned_data["currency"]).upper()


class WithdrawForm(ReasonForm):
    """Which charge was a mistake."""

    charge = forms.ModelChoiceField(LandedCharge.objects.none(), empty_label=None)
    field_order = ("charge", "reason")

    def prepare(self) -> None:
        """Offer the charges that stand."""
        field = self.fields["charge"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = LandedCharge.objects.filter(
                order=self.target.pk, withdrawn_at__isnull=True
            ).order_by("-pk")


def _charge(press: Press) -> str:
    receipt = press.data["receipt"]
    made = services.add_charge(
        order_id=press.document.pk,
        charge=NewCharge(
            kind=press.data["kind"],
            amount=press.data["amount"],
            currency=press.data["currency"],
            rate=press.data["rate"],
            basis=press.data["basis"],
            reference=press.data["reference"],
            receipt_id=receipt.pk if receipt else None,
        ),
        key=f"console:{press.key}",
        actor=press.actor,
    )
    if made.split_at is None:
        return "Noted. It is split over the goods once nothing more of the order is to come."
    return "Noted, and split over the goods."


def _withdraw(press: Press) -> str:
    services.withdraw_charge(
        order_id=press.document.pk,
        charge_id=press.data["charge"].pk,
        reason=press.data["reason"],
        actor=press.actor,
    )
    return "Taken back; its goods cost what they did before."


def _is_ordered(order: PurchaseOrder) -> str | None:
    if order.status in (PurchaseStatus.DRAFT, PurchaseStatus.CANCELLED):
        return f"The order is {order.get_status_display()}."
    return None


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(purchasing.PurchaseOrderAdmin):
    """Purchase orders with what having the goods here cost besides."""

    change_form_template = "admin/costing/purchase_order.html"
    buttons = (
        *purchasing.PurchaseOrderAdmin.buttons,
        Button(
            "charge",
            "Add a charge",
            KEEP,
            _charge,
            ChargeForm,
            allowed=_is_ordered,
            explain="Freight, duty or insurance makes the goods dearer, those that were sold meanwhile as well.",
        ),
        Button(
            "withdraw",
            "Take a charge back",
            KEEP,
            _withdraw,
            WithdrawForm,
            allowed=_is_ordered,
            explain="For a charge that was a mistake: what it added is taken off again.",
            danger=True,
        ),
    )

    def page_context(self, request: HttpRequest, document: PurchaseOrder) -> Mapping[str, Any]:
        """Add the charges, for those who may see costs."""
        context = dict(super().page_context(request, document))
        if context["sees_costs"]:
            policy = queries.policy()
            context["company_currency"] = policy.currency if policy else ""
            context["charges"] = list(queries.charges_of(document.pk))
        return context


# The books of a SKU -------------------------------------------------------------------------------


class StateForm(ReasonForm):
    """What one unit cost."""

    unit_cost = forms.DecimalField(
        min_value=Decimal(0), max_digits=14, decimal_places=4, label="One unit cost"
    )
    field_order = ("unit_cost", "reason")


def _state(press: Press) -> str:
    units = services.state_cost(
        sku_id=press.document.sku_id,
        unit_cost=press.data["unit_cost"],
        reason=press.data["reason"],
        actor=press.actor,
    )
    return f"Noted for {units} units; the figures follow within seconds."


def _anew(press: Press) -> None:
    services.work_out_anew(
        sku_id=press.document.sku_id, reason=press.data["reason"], actor=press.actor
    )


@admin.register(SkuCost)
class SkuCostAdmin(OmsModelAdmin):
    """What is left of each SKU, and worth how much."""

    list_display = ("code", "name", "units", "known_units", "worth", "each", "unknown_units")
    list_select_related = ("sku", "policy")
    search_fields = ("sku__code", "sku__name")
    search_help_text = "SKU"
    ordering = ("sku__code",)
    list_tabs = (
        Tab("stock", "In stock", Q(units__gt=0)),
        Tab("unknown", "Unknown cost", Q(units__gt=F("known"))),
        Tab("behind", "Being worked out", Q(due=True)),
        Tab("failed", "Failed", Q(failures__gte=3)),
        Tab("all", "All", counted=False),
    )
    list_help = "What goods cost us, by the method that was decided. What nobody knows the cost of is in no sum."
    fields = (("sku", "updated_at"),)
    has_timeline = False
    change_form_template = "admin/costing/sku_cost.html"
    buttons = (
        Button(
            "state",
            "State the cost",
            KEEP,
            _state,
            StateForm,
            explain="For opening stock and goods without a purchase order. Those that are gone get it as well.",
            main=True,
        ),
        Button(
            "anew",
            "Work out anew",
            KEEP,
            _anew,
            ReasonForm,
            explain="Forgets what was written and folds the ledger again; the outcome is the same unless it failed.",
            done="It is worked out anew within seconds.",
        ),
    )

    @display(description="SKU", ordering="sku__code")
    def code(self, books: SkuCost) -> str:
        """Show the code."""
        return books.sku.code

    @display(description="Name")
    def name(self, books: SkuCost) -> str:
        """Show what it is."""
        return books.sku.name

    @display(description="Cost known")
    def known_units(self, books: SkuCost) -> str:
        """Show of how many units the cost is known."""
        return f"{books.known}"

    @display(description="Value")
    def worth(self, books: SkuCost) -> str:
        """Show the value in the company's currency."""
        return _money(books.value, books.policy)

    @display(description="Each")
    def each(self, books: SkuCost) -> str:
        """Show what one costs in the mean."""
        mean = queries.average(books)
        if mean is None or books.policy is None:
            return "–"
        return f"{money.written(mean, books.policy.currency):f}"

    @display(description="Unknown")
    def unknown_units(self, books: SkuCost) -> str:
        """Show of how many units nobody knows the cost."""
        return f"{books.unknown}" if books.unknown else "–"

    def page_context(self, request: HttpRequest, document: SkuCost) -> Mapping[str, Any]:
        """Add places, layers and what changed them."""
        return {"worth": queries.worth(document.sku_id)}


def _money(amount: Decimal, policy: CostPolicy | None) -> str:
    return "–" if policy is None else money.format_money(amount, policy.currency)


# The value of all stock, method and rates ---------------------------------------------------------


class PolicyForm(forms.Form):
    """By which method, and in which currency."""

    prefix = "policy"

    method = forms.ChoiceField(choices=Method.choices)
    currency = forms.CharField(min_length=3, max_length=3, help_text="It cannot be changed later.")
    reason = forms.CharField(max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


class RateForm(forms.Form):
    """What a currency is worth from a day on."""

    prefix = "rate"

    currency = forms.CharField(min_length=3, max_length=3)
    rate = forms.DecimalField(
        max_digits=18, decimal_places=8, help_text="One unit of it in the company's currency."
    )
    valid_from = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


@site.page("stock/value/", name="stock_value", permission="inventory.see_costs")
def stock_value(request: HttpRequest) -> HttpResponse:
    """Show what all stock is worth by location; take a method or a rate from those who may decide."""
    may_keep = request.user.has_perm(KEEP)
    present = queries.policy()
    policy = PolicyForm(initial=_initial(present))
    rate = RateForm(initial={"valid_from": clock.today()})
    status = 200
    if request.method == "POST" and may_keep:
        try:
            if "policy-method" in request.POST:
                policy = PolicyForm(request.POST)
                done = _decide(policy, request)
            else:
                rate = RateForm(request.POST)
                done = _tell_rate(rate, request)
        except errors.DomainError as error:
            (policy if policy.is_bound else rate).add_error(None, error.detail)
            done, status = "", error.status
        if done:
            messages.success(request, done)
            return HttpResponseRedirect(reverse("admin:stock_value"))
        status = status if status != 200 else 422
    return site.render(
        request,
        "admin/costing/stock_value.html",
        {
            "title": "Stock value",
            "policy": present,
            "policies": CostPolicy.objects.order_by("-pk")[:10],
            "stock": queries.stock_value(present.currency) if present else None,
            "rates": queries.newest_rates(present.currency) if present else (),
            "policy_form": policy,
            "rate_form": rate,
            "may_keep": may_keep,
        },
        status=status,
    )


def _initial(present: CostPolicy | None) -> Mapping[str, Any]:
    return {"method": present.method, "currency": present.currency} if present else {}


def _decide(form: PolicyForm, request: HttpRequest) -> str:
    if not form.is_valid():
        return ""
    services.set_policy(
        method=form.cleaned_data["method"],
        currency=form.cleaned_data["currency"].upper(),
        reason=form.cleaned_data["reason"],
        actor=Actor.of_user(request.user),
    )
    return "Decided. Everything is worked out by it within minutes."


def _tell_rate(form: RateForm, request: HttpRequest) -> str:
    if not form.is_valid():
        return ""
    services.add_rate(
        currency=form.cleaned_data["currency"].upper(),
        rate=form.cleaned_data["rate"],
        valid_from=form.cleaned_data["valid_from"],
        actor=Actor.of_user(request.user),
    )
    return "Noted."
