"""Registry of the order tables."""

from orders.channels.models import (
    Channel,
    ChannelBackorder,
    ChannelBuffer,
    ChannelGrant,
    ReservationTime,
)
from orders.holds.models import Hold
from orders.importing.models import ImportMapping
from orders.ordering.models import Credit, Order, OrderKit, OrderLine
from orders.payments.models import Payment, Transaction
from orders.preorders.models import Preorder, PreorderLimit
from orders.pricing.models import Price, PriceList
from orders.promising.models import Promise, PromiseChange, PromiseDue, PromisePart
from orders.substituting.models import Substitute, Substitution, SubstitutionRule
from orders.tax.models import TaxRate

__all__ = [
    "Channel",
    "ChannelBackorder",
    "ChannelBuffer",
    "ChannelGrant",
    "Credit",
    "Hold",
    "ImportMapping",
    "Order",
    "OrderKit",
    "OrderLine",
    "Payment",
    "Preorder",
    "PreorderLimit",
    "Price",
    "PriceList",
    "Promise",
    "PromiseChange",
    "PromiseDue",
    "PromisePart",
    "ReservationTime",
    "Substitute",
    "Substitution",
    "SubstitutionRule",
    "TaxRate",
    "Transaction",
]
