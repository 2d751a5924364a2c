"""Customers with their addresses and orders."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from customers.addresses import services as addresses
from customers.addresses.models import Address
from customers.profiles import services as profiles
from customers.profiles.models import Customer, CustomerGroup, CustomerKind
from oms.console.orders import countries
from oms.core import address
from oms.core.admin.base import OmsModelAdmin, SetupModelAdmin
from oms.core.admin.buttons import Button, ButtonForm, Press
from oms.core.templatetags.console import badge
from oms.core.timeline import queries
from orders.ordering.models import Order

ORDERS = 20
PROFILE = (
    "kind",
    "name",
    "company",
    "email",
    "phone",
    "language",
    "tax_number",
    "pays_on_terms",
    "minimum_life_days",
    "group",
    "is_active",
)


class ProfileForm(ButtonForm):
    """What is known of a customer."""

    kind = forms.ChoiceField(choices=CustomerKind.choices)
    name = forms.CharField(max_length=200)
    company = forms.CharField(max_length=200, required=False)
    email = forms.CharField(max_length=254, required=False, label="E-mail")
    phone = forms.CharField(max_length=40, required=False, help_text="With country code: +49 …")
    language = forms.CharField(max_length=10, help_text="en or de; mails are written in it.")
    tax_number = forms.CharField(max_length=40, required=False)
    pays_on_terms = forms.BooleanField(
        required=False, help_text="Orders are released before they are paid."
    )
    minimum_life_days = forms.IntegerField(
        min_value=0,
        max_value=10_000,
        label="Minimum remaining life (days)",
        help_text="Goods that expire have to last so long from the day on which they ship.",
    )
    group = forms.ModelChoiceField(
        CustomerGroup.objects.order_by("name"),
        required=False,
        help_text="It may say that its customers are served first, or last, when goods come.",
    )
    is_active = forms.BooleanField(required=False, label="Active")
    reason = forms.CharField(max_length=200, required=False)

    def prepare(self) -> None:
        """Begin with what is known."""
        for name in PROFILE:
            self.fields[name].initial = getattr(self.target, name)


class AddressForm(ButtonForm):
    """One more address."""

    name = forms.CharField(max_length=200)
    company = forms.CharField(max_length=200, required=False)
    street = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={"rows": 2}), help_text="One line each."
    )
    postcode = forms.CharField(max_length=20, required=False)
    city = forms.CharField(max_length=100, required=False)
    region = forms.CharField(max_length=100, required=False)
    country = forms.ChoiceField(choices=countries.choices)
    label = forms.CharField(max_length=60, required=False, help_text="Home, office, …")
    is_default = forms.BooleanField(required=False, label="Use it unless another is named")

    def prepare(self) -> None:
        """Begin with the customer's name."""
        self.fields["name"].initial = getattr(self.target, "name", "")


def _edit(press: Press) -> str:
    profiles.update(
        customer_id=press.document.pk,
        changes={name: press.data[name] for name in PROFILE},
        actor=press.actor,
        reason=press.data["reason"],
    )
    return "Saved. Orders keep the copies that they were placed with."


def _add_address(press: Press) -> str:
    data = press.data
    addresses.add(
        customer_id=press.document.pk,
        address=address.Address(
            name=data["name"],
            company=data["company"],
            street=tuple(data["street"].splitlines()),
            city=data["city"],
            region=data["region"],
            postcode=data["postcode"],
            country=data["country"],
        ),
        label=data["label"],
        is_default=data["is_default"],
        actor=press.actor,
    )
    return "The address is in the book."


@admin.register(CustomerGroup)
class CustomerGroupAdmin(SetupModelAdmin):
    """Customers who are treated alike."""

    list_display = ("code", "name", "priority")
    search_fields = ("code", "name")
    ordering = ("code",)
    list_help = (
        "Orders of its customers are served first, or last, when goods come that several wait for, whatever the"
        " channel says. Orders that are placed keep their priority."
    )
    fieldsets = ((None, {"fields": (("code", "name"), "priority")}),)


@admin.register(Customer)
class CustomerAdmin(OmsModelAdmin):
    """People and companies, each with addresses and orders."""

    list_display = ("name", "company", "email", "phone", "kind", "group", "terms", "created_at")
    list_select_related = ("group",)
    list_filter = ("kind", "group", "pays_on_terms", "is_active")
    search_fields = ("name", "company", "email", "phone")
    search_help_text = "Name, company, e-mail, phone"
    ordering = ("-id",)
    fields = (
        ("kind", "name"),
        ("company", "tax_number"),
        ("email", "phone"),
        ("language", "terms"),
        "group",
    )
    readonly_fields = ("terms",)
    change_form_template = "admin/customers/customer.html"
    list_help = "Found again by e-mail; an order keeps its own copy of name and address."
    buttons = (
        Button(
            "edit",
            "Edit",
            "customers.change_customer",
            _edit,
            ProfileForm,
            explain="E-mail and phone are brought into their normal form.",
        ),
        Button(
            "address",
            "Add an address",
            "customers.change_customer",
            _add_address,
            AddressForm,
        ),
    )

    @display(description="Terms")
    def terms(self, customer: Customer) -> SafeString:
        """Show when work begins."""
        if customer.pays_on_terms:
            return badge("pays on terms", tone="info")
        return badge("pays first")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave contact data out for those who may not see it."""
        if request.user.has_perm("customers.see_contact"):
            return self.list_display
        return tuple(name for name in self.list_display if name not in ("email", "phone"))

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search in contact data only for those who may see it."""
        if request.user.has_perm("customers.see_contact"):
            return self.search_fields
        return ("name", "company")

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Leave contact data out for those who may not see it."""
        if request.user.has_perm("customers.see_contact"):
            return self.fields
        return (("kind", "name"), "company", ("language", "terms"))

    def page_context(self, request: HttpRequest, document: Customer) -> dict[str, Any]:
        """Add the address book and the newest orders."""
        orders = Order.objects.none()
        if request.user.has_perm("orders.view_order"):
            orders = (
                Order.objects.filter(customer=document)
                .select_related("channel")
                .order_by("-placed_at", "-id")
            )
        story = self.story(document)
        if not request.user.has_perm("customers.see_contact"):
            story = queries.without_details(story)
        return {
            "story": story,
            "title": str(document),
            "orders": orders[:ORDERS],
            "addresses": Address.objects.filter(customer=document)
            if request.user.has_perm("customers.see_contact")
            else (),
            "may_order": request.user.has_perm("orders.place_order"),
        }
