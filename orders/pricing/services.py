"""Keep price lists."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from oms.core import money
from oms.core.actors import Actor
from oms.core.timeline import services as timeline
from orders.pricing import errors
from orders.pricing.models import Price, PriceList


@transaction.atomic
def set_price(
    *, price_list: PriceList, sku_id: int, amount: Decimal, valid_from: date, actor: Actor
) -> Price:
    """Let a SKU cost `amount` on a list from a day on; a price that began on that very day is replaced.

    Raises PriceInvalid when the amount is negative or finer than the currency.
    """
    if amount < 0 or not money.is_quantized(amount, price_list.currency):
        raise errors.PriceInvalid(
            f"A price is not negative and has {money.digits(price_list.currency)} decimals."
        )
    key: dict[str, Any] = {"price_list": price_list, "sku_id": sku_id, "valid_from": valid_from}
    before = Price.objects.filter(**key).values_list("amount", flat=True).first()
    price, _ = Price.objects.update_or_create(**key, defaults={"amount": amount})
    if before != amount:
        timeline.record(
            price_list,
            "price_set",
            actor=actor,
            before={} if before is None else {"amount": str(before)},
            after={"amount": str(amount)},
            data={"sku_id": sku_id, "valid_from": valid_from.isoformat()},
        )
    return price
