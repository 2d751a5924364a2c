"""Which postings used a lot, or a lot made with it, and which brought one, or a lot that is in it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.db.models.expressions import RawSQL

from inventory.production import statements
from inventory.production.models import PostedLot, ProductionPosting, ProductionPostingLine
from inventory.production.states import MADE, PostingKind

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Units of a SKU that went into a posting or came out of it, of a lot (empty: of no lot that is known)."""

    sku: str
    lot: str
    lot_id: int | None
    lot_uuid: UUID | None
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A posting that stands: what it used and what it made. On the side that is asked for, all of it."""

    order_id: int
    order_number: str
    number: str
    location_code: str
    location_name: str
    at: datetime
    used: Sequence[Units]
    made: Sequence[Units]


def went_into(lot_id: int, *, location_codes: frozenset[str] | None = None) -> list[Traced]:
    """Return the postings that used a lot or a lot made with it, latest first: of what they used, these lots alone.

    At locations within reach (None: all), the latest `MOST_SHOWN`. Four statements.
    """
    return _traced(
        statements.made_with(lot_id),
        traced=(PostingKind.CONSUME,),
        beside=MADE,
        location_codes=location_codes,
    )


def made_of(lot_id: int, *, location_codes: frozenset[str] | None = None) -> list[Traced]:
    """Return the postings that made a lot or a lot that is in it, latest first: of what they made, these lots alone.

    At locations within reach (None: all), the latest `MOST_SHOWN`. Four statements.
    """
    return _traced(
        statements.made_of(lot_id),
        traced=MADE,
        beside=(PostingKind.CONSUME,),
        location_codes=location_codes,
    )


def _traced(
    lot_ids: RawSQL,
    *,
    traced: Sequence[PostingKind],
    beside: Sequence[PostingKind],
    location_codes: frozenset[str] | None,
) -> list[Traced]:
    hits = PostedLot.objects.filter(
        lot_id__in=lot_ids, line__kind__in=traced, line__posting__undone_at=None
    )
    postings = ProductionPosting.objects.filter(pk__in=hits.values("line__posting_id"))
    if location_codes is not None:
        postings = postings.filter(order__location__code__in=location_codes)
    found = list(postings.select_related("order__location").order_by("-id")[:MOST_SHOWN])
    if not found:
        return []
    keys = [posting.pk for posting in found]
    here = _units(hits.filter(line__posting_id__in=keys))
    others = _beside(keys, beside)
    is_used = PostingKind.CONSUME in traced
    return [
        Traced(
            order_id=posting.order_id,
            order_number=posting.order.number,
            number=posting.number,
            location_code=posting.order.location.code,
            location_name=posting.order.location.name,
            at=posting.posted_at,
            used=(here if is_used else others)[posting.pk],
            made=(others if is_used else here)[posting.pk],
        )
        for posting in found
    ]


def _units(rows: "QuerySet[PostedLot]") -> defaultdict[int, list[Units]]:
    """Return the units of lots by posting: one statement."""
    found: defaultdict[int, list[Units]] = defaultdict(list)
    for row in rows.select_related("line", "lot__sku").order_by("id"):
        found[row.line.posting_id].append(_of_lot(row))
    return found


def _beside(
    posting_ids: Sequence[int], kinds: Iterable[PostingKind]
) -> defaultdict[int, list[Units]]:
    """Return all units of these kinds by posting, those of no known lot included: two statements."""
    lines = ProductionPostingLine.objects.filter(posting_id__in=posting_ids, kind__in=kinds)
    found: defaultdict[int, list[Units]] = defaultdict(list)
    lots_of = Prefetch("lots", PostedLot.objects.select_related("lot__sku").order_by("id"))
    for line in lines.select_related("sku").prefetch_related(lots_of).order_by("id"):
        lots = line.lots.all()
        found[line.posting_id] += [_of_lot(row) for row in lots]
        if rest := line.quantity - sum(row.quantity for row in lots):
            found[line.posting_id].append(
                Units(sku=line.sku.code, lot="", lot_id=None, lot_uuid=None, quantity=rest)
            )
    return found


def _of_lot(row: PostedLot) -> Units:
    lot = row.lot
    return Units(
        sku=lot.sku.code,
        lot=lot.number,
        lot_id=lot.pk,
        lot_uuid=lot.uuid,
        quantity=row.quantity,
    )
