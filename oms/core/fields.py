"""Model fields of the house."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models.functions import Round

_DECIMALS = 4


def exact(amounts: Any) -> Round:
    """Return a sum or difference of amounts, for a condition or an update, as exact as the stored amounts are.

    SQLite computes amounts as binary fractions: 0.1 + 0.2 is a little more than 0.3 there. Rounded to the stored digits
    it is 0.3 again. On PostgreSQL nothing changes.
    """
    return Round(amounts, precision=_DECIMALS)


class MoneyField(models.DecimalField):
    """An amount in the currency of its row: 18 digits, 4 of them decimals, quantised by services."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 18
        kwargs["decimal_places"] = _DECIMALS
        if "default" in kwargs:
            kwargs["default"] = Decimal(kwargs["default"])
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Leave the fixed sizes out of migrations."""
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs
