"""Terms, proposals, lead times; purchase orders within someone's reach."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from inventory.locations.models import Location
from inventory.purchasing import errors, rules
from inventory.purchasing.models import (
    PurchaseLine,
    PurchaseOrder,
    PurchaseReceipt,
    PurchaseReceiptLine,
    Supplier,
    SupplierHoliday,
    SupplierSku,
)
from inventory.purchasing.rules import LeadTime
from inventory.purchasing.sheet import Party, Sheet, SheetLine
from oms.core import money, numbering

# Lead times are learnt from so many of the newest receipt lines.
LEARNT_FROM = 500

Reach = frozenset[str] | None
"""Codes of the locations within reach; None is all."""


@dataclass(frozen=True, slots=True)
class Offer:
    """On which terms a supplier sells a SKU on one day."""

    code: str
    pack_size: int
    minimum: int
    lead_days: int
    breaks: Sequence[rules.Break]

    def quantity(self, wanted: int) -> int:
        """Return the least quantity in whole packs that serves `wanted`."""
        return rules.orderable(wanted, pack_size=self.pack_size, minimum=self.minimum)

    def unit_cost(self, quantity: int) -> Decimal | None:
        """Return what a unit costs at `quantity`, if the terms say."""
        return rules.unit_cost(self.breaks, quantity)


def offers(supplier: Supplier, sku_ids: Collection[int], *, on: date) -> dict[int, Offer]:
    """Return the terms of that day by SKU; where two overlap, those that began last."""
    found: dict[int, Offer] = {}
    terms = SupplierSku.objects.filter(supplier=supplier, sku_id__in=sku_ids).valid_on(on)
    for each in terms.prefetch_related("breaks"):
        found.setdefault(
            each.sku_id,
            Offer(
                code=each.code,
                pack_size=each.pack_size,
                minimum=each.minimum_quantity,
                lead_days=supplier.lead_days if each.lead_days is None else each.lead_days,
                breaks=[rules.Break(step.quantity, step.unit_cost) for step in each.breaks.all()],
            ),
        )
    return found


def suppliers_of(sku_ids: Collection[int], *, on: date) -> dict[int, list[SupplierSku]]:
    """Return who sells each SKU on that day, the preferred supplier first."""
    found: dict[int, list[SupplierSku]] = {}
    rows = (
        SupplierSku.objects.filter(sku_id__in=sku_ids, supplier__is_active=True)
        .valid_on(on)
        .select_related("supplier")
        .order_by("-preferred", "supplier__name", "-valid_from")
    )
    for row in rows:
        known = found.setdefault(row.sku_id, [])
        if row.supplier_id not in {each.supplier_id for each in known}:
            known.append(row)
    return found


def expected_on(
    supplier: Supplier, *, placed_on: date, lead_days: Collection[int]
) -> dict[int, date]:
    """Return the day on which goods come for each of some lead times, by the supplier's calendar."""
    holidays = frozenset(
        SupplierHoliday.objects.filter(supplier=supplier, day__gte=placed_on).values_list(
            "day", flat=True
        )
    )
    return {
        days: rules.expected_on(
            placed_on, lead_days=days, ship_days=supplier.ship_days, holidays=holidays
        )
        for days in set(lead_days)
    }


# Orders -------------------------------------------------------------------------------------------


def within(reach: Reach) -> "QuerySet[PurchaseOrder]":
    """Return the orders within reach, with supplier, location, lines and receipts ready to be shown."""
    rows = PurchaseOrder.objects.select_related("supplier", "location").prefetch_related(
        Prefetch("lines", PurchaseLine.objects.select_related("sku")),
        Prefetch(
            "receipts",
            PurchaseReceipt.objects.prefetch_related(
                Prefetch("lines", PurchaseReceiptLine.objects.select_related("line__sku"))
            ),
        ),
    )
    return rows if reach is None else rows.filter(location__code__in=reach)


def find(reference: str, *, reach: Reach) -> PurchaseOrder:
    """Return the order with this id or number. Raises PurchaseOrderMissing, also beyond the reach."""
    try:
        wanted = within(reach).filter(uuid=UUID(reference))
    except ValueError:
        wanted = within(reach).filter(number=numbering.normalize(reference))
    found = wanted.first()
    if found is None:
        raise errors.PurchaseOrderMissing
    return found


