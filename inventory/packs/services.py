"""Say in which packs a SKU comes."""

from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import Q

from inventory.catalog.models import Sku
from inventory.packs import errors, rules
from inventory.packs.models import Pack
from inventory.packs.rules import NewPack
from oms.core import locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.timeline import services as timeline


@transaction.atomic
def define(*, sku_id: int, packs: Sequence[NewPack], actor: Actor) -> Sku:
    """Set the packs of a SKU; what was said before is replaced. Orders keep what they were placed with.

    Raises SkuMissing, PacksInvalid (everything wrong at once).
    """
    sku = locking.lock_one(Sku.objects.filter(pk=sku_id), missing=errors.SkuMissing)
    problems = [
        FieldProblem(
            "/packs" if fault.index is None else f"/packs/{fault.index}/{fault.field}",
            fault.code,
            fault.words,
        )
        for fault in rules.faults(packs, base_unit=sku.unit)
    ]
    problems += _taken(sku, packs)
    if packs and Sku.objects.filter(pk=sku_id, kit__isnull=False).exists():
        problems.append(FieldProblem("/packs", "is_kit", "A kit has no packs."))
    if problems:
        raise errors.PacksInvalid(problems[0].message, problems=problems)
    before = _said(sku)
    Pack.objects.filter(sku=sku).delete()
    Pack.objects.bulk_create(
        Pack(
            sku=sku,
            code=pack.code,
            units=pack.units,
            barcode=pack.barcode,
            weight_g=pack.weight_g,
        )
        for pack in packs
    )
    after = _said(sku)
    if after != before:
        timeline.record(sku, "packs_changed", actor=actor, before=before, after=after)
    return sku


def _taken(sku: Sku, packs: Sequence[NewPack]) -> Iterator[FieldProblem]:
    """Yield the barcodes that stand for something else."""
    barcodes = [pack.barcode for pack in packs if pack.barcode]
    taken = set(
        Pack.objects.filter(barcode__in=barcodes).exclude(sku=sku).values_list("barcode", flat=True)
    )
    known = Sku.objects.filter(Q(barcode__in=barcodes) | Q(code__in=barcodes))
    for row in known.values_list("barcode", "code"):
        taken.update(row)
    for index, pack in enumerate(packs):
        if pack.barcode and pack.barcode in taken:
            yield FieldProblem(
                f"/packs/{index}/barcode", "taken", "This barcode stands for something else."
            )


def _said(sku: Sku) -> dict[str, object]:
    rows = Pack.objects.filter(sku=sku).order_by("units", "pk")
    return {
        "packs": ", ".join(
            f"{code} of {units}" + (f" ({barcode})" if barcode else "")
            for code, units, barcode in rows.values_list("code", "units", "barcode")
        )
    }
