"""Use-cases of substitutes: look at an order, ask, replace, and take the customer's answer."""

from orders.substituting.services.considering import consider, consider_sku, review
from orders.substituting.services.deciding import accept, ask, cancel, keep_waiting, replace

__all__ = [
    "accept",
    "ask",
    "cancel",
    "consider",
    "consider_sku",
    "keep_waiting",
    "replace",
    "review",
]
