"""Landed charges: note them, split them over the goods, take them back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from inventory.costing import errors, queries, rules, sources
from inventory.costing.models import ChargeShare, CostChange, CostPolicy, LandedCharge
from inventory.costing.services import marking
from inventory.costing.states import Basis, ChangeKind, ChargeKind
from inventory.purchasing.errors import PurchaseOrderMissing
from inventory.purchasing.models import PurchaseOrder, PurchaseReceipt, PurchaseReceiptLine
from inventory.purchasing.queries import Reach
from inventory.purchasing.services import steps
from inventory.purchasing.services.receiving import cause_of
from inventory.purchasing.states import PurchaseStatus
from inventory.stock.models import Movement
from oms.core import clock, money
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.text import is_blank
from oms.core.timeline import services as timeline

LARGEST_AMOUNT = Decimal(1_000_000_000)
LARGEST_RATE = Decimal(1_000_000)
AT_ONCE = 200
# Nothing more of it comes, so a charge for all of it can be split.
COMPLETE = (PurchaseStatus.RECEIVED, PurchaseStatus.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCharge:
    """A charge as it is noted. `rate`: what one unit of its currency is worth in the company's; None: as it is stored.

    `receipt_id` None is the whole order.
    """

    kind: str
    amount: Decimal
    currency: str
    basis: str
    rate: Decimal | None = None
    reference: str = ""
    receipt_id: int | None = None


@transaction.atomic
def add_charge(
    *, order_id: int, charge: NewCharge, key: str, actor: Actor, location_codes: Reach = None
) -> LandedCharge:
    """Note a charge for a purchase order, or for one receipt of it, and split it as soon as its goods are there.

    For a receipt that is now; for the order, once nothing more of it is to come. `key` names the call: the same again
    notes nothing and returns the first charge. Raises NoPolicy, PurchaseOrderMissing, InvalidCharge (everything at
    once), RateNeeded, ChargeKeyReused.
    """
    policy = queries.policy_in_force()
    order = steps.lock(order_id)
    if location_codes is not None and order.location.code not in location_codes:
        raise PurchaseOrderMissing
    done = LandedCharge.objects.filter(key=key).first()
    if done is not None:
        _check_same(done, order, charge)
        return done
    receipt = _check(charge, order)
    rate = _rate(charge, policy)
    made = LandedCharge.objects.create(
        order=order,
        receipt=receipt,
        kind=charge.kind,
        amount=charge.amount,
        currency=charge.currency,
        rate=rate,
        cost=rules.converted(charge.amount, rate, policy.currency),
        basis=charge.basis,
        reference=charge.reference[:60],
        key=key,
        actor=str(actor),
        at=clock.now(),
    )
    if receipt is not None or order.status in COMPLETE:
        _split(made, policy)
    timeline.record(
        order,
        "purchase_order.charge_noted",
        actor=actor,
        data={
            "charge": str(made.get_kind_display()),
            "amount": f"{charge.amount:f} {charge.currency}",
            "split": made.split_at is not None,
        },
    )
    return made


@transaction.atomic
def withdraw_charge(
    *, order_id: int, charge_id: int, reason: str, actor: Actor, location_codes: Reach = None
) -> LandedCharge:
    """Take a charge back that was a mistake: its shares are taken off again by changes of their own.

    Raises PurchaseOrderMissing, ChargeMissing, InvalidCost without a reason, ChargeWithdrawn.
    """
    order = steps.lock(order_id)
    if location_codes is not None and order.location.code not in location_codes:
        raise PurchaseOrderMissing
    charge = LandedCharge.objects.filter(pk=charge_id, order=order).first()
    if charge is None:
        raise errors.ChargeMissing
    check_reason(reason)
    if charge.withdrawn_at is not None:
        raise errors.ChargeWithdrawn
    charge.withdrawn_at = clock.now()
    charge.save(update_fields=["withdrawn_at"])
    undone = [
        CostChange(
            sku_id=change.sku_id,
            movement_id=change.movement_id,
            kind=ChangeKind.LANDED,
            amount=-change.amount,
            charge=charge,
            reason=reason[:200],
            actor=str(actor),
            at=clock.now(),
        )
        for change in CostChange.objects.filter(charge=charge).order_by("pk")
    ]
    CostChange.objects.bulk_create(undone)
    marking.mark({change.sku_id for change in undone})
    timeline.record(
        order,
        "purchase_order.charge_withdrawn",
        actor=actor,
        reason=reason,
        data={
            "charge": str(charge.get_kind_display()),
            "amount": f"{charge.amount.normalize():f} {charge.currency}",
        },
    )
    return charge


def split_due(*, order_id: int | None = None) -> int:
    """Split the charges of orders of which nothing more is to come; return their number. Some at a time."""
    waiting = LandedCharge.objects.filter(
        split_at__isnull=True, withdrawn_at__isnull=True, order__status__in=COMPLETE
    )
    if order_id is not None:
        waiting = waiting.filter(order_id=order_id)
    orders = set(waiting.order_by("pk").values_list("order_id", flat=True)[:AT_ONCE])
    return sum(_split_of(order) for order in sorted(orders))


@transaction.atomic
def _split_of(order_id: int) -> int:
    """Split what waits of one order, under its lock; nothing when it is not complete any more."""
    order = steps.lock(order_id)
    policy = queries.policy()
    if policy is None or order.status not in COMPLETE:
        return 0
    waiting = LandedCharge.objects.filter(
        order=order, split_at__isnull=True, withdrawn_at__isnull=True
    )
    charges = list(waiting.order_by("pk"))
    for charge in charges:
        _split(charge, policy)
    return len(charges)


def _split(charge: LandedCharge, policy: CostPolicy) -> None:
    """Write the shares of a charge, each with the change of cost that it is; the order is locked."""
    lines = _lines(charge.order_id, charge.receipt_id)
    if not lines:
        return
    measures = [measure(line, charge.basis) for line in lines]
    shares = rules.split(charge.cost, measures, policy.currency)
    ChargeShare.objects.bulk_create(
        ChargeShare(charge=charge, line=line, measure=size, amount=share)
        for line, size, share in zip(lines, measures, shares, strict=True)
    )
    moved = dict(
        Movement.objects.filter(cause__in=[cause_of(line.pk) for line in lines]).values_list(
            "cause", "pk"
        )
    )
    changes = [
        CostChange(
            sku_id=line.line.sku_id,
            movement_id=moved[cause_of(line.pk)],
            kind=ChangeKind.LANDED,
            amount=share,
            charge=charge,
            reason=charge.reference,
            actor=charge.actor,
            at=clock.now(),
        )
        for line, share in zip(lines, shares, strict=True)
        if share
    ]
    CostChange.objects.bulk_create(changes)
    charge.split_at = clock.now()
    charge.save(update_fields=["split_at"])
    marking.mark({change.sku_id for change in changes})


def measure(line: PurchaseReceiptLine, basis: str) -> Decimal:
    """Return by how much a receipt line counts when a charge is split: cost, grams, cubic millimeters or units."""
    sku = line.line.sku
    each: Mapping[str, Decimal | int] = {
        Basis.VALUE: line.unit_cost,
        Basis.WEIGHT: sku.weight_g,
        Basis.VOLUME: sku.length_mm * sku.width_mm * sku.height_mm,
        Basis.QUANTITY: 1,
    }
    return Decimal(each[basis]) * line.quantity


def _lines(order_id: int, receipt_id: int | None) -> list[PurchaseReceiptLine]:
    """Return what was received, and not taken back, that a charge is for."""
    rows = PurchaseReceiptLine.objects.filter(
        receipt__order_id=order_id, receipt__undone_at__isnull=True
    ).select_related("line__sku")
    if receipt_id is not None:
        rows = rows.filter(receipt_id=receipt_id)
    return list(rows.order_by("pk"))


def _check(charge: NewCharge, order: PurchaseOrder) -> PurchaseReceipt | None:
    """Return the receipt that the charge is for; raise InvalidCharge with everything that is wrong."""
    problems = []
    if charge.kind not in ChargeKind.values:
        problems.append(FieldProblem("/kind", "unknown_choice", "There is no such kind."))
    if charge.basis not in Basis.values:
        problems.append(FieldProblem("/basis", "unknown_choice", "There is no such measure."))
    if not money.is_known(charge.currency):
        problems.append(FieldProblem("/currency", "unknown_currency", "No currency of today."))
    elif not money.is_quantized(charge.amount, charge.currency):
        problems.append(
            FieldProblem("/amount", "too_precise", f"Finer than {charge.currency} can be paid.")
        )
    if not 0 < charge.amount <= LARGEST_AMOUNT:
        problems.append(FieldProblem("/amount", "number_range", "It must be above nothing."))
    if charge.rate is not None and not 0 < charge.rate <= LARGEST_RATE:
        problems.append(FieldProblem("/rate", "number_range", "It must be above nothing."))
    receipt = None
    if charge.receipt_id is not None:
        receipt = PurchaseReceipt.objects.filter(
            pk=charge.receipt_id, order=order, undone_at__isnull=True
        ).first()
        if receipt is None:
            problems.append(
                FieldProblem("/receipt", "unknown_reference", "No receipt of this order.")
            )
    if charge.basis in Basis.values and not problems:
        lines = _lines(order.pk, charge.receipt_id)
        problems += _unmeasured(lines, charge.basis)
    if problems:
        raise errors.InvalidCharge(problems[0].message, problems=problems)
    return receipt


def _unmeasured(lines: Sequence[PurchaseReceiptLine], basis: str) -> list[FieldProblem]:
    """Return a problem for each SKU that has no weight or size, when a charge is split by it."""
    if basis not in (Basis.WEIGHT, Basis.VOLUME):
        return []
    words = "weight" if basis == Basis.WEIGHT else "size"
    lacking = sorted({line.line.sku.code for line in lines if not measure(line, basis)})
    return [
        FieldProblem("/basis", "not_measured", f"{code} has no {words} in its master data.")
        for code in lacking
    ]


def _rate(charge: NewCharge, policy: CostPolicy) -> Decimal:
    """Return the rate that is typed in, else today's stored one; 1 for the company's currency. Raises RateNeeded."""
    if charge.currency == policy.currency:
        return Decimal(1)
    if charge.rate is not None:
        return charge.rate
    known = sources.rates([charge.currency], into=policy.currency)
    rate = sources.rate_on(known, charge.currency, clock.today())
    if rate is None:
        words = f"Say what one {charge.currency} is worth in {policy.currency}."
        raise errors.RateNeeded(words, problems=[FieldProblem("/rate", "required", words)])
    return rate


def _check_same(done: LandedCharge, order: PurchaseOrder, charge: NewCharge) -> None:
    before = (done.order_id, done.kind, done.amount, done.currency, done.basis, done.receipt_id)
    now = (
        order.pk,
        charge.kind,
        charge.amount,
        charge.currency,
        charge.basis,
        charge.receipt_id,
    )
    if before != now:
        raise errors.ChargeKeyReused


def check_reason(reason: str) -> None:
    """Raise InvalidCost unless somebody says why."""
    if is_blank(reason):
        raise errors.InvalidCost(
            "Say why.", problems=[FieldProblem("/reason", "required", "Say why.")]
        )
