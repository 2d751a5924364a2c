"""Reads of channels."""

from collections.abc import Collection

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from orders.channels.models import Channel, ChannelBuffer, ReservationTime


def buffers(channel: Channel, sku_ids: Collection[int]) -> dict[int, int]:
    """Return how many units of each SKU the channel does not see; a SKU of which it sees all is not in it."""
    found = {}
    if channel.default_buffer:
        found = dict.fromkeys(sku_ids, channel.default_buffer)
    found.update(
        ChannelBuffer.objects.filter(channel=channel, sku_id__in=sku_ids).values_list(
            "sku_id", "units"
        )
    )
    return {sku_id: units for sku_id, units in found.items() if units}


def buffers_of(sku_id: int, channel_ids: Collection[int]) -> dict[int, int]:
    """Return how many units of a SKU each of the channels does not see; one statement."""
    own = ChannelBuffer.objects.filter(channel=OuterRef("pk"), sku_id=sku_id).values("units")
    return dict(
        Channel.objects.filter(pk__in=channel_ids)
        .annotate(units=Coalesce(Subquery(own), "default_buffer"))
        .values_list("pk", "units")
    )


def minutes_for(channel: Channel, payment_method: str) -> int:
    """Return how long the channel holds a cart that is to be paid so; an empty method asks for the usual time."""
    if payment_method:
        times = ReservationTime.objects.filter(channel=channel, payment_method=payment_method)
        minutes = times.values_list("minutes", flat=True).first()
        if minutes is not None:
            return minutes
    return channel.cart_minutes
