"""Say what may stand for what, and who decides."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from inventory.catalog.models import Sku
from inventory.packs.errors import SkuMissing
from oms.core import locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.timeline import services as timeline
from orders.substituting import errors
from orders.substituting.models import Substitute, SubstitutionRule


@dataclass(frozen=True, slots=True)
class Choice:
    """`units` of another SKU for each unit, at a price by `price_rule`."""

    sku_id: int
    units: int
    price_rule: str


@transaction.atomic
def name_substitutes(*, sku_id: int, choices: Sequence[Choice], actor: Actor) -> list[Substitute]:
    """Say what may be sent instead of a SKU, the first choice first; what was said before is replaced.

    Offers that are made stand. Raises SkuMissing; SubstitutesInvalid, everything at once: a SKU that stands for itself,
    is named twice, or is a kit.
    """
    sku = locking.lock_one(Sku.objects.filter(pk=sku_id), missing=SkuMissing)
    kits = set(
        Sku.objects.filter(
            pk__in=[choice.sku_id for choice in choices], kit__isnull=False
        ).values_list("pk", flat=True)
    )
    _judge(sku_id, choices, kits)
    before = _said(sku_id)
    Substitute.objects.filter(sku=sku).exclude(
        other__in=[choice.sku_id for choice in choices]
    ).update(is_active=False)
    Substitute.objects.bulk_create(
        (
            Substitute(
                sku=sku,
                other_id=choice.sku_id,
                rank=rank,
                units=choice.units,
                price_rule=choice.price_rule,
                is_active=True,
            )
            for rank, choice in enumerate(choices, start=1)
        ),
        update_conflicts=True,
        unique_fields=["sku", "other"],
        update_fields=["rank", "units", "price_rule", "is_active"],
    )
    after = _said(sku_id)
    if before != after:
        timeline.record(
            sku,
            "substitutes_named",
            actor=actor,
            before={"substitutes": before},
            after={"substitutes": after},
        )
    return list(_active(sku_id))


@transaction.atomic
def set_mode(*, sku_id: int | None, channel_id: int, mode: str | None, actor: Actor) -> None:
    """Say who decides about substitutes in a channel, for a SKU or for all (None); no mode: the wider rule counts."""
    rules = SubstitutionRule.objects.filter(sku=sku_id, channel=channel_id)
    found = locking.lock(rules)
    rule = found[0] if found else SubstitutionRule(sku_id=sku_id, channel_id=channel_id)
    before = rule.mode if found else None
    if mode == before:
        return
    if mode is None:
        timeline.record(rule, "removed", actor=actor, before={"mode": before}, after={})
        rule.delete()
        return
    rule.mode = mode
    if found:
        rule.save(update_fields=["mode"])
    else:
        rule.save(force_insert=True)
    timeline.record(
        rule,
        "changed" if found else "created",
        actor=actor,
        before={"mode": before},
        after={"mode": mode},
    )


def _active(sku_id: int) -> "QuerySet[Substitute]":
    rows = Substitute.objects.filter(sku=sku_id, is_active=True).select_related("sku", "other")
    return rows.order_by("rank", "pk")


def _said(sku_id: int) -> list[str]:
    return [f"{row.units} x {row.other.code}, {row.price_rule}" for row in _active(sku_id)]


def _judge(sku_id: int, choices: Sequence[Choice], kits: Collection[int]) -> None:
    problems = []
    seen: set[int] = set()
    for index, choice in enumerate(choices):
        pointer = f"/substitutes/{index}/sku"
        if choice.sku_id == sku_id:
            problems.append(FieldProblem(pointer, "itself", "It cannot stand for itself."))
        elif choice.sku_id in kits:
            problems.append(FieldProblem(pointer, "is_kit", "A kit stands for nothing."))
        elif choice.sku_id in seen:
            problems.append(FieldProblem(pointer, "repeated", "This SKU is named twice."))
        seen.add(choice.sku_id)
    if problems:
        raise errors.SubstitutesInvalid(problems=problems)
