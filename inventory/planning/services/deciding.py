"""Approve proposals into drafts of purchase orders, transfers and production orders, or reject them for a while."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from inventory import events
from inventory.locations.models import Location
from inventory.planning import errors
from inventory.planning.models import Proposal
from inventory.planning.states import PROPOSAL, ProposalKind, ProposalStatus
from inventory.production import makers
from inventory.production import services as production
from inventory.production.models import ProductionOrder
from inventory.production.services import Wish
from inventory.purchasing import services as purchasing
from inventory.purchasing.models import PurchaseOrder, Supplier
from inventory.purchasing.services import NewLine
from inventory.transfers import services as transfers
from inventory.transfers.models import TransferOrder
from inventory.transfers.rules import Wanted
from oms.core import clock, locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem, Stale
from oms.core.outbox import services as outbox
from oms.core.text import is_blank
from oms.core.timeline import services as timeline

MOST_AT_ONCE = 500
QUIET_DAYS = 14
MOST_QUIET_DAYS = 366

Reach = frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Approved:
    """The proposals as they are now, and the drafts that they became."""

    proposals: Sequence[Proposal]
    purchase_orders: Sequence[PurchaseOrder]
    transfers: Sequence[TransferOrder]
    production_orders: Sequence[ProductionOrder]


@transaction.atomic
def approve(
    *,
    proposal_ids: Sequence[int],
    actor: Actor,
    versions: Mapping[int, int] | None = None,
    reach: Reach = None,
) -> Approved:
    """Make drafts of proposals: one purchase order for each supplier and location, one transfer for each pair of
    places, one production order for each that is made.

    `versions` are those that the caller has seen, by proposal (None: whichever). Nothing is ordered and no stock is
    touched until the drafts are placed, released or confirmed. `reach` limits the caller to the locations that the
    units are for (None: all). All or nothing: raises ProposalMissing, NotDecidable with every proposal that is decided
    already or that nobody sells or makes, and what drafting raises. Publishes ProposalApproved for each.
    """
    rows = _locked(proposal_ids, reach)
    _check(rows, needs_supply=True)
    if versions is not None and any(versions.get(each.pk) != each.version for each in rows):
        raise Stale("A proposal has changed since you looked at it; look again.")
    orders = _buy(rows, actor)
    moves = _move(rows, actor)
    made = _make(rows, actor)
    for each in rows:
        outbox.publish(
            events.ProposalApproved(
                proposal_id=each.pk,
                kind=each.kind,
                sku_id=each.sku_id,
                location_id=each.location_id,
                quantity=each.quantity,
                document=each.document_number,
            )
        )
    return Approved(rows, orders, moves, made)


@transaction.atomic
def reject(
    *,
    proposal_ids: Sequence[int],
    reason: str,
    actor: Actor,
    quiet_days: int = QUIET_DAYS,
    reach: Reach = None,
) -> list[Proposal]:
    """Turn proposals down; nothing is proposed for those needs for `quiet_days`.

    All or nothing. Raises ProposalMissing, RejectionInvalid, NotDecidable.
    """
    problems = []
    if is_blank(reason):
        problems.append(FieldProblem("/reason", "blank", "Say why."))
    if not 0 <= quiet_days <= MOST_QUIET_DAYS:
        problems.append(
            FieldProblem("/quiet_days", "number_range", f"0 to {MOST_QUIET_DAYS} days.")
        )
    if problems:
        raise errors.RejectionInvalid(problems=problems)
    rows = _locked(proposal_ids, reach)
    _check(rows, needs_supply=False)
    until = clock.today() + timedelta(days=quiet_days)
    for each in rows:
        _decide(
            each,
            "reject",
            actor,
            reason=reason[:200],
            quiet_until=until if quiet_days else None,
        )
    return rows


def _locked(proposal_ids: Sequence[int], reach: Reach) -> list[Proposal]:
    """Lock the proposals and return them with all that is read of them; raise ProposalMissing for any beyond reach."""
    wanted = set(proposal_ids)
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise errors.TooManyProposals
    rows = locking.lock(
        Proposal.objects.at(reach)
        .filter(pk__in=wanted)
        .select_related("sku", "location", "source", "supplier", "work_center")
    )
    if len(rows) != len(wanted):
        raise errors.ProposalMissing
    return rows


def _check(rows: Sequence[Proposal], *, needs_supply: bool) -> None:
    """Raise NotDecidable with everything that keeps proposals from being decided."""
    problems = []
    goods = [each.sku_id for each in rows if each.kind == ProposalKind.PRODUCTION]
    made = makers.makers(goods, on=clock.today()) if needs_supply and goods else {}
    for each in rows:
        if each.status != ProposalStatus.OPEN:
            words = f"{each.number} is {each.get_status_display()}."
            problems.append(FieldProblem(f"/proposals/{each.number}", "not_open", words))
        elif needs_supply and each.kind == ProposalKind.PURCHASE and each.supplier is None:
            words = f"Nobody sells {each.sku.code}; enter a supplier's terms."
            problems.append(FieldProblem(f"/proposals/{each.number}", "no_supplier", words))
        elif (
            needs_supply
            and each.kind == ProposalKind.PRODUCTION
            and (each.sku_id, each.location_id) not in made
        ):
            words = f"{each.sku.code} is not made at {each.location.name} any more."
            problems.append(FieldProblem(f"/proposals/{each.number}", "not_made_here", words))
    if problems:
        raise errors.NotDecidable(problems[0].message, problems=problems)


def _buy(rows: Iterable[Proposal], actor: Actor) -> list[PurchaseOrder]:
    groups: defaultdict[tuple[Supplier, Location], list[Proposal]] = defaultdict(list)
    for each in rows:
        if each.kind == ProposalKind.PURCHASE and each.supplier is not None:
            groups[each.supplier, each.location].append(each)
    made = []
    for (supplier, location), some in groups.items():
        order = purchasing.draft(
            supplier_code=supplier.code,
            location_code=location.code,
            lines=[NewLine(each.sku.code, each.quantity) for each in some],
            actor=actor,
        )
        made.append(order)
        for each in some:
            _decide(each, "approve", actor, document_number=order.number, purchase_order=order)
    return made


def _move(rows: Iterable[Proposal], actor: Actor) -> list[TransferOrder]:
    groups: defaultdict[tuple[Location, Location], list[Proposal]] = defaultdict(list)
    for each in rows:
        if each.kind == ProposalKind.TRANSFER and each.source is not None:
            groups[each.source, each.location].append(each)
    made = []
    for (source, destination), some in groups.items():
        order = transfers.create(
            source_code=source.code,
            destination_code=destination.code,
            lines=[Wanted(each.sku.code, each.quantity) for each in some],
            note="Replenishment",
            actor=actor,
        )
        made.append(order)
        for each in some:
            _decide(each, "approve", actor, document_number=order.number, transfer=order)
    return made


def _make(rows: Iterable[Proposal], actor: Actor) -> list[ProductionOrder]:
    made = []
    for each in rows:
        if each.kind == ProposalKind.PRODUCTION and each.work_center is not None:
            order = production.create(
                wish=Wish(
                    sku_code=each.sku.code,
                    location_code=each.location.code,
                    quantity=each.quantity,
                    work_center=each.work_center.code,
                    note="Replenishment",
                ),
                actor=actor,
            )
            made.append(order)
            _decide(each, "approve", actor, document_number=order.number, production_order=order)
    return made


def _decide(proposal: Proposal, action: str, actor: Actor, **changes: object) -> None:
    before = PROPOSAL.move(
        proposal, action, decided_at=clock.now(), decided_by=str(actor), **changes
    )
    timeline.record(
        proposal,
        f"proposal.{proposal.status}",
        actor=actor,
        before={"status": str(before)},
        after={"status": str(proposal.status)},
        reason=proposal.reason,
        data={"document": proposal.document_number} if proposal.document_number else {},
    )
