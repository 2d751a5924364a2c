"""Write and change drafts: no stock is touched."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from inventory.catalog import queries as catalog
from inventory.locations.models import Location
from inventory.transfers import errors, rules
from inventory.transfers.models import TransferLine, TransferOrder
from inventory.transfers.rules import Fault, Wanted
from inventory.transfers.services import acting
from inventory.transfers.services.acting import Reach
from oms.core import numbering
from oms.core.actors import Actor
from oms.core.errors import Stale
from oms.core.timeline import services as timeline

PREFIX = "TR"


@transaction.atomic
def create(
    *,
    source_code: str,
    destination_code: str,
    lines: Sequence[Wanted],
    actor: Actor,
    note: str = "",
    wanted_on: date | None = None,
    reach: Reach = None,
) -> TransferOrder:
    """Draft a transfer between two active locations, of which the caller works at one.

    Raises InvalidTransfer (everything wrong at once), NotAtThisEnd.
    """
    source, destination, skus = _checked(source_code, destination_code, lines, reach)
    transfer = TransferOrder.objects.create(
        number=numbering.new_number(PREFIX),
        source=source,
        destination=destination,
        note=note,
        wanted_on=wanted_on,
        created_by=str(actor),
    )
    _write(transfer, lines, skus)
    timeline.record(
        transfer,
        "transfer.created",
        actor=actor,
        after={"status": str(transfer.status), "from": source.code, "to": destination.code},
        data={"units": {line.sku_code: line.quantity for line in lines}},
    )
    return transfer


@transaction.atomic
def edit(
    *,
    transfer_id: int,
    source_code: str,
    destination_code: str,
    lines: Sequence[Wanted],
    actor: Actor,
    note: str = "",
    wanted_on: date | None = None,
    version: int | None = None,
    reach: Reach = None,
) -> TransferOrder:
    """Replace what a draft says; `version` is the one that the caller has seen (None: whichever).

    Raises TransferMissing, Stale, IllegalTransition, and what `create` raises.
    """
    transfer = acting.lock(transfer_id, reach=reach)
    if version is not None and version != transfer.version:
        raise Stale
    source, destination, skus = _checked(source_code, destination_code, lines, reach)
    said = {
        "from": transfer.source.code,
        "to": transfer.destination.code,
        "note": transfer.note,
        "wanted_on": str(transfer.wanted_on or ""),
        "units": _told(
            [Wanted(code, line.quantity) for code, line in acting.lines_of(transfer).items()]
        ),
    }
    acting.move(
        transfer, "edit", source=source, destination=destination, note=note, wanted_on=wanted_on
    )
    TransferLine.objects.filter(transfer=transfer).delete()
    _write(transfer, lines, skus)
    timeline.record(
        transfer,
        "transfer.edited",
        actor=actor,
        before=said,
        after={
            "from": source.code,
            "to": destination.code,
            "note": note,
            "wanted_on": str(wanted_on or ""),
            "units": _told(lines),
        },
    )
    return transfer


def _told(lines: Sequence[Wanted]) -> str:
    return ", ".join(f"{line.quantity} × {line.sku_code}" for line in lines)


def _write(transfer: TransferOrder, lines: Sequence[Wanted], skus: dict[str, int]) -> None:
    TransferLine.objects.bulk_create(
        TransferLine(transfer=transfer, sku_id=skus[line.sku_code], quantity=line.quantity)
        for line in lines
    )


def _checked(
    source_code: str, destination_code: str, lines: Sequence[Wanted], reach: Reach
) -> tuple[Location, Location, dict[str, int]]:
    """Return locations and SKU keys. Raises InvalidTransfer with everything that is wrong, NotAtThisEnd."""
    places = {
        place.code: place
        for place in Location.objects.filter(
            code__in=(source_code, destination_code), is_active=True
        )
    }
    skus = catalog.ids_by_code({line.sku_code for line in lines[: rules.MOST_LINES]})
    faults = [
        Fault(pointer, "unknown_reference", "There is no such location.")
        for pointer, code in (("/source", source_code), ("/destination", destination_code))
        if code not in places
    ]
    if source_code == destination_code:
        faults.append(Fault("/destination", "same_location", "This is where the goods lie."))
    acting.check_faults([*faults, *rules.faults_of_lines(lines, skus)])
    source, destination = places[source_code], places[destination_code]
    if reach is not None and not {source.pk, destination.pk} & reach:
        raise errors.NotAtThisEnd
    return source, destination, skus
