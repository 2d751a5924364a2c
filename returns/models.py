"""Registry of the return tables."""

from returns.authorizations.models import Return, ReturnLine
from returns.receiving.models import Receipt
from returns.settlement.models import Settlement

__all__ = ["Receipt", "Return", "ReturnLine", "Settlement"]
