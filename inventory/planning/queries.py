"""Reads of demand, forecasts and proposals."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from inventory.planning import errors
from inventory.planning.models import DemandMark, Forecast, Proposal
from oms.core import numbering

Reach = frozenset[str] | None
"""Codes of the locations within reach; None is all."""


def told_until() -> datetime | None:
    """Return the instant until which all changes of demand have been told; None when nothing has."""
    return DemandMark.objects.values_list("until", flat=True).first()


def forecasts(reach: Reach) -> "QuerySet[Forecast]":
    """Return the forecasts within reach, with SKU and location at hand."""
    rows = Forecast.objects.select_related("sku", "location")
    return rows if reach is None else rows.filter(location__code__in=reach)


def proposals(reach: Reach) -> "QuerySet[Proposal]":
    """Return the proposals for locations within reach, with all that is shown of them at hand."""
    rows = Proposal.objects.select_related("sku", "location", "source", "supplier", "work_center")
    return rows if reach is None else rows.filter(location__code__in=reach)


def find(reference: str, *, reach: Reach) -> Proposal:
    """Return the proposal with this id or number. Raises ProposalMissing, also beyond the reach."""
    try:
        wanted = proposals(reach).filter(uuid=UUID(reference))
    except ValueError:
        wanted = proposals(reach).filter(number=numbering.normalize(reference))
    found = wanted.first()
    if found is None:
        raise errors.ProposalMissing
    return found


def keys_of(numbers: Sequence[str], *, reach: Reach) -> list[int]:
    """Return the keys of proposals by their numbers. Raises ProposalMissing unless all are within reach."""
    wanted = {numbering.normalize(number) for number in numbers}
    found = list(proposals(reach).filter(number__in=wanted).values_list("pk", flat=True))
    if len(found) != len(wanted):
        raise errors.ProposalMissing
    return found


def by_keys(keys: Sequence[int]) -> "QuerySet[Proposal]":
    """Return proposals by key, in the order of keys, with all that is shown of them."""
    return proposals(None).filter(pk__in=keys).order_by("pk")
