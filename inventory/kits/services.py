"""Say what a kit consists of."""

from collections.abc import Sequence

from django.db import transaction

from inventory.catalog.models import Sku
from inventory.kits import errors, rules
from inventory.kits.models import Kit, KitPart, TaxedAs
from inventory.kits.rules import Part
from inventory.stock.models import Level
from oms.core import clock, locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.timeline import services as timeline


@transaction.atomic
def define(
    *, sku_id: int, parts: Sequence[Part], actor: Actor, taxed_as: str = TaxedAs.PARTS
) -> Kit:
    """Make a SKU a kit of `parts`, or change of what it consists from the next order on.

    The SKUs are locked, so that none of them gets stock, or becomes a kit, while it is judged. Raises KitMissing for an
    unknown SKU, KitInvalid (everything wrong at once), HasStock.
    """
    ids = {sku_id, *(part.sku_id for part in parts)}
    skus = {sku.pk: sku for sku in locking.lock(Sku.objects.filter(pk__in=ids), whole=True)}
    if sku_id not in skus:
        raise errors.KitMissing("There is no such SKU.")
    _check(sku_id, parts, set(skus), taxed_as)
    if Level.objects.filter(sku_id=sku_id).exists():
        raise errors.HasStock(
            f"{skus[sku_id].code} has a stock level; make a new SKU for the kit.",
            sku=skus[sku_id].code,
        )
    if skus[sku_id].packs.exists():
        problem = FieldProblem("/sku", "has_packs", "It comes in packs; a kit has none.")
        raise errors.KitInvalid(problem.message, problems=[problem])
    known = Kit.objects.filter(pk=sku_id).first()
    before = _said(known) if known else {}
    kit = known or Kit(sku_id=sku_id)
    kit.taxed_as = taxed_as
    kit.changed_at = clock.now()
    if known:
        kit.save(update_fields=["taxed_as", "changed_at"])
        KitPart.objects.filter(kit=kit).delete()
    else:
        kit.save(force_insert=True)
    KitPart.objects.bulk_create(
        KitPart(kit=kit, part_id=part.sku_id, units=part.units, price_share=part.share)
        for part in parts
    )
    after = _said(kit)
    if after != before:
        timeline.record(
            skus[sku_id],
            "kit_changed" if known else "kit_defined",
            actor=actor,
            before=before,
            after=after,
        )
    return kit


@transaction.atomic
def dissolve(*, sku_id: int, reason: str, actor: Actor) -> None:
    """Make a kit an article like others: it can have stock then. Orders keep what they were placed with.

    Raises KitMissing.
    """
    skus = locking.lock(Sku.objects.filter(pk=sku_id), whole=True)
    kit = Kit.objects.filter(pk=sku_id).first()
    if kit is None:
        raise errors.KitMissing
    before = _said(kit)
    KitPart.objects.filter(kit=kit).delete()
    kit.delete()
    timeline.record(skus[0], "kit_dissolved", actor=actor, before=before, reason=reason)


def _check(kit_id: int, parts: Sequence[Part], known: set[int], taxed_as: str) -> None:
    ids = [part.sku_id for part in parts]
    kits = set(Kit.objects.filter(pk__in=ids).values_list("pk", flat=True))
    problems = [
        FieldProblem(
            "/parts" if fault.index is None else f"/parts/{fault.index}/{fault.field}",
            fault.code,
            fault.words,
        )
        for fault in rules.faults(kit_id, parts, kits)
    ]
    problems += [
        FieldProblem(f"/parts/{index}/sku", "unknown_sku", "There is no such SKU.")
        for index, sku_id in enumerate(ids)
        if sku_id not in known
    ]
    if taxed_as not in TaxedAs.values:
        problems.append(FieldProblem("/taxed_as", "unknown_choice", "There is no such choice."))
    holders = KitPart.objects.filter(part_id=kit_id).select_related("kit__sku")
    if holder := holders.first():
        problems.append(
            FieldProblem(
                "/sku", "part_of_kit", f"It is a part of the kit {holder.kit.sku.code} itself."
            )
        )
    if problems:
        raise errors.KitInvalid(problems[0].message, problems=problems)


def _said(kit: Kit) -> dict[str, object]:
    rows = KitPart.objects.filter(kit=kit).order_by("pk")
    return {
        "parts": ", ".join(
            f"{units} × {code}" + ("" if share is None else f" (share {share})")
            for code, units, share in rows.values_list("part__code", "units", "price_share")
        ),
        "taxed_as": str(kit.taxed_as),
    }
