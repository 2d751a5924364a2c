"""The floor's start page, the ship page, and parcels in the console."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import F, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_http_methods
from unfold.decorators import display

from fulfillment.packing import queries as packing_queries
from fulfillment.packing import services as packing
from fulfillment.packing.admin import own_parcel
from fulfillment.packing.models import Shipment
from fulfillment.packing.rules import normal_number
from fulfillment.packing.states import ShipmentStatus
from fulfillment.shipping import queries, services
from fulfillment.shipping.states import LIVE, LabelState
from fulfillment.work.models import FulfillmentOrder
from fulfillment.work.states import WorkStatus
from inventory.locations.admin import AtOwnLocations, reach
from inventory.locations.models import Location
from inventory.transfers.models import TransferOrder
from oms.core import address, errors, numbering
from oms.core.actors import Actor
from oms.core.admin import counting, site
from oms.core.admin.floor import floor_page, say, scanned, typed
from oms.core.admin.paging import Tab
from oms.core.admin.site import page
from oms.core.templatetags.console import badge

SEE = "fulfillment.view_fulfillmentorder"
SHIP = "fulfillment.ship_work"
SEND = "inventory.ship_transfer"
TAKE_IN = "inventory.receive_transfer"
QUEUE = 30
_PLACE = "floor-location"


# The start page of the floor ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """One piece of work in a queue."""

    work: FulfillmentOrder
    units: int


@page("warehouse/", name="warehouse", permission=SEE)
@require_http_methods(["GET", "POST"])
def floor(request: HttpRequest) -> HttpResponse:
    """Show what is to be picked, packed and shipped at one location; a scanned number opens its page."""
    if request.method == "POST" and scanned(request):
        return _open(request, scanned(request))
    places = _places(request)
    place = _place(request, places)
    if place is None:
        return floor_page(
            request,
            "admin/warehouse/floor.html",
            {"title": "Warehouse", "places": places, "place": None},
        )
    work = FulfillmentOrder.objects.filter(location=place)
    to_pick, to_pack = work.to_pick(), work.to_pack()
    to_ship = Shipment.objects.filter(fulfillment_order__location=place).to_ship()
    held = work.filter(status=WorkStatus.ON_HOLD)
    return floor_page(
        request,
        "admin/warehouse/floor.html",
        {
            "title": place.name,
            "places": places,
            "place": place,
            "counts": counting.capped(
                {"pick": to_pick, "pack": to_pack, "ship": to_ship, "held": held}
            ),
            "to_send": list(
                TransferOrder.objects.filter(source=place)
                .to_ship()
                .select_related("destination")
                .order_by("pk")[:QUEUE]
            )
            if request.user.has_perm(SEND)
            else [],
            "to_take_in": list(
                TransferOrder.objects.filter(destination=place)
                .to_receive()
                .select_related("source")
                .order_by("pk")[:QUEUE]
            )
            if request.user.has_perm(TAKE_IN)
            else [],
            "to_pick": _first(to_pick, "to_pick"),
            "to_pack": _first(to_pack, "picked"),
            "to_ship": list(
                to_ship.select_related("fulfillment_order__order").order_by("pk")[:QUEUE]
            ),
            "queue": QUEUE,
        },
    )


def _first(rows: "models.QuerySet[FulfillmentOrder]", counter: str) -> list[Waiting]:
    """Return the oldest work of a queue with its units."""
    units = (
        F("lines__quantity")
        - F("lines__cancelled")
        - F("lines__short")
        - F("lines__picked")
        - F("lines__packed")
        - F("lines__shipped")
        if counter == "to_pick"
        else F("lines__picked")
    )
    found = rows.select_related("order").annotate(units=Sum(units)).order_by("pk")[:QUEUE]
    return [Waiting(work, work.units) for work in found]


def _places(request: HttpRequest) -> list[Location]:
    places = Location.objects.filter(is_active=True)
    reached = reach(request)
    if reached is not None:
        places = places.filter(pk__in=reached)
    return list(places.order_by("priority", "code"))


def _place(request: HttpRequest, places: Sequence[Location]) -> Location | None:
    """Return the location that the person works at: the only one, or the one chosen last."""
    if len(places) == 1:
        return places[0]
    wanted = request.POST.get("at") or request.GET.get("at") or request.session.get(_PLACE)
    for place in places:
        if place.code == wanted:
            request.session[_PLACE] = place.code
            return place
    return None


def _open(request: HttpRequest, code: str) -> HttpResponse:
    """Go to the work or the parcel whose number, or whose order's number, was scanned."""
    reached = reach(request)
    number = numbering.normalize(code)
    transfer = TransferOrder.objects.at(reached).filter(number=number).first()
    if transfer is not None:
        waits = TransferOrder.objects.filter(pk=transfer.pk).to_ship().exists()
        leaves = waits and (reached is None or transfer.source_id in reached)
        name = "transfer_ship" if leaves else "transfer_receive"
        return HttpResponseRedirect(reverse(f"admin:{name}", args=(transfer.pk,)))
    parcel = (
        Shipment.objects.at(reached)
        .filter(Q(number__iexact=code) | Q(tracking_number=normal_number(code)))
        .exclude(status__in=[ShipmentStatus.DRAFT, ShipmentStatus.CANCELLED])
        .first()
    )
    if parcel is not None:
        return HttpResponseRedirect(reverse("admin:warehouse_ship", args=(parcel.pk,)))
    work = (
        FulfillmentOrder.objects.at(reached)
        .filter(Q(number__iexact=code) | Q(order__number=number))
        .order_by("closed_at", "pk")
        .first()
    )
    if work is None:
        say(request, f"Nothing here has the number {code}.", good=False)
        return HttpResponseRedirect(reverse("admin:warehouse"))
    lines = work.lines.all()
    if any(line.to_pick for line in lines) or not any(line.picked for line in lines):
        return HttpResponseRedirect(reverse("admin:warehouse_pick", args=(work.pk,)))
    return HttpResponseRedirect(reverse("admin:warehouse_pack", args=(work.pk,)))


# The ship page ------------------------------------------------------------------------------------


@page("warehouse/ship/<int:shipment_id>/", name="warehouse_ship", permission=SHIP)
@require_http_methods(["GET", "POST"])
def ship(request: HttpRequest, shipment_id: int) -> HttpResponse:
    """Choose a service, buy the label, print it, hand the parcel over."""
    parcel = own_parcel(request, shipment_id)
    if request.method == "POST":
        return _act(request, parcel)
    labels = queries.labels_of(parcel.pk)
    live = next((label for label in labels if label.state in LIVE), None)
    offers = None
    if parcel.status == ShipmentStatus.PACKED and live is None:
        offers = services.rates(shipment_id=parcel.pk)
    return floor_page(
        request,
        "admin/warehouse/ship.html",
        {
            "title": f"Ship {parcel.number}",
            "parcel": parcel,
            "work": parcel.fulfillment_order,
            "lines": packing_queries.lines_of([parcel.pk])[parcel.pk],
            "recipient": address.lines(
                address.Address.from_dict(parcel.fulfillment_order.recipient),
                sender_country=parcel.fulfillment_order.location.country,
            ),
            "label": live,
            "failed": next((label for label in labels if label.state == LabelState.FAILED), None),
            "offers": offers,
            "press_key": site.form_key(request),
            "on_hold": parcel.fulfillment_order.order.on_hold,
        },
    )


def _act(request: HttpRequest, parcel: Shipment) -> HttpResponse:
    """Do the one act that was pressed; each is safe to press twice."""
    actor = Actor.of_user(request.user)
    here = HttpResponseRedirect(reverse("admin:warehouse_ship", args=(parcel.pk,)))
    try:
        if "buy" in request.POST:
            carrier, _, service = typed(request, "service", longest=80).partition(":")
            label = services.buy_label(
                shipment_id=parcel.pk,
                carrier=carrier,
                service=service,
                key=f"console:{site.form_key(request)}",
                actor=actor,
            )
            say(request, f"Label {label.tracking_number} is bought. Print it and stick it on.")
        elif "ship" in request.POST:
            services.ship(shipment_id=parcel.pk, actor=actor)
            say(request, f"{parcel.number} has left.")
            return HttpResponseRedirect(reverse("admin:warehouse"))
        elif "void" in request.POST:
            services.void_label(
                shipment_id=parcel.pk, actor=actor, reason=typed(request, "reason", longest=200)
            )
            say(request, "The label was given back.")
        elif "unpack" in request.POST:
            packing.unpack(
                shipment_id=parcel.pk, actor=actor, reason=typed(request, "reason", longest=200)
            )
            say(request, "The parcel is taken apart; its units are picked.")
            return HttpResponseRedirect(
                reverse("admin:warehouse_pack", args=(parcel.fulfillment_order_id,))
            )
        else:
            say(request, "Press one of the buttons.", good=False)
    except errors.DomainError as error:
        parcel.refresh_from_db(fields=["status"])
        if "ship" in request.POST and parcel.status == ShipmentStatus.SHIPPED:
            say(request, f"{parcel.number} has left already.")
        else:
            say(request, error.detail, good=False)
    return here


