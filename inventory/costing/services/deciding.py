"""What people decide: the method and currency of costing, rates, the cost of units of which nobody knew it."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from inventory.catalog.models import Sku
from inventory.costing import errors, queries
from inventory.costing.models import CostChange, CostLayer, CostPolicy, ExchangeRate, SkuCost
from inventory.costing.services import charging, marking
from inventory.costing.states import FIRST_KNOWN, ChangeKind, Method
from inventory.purchasing.services.receiving import cause_of
from oms.core import clock, locking, money
from oms.core.actors import Actor
from oms.core.errors import FieldProblem, Missing
from oms.core.text import is_blank
from oms.core.timeline import services as timeline

_PURCHASE = cause_of(0).partition(":")[0] + ":"


@transaction.atomic
def set_policy(*, method: str, currency: str, reason: str, actor: Actor) -> CostPolicy:
    """Say by which method goods are valued, and in which currency; all books are written anew by it, SKU by SKU.

    The record says who decided it, when and why. The same method again decides nothing and returns the present record.
    Raises InvalidPolicy (everything at once), CurrencyFixed once a currency is set.
    """
    problems = []
    if method not in Method.values:
        problems.append(FieldProblem("/method", "unknown_choice", "There is no such method."))
    if not money.is_known(currency):
        problems.append(FieldProblem("/currency", "unknown_currency", "No currency of today."))
    if is_blank(reason):
        problems.append(FieldProblem("/reason", "required", "Say why."))
    if problems:
        raise errors.InvalidPolicy(problems[0].message, problems=problems)
    present = queries.policy()
    if present is not None and present.currency != currency:
        raise errors.CurrencyFixed(f"Costs are kept in {present.currency}.")
    if present is not None and present.method == method:
        return present
    made = CostPolicy.objects.create(
        method=method, currency=currency, reason=reason[:200], actor=str(actor), at=clock.now()
    )
    SkuCost.objects.update(due=True, failures=0)
    timeline.record(
        made,
        "cost_policy.decided",
        actor=actor,
        before={"method": present.method} if present else {},
        after={"method": method, "currency": currency},
        reason=reason,
    )
    return made


@transaction.atomic
def add_rate(*, currency: str, rate: Decimal, valid_from: date, actor: Actor) -> ExchangeRate:
    """Say what one unit of a currency is worth in the company's from a day on.

    Units that were paid in it and had no rate get their cost. A rate is never changed: what was converted stays.
    Raises NoPolicy, InvalidRate (everything at once), RateKnown.
    """
    policy = queries.policy_in_force()
    problems = []
    if not money.is_known(currency):
        problems.append(FieldProblem("/currency", "unknown_currency", "No currency of today."))
    if currency == policy.currency:
        problems.append(
            FieldProblem("/currency", "same_currency", "Costs are kept in this currency.")
        )
    if not 0 < rate <= charging.LARGEST_RATE:
        problems.append(FieldProblem("/rate", "number_range", "It must be above nothing."))
    if problems:
        raise errors.InvalidRate(problems[0].message, problems=problems)
    key = {"currency": currency, "into": policy.currency, "valid_from": valid_from}
    if ExchangeRate.objects.filter(**key).exists():
        raise errors.RateKnown
    made = ExchangeRate.objects.create(**key, rate=rate, actor=str(actor), at=clock.now())
    unknown = CostLayer.objects.filter(value__isnull=True, movement__cause__startswith=_PURCHASE)
    marking.mark(set(unknown.values_list("sku_id", flat=True)))
    return made


@transaction.atomic
def state_cost(*, sku_id: int, unit_cost: Decimal, reason: str, actor: Actor) -> int:
    """Say what one unit cost of which nobody knows it: opening stock, or goods that came without a purchase order.

    It counts for all such units, those that are gone included. Units of a purchase order wait for a rate instead.
    Returns the number of units. Raises NoPolicy, Missing, InvalidCost (everything at once), NothingToState.
    """
    policy = queries.policy_in_force()
    problems = []
    if not 0 <= unit_cost <= charging.LARGEST_AMOUNT:
        problems.append(FieldProblem("/unit_cost", "number_range", "It cannot be negative."))
    if is_blank(reason):
        problems.append(FieldProblem("/reason", "required", "Say why."))
    if problems:
        raise errors.InvalidCost(problems[0].message, problems=problems)
    sku = Sku.objects.filter(pk=sku_id).first()
    if sku is None:
        raise Missing("There is no such SKU.")
    locking.lock(SkuCost.objects.filter(sku_id=sku_id))
    told = CostChange.objects.filter(sku_id=sku_id, kind__in=FIRST_KNOWN)
    layers = list(
        CostLayer.objects.filter(sku_id=sku_id, value__isnull=True)
        .exclude(movement__cause__startswith=_PURCHASE)
        .exclude(movement_id__in=told.values("movement_id"))
        .order_by("movement_id")
    )
    if not layers:
        raise errors.NothingToState
    CostChange.objects.bulk_create(
        CostChange(
            sku_id=sku_id,
            movement_id=layer.movement_id,
            kind=ChangeKind.STATED,
            amount=money.quantize(unit_cost * layer.units, policy.currency),
            reason=reason[:200],
            actor=str(actor),
            at=clock.now(),
        )
        for layer in layers
    )
    marking.mark({sku_id})
    units = sum(layer.units for layer in layers)
    timeline.record(
        sku,
        "sku.cost_stated",
        actor=actor,
        reason=reason,
        data={"unit_cost": f"{unit_cost:f} {policy.currency}", "units": units},
    )
    return units


@transaction.atomic
def work_out_anew(*, sku_id: int, reason: str, actor: Actor) -> None:
    """Forget what was written of the costs of a SKU and write it anew from the ledger. Raises Missing, InvalidCost."""
    charging.check_reason(reason)
    sku = Sku.objects.filter(pk=sku_id).first()
    if sku is None:
        raise Missing("There is no such SKU.")
    books = locking.lock(SkuCost.objects.filter(sku_id=sku_id))
    SkuCost.objects.filter(pk__in=[row.pk for row in books]).update(
        due=True, clearing=True, failures=0, error=""
    )
    timeline.record(sku, "sku.cost_worked_out_anew", actor=actor, reason=reason)
