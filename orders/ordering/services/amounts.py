"""What is owed and what the ledger says was paid, as kept on the order."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from oms.core import bulk, clock
from oms.core.actors import Actor
from oms.core.fields import exact
from oms.core.timeline import services as timeline
from orders.ordering import errors, rules
from orders.ordering.models import Credit, CreditReason, Order, OrderLine
from orders.ordering.services import lines


def credit_units(
    *,
    order_id: int,
    line_id: int,
    units: int,
    reason: CreditReason,
    cause: str,
    actor: Actor,
) -> Decimal:
    """Take the next `units` unit amounts of a line off what is owed; return the amount.

    `cause` names the act: the same cause again credits nothing and returns the amount of the first time. Raises
    OrderMissing, UnitsNotThere when fewer units are left to credit.
    """
    with transaction.atomic():
        order = lines.locked(order_id)
        known = Credit.objects.filter(cause=cause).first()
        if known is not None:
            return known.amount
        line = OrderLine.objects.filter(pk=line_id, order_id=order_id).first()
        if line is None or units <= 0 or line.credited + units > line.ordered:
            raise errors.UnitsNotThere(place="not yet credited", units={str(line_id): units})
        amount = _credit(order, [(line, units, cause)], reason=reason)
        timeline.record(
            order,
            "order.credited",
            actor=actor,
            data={
                "sku": line.sku_code,
                "units": units,
                "amount": str(amount),
                "reason": str(reason),
            },
        )
    return amount


def credit_cancelled(
    order: Order, rows: Sequence[OrderLine], units: Mapping[int, int], *, cause: str, actor: Actor
) -> None:
    """Take the amounts of cancelled units of the lines `rows` off what is owed; the caller holds the order's lock.

    Raises UnitsNotThere when fewer units are left to credit.
    """
    amount = _credit(
        order,
        [(line, units[line.pk], f"{cause}:{line.pk}") for line in rows if units.get(line.pk)],
        reason=CreditReason.CANCELLED,
    )
    timeline.record(
        order,
        "order.credited",
        actor=actor,
        data={
            "units": sum(units.values()),
            "amount": str(amount),
            "reason": str(CreditReason.CANCELLED),
        },
    )


def credit_substituted(
    order: Order, line: OrderLine, units: int, *, cause: str, actor: Actor
) -> Decimal:
    """Take the amounts of units that are replaced off what is owed; the caller holds the order's lock.

    Raises UnitsNotThere when fewer units are left to credit.
    """
    amount = _credit(order, [(line, units, cause)], reason=CreditReason.SUBSTITUTED)
    timeline.record(
        order,
        "order.credited",
        actor=actor,
        data={
            "sku": line.sku_code,
            "units": units,
            "amount": str(amount),
            "reason": str(CreditReason.SUBSTITUTED),
        },
    )
    return amount


def credit_shipping(*, order_id: int, cause: str, actor: Actor) -> Decimal:
    """Take the whole shipping charge off what is owed, once; return the amount. Raises OrderMissing."""
    with transaction.atomic():
        order = lines.locked(order_id)
        taken = Credit.objects.filter(order=order, reason=CreditReason.SHIPPING).exists()
        if taken or not order.shipping_total:
            return Decimal(0)
        Credit.objects.create(
            order=order, reason=CreditReason.SHIPPING, amount=order.shipping_total, cause=cause
        )
        _owe_less(order, order.shipping_total)
        timeline.record(
            order,
            "order.credited",
            actor=actor,
            data={"shipping": True, "amount": str(order.shipping_total)},
        )
        return order.shipping_total


def _credit(
    order: Order, parts: Sequence[tuple[OrderLine, int, str]], *, reason: CreditReason
) -> Decimal:
    """Credit the next units of lines, each under a cause of its own, by a fixed number of statements."""
    made = [
        Credit(
            order=order,
            line=line,
            reason=reason,
            first_unit=line.credited,
            units=units,
            amount=rules.credit_amount(
                total=line.total,
                ordered=line.ordered,
                credited=line.credited,
                units=units,
                currency=order.currency,
                bundle=line.dealt_by,
            ),
            cause=cause,
        )
        for line, units, cause in parts
    ]
    lines.shift(order, {line.pk: units for line, units, _ in parts}, source=None, target="credited")
    bulk.insert(made)
    amount = sum((credit.amount for credit in made), Decimal(0))
    _owe_less(order, amount)
    return amount


def _owe_less(order: Order, amount: Decimal) -> None:
    Order.objects.filter(pk=order.pk).update(
        credited_total=exact(F("credited_total") + amount),
        updated_at=clock.now(),
        version=F("version") + 1,
    )
    order.credited_total += amount
    order.version += 1


def set_payment_totals(
    *,
    order_id: int,
    authorized: Decimal,
    captured: Decimal,
    refunded: Decimal,
    payment_status: str,
) -> None:
    """Keep on the order what the payment ledger says. Called by payments alone, which holds the ledger and derives
    the status. Raises OrderMissing.
    """
    if not Order.objects.filter(pk=order_id).update(
        authorized_total=authorized,
        captured_total=captured,
        refunded_total=refunded,
        payment_status=payment_status,
        updated_at=clock.now(),
        version=F("version") + 1,
    ):
        raise errors.OrderMissing


def set_on_hold(*, order_id: int, on_hold: bool) -> None:
    """Keep on the order whether any hold is active. Called by holds alone. Raises OrderMissing."""
    if not Order.objects.filter(pk=order_id).update(
        on_hold=on_hold, updated_at=clock.now(), version=F("version") + 1
    ):
        raise errors.OrderMissing