def find_supplier(code: str) -> Supplier | None:
    """Return the active supplier with this code."""
    return Supplier.objects.filter(code=code, is_active=True).first()


def find_location(code: str, *, reach: Reach) -> Location | None:
    """Return the active location with this code, if it is within reach."""
    if reach is not None and code not in reach:
        return None
    return Location.objects.filter(code=code, is_active=True).first()


def total(lines: Sequence[PurchaseLine], currency: str) -> Decimal:
    """Return what the units that are not cancelled cost; lines without a price count nothing."""
    return sum(
        (amount(line, currency) for line in lines),
        money.from_minor(0, currency),
    )


def amount(line: PurchaseLine, currency: str) -> Decimal:
    """Return what the units of a line cost that are not cancelled."""
    return money.quantize(
        (line.unit_cost or Decimal(0)) * (line.ordered - line.cancelled), currency
    )


def day_at(location: Location, at: datetime) -> date:
    """Return the calendar day of an instant at a location."""
    return at.astimezone(ZoneInfo(location.time_zone)).date()


# Lead times ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Learnt:
    """Lead times of a supplier: of all SKUs together, and of each."""

    overall: LeadTime | None
    by_sku: Mapping[str, LeadTime]


def lead_times(supplier_id: int) -> Learnt:
    """Return what the newest receipts of a supplier teach, in days from placing to receipt."""
    rows = (
        PurchaseReceiptLine.objects.filter(
            receipt__order__supplier_id=supplier_id,
            receipt__undone_at__isnull=True,
        )
        .order_by("-pk")
        .values_list(
            "line__sku__code",
            "receipt__order__placed_at",
            "receipt__received_at",
            "receipt__order__location__time_zone",
        )[:LEARNT_FROM]
    )
    days: dict[str, list[int]] = {}
    for code, placed_at, received_at, zone in rows:
        if placed_at is None:
            continue
        place = ZoneInfo(zone)
        taken = received_at.astimezone(place).date() - placed_at.astimezone(place).date()
        days.setdefault(code, []).append(taken.days)
    learnt = {code: rules.lead_time(taken) for code, taken in sorted(days.items())}
    return Learnt(
        overall=rules.lead_time([each for taken in days.values() for each in taken]),
        by_sku={code: each for code, each in learnt.items() if each is not None},
    )


# What is sent out ---------------------------------------------------------------------------------


def sheet(order: PurchaseOrder) -> Sheet:
    """Return a placed order as it is sent out: what we asked for, whatever was confirmed or cancelled since.

    A draft shows what it holds so far. Costs two statements, and one each for supplier and location.
    """
    lines = []
    for line in PurchaseLine.objects.filter(order=order).select_related("sku"):
        cost = line.asked_cost if line.asked_cost is not None else line.unit_cost or Decimal(0)
        lines.append(
            SheetLine(
                position=line.position,
                sku=line.sku.code,
                supplier_code=line.supplier_code,
                barcode=line.sku.barcode,
                name=line.sku.name,
                quantity=line.ordered,
                unit_cost=money.written(cost, order.currency),
                amount=money.quantize(cost * line.ordered, order.currency),
                expected_on=line.asked_on or line.expected_on,
            )
        )
    return Sheet(
        number=order.number,
        control=order.pk,
        placed_at=(order.placed_at or order.created_at).astimezone(UTC),
        currency=order.currency,
        language=order.supplier.language,
        account_number=order.supplier.account_number,
        edi_id=order.supplier.edi_id,
        note=order.note,
        seller=_party(order.supplier),
        buyer=_party(order.location),
        lines=lines,
        total=sum((line.amount for line in lines), money.from_minor(0, order.currency)),
    )


def _party(place: Supplier | Location) -> Party:
    return Party(
        code=place.code,
        name=place.name,
        street=tuple(line.strip() for line in place.street.splitlines() if line.strip()),
        city=place.city,
        region=place.region,
        postcode=place.postcode,
        country=place.country,
    )
