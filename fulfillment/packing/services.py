"""Use-cases of packing. A `Shipment` is one parcel; its number counts the parcels of the order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from fulfillment.lots import services as lots
from fulfillment.packing import errors, rules
from fulfillment.packing.models import Shipment, ShipmentLine
from fulfillment.packing.states import SHIPMENT, ShipmentStatus
from fulfillment.picking import scanning
from fulfillment.picking import services as picking
from fulfillment.work import services as work_services
from fulfillment.work.services import Work
from oms.core import clock, locking
from oms.core.actors import Actor
from oms.core.timeline import services as timeline
from orders.ordering import services as ordering
from orders.ordering.models import Order


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel with its work, read under the order's lock; `units` are by fulfillment line.

    `lines` are the fulfillment lines by parcel line.
    """

    work: Work
    shipment: Shipment
    units: Mapping[int, int]
    lines: Mapping[int, int]


def locked(shipment_id: int) -> Parcel:
    """Lock the order that the parcel belongs to and read the parcel under that lock. Raises ShipmentMissing."""
    orders = locking.lock(Order.objects.filter(fulfillment_orders__shipments=shipment_id))
    if not orders:
        raise errors.ShipmentMissing
    # New statements, so that they see what a rival committed while we waited for the order.
    shipment = Shipment.objects.select_related("fulfillment_order__location").get(pk=shipment_id)
    document = shipment.fulfillment_order
    work = Work(orders[0], document, work_services.lines_of(document))
    rows = list(ShipmentLine.objects.filter(shipment=shipment))
    return Parcel(
        work,
        shipment,
        {row.fulfillment_line_id: row.quantity for row in rows},
        {row.pk: row.fulfillment_line_id for row in rows},
    )


def open_parcel(*, fulfillment_order_id: int, actor: Actor) -> Shipment:
    """Return the empty parcel that is being filled for this work; make it when there is none.

    Raises WorkMissing.
    """
    with transaction.atomic():
        work = work_services.locked(fulfillment_order_id)
        parcels = _parcels(work)
        draft = _draft_among(work, parcels)
        if draft is None:
            draft = _new(work, parcels)
            timeline.record(draft, "shipment.opened", actor=actor, after={"status": draft.status})
    return draft


def pack(
    *,
    fulfillment_order_id: int,
    weight_g: int,
    length_mm: int,
    width_mm: int,
    height_mm: int,
    actor: Actor,
    key: str,
    units: Mapping[int, int] | None = None,
    scans: Sequence[str] = (),
) -> Shipment:
    """Pack picked units into one parcel: by scan, by fulfillment line, or all that is picked when neither is given.

    `key` names the act: called again with the same key and content, the parcel of the first call is returned and
    nothing is packed; an empty key names nothing. Raises WorkMissing, ParcelInvalid, WrongItem, WrongCount,
    NothingGiven (nothing is picked), PackKeyReused.
    """
    found = rules.problems(
        {"weight_g": weight_g, "length_mm": length_mm, "width_mm": width_mm, "height_mm": height_mm}
    )
    if found:
        raise errors.ParcelInvalid(problems=found)
    with transaction.atomic():
        work = work_services.locked(fulfillment_order_id)
        parcels = _parcels(work)
        done = next(
            (
                p
                for p in parcels
                if key and (p.pack_key, p.fulfillment_order_id) == (key, fulfillment_order_id)
            ),
            None,
        )
        if done is not None:
            return _same(work, done, units=units, scans=scans)
        picked = {line.pk: line.picked for line in work.lines.values()}
        read = scanning.read(work, scans)
        asked = picking.asked_units(
            work,
            picked,
            scans=read,
            quantities=picked if units is None and not scans else units,
        )
        packed: dict[str, Any] = {
            "packed_at": clock.now(),
            "pack_key": key,
            "weight_g": weight_g,
            "length_mm": length_mm,
            "width_mm": width_mm,
            "height_mm": height_mm,
        }
        shipment = _draft_among(work, parcels)
        if shipment is not None:
            SHIPMENT.move(shipment, "pack", **packed)
        else:
            status = SHIPMENT.target(SHIPMENT.initial, "pack")
            shipment = _new(work, parcels, status=status, **packed)
        rows = ShipmentLine.objects.bulk_create(
            ShipmentLine(shipment=shipment, fulfillment_line_id=line, quantity=count)
            for line, count in sorted(asked.items())
        )
        lots.into_parcel(
            work,
            asked,
            {row.fulfillment_line_id: row.pk for row in rows},
            scanning.named(work, picked, read) if read else picking.NO_LOTS,
        )
        work_services.shift(work.lines, asked, source="picked", target="packed")
        ordering.record_packed(
            order_id=work.order.pk, units=work.per_order_line(asked), actor=actor
        )
        timeline.record(
            shipment,
            "shipment.packed",
            actor=actor,
            after={"status": shipment.status},
            data={"units": picking.by_sku(work, asked), "weight_g": weight_g},
        )
    return shipment


def unpack(*, shipment_id: int, actor: Actor, reason: str = "") -> None:
    """Take a packed parcel apart: its units are picked again, its number is not used again.

    An empty parcel that was only opened is dropped likewise. Raises ShipmentMissing, LabelLive, IllegalTransition.
    """
    with transaction.atomic():
        parcel = locked(shipment_id)
        shipment, work = parcel.shipment, parcel.work
        if shipment.status == ShipmentStatus.LABELLED or shipment.label_pending:
            raise errors.LabelLive(tracking_number=shipment.tracking_number)
        before = SHIPMENT.move(shipment, "cancel")
        work_services.shift(work.lines, parcel.units, source="packed", target="picked")
        lots.out_of_parcel(work, parcel.lines)
        if parcel.units:
            ordering.record_unpacked(
                order_id=work.order.pk, units=work.per_order_line(parcel.units), actor=actor
            )
        timeline.record(
            shipment,
            "shipment.unpacked",
            actor=actor,
            before={"status": before},
            after={"status": shipment.status},
            reason=reason,
            data={"units": picking.by_sku(work, parcel.units)},
        )


def _parcels(work: Work) -> list[Shipment]:
    """Return every parcel of the order, at whatever location."""
    return list(Shipment.objects.filter(fulfillment_order__order=work.order).order_by("pk"))


def _draft_among(work: Work, parcels: Sequence[Shipment]) -> Shipment | None:
    return next(
        (
            parcel
            for parcel in parcels
            if parcel.fulfillment_order_id == work.fulfillment_order.pk
            and parcel.status == ShipmentStatus.DRAFT
        ),
        None,
    )


def _new(work: Work, parcels: Sequence[Shipment], **values: Any) -> Shipment:
    return Shipment.objects.create(
        number=f"{work.order.number}-P{len(parcels) + 1}",
        fulfillment_order=work.fulfillment_order,
        **values,
    )


def _same(
    work: Work, done: Shipment, *, units: Mapping[int, int] | None, scans: Sequence[str]
) -> Shipment:
    """Return the parcel that this key has packed, unless another content is asked for now."""
    packed = dict(done.lines.values_list("fulfillment_line_id", "quantity"))
    if scans:
        matched = scanning.match(work, packed, scanning.read(work, scans))
        same = not matched.wrong and not matched.surplus and matched.units == packed
    else:
        same = units is None or {line: count for line, count in units.items() if count} == packed
    if not same:
        raise errors.PackKeyReused(shipment=done.number)
    return done
