"""Costs: the method, a rate, what the opening stock had cost, and charges in each state."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from inventory.catalog.models import Sku
from inventory.costing import services as costing
from inventory.costing.errors import NothingToState
from inventory.costing.services import NewCharge
from inventory.costing.states import Method
from inventory.purchasing.models import PurchaseOrder
from oms.core import money
from oms.demo import goods, workshop
from oms.demo.world import World

_SHARE = Decimal("0.62")  # of the wholesale price that the goods cost
_UNTOLD = 11  # of every eleventh SKU nobody knows what the opening stock had cost
# Name of the order, kind, amount, currency, by what it is split, invoice.
_CHARGES = (
    ("taught-0", "freight", "38.50", "EUR", "weight", "SP-20881"),
    ("received", "freight", "24.90", "EUR", "weight", "SP-21002"),
    ("closed", "duty", "17.32", "GBP", "value", "ZB-3391"),
    ("partially", "freight", "29.00", "EUR", "volume", "SP-21017"),
    ("short", "insurance", "6.40", "EUR", "value", "VS-118"),
)
_MISTAKEN = "short"


def value(world: World, orders: Mapping[str, PurchaseOrder]) -> None:
    """Decide the method, tell what is known, and work everything out."""
    manager = world.staff["manager"]
    costing.set_policy(
        method=Method.FIFO, currency="EUR", reason="As agreed with the tax adviser", actor=manager
    )
    costing.add_rate(
        currency="GBP", rate=Decimal("1.17"), valid_from=date(2020, 1, 1), actor=manager
    )
    _work_out()
    for number, (code, cost) in enumerate(_unit_costs()):
        if number % _UNTOLD == 0:
            continue
        try:
            costing.state_cost(
                sku_id=world.skus[code].pk,
                unit_cost=cost,
                reason="Price list of last year",
                actor=manager,
            )
        except NothingToState:
            continue
    for code, each in workshop.COSTS.items():
        costing.state_cost(
            sku_id=Sku.objects.get(code=code).pk,
            unit_cost=Decimal(each),
            reason="Delivery notes of the workshop",
            actor=manager,
        )
    for name, kind, amount, currency, basis, invoice in _CHARGES:
        if name not in orders:
            continue
        charge = costing.add_charge(
            order_id=orders[name].pk,
            charge=NewCharge(
                kind=kind,
                amount=Decimal(amount),
                currency=currency,
                basis=basis,
                reference=invoice,
            ),
            key=f"demo:{orders[name].number}",
            actor=manager,
        )
        if name == _MISTAKEN:
            costing.withdraw_charge(
                order_id=orders[name].pk,
                charge_id=charge.pk,
                reason="Paid by the supplier",
                actor=manager,
            )
    _work_out()


def _unit_costs() -> list[tuple[str, Decimal]]:
    return [
        (sku.code, money.quantize(article.net * _SHARE, "EUR"))
        for article in goods.articles()
        for sku in article.skus
    ]


def _work_out() -> None:
    while costing.run():
        pass
