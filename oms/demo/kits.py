"""The kits of the demo: one of a kind, one of parts that are taxed apart, one whose price is spread by shares."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from inventory.catalog import services as catalog
from inventory.catalog.models import Sku
from inventory.catalog.services import NewSku
from inventory.kits import services as kits
from inventory.kits.rules import Part
from oms.core.actors import Actor
from orders.pricing.models import Price, PriceList


@dataclass(frozen=True, slots=True)
class Set:
    """A kit: units of each part by code, with shares of the price where they are given, and what it costs."""

    code: str
    name: str
    parts: tuple[tuple[str, int, int | None], ...]
    price: Decimal
    net: Decimal


SETS = (
    Set(
        "SET-TABLE-MOSS",
        "Table for two, moss",
        (("PLATE-MOSS", 2, None), ("BOWL-MOSS", 2, None), ("MUG-MOSS", 2, None)),
        Decimal("94.90"),
        Decimal("36.50"),
    ),
    Set(
        "SET-TEATIME",
        "Teatime: two mugs, two teas and honey",
        (
            ("MUG-CHALK", 2, None),
            ("TEA-ASSAM", 1, None),
            ("TEA-EARL", 1, None),
            ("HONEY-LIME", 1, None),
        ),
        Decimal("54.90"),
        Decimal("21.90"),
    ),
    Set(
        "SET-COOK",
        "Cookbook with pan",
        (("BOOK-EN", 1, 30), ("PAN-24", 1, 70)),
        Decimal("89.00"),
        Decimal("41.00"),
    ),
)


def make(prices: dict[str, PriceList], *, since: date, actor: Actor) -> None:
    """Make the kits that are missing, with a price on each list."""
    codes = {code for each in SETS for code, _, _ in each.parts}
    skus = dict(Sku.objects.filter(code__in=codes).values_list("code", "pk"))
    known = set(
        Sku.objects.filter(code__in=[each.code for each in SETS]).values_list("code", flat=True)
    )
    for each in SETS:
        if each.code in known:
            continue
        product = catalog.create_product(
            name=each.name,
            brand="Fjellvik",
            category="Sets",
            skus=[NewSku(code=each.code, name=each.name)],
            actor=actor,
        )
        sku = product.skus.get()
        kits.define(
            sku_id=sku.pk,
            parts=[Part(skus[code], units, share) for code, units, share in each.parts],
            actor=actor,
        )
        for name, amount in (("shop", each.price), ("trade", each.net)):
            Price.objects.create(price_list=prices[name], sku=sku, amount=amount, valid_from=since)
