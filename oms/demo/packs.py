"""The packs of the demo: wholesale buys tea and bulbs by the case."""

from inventory.catalog.models import Sku
from inventory.packs import services as packs
from inventory.packs.rules import NewPack
from oms.core.actors import Actor
from oms.demo.goods import ean13

CASE = "CASE"
_UNITS = {"TEA": 6, "BULB": 10}
_OWN_NUMBERS = "21"  # GS1 prefix for numbers used within one company


def comes_in_cases(code: str) -> bool:
    """Say whether this article is sold by the case as well."""
    return code.split("-", maxsplit=1)[0] in _UNITS


def make(*, actor: Actor) -> None:
    """Say of the articles that have none in which packs they come."""
    for sku in Sku.objects.filter(packs__isnull=True).order_by("pk"):
        if comes_in_cases(sku.code):
            units = _UNITS[sku.code.split("-", maxsplit=1)[0]]
            packs.define(
                sku_id=sku.pk,
                packs=[
                    NewPack(
                        CASE, units, ean13(f"{_OWN_NUMBERS}{sku.pk:010d}"), units * sku.weight_g
                    )
                ],
                actor=actor,
            )
