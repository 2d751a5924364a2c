"""Registry of orders' part of the console. The order page itself shows several apps and is in `oms.console`."""

from orders.backorders.admin import backorder_queue, backorders
from orders.carts.admin import ChannelAdmin
from orders.channels.admin import ApiClientAdmin, ApiKeyAdmin
from orders.holds.admin import HoldAdmin
from orders.importing.admin import ImportMappingAdmin
from orders.payments.admin import PaymentAdmin, TransactionAdmin
from orders.preorders.admin import PreorderAdmin
from orders.pricing.admin import PriceAdmin, PriceListAdmin
from orders.substituting.admin import SubstituteAdmin, SubstitutionRuleAdmin
from orders.tax.admin import TaxRateAdmin

__all__ = [
    "ApiClientAdmin",
    "ApiKeyAdmin",
    "ChannelAdmin",
    "HoldAdmin",
    "ImportMappingAdmin",
    "PaymentAdmin",
    "PreorderAdmin",
    "PriceAdmin",
    "PriceListAdmin",
    "SubstituteAdmin",
    "SubstitutionRuleAdmin",
    "TaxRateAdmin",
    "TransactionAdmin",
    "backorder_queue",
    "backorders",
]
