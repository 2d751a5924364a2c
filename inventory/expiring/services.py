"""Tell everyone who watches a location what expires there soon."""

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction

from inventory.expiring import notifications, queries
from inventory.expiring.models import ExpiryNotice, ExpiryWatch
from inventory.expiring.queries import Expiring
from inventory.locations.models import Location
from oms.core import clock, locking
from oms.messaging.errors import InvalidRecipient

log = structlog.get_logger()

# Before the shift begins, so that what is told can be picked, moved or marked down on the same day.
FIRST_HOUR = 6


def tell_due() -> int:
    """Queue the mails of every location where the morning has come; return how many.

    Each location in a transaction of its own, each recipient once a day.
    """
    places = Location.objects.filter(is_active=True, expiry_watches__isnull=False).distinct()
    return sum(tell(location_id=place.pk) for place in places if _local(place).hour >= FIRST_HOUR)


@transaction.atomic
def tell(*, location_id: int) -> int:
    """Mail each recipient of a location the lots that came near since the last mail; return the mails queued.

    Several watches of one recipient make one mail. A lot is told once per watch, whatever comes of it later.
    """
    location = Location.objects.get(pk=location_id)
    rows = ExpiryWatch.objects.filter(location=location).order_by("pk")
    locking.lock(rows)
    watches = [watch for watch in rows.select_related("user") if notifications.address_of(watch)]
    today = _local(location).date()
    due = queries.untold(watches, today=today)
    by_recipient: defaultdict[tuple[str, str], list[ExpiryWatch]] = defaultdict(list)
    for watch in watches:
        if due[watch.pk]:
            by_recipient[notifications.address_of(watch), watch.language].append(watch)
    queued = 0
    for (address, language), theirs in by_recipient.items():
        lots: dict[int, Expiring] = {lot.lot_id: lot for each in theirs for lot in due[each.pk]}
        told = sorted(lots.values(), key=lambda lot: (lot.expires_on, lot.sku, lot.number))
        try:
            mail = notifications.send(
                location=location, address=address, language=language, lots=told, today=today
            )
        except InvalidRecipient:
            log.warning("expiry_watch_without_address", location=location.code)
            continue
        if mail is None:
            continue  # today's mail is written; what came since is told tomorrow
        queued += 1
        ExpiryNotice.objects.bulk_create(
            ExpiryNotice(watch=each, lot_id=lot.lot_id) for each in theirs for lot in due[each.pk]
        )
    return queued


def _local(location: Location) -> datetime:
    return clock.now().astimezone(ZoneInfo(location.time_zone))
