"""Use-cases of substitutes: say what they are, look at an order, ask, replace, and take the customer's answer."""

from orders.substituting.services.considering import consider, consider_sku, review
from orders.substituting.services.deciding import (
    accept,
    ask,
    cancel,
    keep_waiting,
    lapse,
    replace,
)
from orders.substituting.services.ending import end_unanswered
from orders.substituting.services.naming import Choice, name_substitutes, set_mode

__all__ = [
    "Choice",
    "accept",
    "ask",
    "cancel",
    "consider",
    "consider_sku",
    "end_unanswered",
    "keep_waiting",
    "lapse",
    "name_substitutes",
    "replace",
    "review",
    "set_mode",
]
