"""Write bills of materials, release a revision, retire it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max

from inventory.catalog import queries as catalog
from inventory.catalog.models import Sku
from inventory.production import errors, rules
from inventory.production.models import (
    BillByproduct,
    BillComponent,
    BillOfMaterials,
    Routing,
    WorkCenter,
)
from inventory.production.rules import Byproduct, Fault, Part, Way
from inventory.production.states import BILL, BillStatus
from oms.core import clock, locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem, Raced, Stale
from oms.core.timeline import services as timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a bill says: for one batch, the parts that go in, what comes out beside it, and where it is made."""

    batch: int = 1
    parts: Sequence[Part] = ()
    byproducts: Sequence[Byproduct] = ()
    ways: Sequence[Way] = ()
    lead_days: int = 0
    valid_from: date | None = None
    note: str = ""


@transaction.atomic
def write_bill(*, sku_code: str, content: Content, actor: Actor) -> BillOfMaterials:
    """Draft the next revision of the bill of a SKU. It is not used before it is released.

    Raises InvalidBill with everything that is wrong, ContainsItself.
    """
    skus, centers = _checked(sku_code, content)
    # Of two who draft at once, the second counts on.
    locking.lock(Sku.objects.filter(pk=skus[sku_code]))
    known = BillOfMaterials.objects.filter(sku_id=skus[sku_code])
    bill = BillOfMaterials.objects.create(
        sku=Sku.objects.get(pk=skus[sku_code]),
        revision=(known.aggregate(last=Max("revision"))["last"] or 0) + 1,
        batch=content.batch,
        lead_days=content.lead_days,
        valid_from=content.valid_from or clock.today(),
        note=content.note[:500],
        created_by=str(actor),
    )
    _fill(bill, content, skus, centers)
    timeline.record(
        bill,
        "bill.drafted",
        actor=actor,
        after={"status": str(bill.status), "revision": bill.revision},
        data=_told(content),
    )
    return bill


@transaction.atomic
def edit_bill(
    *, bill_id: int, content: Content, actor: Actor, version: int | None = None
) -> BillOfMaterials:
    """Replace what a draft says; `version` is the one that the caller has seen (None: whichever).

    Raises BillMissing, Stale, IllegalTransition (a released revision never changes), InvalidBill, ContainsItself.
    """
    bill = lock(bill_id)
    if version is not None and version != bill.version:
        raise Stale
    BILL.target(bill.status, "edit")
    skus, centers = _checked(bill.sku.code, content)
    BILL.move(
        bill,
        "edit",
        batch=content.batch,
        lead_days=content.lead_days,
        valid_from=content.valid_from or bill.valid_from,
        note=content.note[:500],
    )
    for rows in (BillComponent, BillByproduct, Routing):
        rows.objects.filter(bill=bill).delete()
    _fill(bill, content, skus, centers)
    timeline.record(bill, "bill.edited", actor=actor, data=_told(content))
    return bill


@transaction.atomic
def release_bill(*, bill_id: int, actor: Actor) -> BillOfMaterials:
    """Make a draft the revision that is used from its day on; from now on it never changes.

    Raises BillMissing, IllegalTransition, ContainsItself.
    """
    bill = lock(bill_id)
    BILL.target(bill.status, "release")
    parts = list(BillComponent.objects.filter(bill=bill).values_list("sku__code", flat=True))
    # Two that close a circle only together wait for each other here: each has the other's goods below its own.
    below = _below(bill.sku.code, parts)
    locking.lock(Sku.objects.filter(code__in=below))
    if _below(bill.sku.code, parts) != below:
        raise Raced
    check_circle(bill.sku.code, parts)
    before = BILL.move(bill, "release", released_at=clock.now())
    _record(bill, "released", before=before, actor=actor)
    return bill


@transaction.atomic
def retire_bill(*, bill_id: int, reason: str, actor: Actor) -> BillOfMaterials:
    """Use a revision no more for new orders; a draft is dropped so. Orders that are under way keep it.

    Raises BillMissing, IllegalTransition.
    """
    bill = lock(bill_id)
    before = BILL.move(bill, "retire", retired_at=clock.now())
    _record(bill, "retired", before=before, actor=actor, reason=reason)
    return bill


