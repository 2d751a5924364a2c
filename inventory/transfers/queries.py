"""Find transfers within someone's reach; read them with their lines; what can be done with them now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from inventory.locations.models import Location
from inventory.transfers import errors
from inventory.transfers.models import TransferLine, TransferOrder
from inventory.transfers.services.acting import Reach
from inventory.transfers.states import TRANSFER
from oms.core import numbering


@dataclass(frozen=True, slots=True)
class Doing:
    """What an act needs: which moves of the table it makes, and units of which kind."""

    moves: Sequence[str]
    needs: str = ""


# Every act that a person or a program may ask for.
ACTS: Mapping[str, Doing] = {
    "edit": Doing(("edit",)),
    "release": Doing(("release",)),
    "ship": Doing(("ship",), "open"),
    "receive": Doing(("receive",), "in_transit"),
    "settle": Doing(("settle",), "in_transit"),
    "cancel": Doing(("cancel", "cancel_rest"), "open"),
}


def refusal(act: str, transfer: TransferOrder, lines: Iterable[TransferLine]) -> str | None:
    """Return why the act is not possible now, in words; None when it is."""
    doing = ACTS[act]
    if not any(TRANSFER.may(transfer.status, move) for move in doing.moves):
        return f"The transfer is {transfer.get_status_display()}."
    if doing.needs and not any(getattr(line, doing.needs) for line in lines):
        return "Nothing is open any more." if doing.needs == "open" else "Nothing is in transit."
    return None


def reach_of(location_codes: frozenset[str] | None) -> Reach:
    """Return the keys of the locations that an API client is bound to; None for all."""
    if location_codes is None:
        return None
    return frozenset(Location.objects.filter(code__in=location_codes).values_list("pk", flat=True))


def within(reach: Reach) -> "QuerySet[TransferOrder]":
    """Return the transfers within reach with locations and lines at hand."""
    return (
        TransferOrder.objects.at(reach)
        .select_related("source", "destination")
        .prefetch_related(
            Prefetch("lines", TransferLine.objects.select_related("sku").order_by("pk"))
        )
    )


def find(reference: str, *, reach: Reach) -> TransferOrder:
    """Return the transfer with this id or number. Raises TransferMissing, also beyond the reach."""
    try:
        wanted = within(reach).filter(uuid=UUID(reference))
    except ValueError:
        wanted = within(reach).filter(number=numbering.normalize(reference))
    found = wanted.first()
    if found is None:
        raise errors.TransferMissing
    return found
