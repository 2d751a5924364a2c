"""Writing a production order: it is looked at with components, days and the soonest end, and kept as a draft."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inventory.locations.admin import reach
from inventory.locations.models import Location
from inventory.production import queries, rules
from inventory.production import services as production
from inventory.production.admin.orders import PLAN
from inventory.production.models import ProductionOrder
from inventory.production.services import Wish
from inventory.production.states import ProductionStatus
from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.buttons import dress
from oms.core.admin.site import page

VERSION_FIELD = "version"


class OrderForm(forms.Form):
    """What is to be made, where, and by when."""

    sku = forms.CharField(
        max_length=64,
        label="SKU",
        widget=forms.TextInput(
            attrs={"list": "sku-suggestions", "autocomplete": "off", "data-sku": ""}
        ),
    )
    quantity = forms.IntegerField(min_value=1, max_value=rules.MOST_UNITS, label="Units")
    location = forms.ModelChoiceField(
        Location.objects.none(), empty_label=None, to_field_name="code", label="Make it at"
    )
    revision = forms.IntegerField(
        min_value=1,
        max_value=1_000_000,
        required=False,
        help_text="Of its bill of materials. Empty: the one in force.",
    )
    work_center = forms.CharField(
        max_length=20,
        required=False,
        label="Work center",
        help_text="Its code. Empty: the first one that the bill names at the location.",
    )
    due_on = forms.DateField(
        required=False, label="Wanted on", widget=forms.DateInput(attrs={"type": "date"})
    )
    not_before = forms.DateField(
        required=False,
        label="Work not before",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    note = forms.CharField(max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Location.objects.filter(is_active=True)
        reached = reach(request)
        field = self.fields["location"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = places if reached is None else places.filter(pk__in=reached)
        dress(self)


@page("production/new/", name="production_entry", permission=PLAN)
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Write a draft; `?sku=` begins with a SKU."""
    first = {name: request.GET[name][:64] for name in ("sku", "quantity") if request.GET.get(name)}
    return _write(request, None, first)


@page("production/<int:order_id>/edit/", name="production_edit", permission=PLAN)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, order_id: int) -> HttpResponse:
    """Change a draft; what is confirmed stays as it is."""
    order = own_order(request, order_id)
    if order.status != ProductionStatus.DRAFT:
        messages.warning(request, "Only drafts are edited; this one is confirmed.")
        return HttpResponseRedirect(page_of(order))
    return _write(
        request,
        order,
        {
            "sku": order.bill.sku.code,
            "quantity": order.quantity,
            "location": order.location.code,
            "revision": order.bill.revision,
            "work_center": order.work_center.code if order.work_center else "",
            "due_on": order.due_on,
            "not_before": order.not_before,
            "note": order.note,
        },
    )


def own_order(request: HttpRequest, order_id: int) -> ProductionOrder:
    """Return an order of this person's locations; 404 for any other, and for none."""
    found = queries.within(reach(request)).filter(pk=order_id).first()
    if found is None:
        raise Http404("There is no such production order.")
    return found


def page_of(order: ProductionOrder) -> str:
    """Return the address of an order's page."""
    return reverse("admin:inventory_productionorder_change", args=(order.pk,))


def _write(
    request: HttpRequest, order: ProductionOrder | None, first: Mapping[str, Any]
) -> HttpResponse:
    key = site.form_key(request)
    if request.method != "POST":
        return _answer(request, OrderForm(request=request, initial=first), key, order)
    form = OrderForm(request.POST, request=request)
    if not form.is_valid():
        return _answer(request, form, key, order, status=422)
    try:
        with transaction.atomic():
            if "write" in request.POST:
                repeats.take(request, f"production:{order.pk if order else ''}", key)
            kept = _keep(request, order, form.cleaned_data)
            if "write" not in request.POST:
                look = queries.capable_to_promise(
                    kept.bill,
                    kept.location,
                    kept.quantity,
                    work_center=kept.work_center,
                    not_before=kept.not_before,
                )
                transaction.set_rollback(True)
                return _answer(request, form, key, order, look=look)
    except repeats.AlreadyDone:
        messages.info(request, "That was written already, once.")
        return HttpResponseRedirect(reverse("admin:inventory_productionorder_changelist"))
    except errors.Stale:
        form.add_error(None, "Someone else has changed the draft meanwhile. Nothing was saved.")
        return _answer(request, form, key, order, status=412)
    except errors.DomainError as error:
        _explain(form, error)
        return _answer(request, form, key, order, status=error.status)
    messages.success(request, f"Draft {kept.number} is written. It touches nothing yet.")
    return HttpResponseRedirect(page_of(kept))


def _keep(
    request: HttpRequest, order: ProductionOrder | None, data: Mapping[str, Any]
) -> ProductionOrder:
    wish = Wish(
        sku_code=data["sku"],
        location_code=data["location"].code,
        quantity=data["quantity"],
        revision=data["revision"],
        work_center=data["work_center"],
        due_on=data["due_on"],
        not_before=data["not_before"],
        note=data["note"],
    )
    actor = Actor.of_user(request.user)
    if order is None:
        return production.create(wish=wish, actor=actor, reach=reach(request))
    seen = request.POST.get(VERSION_FIELD, "")
    return production.edit(
        order_id=order.pk,
        wish=wish,
        actor=actor,
        version=int(seen) if seen.isdecimal() and len(seen) < 9 else 0,
        reach=reach(request),
    )


def _explain(form: OrderForm, error: errors.DomainError) -> None:
    if not error.problems:
        form.add_error(None, error.detail)
    for problem in error.problems:
        name = problem.pointer.strip("/")
        form.add_error(name if name in form.fields else None, problem.message)


def _answer(
    request: HttpRequest,
    form: OrderForm,
    key: str,
    order: ProductionOrder | None,
    *,
    look: queries.Capable | None = None,
    status: int = 200,
) -> HttpResponse:
    return site.render(
        request,
        "admin/production/order_entry.html",
        {
            "title": f"Edit {order.number}" if order else "New production order",
            "form": form,
            "press_key": key,
            "order": order,
            "capable": look,
            "version": request.POST.get(VERSION_FIELD) or (order.version if order else ""),
            "back": page_of(order)
            if order
            else reverse("admin:inventory_productionorder_changelist"),
        },
        status=status,
    )
