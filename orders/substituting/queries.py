"""What may stand for what, who decides, and what is open."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from oms.core import clock
from orders.ordering.models import Order
from orders.substituting.errors import OfferMissing
from orders.substituting.models import Substitute, Substitution, SubstitutionRule
from orders.substituting.states import Mode, SubstitutionStatus


def candidates(sku_ids: Collection[int]) -> list[Substitute]:
    """Return what may be sent instead of SKUs, the first choice first: articles that are sold and are no kits."""
    return list(
        Substitute.objects.filter(
            sku__in=sku_ids,
            is_active=True,
            other__is_active=True,
            other__product__is_active=True,
            other__kit__isnull=True,
        )
        .select_related("other")
        .order_by("rank", "pk")
    )


def modes(sku_ids: Collection[int], channel_id: int) -> Mapping[int, str]:
    """Return who decides for SKUs in a channel, in one statement. Where nobody has said anything: never."""
    rules = SubstitutionRule.objects.filter(
        Q(sku__in=sku_ids) | Q(sku__isnull=True), Q(channel=channel_id) | Q(channel__isnull=True)
    )
    said = {
        (sku, channel): mode for sku, channel, mode in rules.values_list("sku", "channel", "mode")
    }
    return {
        sku_id: next(
            (
                said[key]
                for key in ((sku_id, channel_id), (sku_id, None), (None, channel_id))
                if key in said
            ),
            str(Mode.NEVER),
        )
        for sku_id in sku_ids
    }


def of_order(order: Order) -> "QuerySet[Substitution]":
    """Return the substitutions of an order, oldest first, with their lines and SKUs."""
    return (
        Substitution.objects.filter(order=order)
        .select_related("line", "new_line", "sku")
        .order_by("pk")
    )


def offers_of(order: Order) -> Sequence[Substitution]:
    """Return what the customer is asked about an order."""
    return list(of_order(order).filter(status=SubstitutionStatus.OFFERED))


def find(reference: str, *, channel_ids: Collection[int] | None = None) -> Substitution:
    """Return the substitution with this id, of an order of some channels (None: any). Raises OfferMissing."""
    try:
        key = UUID(reference)
    except ValueError:
        raise OfferMissing from None
    rows = Substitution.objects.filter(uuid=key)
    if channel_ids is not None:
        rows = rows.filter(order__channel_id__in=channel_ids)
    found = rows.select_related("order__channel", "line", "new_line", "sku").first()
    if found is None:
        raise OfferMissing
    return found


def orders_waiting_for(sku_id: int, *, at_most: int = 200) -> list[int]:
    """Return open orders that wait for something which this SKU may stand for, oldest first."""
    originals = Substitute.objects.filter(other=sku_id, is_active=True).values("sku")
    return list(
        Order.objects.open()
        .filter(lines__backordered__gt=0, lines__sku__in=originals)
        .order_by("pk")
        .values_list("pk", flat=True)
        .distinct()[:at_most]
    )


def unanswered(*, at_most: int = 200) -> list[int]:
    """Return the keys of offers that nobody answered in time, the oldest first."""
    rows = Substitution.objects.filter(
        status=SubstitutionStatus.OFFERED, ends_on__lt=clock.today()
    ).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:at_most])


def of_channels(channel_ids: Collection[int]) -> "QuerySet[Substitution]":
    """Return the substitutions of some channels' orders with orders, lines and SKUs, in no particular order."""
    return (
        Substitution.objects.filter(order__channel__in=channel_ids)
        .select_related("order", "line", "new_line", "sku")
        .order_by()
    )


def substitutes() -> "QuerySet[Substitute]":
    """Return what may be sent instead, with both SKUs, in no particular order."""
    return Substitute.objects.select_related("sku", "other").order_by()


def rules_of(channel_ids: Collection[int]) -> "QuerySet[SubstitutionRule]":
    """Return who decides in some channels, by rules of their own and for all channels."""
    rules = SubstitutionRule.objects.filter(Q(channel__in=channel_ids) | Q(channel__isnull=True))
    return rules.select_related("sku", "channel").order_by()
