"""How a purchase order is shown."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from inventory.purchasing import queries
from inventory.purchasing.models import PurchaseLine, PurchaseOrder, PurchaseReceipt
from inventory.purchasing.states import OPEN, PURCHASE_ORDER, PurchaseStatus
from oms.core import money
from oms.core.api.schemas import Answer


class PurchaseLineOut(Answer):
    """Units of one SKU, in base units. ordered + over = cancelled + received + to_come.

    `asked_*` is what we asked for; `unit_cost`, `expected_on` and `confirmed` what the supplier said since. Of
    `to_come`, `backordered` units come later, on `backordered_on` if that is known.
    """

    sku: str
    name: str
    supplier_code: str
    ordered: int
    cancelled: int
    received: int
    over: int
    to_come: int
    confirmed: int | None
    unit_cost: Decimal | None
    asked_cost: Decimal | None
    expected_on: date | None
    asked_on: date | None
    backordered: int
    backordered_on: date | None


class PurchaseReceiptLineOut(Answer):
    """Units of a SKU that came, and what one of them cost."""

    sku: str
    quantity: int
    inspect: bool
    unit_cost: Decimal
    currency: str


class PurchaseReceiptOut(Answer):
    """Goods that came at once; `undone_at` when it was a mistake and is taken back."""

    id: UUID
    number: str
    delivery_note: str
    reason: str
    received_at: datetime
    undone_at: datetime | None
    lines: list[PurchaseReceiptLineOut]


class PurchaseOrderOut(Answer):
    """A purchase order; `actions` are calls that are legal now. `total` is without tax and what is cancelled."""

    id: UUID
    number: str
    supplier: str
    location: str
    status: str
    version: int
    actions: list[str]
    currency: str
    total: Decimal
    reference: str
    note: str
    created_at: datetime
    placed_at: datetime | None
    acknowledged_at: datetime | None
    received_at: datetime | None
    lines: list[PurchaseLineOut]
    receipts: list[PurchaseReceiptOut]


class PurchaseOrderPage(Answer):
    """Purchase orders, newest first."""

    results: list[PurchaseOrderOut]
    next: str | None
    limit: int


def purchase_order_out(found: PurchaseOrder) -> PurchaseOrderOut:
    """Show an order that was read by `queries.within`."""
    lines = sorted(found.lines.all(), key=lambda line: line.position)
    return PurchaseOrderOut(
        id=found.uuid,
        number=found.number,
        supplier=found.supplier.code,
        location=found.location.code,
        status=found.status,
        version=found.version,
        actions=_actions(found),
        currency=found.currency,
        total=queries.total(lines, found.currency),
        reference=found.reference,
        note=found.note,
        created_at=found.created_at,
        placed_at=found.placed_at,
        acknowledged_at=found.acknowledged_at,
        received_at=found.received_at,
        lines=[_line(line, found.currency) for line in lines],
        receipts=[_receipt(each) for each in found.receipts.all()],
    )


def _line(line: PurchaseLine, currency: str) -> PurchaseLineOut:
    return PurchaseLineOut(
        sku=line.sku.code,
        name=line.sku.name,
        supplier_code=line.supplier_code,
        ordered=line.ordered,
        cancelled=line.cancelled,
        received=line.received,
        over=line.over,
        to_come=line.to_come,
        confirmed=line.confirmed,
        unit_cost=_cost(line.unit_cost, currency),
        asked_cost=_cost(line.asked_cost, currency),
        expected_on=line.expected_on,
        asked_on=line.asked_on,
        backordered=line.to_come_late,
        backordered_on=line.backordered_on,
    )


def _receipt(receipt: PurchaseReceipt) -> PurchaseReceiptOut:
    return PurchaseReceiptOut(
        id=receipt.uuid,
        number=receipt.number,
        delivery_note=receipt.delivery_note,
        reason=receipt.reason,
        received_at=receipt.received_at,
        undone_at=receipt.undone_at,
        lines=[
            PurchaseReceiptLineOut(
                sku=row.line.sku.code,
                quantity=row.quantity,
                inspect=row.inspect,
                unit_cost=money.written(row.unit_cost, row.currency),
                currency=row.currency,
            )
            for row in receipt.lines.all()
        ],
    )


def _cost(cost: Decimal | None, currency: str) -> Decimal | None:
    return None if cost is None else money.written(cost, currency)


def _actions(found: PurchaseOrder) -> list[str]:
    """Return the calls that are legal; part or whole is for us to find out."""
    allowed = PURCHASE_ORDER.allowed(found.status)
    calls: set[str] = {each for each in ("place", "close", "cancel") if each in allowed}
    if found.status in OPEN:
        calls |= {"acknowledge", "receive", "cancel"}
    if found.status == PurchaseStatus.DRAFT:
        calls.add("change")
    if found.status in (PurchaseStatus.PARTIALLY_RECEIVED, PurchaseStatus.RECEIVED):
        calls.add("undo")
    return sorted(calls)
