"""Use-cases of substitutes: say what they are, look at an order, ask, replace, and take the customer's answer."""

from orders.substituting.services.considering import consider, consider_sku, review
from orders.substituting.services.deciding import (
    accept,
    ask,
    cancel,
    keep_waiting,
    lapse,
    offers_that_ended,
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
    "offers_that_ended",
    "replace",
    "review",
    "set_mode",
]
