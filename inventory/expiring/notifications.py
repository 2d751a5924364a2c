"""The mail about lots that expire soon."""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils.translation import ngettext

from inventory.expiring.models import ExpiryWatch
from inventory.expiring.queries import Expiring
from inventory.locations.models import Location
from oms.messaging import services as messages
from oms.messaging import writing
from oms.messaging.models import Message

EXPIRING = "lots_expiring"


def address_of(watch: ExpiryWatch) -> str:
    """Return where a watch is mailed to; nothing for staff who have left or have no address."""
    if watch.user is None:
        return watch.email
    return watch.user.email if watch.user.is_active else ""


def send(
    *, location: Location, address: str, language: str, lots: Sequence[Expiring], today: date
) -> Message | None:
    """Queue the mail of a day to one recipient; None when that is done."""
    with writing.written_in(language) as written:
        text, html = writing.bodies(
            "inventory/expiring/expiring",
            {
                "location": location.name,
                "lots": lots,
                "page": settings.PUBLIC_URL + reverse("admin:stock_expiring"),
            },
        )
        subject = ngettext(
            "%(count)d lot expires soon: %(location)s",
            "%(count)d lots expire soon: %(location)s",
            len(lots),
        )
        return messages.queue(
            document=location,
            kind=EXPIRING,
            trigger=f"{today.isoformat()}:{written}",
            recipient=address,
            language=written,
            subject=subject % {"count": len(lots), "location": location.name},
            text=text,
            html=html,
        )
