"""Propose what to get, for some SKUs at a time: new needs, changed ones, and those that have gone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from inventory.planning import standing
from inventory.planning.histories import Key
from inventory.planning.models import Proposal
from inventory.planning.rules import replenishing
from inventory.planning.rules.replenishing import Decision, Facts, Proposed, Source
from inventory.planning.standing import Item, LeadTimes, Place
from inventory.planning.states import PROPOSAL, ProposalStatus
from oms.core import bulk, clock, locking, numbering
from oms.core.actors import SYSTEM
from oms.core.jobs import services as jobs
from oms.core.jobs.models import Job, JobRow
from oms.core.timeline import services as timeline

PREFIX = "RP"
SKUS_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A proposal as it should stand now."""

    key: Key
    kind: str
    source_id: int | None
    supplier_id: int | None
    work_center_id: int | None
    quantity: int
    days_left: int | None
    why: Mapping[str, object]

    @property
    def slot(self) -> tuple[int, int, int | None]:
        """What there may be one open proposal of."""
        return (*self.key, self.source_id)


def propose_some(job: Job, lead_times: LeadTimes) -> bool:
    """Propose for the next SKUs after the job's cursor; False when there are none left."""
    sku_ids = standing.skus_after(job.cursor, limit=SKUS_AT_ONCE)
    if not sku_ids:
        return False
    with transaction.atomic():
        rows = propose(sku_ids, lead_times)
        for number, row in enumerate(rows, start=job.done + job.skipped + 1):
            row.position = number
        jobs.record(job, rows, cursor=sku_ids[-1])
    job.cursor = sku_ids[-1]
    job.done += sum(row.outcome == JobRow.Outcome.OK for row in rows)
    job.skipped += sum(row.outcome == JobRow.Outcome.SKIPPED for row in rows)
    return True


def propose(sku_ids: Sequence[int], lead_times: LeadTimes) -> list[JobRow]:
    """Bring the open proposals of some SKUs up to date, in the caller's transaction; return what came of each SKU.

    An open proposal whose need is as before stays as it is, one whose need has changed is changed, one whose need has
    gone is withdrawn. What was approved counts by its draft or by what comes of it, so it is not proposed again; what
    was rejected is not proposed until its time of quiet is over.
    """
    locking.lock(Proposal.objects.open().filter(sku_id__in=sku_ids))
    today = clock.today()
    quiet = standing.quiet(sku_ids, today=today)
    found = {
        (each.sku_id, each.location_id, each.source_id): each
        for some in standing.open_of(sku_ids).values()
        for each in some
    }
    rows: list[JobRow] = []
    wanted: list[Wanted] = []
    for item in standing.items(sku_ids, today=today, lead_times=lead_times):
        needs = list(_needs(item, quiet))
        wanted += needs
        rows.append(_row(item, needs))
    _bring_up_to_date(found, wanted)
    return rows


def _needs(item: Item, quiet: set[Key]) -> Iterator[Wanted]:
    """Yield what is to be proposed for a SKU; the place with the least left chooses first."""
    spare = {place.location.pk: place.spare for place in item.places}
    position = {place.location.pk: place.stand.position for place in item.places}
    codes = {place.location.code: place.location.pk for place in item.places}
    for place in sorted(item.places, key=_urgency):
        here = place.location.pk
        if (item.sku.pk, here) in quiet:
            continue
        sources = [
            Source(
                each.location.code,
                spare[each.location.pk],
                position[each.location.pk],
                max(each.plan.upto, 0),
            )
            for each in item.places
            if each.location.pk != here
        ]
        decision = replenishing.decide(
            place.stand,
            place.plan,
            sources,
            place.supply,
            transfers=place.policy.takes_transfers,
            passed_over=place.passed_over,
        )
        for each in decision.proposed:
            source_id = codes[each.origin] if each.kind == "transfer" else None
            if source_id is not None:
                spare[source_id] -= each.quantity
                position[source_id] -= each.quantity
            yield _wanted(item, place, decision, each, source_id)
        if decision.lacks_supply:
            nobody = Proposed(
                "purchase", "nobody", decision.missing - sum(p.quantity for p in decision.proposed)
            )
            yield _wanted(item, place, decision, nobody, None)


def _urgency(place: Place) -> tuple[float, int]:
    """Return how much is left, in weeks of demand; who has least comes first."""
    left = place.stand.position - place.plan.reorder
    return (left / place.per_week if place.per_week else float(left), place.location.pk)


