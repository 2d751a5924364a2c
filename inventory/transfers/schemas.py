"""How a transfer is shown."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from inventory.transfers import queries
from inventory.transfers.models import TransferOrder
from inventory.transfers.walking import Stop
from oms.core.api.schemas import Answer


class TransferLineOut(Answer):
    """Units of one SKU. quantity = cancelled + open + shipped; shipped = in_transit + received + lost."""

    sku: str
    name: str
    barcode: str
    quantity: int
    cancelled: int
    open: int
    shipped: int
    in_transit: int
    received: int
    lost: int


class TransferOut(Answer):
    """A transfer; `actions` are calls that are legal now."""

    id: UUID
    number: str
    status: str
    version: int
    actions: list[str]
    source: str
    destination: str
    note: str
    wanted_on: date | None
    created_at: datetime
    released_at: datetime | None
    shipped_at: datetime | None
    received_at: datetime | None
    closed_at: datetime | None
    lines: list[TransferLineOut]


class PickStopOut(Answer):
    """Units of a SKU to be fetched from one bin, of one lot; null where there is none, or nobody knows."""

    bin: str | None
    sku: str
    name: str
    barcode: str
    lot: str | None
    expires_on: date | None
    quantity: int


class PickListOut(Answer):
    """What of a transfer is still to be fetched at its source, in the order in which one walks."""

    number: str
    source: str
    stops: list[PickStopOut]


class TransferPage(Answer):
    """Transfers, newest first."""

    results: list[TransferOut]
    next: str | None
    limit: int


def transfer_out(found: TransferOrder) -> TransferOut:
    """Show a transfer that was read by `queries.within`."""
    lines = list(found.lines.all())
    return TransferOut(
        id=found.uuid,
        number=found.number,
        status=found.status,
        version=found.version,
        actions=[
            act
            for act in queries.ACTS
            if act != "edit" and queries.refusal(act, found, lines) is None
        ],
        source=found.source.code,
        destination=found.destination.code,
        note=found.note,
        wanted_on=found.wanted_on,
        created_at=found.created_at,
        released_at=found.released_at,
        shipped_at=found.shipped_at,
        received_at=found.received_at,
        closed_at=found.closed_at,
        lines=[
            TransferLineOut(
                sku=line.sku.code,
                name=line.sku.name,
                barcode=line.sku.barcode,
                quantity=line.quantity,
                cancelled=line.cancelled,
                open=line.open,
                shipped=line.shipped,
                in_transit=line.in_transit,
                received=line.received,
                lost=line.lost,
            )
            for line in lines
        ],
    )


def pick_list_out(found: TransferOrder, stops: Sequence[Stop]) -> PickListOut:
    """Show the pick list of a transfer."""
    return PickListOut(
        number=found.number,
        source=found.source.code,
        stops=[
            PickStopOut(
                bin=stop.bin_code or None,
                sku=stop.sku_code,
                name=stop.name,
                barcode=stop.barcode,
                lot=stop.lot or None,
                expires_on=stop.expires_on,
                quantity=stop.units,
            )
            for stop in stops
        ],
    )
