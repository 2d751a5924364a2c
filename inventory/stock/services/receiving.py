"""Units come in, from a supplier or back from a customer; or a receipt turns out to be a mistake."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from inventory.catalog import queries as catalog
from inventory.lots.rules import LotUnits
from inventory.stock import errors
from inventory.stock.models import Level
from inventory.stock.services import moving, naming
from inventory.stock.services.contents import Spot
from inventory.stock.services.moving import Move
from inventory.stock.states import Bucket, MovementKind
from oms.core.actors import Actor
from oms.core.errors import FieldProblem


@dataclass(frozen=True, slots=True)
class Delivered:
    """Units of one SKU in a delivery."""

    sku_code: str
    quantity: int
    lots: Sequence[LotUnits] = ()


@transaction.atomic
def receive(
    *,
    sku_id: int,
    location_id: int,
    quantity: int,
    document: str,
    cause: str,
    actor: Actor,
    reason: str = "",
    bucket: str = Bucket.AVAILABLE,
    spots: Sequence[Spot] = (),
) -> Level:
    """Put `quantity` units from a supplier into `bucket`: available, or quality control to be looked at first.

    The first receipt makes the level. At a location with bins they come to lie at the receiving dock, or where `spots`
    say. Raises InvalidQuantity, UnknownPlace, IllegalStateChange, LevelFull, CauseReused, BinMissing, BinFull.
    Publishes StockReceived when they are available.
    """
    moving.check_quantity(quantity)
    if bucket not in (Bucket.AVAILABLE, Bucket.QUALITY_CONTROL):
        raise errors.IllegalStateChange(source=Bucket.SUPPLIER.value, target=bucket)
    level = moving.level_of(sku_id, location_id, create=True)
    moving.move(
        level=level,
        kind=MovementKind.RECEIPT,
        source=Bucket.SUPPLIER,
        target=bucket,
        quantity=quantity,
        document=document,
        cause=cause,
        actor=actor,
        reason=reason,
        spots=spots,
    )
    return level


@transaction.atomic
def undo_receipt(
    *,
    sku_id: int,
    location_id: int,
    quantity: int,
    document: str,
    cause: str,
    actor: Actor,
    reason: str,
    bucket: str = Bucket.AVAILABLE,
    spots: Sequence[Spot] = (),
) -> Level:
    """Take received units out of `bucket` again: the exact opposite of `receive`, for one that was a mistake.

    Raises InvalidQuantity, ReasonRequired, UnknownPlace, IllegalStateChange, InsufficientStock, CauseReused.
    """
    moving.check_quantity(quantity)
    moving.check_reason(reason)
    if bucket not in (Bucket.AVAILABLE, Bucket.QUALITY_CONTROL):
        raise errors.IllegalStateChange(source=bucket, target=Bucket.SUPPLIER.value)
    level = moving.level_of(sku_id, location_id, create=False)
    moving.move(
        level=level,
        kind=MovementKind.RECEIPT,
        source=bucket,
        target=Bucket.SUPPLIER,
        quantity=quantity,
        document=document,
        cause=cause,
        actor=actor,
        reason=reason,
        spots=spots,
    )
    return level


@transaction.atomic
def receive_delivery(
    *,
    location_code: str,
    lines: Sequence[Delivered],
    document: str,
    cause: str,
    actor: Actor,
    reason: str = "",
    location_codes: frozenset[str] | None = None,
) -> list[Level]:
    """Receive a whole delivery or nothing of it; return the levels, line by line.

    `location_codes` limits the places within the caller's reach (None: all). Raises UnknownPlace for one outside,
    UnknownSkus with every unknown SKU, InvalidLots with everything wrong about lots, and what `receive` raises.
    Constant in statements, but for the quantities that differ. Publishes StockReceived per SKU.
    """
    location_id = moving.reachable(location_code, location_codes)
    skus = catalog.by_code({line.sku_code for line in lines})
    known = {code: sku.pk for code, sku in skus.items()}
    unknown = [
        FieldProblem(f"/lines/{index}/sku", "unknown_sku", "There is no such SKU.")
        for index, line in enumerate(lines)
        if line.sku_code not in known
    ]
    if unknown:
        raise errors.UnknownSkus(problems=unknown)
    levels = {
        level.sku_id: level
        for level in moving.lock_levels_at(location_ids=[location_id], sku_ids=known.values())
    }
    moves = [
        Move(
            levels[known[line.sku_code]],
            MovementKind.RECEIPT,
            Bucket.SUPPLIER,
            Bucket.AVAILABLE,
            line.quantity,
            f"{cause}:{index}",
            reason,
        )
        for index, line in enumerate(lines)
    ]
    if not moving.are_known(moves):
        spots = naming.name_lots(
            [
                naming.Ask(skus[line.sku_code], line.quantity, line.lots, f"/lines/{index}")
                for index, line in enumerate(lines)
            ]
        )
        for line in lines:
            moving.check_quantity(line.quantity)
        moves = [replace(each, spots=spot) for each, spot in zip(moves, spots, strict=True)]
        moving.move_all(moves=moves, document=document, actor=actor)
    now = Level.objects.in_bulk([level.pk for level in levels.values()])
    return [now[levels[known[line.sku_code]].pk] for line in lines]


@transaction.atomic
def take_back(
    *,
    sku_id: int,
    location_id: int,
    quantity: int,
    bucket: str,
    document: str,
    cause: str,
    actor: Actor,
    reason: str,
    spots: Sequence[Spot] = (),
) -> Level:
    """Put units that a customer sent back into `bucket`: available (restock), damaged or quality control.

    Raises InvalidQuantity, UnknownPlace, IllegalStateChange, LevelFull, CauseReused. Publishes StockReceived when they
    are available.
    """
    moving.check_quantity(quantity)
    if bucket not in (Bucket.AVAILABLE, Bucket.DAMAGED, Bucket.QUALITY_CONTROL):
        raise errors.IllegalStateChange(source=Bucket.CUSTOMER.value, target=bucket)
    level = moving.level_of(sku_id, location_id, create=True)
    moving.move(
        level=level,
        kind=MovementKind.RETURN_RESTOCK,
        source=Bucket.CUSTOMER,
        target=bucket,
        quantity=quantity,
        document=document,
        cause=cause,
        actor=actor,
        reason=reason,
        spots=spots,
    )
    return level
