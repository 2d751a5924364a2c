"""Cash on delivery: the customer pays the driver, and the carrier pays us."""

from typing import ClassVar

from orders.payments.gateways.base import Offline


class CashOnDelivery(Offline):
    """Counts as reserved when the order is placed, so that work can start; the money is recorded when it arrives."""

    code: ClassVar[str] = "cash_on_delivery"
    label: ClassVar[str] = "Cash on delivery"
    reserves: ClassVar[bool] = True