@page("warehouse/ship/<int:shipment_id>/label.<str:form>", name="warehouse_label", permission=SHIP)
@require_GET
def label(request: HttpRequest, shipment_id: int, form: str) -> HttpResponse:
    """Print the label of a parcel: `pdf` for any printer, `zpl` for a thermal one."""
    parcel = own_parcel(request, shipment_id)
    try:
        files = queries.label_files(parcel.pk)
    except errors.Missing as error:
        raise Http404(error.detail) from None
    if form == "pdf" and files.pdf:
        return HttpResponse(
            files.pdf,
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="label-{parcel.number}.pdf"'},
        )
    if form == "zpl" and files.zpl:
        return HttpResponse(
            files.zpl,
            content_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="label-{parcel.number}.zpl"'},
        )
    raise Http404("There is no such form of the label.")


# Parcels ------------------------------------------------------------------------------------------


@admin.register(Shipment)
class ShipmentAdmin(AtOwnLocations):
    """Parcels of all states."""

    location_path = "fulfillment_order__location"
    list_display = (
        "number",
        "place",
        "state",
        "tracking",
        "tracking_number",
        "carrier",
        "packed_at",
        "shipped_at",
        "delivered_at",
    )
    list_select_related = ("fulfillment_order__location",)
    list_filter = ("fulfillment_order__location", "status", "carrier")
    search_fields = ("number", "tracking_number")
    search_help_text = "Number of parcel or order, tracking number"
    ordering = ("-id",)
    list_tabs = (
        Tab("ship", "To ship", Q(status__in=[ShipmentStatus.PACKED, ShipmentStatus.LABELLED])),
        Tab("way", "On the way", Q(status=ShipmentStatus.SHIPPED)),
        Tab(
            "trouble",
            "In trouble",
            Q(pk__in=Shipment.objects.in_trouble().values("pk")),
            help="Held up on the way, or back with us and no return opened",
        ),
        Tab("all", "All", counted=False),
    )
    change_form_template = "admin/warehouse/parcel.html"
    fields = (
        ("number", "status"),
        ("carrier", "service"),
        ("tracking_number", "tracking_status"),
        ("weight_g", "expected_on"),
        ("length_mm", "width_mm"),
        ("height_mm", "packed_at"),
        ("shipped_at", "delivered_at"),
    )
    list_help = "A parcel is packed from one piece of work, gets a label, leaves, and is followed to the door."

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Shipment]":
        """Load what the page names."""
        return (
            super()
            .get_queryset(request)
            .select_related("fulfillment_order__location", "fulfillment_order__order")
        )

    @display(description="Location")
    def place(self, parcel: Shipment) -> str:
        """Show where it is packed."""
        return parcel.fulfillment_order.location.name

    @display(description="State")
    def state(self, parcel: Shipment) -> SafeString:
        """Show where it stands."""
        return badge(parcel.status, str(parcel.get_status_display()))

    @display(description="Tracking")
    def tracking(self, parcel: Shipment) -> SafeString:
        """Show what the carrier says."""
        return badge(parcel.tracking_status, str(parcel.get_tracking_status_display()))

    def page_context(self, request: HttpRequest, document: Shipment) -> Mapping[str, Any]:
        """Add content, labels and scans."""
        return {
            "parcel": document,
            "lines": packing_queries.lines_of([document.pk])[document.pk],
            "labels": queries.labels_of(document.pk),
            "scans": document.scans.order_by("-occurred_at", "-id")[:100],
            "may_ship": request.user.has_perm(SHIP)
            and document.status in (ShipmentStatus.PACKED, ShipmentStatus.LABELLED),
            "may_see_order": request.user.has_perm("orders.view_order"),
        }
