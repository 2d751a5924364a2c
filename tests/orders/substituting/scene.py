"""A shop in which MOSS is out of stock and SAND may stand for it."""

from decimal import Decimal
from typing import Any

from inventory.catalog.models import Sku
from oms.core.outbox import services as outbox
from oms.reporting.invariants import services as invariants
from orders.channels.models import Channel
from orders.ordering.models import Order, OrderLine
from orders.payments import services as payments
from orders.placing import services as placing
from orders.placing.drafts import Draft, DraftLine, DraftPayment
from orders.substituting.models import Substitute, SubstitutionRule
from tests.orders.factories import (
    BERLIN,
    CLERK,
    ChannelFactory,
    PriceFactory,
    TaxRateFactory,
    stocked_sku,
)


class Scene:
    """MOSS (12.00) of which one lies there, SAND (10.00) of which `sand` do; backorders are taken."""

    def __init__(
        self,
        mode: str | None = "automatic",
        *,
        sand: int = 10,
        sand_price: str = "10.00",
        **choice: Any,
    ) -> None:
        self.channel: Channel = ChannelFactory.create(backorders=True, shipping_fee=Decimal(0))
        TaxRateFactory.create()
        self.moss: Sku = stocked_sku(1, code="MOSS", name="Mug, moss")
        self.sand: Sku = stocked_sku(sand, code="SAND", name="Mug, sand")
        for sku, price in ((self.moss, "12.00"), (self.sand, sand_price)):
            PriceFactory.create(price_list=self.channel.price_list, sku=sku, amount=Decimal(price))
        self.choice = Substitute.objects.create(sku=self.moss, other=self.sand, **choice)
        if mode:
            SubstitutionRule.objects.create(channel=self.channel, mode=mode)

    def buy(self, units: int = 3, method: str = "channel", **changes: Any) -> Order:
        """Place an order of MOSS, and let everything happen that follows."""
        order = placing.place(
            channel=self.channel,
            draft=Draft(
                **{
                    "external_id": f"S-{Order.objects.count()}",
                    "customer_name": "Ada Lovelace",
                    "email": "ada@example.com",
                    "ship_to": BERLIN,
                    "lines": (DraftLine(sku="MOSS", quantity=units),),
                    "payment": DraftPayment(method=method, reference="tok_approve"),
                    **changes,
                }
            ),
            actor=CLERK,
        ).order
        settle()
        order.refresh_from_db()
        return order


def settle() -> None:
    """Let everything happen that is due."""
    while outbox.drain() + payments.carry_out_due():
        pass


def lines(order: Order) -> list[tuple[str, int, int, int]]:
    """Return SKU, ordered, cancelled and backordered of each line."""
    rows = OrderLine.objects.filter(order=order).order_by("position")
    return list(rows.values_list("sku_code", "ordered", "cancelled", "backordered"))


def assert_books_agree() -> None:
    """Check every invariant."""
    assert [result.check.name for result in invariants.run() if not result.holds] == []
