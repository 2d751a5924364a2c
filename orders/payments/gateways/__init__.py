"""Where money is moved: one adapter per gateway behind one protocol.

`OMS_PAYMENT_GATEWAYS` names the ones in use. Three need no network: `channel` (paid there already), `cash_on_delivery`,
`bank_transfer`. `fake_card` plays a card provider for tests and the demo and is off in production.
"""

from collections.abc import Mapping
from functools import cache

from django.conf import settings

from orders.payments import errors
from orders.payments.gateways.bank_transfer import BankTransfer
from orders.payments.gateways.base import Gateway
from orders.payments.gateways.cash_on_delivery import CashOnDelivery
from orders.payments.gateways.channel import PaidAtChannel
from orders.payments.gateways.fake_card import FakeCard

_ALL: tuple[type[Gateway], ...] = (PaidAtChannel, CashOnDelivery, BankTransfer, FakeCard)


def get(code: str) -> Gateway:
    """Return the gateway for a new payment; raise UnknownGateway when it is not in use."""
    if code not in codes():
        raise errors.UnknownGateway(gateway=code, known=codes())
    return _known()[code]


def of(code: str) -> Gateway:
    """Return the gateway of a payment that exists, in use or not any more; raise UnknownGateway."""
    gateway = _known().get(code)
    if gateway is None:
        raise errors.UnknownGateway(gateway=code)
    return gateway


def codes() -> list[str]:
    """Return the codes of the gateways in use."""
    return [code for code in _known() if code in settings.OMS_PAYMENT_GATEWAYS]


@cache
def _known() -> Mapping[str, Gateway]:
    return {adapter.code: adapter() for adapter in _ALL}
