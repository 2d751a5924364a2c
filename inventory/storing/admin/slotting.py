"""Which articles are picked most at a location, and which of them should lie nearer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inventory.storing import queries, services
from inventory.storing.admin.bins import SEE, SWITCH, own_location
from oms.core.admin import site
from oms.core.admin.site import page


@page("storing/<int:location_id>/slotting/", name="slotting", permission=SEE)
@require_http_methods(["GET", "POST"])
def slotting(request: HttpRequest, location_id: int) -> HttpResponse:
    """Show the classes and the moves that would bring what is picked most nearer."""
    location = own_location(request, location_id)
    if request.method == "POST" and request.user.has_perm(SWITCH):
        count = services.reckon(location_id=location.pk)
        messages.success(request, f"{count} articles reckoned anew.")
        return HttpResponseRedirect(reverse("admin:slotting", args=(location.pk,)))
    return site.render(
        request,
        "admin/storing/slotting.html",
        {
            "title": f"Slotting at {location.name}",
            "place": location,
            "classes": queries.classes(location.pk),
            "moves": queries.slotting(location.pk),
            "may_reckon": request.user.has_perm(SWITCH),
        },
    )
