"""Say which articles are picked most at a location."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Sum

from inventory.locations.models import Location
from inventory.stock.errors import UnknownPlace
from inventory.stock.models import Level, Movement
from inventory.stock.states import MovementKind
from inventory.storing import rules
from inventory.storing.models import SkuClass
from oms.core import clock, locking

DAYS = 90


@transaction.atomic
def reckon(*, location_id: int, days: int = DAYS) -> int:
    """Write the class of every SKU at a location anew, by how often orders took it; return how many there are.

    Whoever reckons at the same time waits. Raises UnknownPlace.
    """
    location = locking.lock_one(Location.objects.filter(pk=location_id), missing=UnknownPlace)
    at = clock.now()
    taken = {
        sku_id: (picks, units)
        for sku_id, picks, units in Movement.objects.filter(
            level__location=location,
            kind=MovementKind.SHIPMENT,
            at__gt=at - timedelta(days=days),
        )
        .values_list("level__sku_id")
        .annotate(picks=Count("pk"), units=Sum("quantity"))
        .order_by()
    }
    known = Level.objects.filter(location=location).values_list("sku_id", flat=True)
    picks = {sku_id: taken.get(sku_id, (0, 0))[0] for sku_id in known}
    letters = rules.classes(picks)
    SkuClass.objects.filter(location=location).delete()
    SkuClass.objects.bulk_create(
        SkuClass(
            location=location,
            sku_id=sku_id,
            letter=letters[sku_id],
            picks=count,
            units=taken.get(sku_id, (0, 0))[1],
            days=days,
            reckoned_at=at,
        )
        for sku_id, count in picks.items()
    )
    return len(picks)


def reckon_all() -> int:
    """Do so at every location with bins; return how many locations there are."""
    places = list(Location.objects.filter(uses_bins=True).values_list("pk", flat=True))
    for location_id in places:
        reckon(location_id=location_id)
    return len(places)
