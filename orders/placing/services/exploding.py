"""Turn the lines that were sent into those that are stocked: kits become lines of their parts, packs their units."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms.core import money
from orders.ordering import services as ordering
from orders.placing.drafts import Draft, DraftLine
from orders.placing.queries import Offer, Terms
from orders.pricing import rules as pricing


@dataclass(frozen=True, slots=True)
class Item:
    """Units of a SKU that is stocked. `source` is the line of the draft it comes from.

    The part of a kit has `kit`, the place of its kit among the kits, and `gross`: what its units cost by their share of
    the kit's price. Its tax is its own, or the kit's. Units that were ordered in packs have `gross` as well, since what
    a pack costs need not be a multiple of what a unit costs.
    """

    source: int
    offer: Offer
    quantity: int
    unit_price: Decimal
    discount: Decimal
    tax_class: str
    rates: tuple[pricing.Rate, ...]
    external_line_id: str = ""
    gross: Decimal | None = None
    kit: int | None = None
    units_per_kit: int | None = None
    pack: str = ""
    pack_units: int | None = None
    pack_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SoldKit:
    """A line of the draft that is a kit."""

    offer: Offer
    line: DraftLine
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Exploded:
    """What a draft comes to in stocked SKUs, in the order of its lines, and its kits."""

    items: Sequence[Item]
    kits: Sequence[SoldKit]


def units_of(line: DraftLine, terms: Terms) -> int:
    """Return how many base units one of what the line counts is."""
    return terms.units[line.sku, line.unit] if line.unit else 1


def price_of(line: DraftLine, offer: Offer, terms: Terms) -> Decimal:
    """Return the price of one of what the line counts: the one that was sent, else by the list's of a unit."""
    if line.unit_price is not None:
        return line.unit_price
    return (offer.list_price or Decimal(0)) * units_of(line, terms)


def explode(draft: Draft, terms: Terms, currency: str) -> Exploded:
    """Return the items of a draft whose lines can be sold."""
    items: list[Item] = []
    kits: list[SoldKit] = []
    for source, line in enumerate(draft.lines):
        offer = terms.offers[line.sku]
        price = price_of(line, offer, terms)
        each = units_of(line, terms)
        if offer.kit is None and each > 1:
            items.append(_packed(source, line, offer, price, each, currency))
        elif offer.kit is None:
            items.append(
                Item(
                    source,
                    offer,
                    line.quantity,
                    price,
                    line.discount,
                    offer.tax_class,
                    offer.rates,
                    line.external_line_id,
                )
            )
        else:
            items += _parts(source, line, offer, price, terms, len(kits), currency)
            kits.append(SoldKit(offer, line, price))
    return Exploded(items, kits)


def _packed(
    source: int, line: DraftLine, offer: Offer, price: Decimal, each: int, currency: str
) -> Item:
    return Item(
        source,
        offer,
        line.quantity * each,
        money.quantize(price / each, currency),
        line.discount,
        offer.tax_class,
        offer.rates,
        line.external_line_id,
        gross=money.quantize(price * line.quantity, currency),
        pack=line.unit,
        pack_units=each,
        pack_price=price,
    )


def _parts(
    source: int,
    line: DraftLine,
    offer: Offer,
    price: Decimal,
    terms: Terms,
    kit: int,
    currency: str,
) -> list[Item]:
    if offer.kit is None:
        raise ValueError("This offer is no kit.")
    parts = offer.kit.parts
    offers = [terms.offers[part.code] for part in parts]
    gross = pricing.kit_gross(
        unit_price=price,
        quantity=line.quantity,
        weights=pricing.part_weights(
            units=[part.units for part in parts],
            shares=[part.share for part in parts],
            list_prices=[each.list_price for each in offers],
        ),
        currency=currency,
    )
    discounts = money.allocate(line.discount, gross, currency)
    return [
        Item(
            source,
            own,
            units := line.quantity * part.units,
            money.quantize(amount / units, currency),
            discount,
            offer.tax_class if offer.kit.taxed_together else own.tax_class,
            offer.rates if offer.kit.taxed_together else own.rates,
            gross=amount,
            kit=kit,
            units_per_kit=part.units,
        )
        for part, own, amount, discount in zip(parts, offers, gross, discounts, strict=True)
    ]


def sold_kits(exploded: Exploded, amounts: pricing.OrderAmounts) -> Sequence[ordering.NewKit]:
    """Return the kits as they are written: each worth what its parts are."""
    zero = Decimal(0)
    found = []
    for index, kit in enumerate(exploded.kits):
        parts = [
            each
            for item, each in zip(exploded.items, amounts.lines, strict=True)
            if item.kit == index
        ]
        found.append(
            ordering.NewKit(
                sku_id=kit.offer.sku_id,
                sku_code=kit.offer.code,
                name=kit.offer.name,
                external_line_id=kit.line.external_line_id,
                quantity=kit.line.quantity,
                unit_price=kit.unit_price,
                discount=sum((part.discount for part in parts), zero),
                net=sum((part.net for part in parts), zero),
                tax=sum((part.tax for part in parts), zero),
                total=sum((part.total for part in parts), zero),
            )
        )
    return found
