"""Use-cases of shipping: compare rates, buy and void labels, ship."""

from fulfillment.shipping.services.labelling import (
    buy_label,
    record_label,
    settle_due,
    void_label,
)
from fulfillment.shipping.services.rating import Offers, rates
from fulfillment.shipping.services.sending import ship

__all__ = [
    "Offers",
    "buy_label",
    "rates",
    "record_label",
    "settle_due",
    "ship",
    "void_label",
]
