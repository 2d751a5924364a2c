"""Bank transfer: the customer sends money, and a person or a statement says when it has arrived."""

from typing import ClassVar

from orders.payments.gateways.base import Offline


class BankTransfer(Offline):
    """Promises nothing: the order waits until the receipt is recorded."""

    code: ClassVar[str] = "bank_transfer"
    label: ClassVar[str] = "Bank transfer"
