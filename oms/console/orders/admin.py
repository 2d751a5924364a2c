"""The order list and the order page."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import display

from fulfillment.statuspage import services as statuspage
from inventory.costing import queries as costing
from oms.console.orders import forms, queries, taking, waiting
from oms.core import money
from oms.core.admin.base import OmsModelAdmin
from oms.core.admin.buttons import Button, Offer, Press, ReasonForm
from oms.core.admin.filters import DayRangeFilter
from oms.core.admin.paging import Tab
from oms.core.templatetags.console import badge
from oms.reporting.margins import queries as margins
from oms.reporting.margins import rules as earning
from orders.holds.admin import HoldForm, place_hold
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.ordering.states import FulfillmentStatus, OrderStatus, PaymentStatus
from orders.payments import queries as payments_queries
from orders.payments import services as payments
from orders.releasing import queries as releasing_queries
from orders.releasing import services as releasing
from orders.substituting import services as substituting
from returns.authorizations import services as authorizations

_OPEN = Q(status__in=[OrderStatus.PENDING, OrderStatus.CONFIRMED])
_UNPAID = Q(
    payment_status__in=[PaymentStatus.UNPAID, PaymentStatus.PENDING, PaymentStatus.PARTIALLY_PAID]
)
_UNDER_WAY = [
    FulfillmentStatus.PARTIALLY_SHIPPED,
    FulfillmentStatus.SHIPPED,
    FulfillmentStatus.PARTIALLY_DELIVERED,
]

TABS = (
    Tab("open", "Open", _OPEN),
    Tab("hold", "On hold", _OPEN & Q(on_hold=True), help="Someone has to decide"),
    Tab(
        "payment",
        "Unpaid",
        _OPEN
        & _UNPAID
        & (Q(released_at__isnull=True) | Q(rest_waits=True))
        & Q(pays_on_terms=False),
    ),
    Tab("backorder", "Backordered", _OPEN & Q(has_backorder=True)),
    Tab(
        "ready",
        "To release",
        Q(pk__in=releasing_queries.ready().order_by().values("pk")),
    ),
    Tab(
        "warehouse",
        "In warehouse",
        _OPEN
        & Q(released_at__isnull=False)
        & ~Q(fulfillment_status__in=[FulfillmentStatus.SHIPPED, FulfillmentStatus.DELIVERED]),
    ),
    Tab("shipped", "On the way", Q(fulfillment_status__in=_UNDER_WAY), counted=False),
    Tab("completed", "Completed", Q(status=OrderStatus.COMPLETED), counted=False),
    Tab("cancelled", "Cancelled", Q(status=OrderStatus.CANCELLED), counted=False),
    Tab("all", "All", counted=False),
)


# Acts ---------------------------------------------------------------------------------------------


def _is_open(order: Order) -> str | None:
    if order.status in (OrderStatus.PENDING, OrderStatus.CONFIRMED):
        return None
    return f"The order is {order.status}."


def _may_release(order: Order) -> str | None:
    if order.released_at is not None and not order.rest_waits:
        return "The warehouse has it already."
    return _is_open(order)


def _release(press: Press) -> str:
    decision = releasing.release_if_ready(order_id=press.document.pk, actor=press.actor)
    if decision.released:
        return "The warehouse has it now."
    return "It still waits. " + " ".join(reason.words for reason in decision.reasons)


def _cancel(press: Press) -> str:
    outcome = ordering.cancel(
        order_id=press.document.pk,
        units=press.data["units"],
        reason=press.data["reason"],
        actor=press.actor,
        expected_version=press.version,
    )
    words = []
    if cancelled := sum(outcome.cancelled.values()):
        words.append(f"{cancelled} units are cancelled.")
    if asked := sum(outcome.requested.values()):
        words.append(f"{asked} are with the warehouse, which is asked to stop them.")
    return " ".join(words)


def _pay(press: Press) -> str:
    payment = payments.record_receipt(
        order_id=press.document.pk,
        gateway=press.data["gateway"],
        amount=press.data["amount"],
        reference=press.data["reference"],
        cause=f"console:{press.key}",
        actor=press.actor,
    )
    return f"{money.format_money(press.data['amount'], payment.currency)} recorded."


def _has_money(order: Order) -> str | None:
    if order.captured_total - order.refunded_total > 0:
        return None
    return "Nothing was taken that could be given back."


def _refund(press: Press) -> str:
    payments.refund(
        order_id=press.document.pk,
        amount=press.data["amount"],
        cause=f"console:{press.key}",
        reason=press.data["reason"],
        actor=press.actor,
    )
    amount = money.format_money(press.data["amount"], press.document.currency)
    return f"{amount} will be given back; the money part of this page says how far it is."


def _has_shipped(order: Order) -> str | None:
    shipped = (
        FulfillmentStatus.PARTIALLY_SHIPPED,
        FulfillmentStatus.SHIPPED,
        FulfillmentStatus.PARTIALLY_DELIVERED,
        FulfillmentStatus.DELIVERED,
    )
    return None if order.fulfillment_status in shipped else "Nothing has shipped."


def _authorize_return(press: Press) -> str:
    found = authorizations.authorize(
        order_id=press.document.pk,
        wishes=press.data["wishes"],
        note=press.data["note"],
        actor=press.actor,
    )
    return f"Return {found.number} may come."


def _something_waits(order: Order) -> str | None:
    if not order.has_backorder:
        return "No unit waits for stock."
    return _is_open(order)


def _substitute(press: Press) -> str:
    line_id, sku_id = press.data["choice"]
    if press.data["how"] == "ask":
        made = substituting.ask(
            order_id=press.document.pk, line_id=line_id, sku_id=sku_id, actor=press.actor
        )
        return f"The customer is asked about {made.units} units; the answer shows here."
    made = substituting.replace(
        order_id=press.document.pk,
        line_id=line_id,
        sku_id=sku_id,
        units=press.data["units"],
        consented=press.data["how"] == "agreed",
        actor=press.actor,
    )
    return f"{made.units} units are replaced by {made.substitute_units} of {made.sku.code}."


def _end_links(press: Press) -> str:
    ended = statuspage.revoke_all(
        order_id=press.document.pk, reason=press.data["reason"], actor=press.actor
    )
    return f"{ended} private links are ended."


# The list and the page ----------------------------------------------------------------------------


@admin.register(Order)
class OrderAdmin(OmsModelAdmin):
    """Orders: a list by what is to be done, and one page that shows everything about one."""

    list_display = (
        "numbers",
        "placed",
        "customer_shown",
        "amount",
        "state",
        "paid",
        "progress",
        "channel",
    )
    list_display_links = ("numbers",)
    list_select_related = ("channel",)
    list_filter = (
        "channel",
        ("placed_at", DayRangeFilter),
        ("payment_status", ChoicesCheckboxFilter),
    )
    search_fields = ("search",)
    search_help_text = "Number, name, e-mail, PO, SKU"
    ordering = ("-placed_at", "-id")
    list_tabs = TABS
    change_form_template = "admin/orders/order/page.html"
    buttons = (
        Button(
            "release",
            "Release to the warehouse",
            "orders.release_order",
            _release,
            allowed=_may_release,
            explain="Checks again whether anything stands in the way, then gives the work to the warehouse.",
        ),
        Button(
            "hold",
            "Put on hold",
            "orders.hold_order",
            place_hold,
            HoldForm,
            allowed=_is_open,
            explain="Nothing of a held order reaches the warehouse until the hold is released.",
        ),
        Button(
            "priority",
            "Change priority",
            "orders.prioritize_order",
            waiting.prioritize,
            forms.PriorityForm,
            allowed=waiting.waits,
            explain="When goods come that several orders wait for, the first class is served before the normal one, and"
            " that before the last; within a class by the promised day, then by age.",
        ),
        Button(
            "wait",
            "Say how long it waits",
            "orders.cancel_order",
            waiting.wait_until,
            forms.WaitForm,
            allowed=waiting.waits,
            explain="Units that are not in stock after the day are cancelled by themselves: the customer owes less and"
            " is told so by mail.",
        ),
        Button(
            "make",
            "Have it made",
            "orders.make_order",
            waiting.make,
            forms.MakeForm,
            allowed=waiting.waits,
            explain="Drafts a production order for a line that waits. What is made goes to this line first.",
        ),
        Button(
            "pay",
            "Record a payment",
            "orders.pay_order",
            _pay,
            forms.PaymentForm,
            explain="For money that has arrived by transfer or in cash.",
        ),
        Button(
            "refund",
            "Give money back",
            "orders.refund_order",
            _refund,
            forms.RefundForm,
            allowed=_has_money,
            explain="The newest payment gives first, none more than was taken by it.",
            template="admin/orders/order/refund.html",
        ),
        Button(
            "return",
            "Authorize a return",
            "returns.authorize_return",
            _authorize_return,
            forms.ReturnForm,
            allowed=_has_shipped,
            explain="Units that were shipped may come back; the warehouse grades them when they do.",
        ),
        Button(
            "substitute",
            "Send something else",
            "orders.cancel_order",
            _substitute,
            forms.SubstituteForm,
            allowed=_something_waits,
            explain="Units that wait for stock are replaced by what is named as their substitute and is there. The line"
            " keeps its history; it never costs more unless the customer agrees.",
        ),
        Button(
            "links",
            "End private links",
            "messaging.resend_message",
            _end_links,
            ReasonForm,
            explain="For a mail that went to the wrong person: no link in a mail that has gone out opens the"
            " customer's page any more. A mail that is sent again has a new one.",
        ),
        Button(
            "cancel",
            "Cancel units or all",
            "orders.cancel_order",
            _cancel,
            forms.CancelForm,
            allowed=_is_open,
            explain="Say how many units of which line; all fields empty cancels everything that has not shipped."
            " Stock is freed and what is owed falls at once; the warehouse is asked to stop what it has.",
            danger=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Order]":
        """Load the channel with the orders."""
        return super().get_queryset(request).select_related("channel")

    def get_changelist_queryset(
        self, queryset: "models.QuerySet[Order]"
    ) -> "models.QuerySet[Order]":
        """Load only what the list shows."""
        return queries.listed(queryset)

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Order]", search_term: str
    ) -> tuple["models.QuerySet[Order]", bool]:
        """Find by any part of each word: number, external id, PO, name, e-mail, phone, SKU."""
        for word in search_term.lower().split():
            queryset = queryset.filter(search__contains=word)
        return queryset, False

    @display(description="Number")
    def numbers(self, order: Order) -> SafeString:
        """Show our number and the channel's own."""
        return format_html(
            '<span class="c-number">{}<br><span class="c-dim c-small">{}</span></span>',
            order.number,
            Truncator(order.external_id).chars(24),
        )

    @display(description="Customer")
    def customer_shown(self, order: Order) -> SafeString:
        """Show who ordered and where it goes."""
        return format_html(
            '{}<br><span class="c-dim c-small">{}</span>', order.customer_name, order.ship_country
        )

    @display(description="Placed")
    def placed(self, order: Order) -> SafeString:
        """Show day and time on one line each."""
        at = timezone.localtime(order.placed_at)
        return format_html(
            '<span class="c-number">{}<br><span class="c-dim c-small">{}</span></span>',
            f"{at:%d %b %Y}",
            f"{at:%H:%M}",
        )

    @display(description="Total")
    def amount(self, order: Order) -> SafeString:
        """Show the total in its currency."""
        return format_html(
            '<span class="c-number">{}</span>', money.format_money(order.total, order.currency)
        )

    @display(description="Status")
    def state(self, order: Order) -> SafeString:
        """Show what was decided, and whether it waits."""
        if order.on_hold:
            return badge("on_hold")
        return badge(order.status)

    @display(description="Payment")
    def paid(self, order: Order) -> SafeString:
        """Show how far the money is."""
        return badge(order.payment_status)

    @display(description="Fulfillment")
    def progress(self, order: Order) -> SafeString:
        """Show how far the goods are."""
        return badge(order.fulfillment_status)

    # Taking orders

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let those take orders who may."""
        return request.user.has_perm("orders.place_order")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take an order by phone."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return taking.take(request)

    # The page

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show everything about one order; nothing is typed in here."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET"])
        order = self.get_object(request, object_id)
        if order is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        self.check_view(request, order)
        page = queries.order_page(order)
        offers = {offer.name: offer for offer in self.offers(request, order)}
        if page.waiting and "release" in offers and offers["release"].legal:
            offers["release"] = _because(offers["release"], " ".join(page.waiting))
        if page.refundable <= 0 and "refund" in offers and offers["refund"].legal:
            offers["refund"] = _because(offers["refund"], "Everything taken is on its way back.")
        return TemplateResponse(
            request,
            self.change_form_template,
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": f"Order {order.number}",
                "original": order,
                "page": page,
                "offers": sorted(
                    offers.values(), key=lambda offer: (not offer.legal, offer.danger)
                ),
                "acts": offers,
                "earned": _earned(order, page)
                if request.user.has_perm("orders.see_margin")
                else None,
                "may_see_contact": request.user.has_perm("customers.see_contact"),
                "may_see_money": request.user.has_perm("orders.see_money"),
                "may_release_holds": request.user.has_perm("orders.hold_order"),
                "may_resend": request.user.has_perm("messaging.resend_message"),
            },
        )

    def press_context(
        self, request: HttpRequest, document: models.Model, button: Button
    ) -> dict[str, Any]:
        """Show what a refund would do."""
        if button.name == "refund" and isinstance(document, Order):
            return {"preview": payments_queries.refund_preview(document)}
        return {}


def _earned(order: Order, page: queries.OrderPage) -> dict[str, Any] | None:
    """Return what the lines earn of which something has shipped, and in all; None before anything has."""
    found = margins.of_order(order, [view.line for view in page.lines])
    if not found:
        return None
    policy = costing.policy()
    company = policy.currency if policy else None
    return {
        "company": company,
        "rows": [(view.line, found[view.line.pk]) for view in page.lines if view.line.pk in found],
        "total": earning.add_up(found.values(), company),
    }


def _because(offer: Offer, reason: str) -> Offer:
    """Return the act as not possible now, with the reason that the page knows."""
    return Offer(
        name=offer.name,
        label=offer.label,
        url=offer.url,
        reason=reason,
        danger=offer.danger,
        main=offer.main,
        explain=offer.explain,
    )