def _wanted(
    item: Item, place: Place, decision: Decision, proposed: Proposed, source_id: int | None
) -> Wanted:
    notes = []
    is_bought = proposed.kind == "purchase"
    if is_bought and item.terms is None:
        notes.append("Nobody sells it: enter a supplier's terms before it can be approved.")
    facts = Facts(
        per_week=place.per_week,
        spread=place.spread,
        method=place.method,
        lead_days=place.lead.days,
        lead_spread=place.lead.spread,
        lead_known_from=place.lead.known_from,
        policy=place.policy.name,
        target=str(place.policy.get_target_display()),
        share=float(place.policy.percent) / 100,
        pack_size=place.supply.pack_size if place.supply is not None else 1,
        minimum=place.supply.minimum if place.supply is not None else 1,
        notes=notes,
    )
    return Wanted(
        key=(item.sku.pk, place.location.pk),
        kind=proposed.kind,
        source_id=source_id,
        supplier_id=item.terms.supplier_id if item.terms and is_bought else None,
        work_center_id=place.maker.work_center.pk
        if place.maker and proposed.kind == "production"
        else None,
        quantity=proposed.quantity,
        days_left=place.days_left,
        why=replenishing.record(facts, place.plan, place.stand, decision, proposed),
    )


def _bring_up_to_date(
    found: dict[tuple[int, int, int | None], Proposal], wanted: Sequence[Wanted]
) -> None:
    """Write new proposals, change those whose need has changed, withdraw those whose need has gone."""
    now = clock.now()
    new = []
    for each in wanted:
        known = found.pop(each.slot, None)
        if known is None:
            new.append(_new(each))
        elif _differs(known, each):
            _change(known, each)
    bulk.insert(new)
    for gone in found.values():
        PROPOSAL.move(gone, "withdraw", decided_at=now, decided_by=str(SYSTEM))
        timeline.record(
            gone,
            "proposal.withdrawn",
            actor=SYSTEM,
            before={"status": str(ProposalStatus.OPEN)},
            after={"status": str(gone.status)},
            reason="It is not needed any more.",
        )


def _new(each: Wanted) -> Proposal:
    return Proposal(
        number=numbering.new_number(PREFIX),
        kind=each.kind,
        sku_id=each.key[0],
        location_id=each.key[1],
        source_id=each.source_id,
        supplier_id=each.supplier_id,
        work_center_id=each.work_center_id,
        quantity=each.quantity,
        days_left=each.days_left,
        why=dict(each.why),
    )


def _differs(known: Proposal, each: Wanted) -> bool:
    return _differs_for_people(known, each) or known.days_left != each.days_left


def _differs_for_people(known: Proposal, each: Wanted) -> bool:
    """Say whether something else would be got, or elsewhere."""
    return (known.kind, known.supplier_id, known.work_center_id, known.quantity) != (
        each.kind,
        each.supplier_id,
        each.work_center_id,
        each.quantity,
    )


def _change(known: Proposal, each: Wanted) -> None:
    """Write what is needed now. The version rises with the units, so that nobody approves what they have not seen."""
    changes: dict[str, Any] = {
        "kind": each.kind,
        "supplier_id": each.supplier_id,
        "work_center_id": each.work_center_id,
        "quantity": each.quantity,
        "days_left": each.days_left,
        "why": dict(each.why),
        "refreshed_at": clock.now(),
    }
    if _differs_for_people(known, each):
        changes["version"] = known.version + 1
        timeline.record(
            known,
            "proposal.changed",
            actor=SYSTEM,
            before={"quantity": known.quantity},
            after={"quantity": each.quantity},
        )
    Proposal.objects.filter(pk=known.pk, status=ProposalStatus.OPEN).update(**changes)


def _row(item: Item, needs: Sequence[Wanted]) -> JobRow:
    if not item.places:
        return JobRow(
            outcome=JobRow.Outcome.SKIPPED,
            reference=item.sku.code,
            code="no_policy",
            message="No policy counts for it.",
        )
    places = {place.location.pk: place.location.code for place in item.places}
    said = "; ".join(
        f"{each.kind} of {each.quantity} for {places[each.key[1]]}"
        + (f" from {places[each.source_id]}" if each.source_id is not None else "")
        for each in needs
    )
    return JobRow(
        outcome=JobRow.Outcome.OK,
        reference=item.sku.code,
        message=(said or "Nothing is needed.")[:500],
    )
