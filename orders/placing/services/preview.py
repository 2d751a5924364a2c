"""Say what placing would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from orders.channels.models import Channel
from orders.ordering import services as ordering
from orders.placing import queries
from orders.placing.drafts import Draft
from orders.placing.services import considering
from orders.pricing import rules as pricing
from orders.routing import rules as routing


@dataclass(frozen=True, slots=True)
class Preview:
    """What placing would do. `known` is the number of the same order if it is there already; nothing happens then.

    `lines`, `kits` and `amounts` are what would be written (nothing of a known order), `sources` the lines of the draft
    that the lines come from, `takes` the units that would be allocated, `backordered` the units (by SKU id) that would
    wait, `holds` the reasons for which the order would be held.
    """

    known: str
    total: Decimal
    lines: Sequence[ordering.NewLine]
    kits: Sequence[ordering.NewKit]
    sources: Sequence[int]
    amounts: pricing.OrderAmounts | None
    takes: Sequence[routing.Take]
    backordered: Mapping[int, int]
    holds: Sequence[str]


def preview(
    *,
    channel: Channel,
    draft: Draft,
    taken: Mapping[tuple[int, int], int] = considering.NOTHING,
    assumed: Mapping[str, queries.Offer] = considering.NO_OFFERS,
) -> Preview:
    """Say what `place` would do, or raise what it would raise; nothing is locked or written.

    `taken` maps (SKU id, location id) to units to leave out of account, and `assumed` SKU codes to offers that do not
    exist yet (their ids are negative), so that a whole series can be previewed.
    """
    terms = considering.terms_of(channel, draft)
    if terms.known_order_id is not None:
        known, _, _ = considering.known(terms.known_order_id, draft.fingerprint())
        return Preview(known.number, known.total, (), (), (), None, (), {}, ())
    terms = replace(
        terms,
        offers={
            **{
                code: replace(offer, rates=terms.shipping_rates)  # as goods of the standard class
                for code, offer in assumed.items()
            },
            **terms.offers,
        },
    )
    order = considering.consider(channel, draft, terms, taken=taken)
    return Preview(
        "",
        order.amounts.total,
        order.lines,
        order.kits,
        order.sources,
        order.amounts,
        order.plan.takes,
        order.plan.shortages,
        [str(wait.reason) for wait in order.waits],
    )
