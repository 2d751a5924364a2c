"""Make lots known, and say what may be done with them. What that does to stock and orders is decided above."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from inventory.lots import errors
from inventory.lots.models import Lot
from inventory.lots.states import LOT
from oms.core import clock, locking
from oms.core.actors import SYSTEM, Actor
from oms.core.text import is_blank
from oms.core.timeline import services as timeline

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot as it is named when its first units come."""

    sku_id: int
    number: str
    made_on: date | None = None
    expires_on: date | None = None
    best_before: str = ""
    origin: str = ""


@transaction.atomic
def known(wanted: Sequence[NewLot]) -> dict[tuple[int, str], Lot]:
    """Return lots by SKU and number, made where they are missing; what is known of a lot already stays.

    A lot of which nobody has said when it expires gets the day that is named now.
    """
    if not wanted:
        return {}
    lots = Lot.objects.filter(
        sku_id__in={each.sku_id for each in wanted}, number__in={each.number for each in wanted}
    )
    keys = {(each.sku_id, each.number) for each in wanted}
    found = {(lot.sku_id, lot.number): lot for lot in lots}
    new = {
        (each.sku_id, each.number): Lot(
            sku_id=each.sku_id,
            number=each.number,
            made_on=each.made_on,
            expires_on=each.expires_on,
            best_before=each.best_before,
            origin=each.origin,
        )
        for each in wanted
        if (each.sku_id, each.number) not in found
    }
    if new:
        Lot.objects.bulk_create(new.values(), ignore_conflicts=True)
        found = {(lot.sku_id, lot.number): lot for lot in lots.all()}
    for each in wanted:
        lot = found[each.sku_id, each.number]
        if lot.expires_on is None and each.expires_on is not None:
            _learn(lot, each.expires_on)
    return {key: lot for key, lot in found.items() if key in keys}


def _learn(lot: Lot, expires_on: date) -> None:
    """Write when a lot expires of which nobody had said it; who is second reads what the first has written."""
    unsaid = Lot.objects.filter(pk=lot.pk, expires_on=None)
    if unsaid.update(expires_on=expires_on):
        lot.expires_on = expires_on
        timeline.record(
            lot,
            "lot.changed",
            actor=SYSTEM,
            before={"expires_on": ""},
            after={"expires_on": str(expires_on)},
        )
    else:
        lot.refresh_from_db(fields=["expires_on"])


@transaction.atomic
def change(
    *,
    lot_id: int,
    made_on: date | None,
    expires_on: date | None,
    best_before: str,
    origin: str,
    actor: Actor,
) -> Lot:
    """Correct what is known of a lot. Raises LotMissing, InvalidLots (an expiring SKU needs its day)."""
    lot = lock(lot_id)
    if lot.sku.expires and expires_on is None:
        raise errors.InvalidLots("This SKU expires: say when the lot does.")
    new = {
        "made_on": made_on,
        "expires_on": expires_on,
        "best_before": best_before,
        "origin": origin,
    }
    before = {name: getattr(lot, name) for name in new}
    if new == before:
        return lot
    for name, value in new.items():
        setattr(lot, name, value)
    lot.save(update_fields=list(new))
    timeline.record(
        lot,
        "lot.changed",
        actor=actor,
        before={name: str(value or "") for name, value in before.items() if value != new[name]},
        after={name: str(value or "") for name, value in new.items() if value != before[name]},
    )
    return lot


def lock(lot_id: int) -> Lot:
    """Lock and return a lot with its SKU. Raises LotMissing."""
    return locking.lock_one(
        Lot.objects.filter(pk=lot_id).select_related("sku"), missing=errors.LotMissing
    )


def move(lot: Lot, action: str, *, reason: str, actor: Actor) -> Lot:
    """Quarantine, release or recall a locked lot. Raises LotReasonNeeded, IllegalTransition."""
    reason = reason.strip()
    if is_blank(reason):
        raise errors.LotReasonNeeded
    if len(reason) > LONGEST_REASON:
        raise errors.LotReasonNeeded(f"A reason has at most {LONGEST_REASON} characters.")
    changes = {"recalled_at": clock.now()} if action == "recall" else {}
    before = LOT.move(lot, action, reason="" if action == "release" else reason, **changes)
    timeline.record(
        lot,
        f"lot.{lot.status}",
        actor=actor,
        before={"status": before},
        after={"status": lot.status},
        reason=reason,
    )
    return lot
