"""Use-cases of purchasing: write a draft, place it, note what the supplier confirms, receive, close, cancel.

Each locks the purchase order, then the stock levels by key, in one transaction.
"""

from inventory.purchasing.services.drafting import (
    MOST_LINES,
    NewLine,
    Proposal,
    change,
    draft,
    propose,
    total_of,
)
from inventory.purchasing.services.ending import cancel, close
from inventory.purchasing.services.ordering import Confirmed, acknowledge, place
from inventory.purchasing.services.receiving import Arrived, cause_of, receive, undo_receipt
from inventory.purchasing.services.steps import LARGEST_UNITS

__all__ = [
    "LARGEST_UNITS",
    "MOST_LINES",
    "Arrived",
    "Confirmed",
    "NewLine",
    "Proposal",
    "acknowledge",
    "cancel",
    "cause_of",
    "change",
    "close",
    "draft",
    "place",
    "propose",
    "receive",
    "total_of",
    "undo_receipt",
]
