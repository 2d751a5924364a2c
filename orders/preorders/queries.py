"""How far pre-orders are, and what of them is sold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet

from orders.preorders.errors import PreorderMissing
from orders.preorders.models import Preorder, PreorderLimit
from orders.preorders.states import PreorderState


def state(preorder: Preorder, *, sold: int, today: date) -> PreorderState:
    """Say where a pre-order stands of which units are sold; no statement."""
    if today >= preorder.released_on:
        return PreorderState.RELEASED
    if today < preorder.starts_on:
        return PreorderState.SCHEDULED
    if today > preorder.ends_on:
        return PreorderState.CLOSED
    if preorder.units is not None and sold >= preorder.units:
        return PreorderState.SOLD_OUT
    return PreorderState.OPEN


@dataclass(frozen=True, slots=True)
class Sold:
    """Units sold in advance, in all and by channel."""

    units: int
    by_channel: Mapping[int, int]


def sold(preorder: Preorder) -> Sold:
    """Return what is sold of a pre-order; one statement."""
    found = Preorder.objects.filter(pk=preorder.pk).presold_by_channel()
    return Sold(sum(found.values()), found)


def shown(channel_ids: Collection[int]) -> "QuerySet[Preorder]":
    """Return the pre-orders with their SKUs, what is sold, and the limits of channels with what these sold."""
    limits = PreorderLimit.objects.filter(channel__in=channel_ids).with_presold()
    return (
        Preorder.objects.with_presold()
        .select_related("sku")
        .prefetch_related(
            Prefetch("limits", limits.select_related("channel").order_by("channel__code"))
        )
    )


def find(sku: str, *, channel_ids: Collection[int]) -> Preorder:
    """Return the pre-order of a SKU as `shown` does. Raises PreorderMissing."""
    found = shown(channel_ids).filter(sku__code=sku).first()
    if found is None:
        raise PreorderMissing
    return found
