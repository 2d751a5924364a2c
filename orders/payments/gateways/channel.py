"""Paid at the channel: the shop or marketplace has taken the money before it sent the order."""

from typing import ClassVar

from orders.payments.gateways.base import Offline


class PaidAtChannel(Offline):
    """Money that the channel took. It is given back there too, by a person."""

    code: ClassVar[str] = "channel"
    label: ClassVar[str] = "Paid at the channel"
