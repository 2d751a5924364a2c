"""How bills of materials, production orders and what can be made are shown."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from inventory.production import queries
from inventory.production.models import (
    BillOfMaterials,
    ProductionOrder,
    ProductionPosting,
)
from inventory.production.queries import Capable
from oms.core.api.schemas import Answer

# What a program may ask for by a call; drafts are edited in the console.
CALLS = ("confirm", "start", "post", "undo", "schedule", "finish", "cancel")


class ComponentOut(Answer):
    """Units of a SKU that an order needs: planned = held + missing + consumed, unless more was consumed."""

    sku: str
    planned: int
    held: int
    missing: int
    consumed: int


class ByproductOut(Answer):
    """Units of a SKU that come out beside the goods."""

    sku: str
    planned: int
    produced: int


class SlotOut(Answer):
    """Capacity of the work center that is taken on a day."""

    day: date
    load: int


class PostedLotOut(Answer):
    """Units of one lot, or a serial number, in a line of a posting."""

    number: str
    quantity: int


class PostingLineOut(Answer):
    """Units of a SKU, and what became of them; `bucket` is where goods lie. `lots` are those that are known."""

    kind: str
    sku: str
    quantity: int
    bucket: str
    lots: list[PostedLotOut]


class PostingOut(Answer):
    """One report of what went in and what came out."""

    number: str
    posted_at: datetime
    undone_at: datetime | None
    reason: str
    lines: list[PostingLineOut]


class ProductionOut(Answer):
    """A production order; `actions` are calls that are legal now. `open` is quantity - produced - scrapped, or 0."""

    id: UUID
    number: str
    status: str
    version: int
    actions: list[str]
    sku: str
    revision: int
    location: str
    work_center: str
    quantity: int
    produced: int
    scrapped: int
    open: int
    note: str
    due_on: date | None
    not_before: date | None
    starts_on: date | None
    finishes_on: date | None
    demand_document: str
    created_at: datetime
    confirmed_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    components: list[ComponentOut]
    byproducts: list[ByproductOut]
    slots: list[SlotOut]
    postings: list[PostingOut]


class ProductionPage(Answer):
    """Production orders, newest first."""

    results: list[ProductionOut]
    next: str | None
    limit: int


def production_out(found: ProductionOrder) -> ProductionOut:
    """Show an order that was read by `queries.within`."""
    return ProductionOut(
        id=found.uuid,
        number=found.number,
        status=found.status,
        version=found.version,
        actions=[act for act in CALLS if queries.refusal(act, found) is None],
        sku=found.bill.sku.code,
        revision=found.bill.revision,
        location=found.location.code,
        work_center=found.work_center.code if found.work_center else "",
        quantity=found.quantity,
        produced=found.produced,
        scrapped=found.scrapped,
        open=found.open,
        note=found.note,
        due_on=found.due_on,
        not_before=found.not_before,
        starts_on=found.starts_on,
        finishes_on=found.finishes_on,
        demand_document=found.demand_document,
        created_at=found.created_at,
        confirmed_at=found.confirmed_at,
        started_at=found.started_at,
        ended_at=found.ended_at,
        components=[
            ComponentOut(
                sku=row.sku.code,
                planned=row.planned,
                held=row.held,
                missing=row.missing,
                consumed=row.consumed,
            )
            for row in found.components.all()
        ],
        byproducts=[
            ByproductOut(sku=row.sku.code, planned=row.planned, produced=row.produced)
            for row in found.byproducts.all()
        ],
        slots=[SlotOut(day=slot.day, load=slot.load) for slot in found.slots.all()],
        postings=[_posting_out(posting) for posting in found.postings.all()],
    )


def _posting_out(posting: ProductionPosting) -> PostingOut:
    return PostingOut(
        number=posting.number,
        posted_at=posting.posted_at,
        undone_at=posting.undone_at,
        reason=posting.reason,
        lines=[
            PostingLineOut(
                kind=line.kind,
                sku=line.sku.code,
                quantity=line.quantity,
                bucket=line.bucket,
                lots=[
                    PostedLotOut(number=each.lot.number, quantity=each.quantity)
                    for each in line.lots.all()
                ],
            )
            for line in posting.lines.all()
        ],
    )


class SupplyOut(Answer):
    """Units of a component that are needed, those free now, and the day on which all are there; null: not known."""

    sku: str
    needed: int
    free: int
    ready_on: date | None


class CapableOut(Answer):
    """How soon units can be made; null where a day is not known."""

    sku: str
    revision: int
    location: str
    quantity: int
    components_on: date | None
    starts_on: date | None
    finishes_on: date | None
    work_center: str
    slots: list[SlotOut]
    components: list[SupplyOut]


def capable_out(found: Capable) -> CapableOut:
    """Show how soon units can be made."""
    return CapableOut(
        sku=found.bill.sku.code,
        revision=found.bill.revision,
        location=found.location.code,
        quantity=found.quantity,
        components_on=found.components_on,
        starts_on=found.starts_on,
        finishes_on=found.finishes_on,
        work_center=found.work_center.code if found.work_center else "",
        slots=[SlotOut(day=slot.day, load=slot.load) for slot in found.slots],
        components=[
            SupplyOut(sku=each.sku.code, needed=each.needed, free=each.free, ready_on=each.ready_on)
            for each in found.supplies
        ],
    )


class BillPartOut(Answer):
    """Units of a SKU for one batch, and the percentage that is spoilt on top."""

    sku: str
    quantity: int
    scrap: Decimal


class BillByproductOut(Answer):
    """Units of a SKU that come out of one batch beside the goods."""

    sku: str
    quantity: int


class WayOut(Answer):
    """What a batch takes of a work center, and the days until its goods are finished."""

    work_center: str
    location: str
    load: int
    lead_days: int


class BillOut(Answer):
    """What goes into a batch of a SKU, in one revision."""

    id: UUID
    sku: str
    revision: int
    status: str
    batch: int
    lead_days: int
    valid_from: date
    components: list[BillPartOut]
    byproducts: list[BillByproductOut]
    routings: list[WayOut]


def bill_out(found: BillOfMaterials) -> BillOut:
    """Show a bill."""
    return BillOut(
        id=found.uuid,
        sku=found.sku.code,
        revision=found.revision,
        status=found.status,
        batch=found.batch,
        lead_days=found.lead_days,
        valid_from=found.valid_from,
        components=[
            BillPartOut(sku=part.sku_code, quantity=part.quantity, scrap=part.scrap)
            for part in queries.said_parts(found)
        ],
        byproducts=[
            BillByproductOut(sku=each.sku_code, quantity=each.quantity)
            for each in queries.said_byproducts(found)
        ],
        routings=[
            WayOut(
                work_center=way.work_center.code,
                location=way.work_center.location.code,
                load=way.load,
                lead_days=way.lead_days,
            )
            for way in queries.ways_of(found)
        ],
    )