def lock(bill_id: int) -> BillOfMaterials:
    """Lock the bill and return it as it is now, with its SKU. Raises BillMissing."""
    return locking.lock_one(
        BillOfMaterials.objects.select_related("sku").filter(pk=bill_id),
        missing=errors.BillMissing,
    )


def check_circle(sku_code: str, parts: Collection[str]) -> None:
    """Raise ContainsItself when a SKU with these parts would be a part of itself by the active bills."""
    way = rules.circle({**_contents(), sku_code: set(parts)}, sku_code)
    if way:
        raise errors.ContainsItself(
            f"{sku_code} would be a part of itself: {' → '.join(way)}.", way=list(way)
        )


def _contents() -> Mapping[str, set[str]]:
    """Return the components of every SKU that is made, over all of its active bills."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    rows = BillComponent.objects.filter(bill__status=BillStatus.ACTIVE)
    for goods, part in rows.values_list("bill__sku__code", "sku__code"):
        found[goods].add(part)
    return found


def _below(sku_code: str, parts: Collection[str]) -> set[str]:
    """Return a SKU with these parts, and every SKU that is in it on any level."""
    contents = _contents()
    found, left = {sku_code}, list(parts)
    while left:
        code = left.pop()
        if code not in found:
            found.add(code)
            left += contents.get(code, ())
    return found


def _checked(sku_code: str, content: Content) -> tuple[dict[str, int], dict[str, int]]:
    """Return the keys of the SKUs and of the work centers by code. Raises InvalidBill, ContainsItself."""
    lines: list[Part | Byproduct] = [*content.parts, *content.byproducts]
    skus = catalog.ids_by_code(
        {sku_code, *(line.sku_code for line in lines[: 2 * rules.MOST_LINES])}
    )
    centers = dict(
        WorkCenter.objects.filter(
            code__in=[way.work_center for way in content.ways[: rules.MOST_LINES]], is_active=True
        ).values_list("code", "pk")
    )
    check(
        rules.faults_of_bill(
            sku_code=sku_code,
            batch=content.batch,
            lead_days=content.lead_days,
            parts=content.parts,
            byproducts=content.byproducts,
            ways=content.ways,
            known=skus,
            work_centers=centers,
            kits=set(
                Sku.objects.filter(pk__in=skus.values(), kit__isnull=False).values_list(
                    "code", flat=True
                )
            ),
        )
    )
    check_circle(sku_code, [part.sku_code for part in content.parts])
    return skus, centers


def check(faults: Sequence[Fault]) -> None:
    """Raise InvalidBill with every fault."""
    if faults:
        raise errors.InvalidBill(
            problems=[FieldProblem(fault.pointer, fault.code, fault.words) for fault in faults]
        )


def _fill(
    bill: BillOfMaterials,
    content: Content,
    skus: Mapping[str, int],
    centers: Mapping[str, int],
) -> None:
    BillComponent.objects.bulk_create(
        BillComponent(
            bill=bill,
            position=position,
            sku_id=skus[part.sku_code],
            quantity=part.quantity,
            scrap=part.scrap,
        )
        for position, part in enumerate(content.parts, start=1)
    )
    BillByproduct.objects.bulk_create(
        BillByproduct(
            bill=bill, position=position, sku_id=skus[each.sku_code], quantity=each.quantity
        )
        for position, each in enumerate(content.byproducts, start=1)
    )
    Routing.objects.bulk_create(
        Routing(
            bill=bill,
            position=position,
            work_center_id=centers[way.work_center],
            load=way.load,
            lead_days=way.lead_days,
        )
        for position, way in enumerate(content.ways, start=1)
    )


def _told(content: Content) -> dict[str, str]:
    """Return what a bill says as the timeline keeps it."""
    return {
        "batch": str(content.batch),
        "components": ", ".join(f"{part.quantity} × {part.sku_code}" for part in content.parts),
        "byproducts": ", ".join(
            f"{each.quantity} × {each.sku_code}" for each in content.byproducts
        ),
        "work_centers": ", ".join(f"{way.load} of {way.work_center}" for way in content.ways),
    }


def _record(
    bill: BillOfMaterials, what: str, *, before: str, actor: Actor, reason: str = ""
) -> None:
    timeline.record(
        bill,
        f"bill.{what}",
        actor=actor,
        before={"status": str(before)},
        after={"status": str(bill.status)},
        reason=reason,
    )
