"""Draft a count, change the draft, begin, give up."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from inventory.catalog import queries as catalog
from inventory.counting import errors, queries, rules
from inventory.counting.models import CountLine, CountOrder
from inventory.counting.rules import Choice, Fault, Tolerance
from inventory.counting.services import acting
from inventory.counting.states import COUNT
from inventory.locations.models import Location
from oms.core import clock, numbering
from oms.core.actors import Actor

PREFIX = "CT"


@transaction.atomic
def create(
    *,
    location_code: str,
    choice: Choice,
    actor: Actor,
    tolerance: Tolerance | None = None,
    note: str = "",
    location_codes: frozenset[str] | None = None,
) -> CountOrder:
    """Draft a count of the SKUs that `choice` finds at an active location within reach (None: all).

    A choice by rule leaves out what another running count holds. Raises InvalidCount (everything wrong at once),
    NothingToCount.
    """
    tolerance = tolerance or Tolerance()
    place = Location.objects.filter(code=location_code, is_active=True).first()
    if location_codes is not None and location_code not in location_codes:
        place = None
    faults = rules.faults(choice, tolerance)
    if place is None:
        faults.append(Fault("/location", "unknown_reference", "There is no such location."))
    acting.check([*faults, *_unknown(choice)])
    assert place is not None  # noqa: S101  # refused above
    sku_ids = _chosen(place, choice)
    count = CountOrder.objects.create(
        number=numbering.new_number(PREFIX),
        location=place,
        chosen_by=choice.by,
        choice=choice.detail,
        tolerance_kind=tolerance.kind,
        tolerance=tolerance.value,
        note=note,
        created_by=str(actor),
    )
    _write(count, sku_ids)
    acting.record(count, "created", actor=actor, data={"skus": len(sku_ids)})
    return count


@transaction.atomic
def edit(
    *,
    count_id: int,
    choice: Choice,
    actor: Actor,
    tolerance: Tolerance | None = None,
    note: str = "",
    version: int | None = None,
) -> CountOrder:
    """Replace what a draft says, its location excepted; the SKUs are chosen anew.

    Raises CountMissing, Stale, IllegalTransition, and what `create` raises.
    """
    tolerance = tolerance or Tolerance()
    count = acting.lock(count_id, version=version)
    COUNT.target(count.status, "edit")
    acting.check([*rules.faults(choice, tolerance), *_unknown(choice)])
    sku_ids = _chosen(count.location, choice)
    COUNT.move(
        count,
        "edit",
        chosen_by=choice.by,
        choice=choice.detail,
        tolerance_kind=tolerance.kind,
        tolerance=tolerance.value,
        note=note,
    )
    CountLine.objects.filter(count=count).delete()
    _write(count, sku_ids)
    acting.record(count, "edited", actor=actor, data={"skus": len(sku_ids)})
    return count


@transaction.atomic
def start(*, count_id: int, actor: Actor, version: int | None = None) -> CountOrder:
    """Let people count. Raises CountMissing, Stale, IllegalTransition, BeingCounted (naming the SKUs)."""
    count = acting.lock(count_id, version=version)
    before = COUNT.move(count, "start", started_at=clock.now())
    lines = CountLine.objects.filter(count=count)
    try:
        with transaction.atomic():
            lines.update(is_live=True)
    except IntegrityError:
        rivals = CountLine.objects.filter(
            location_id=count.location_id, is_live=True, sku__in=lines.values("sku")
        ).select_related("sku", "count")
        raise errors.BeingCounted(
            skus={line.sku.code: line.count.number for line in rivals[:50]}
        ) from None
    acting.record(count, "started", before=before, actor=actor)
    return count


@transaction.atomic
def cancel(*, count_id: int, reason: str, actor: Actor, version: int | None = None) -> CountOrder:
    """Give a count up; the stock stays as it is. Raises CountMissing, Stale, IllegalTransition."""
    count = acting.lock(count_id, version=version)
    before = COUNT.move(count, "cancel")
    CountLine.objects.filter(count=count).update(is_live=False)
    acting.record(count, "cancelled", before=before, actor=actor, reason=reason)
    return count


def _unknown(choice: Choice) -> list[Fault]:
    if choice.by != "skus":
        return []
    known = catalog.ids_by_code(choice.skus[: rules.MOST_LINES])
    return [
        Fault(f"/skus/{index}", "unknown_sku", "There is no such SKU.")
        for index, code in enumerate(choice.skus[: rules.MOST_LINES])
        if code not in known
    ]


def _chosen(place: Location, choice: Choice) -> Sequence[int]:
    """Return the keys of the SKUs. Raises NothingToCount, and InvalidCount when they are too many."""
    found = queries.chosen(place.pk, choice)
    if choice.by != "skus":
        held = set(
            CountLine.objects.filter(location=place, is_live=True).values_list("sku_id", flat=True)
        )
        found = [sku_id for sku_id in found if sku_id not in held]
    if not found:
        raise errors.NothingToCount
    if len(found) > rules.MOST_LINES:
        words = f"{len(found)} SKUs are found; a count has at most {rules.MOST_LINES}."
        acting.check([Fault("", "too_many_lines", words)])
    return found


def _write(count: CountOrder, sku_ids: Sequence[int]) -> None:
    CountLine.objects.bulk_create(
        CountLine(count=count, location_id=count.location_id, sku_id=sku_id) for sku_id in sku_ids
    )
