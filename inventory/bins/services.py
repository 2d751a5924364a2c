"""Make bins."""

from collections.abc import Sequence
from dataclasses import asdict

from django.db import transaction
from django.db.models import Max

from inventory.bins import drafts, errors
from inventory.bins.drafts import Draft
from inventory.bins.models import Bin
from inventory.bins.states import BinKind
from inventory.locations.models import Location
from oms.core import locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.timeline import services as timeline

# No scanner reads and nobody types this.
WHOLE = "(whole location)"


@transaction.atomic
def make(*, location_id: int, bins: Sequence[Draft], actor: Actor) -> list[Bin]:
    """Make bins of a location, all or none. Raises Missing for the location, InvalidBins with every fault."""
    location = locking.lock_one(Location.objects.filter(pk=location_id))
    there = Bin.objects.filter(location=location)
    taken = {name for pair in there.values_list("code", "barcode") for name in pair}
    problems = [
        FieldProblem(f"/bins/{index}", "invalid_bin", words)
        for index, words in drafts.faults_of(bins, taken)
    ]
    if not bins:
        problems.append(FieldProblem("/bins", "no_bins", "Name at least one bin."))
    if len(bins) > drafts.MOST_BINS:
        problems.append(
            FieldProblem("/bins", "too_many", f"At most {drafts.MOST_BINS} bins at once.")
        )
    if problems:
        raise errors.InvalidBins(problems[0].message, problems=problems[:50])
    last = there.aggregate(last=Max("walk_order"))["last"] or 0
    made = Bin.objects.bulk_create(
        Bin(location=location, **{**asdict(draft), "barcode": draft.barcode or draft.code})
        for draft in drafts.in_walk(bins, last)
    )
    timeline.record(
        location,
        "location.bins_made",
        actor=actor,
        data={"bins": len(made), "first": made[0].code, "last": made[-1].code},
    )
    return made


def whole(location_id: int) -> Bin:
    """Return what stands for a location without bins, so that what is tracked has a place there.

    Made when its first units come; nobody names or sees it.
    """
    key = {"location_id": location_id, "kind": BinKind.WHOLE}
    found = Bin.objects.filter(**key).first()
    if found is None:
        Bin.objects.bulk_create([Bin(**key, code=WHOLE, barcode=WHOLE)], ignore_conflicts=True)
        found = Bin.objects.get(**key)
    return found
