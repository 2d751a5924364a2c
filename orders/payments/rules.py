"""Money decisions as pure functions: the payment status, what a shipment captures, how a sum is split over payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from orders.ordering import rules as ordering

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Shares:
    """What one payment holds. Amounts are in the order's currency."""

    payment_id: int
    authorized: Decimal = NOTHING
    capture_pending: Decimal = NOTHING
    captured: Decimal = NOTHING
    refund_pending: Decimal = NOTHING
    refunded: Decimal = NOTHING

    @property
    def capturable(self) -> Decimal:
        """What may still be captured."""
        return self.authorized - self.captured - self.capture_pending

    @property
    def refundable(self) -> Decimal:
        """What may still be given back."""
        return self.captured - self.refunded - self.refund_pending


@dataclass(frozen=True, slots=True)
class Part:
    """An amount that one payment bears."""

    payment_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """A line's total (net + tax, after discounts) and its units; `open` have neither shipped nor been cancelled.

    `bundle` units were sold as one, in a kit or a pack.
    """

    total: Decimal
    ordered: int
    shipped: int
    open: int
    bundle: int | None = None


def payment_status(
    *,
    total: Decimal,
    credited: Decimal = NOTHING,
    authorized: Decimal,
    captured: Decimal,
    refunded: Decimal = NOTHING,
    any_pending: bool = False,
    all_voided: bool = False,
) -> str:
    """Return the payment status of an order by the first test that holds.

    What is owed is `total` less `credited`. An order that never cost anything is paid; one that owes nothing any more
    and took nothing is not. `all_voided` says that there were payments and every one of them has come to nothing.
    """
    owed = total - credited
    tests = (
        (captured > 0 and refunded >= captured, "refunded"),
        (refunded > 0, "partially_refunded"),
        (captured > owed, "overpaid"),
        (captured == owed and (captured > 0 or credited == 0), "paid"),
        (captured > 0, "partially_paid"),
        (authorized > 0 and authorized >= owed, "authorized"),
        (all_voided, "voided"),
        (any_pending, "pending"),
    )
    return next((status for holds, status in tests if holds), "unpaid")


def shipment_capture(
    *,
    lines: Sequence[ShippedLine],
    shipping: Decimal,
    owed: Decimal,
    taken: Decimal,
    currency: str,
    given_back: Decimal = NOTHING,
) -> Decimal:
    """Return what is to be captured now that the units in `lines` have shipped.

    The value of every unit shipped so far and the shipping charge with the first of them; with the last unit, whatever
    is still owed, so that all captures sum to `owed` (total less credits) to the minor unit. `taken` is what has been
    captured already or is being captured: a prepaid order captures nothing. `given_back` are the credits for what had
    shipped: returned units and the shipping charge. Shipped units count from the end of the line, because credits for
    cancelled units count from its start.
    """
    if not any(line.shipped for line in lines):
        return NOTHING
    if not any(line.open for line in lines):
        due = owed
    else:
        shipped = sum(
            (
                ordering.credit_amount(
                    total=line.total,
                    ordered=line.ordered,
                    credited=line.ordered - line.shipped,
                    units=line.shipped,
                    currency=currency,
                    bundle=line.bundle,
                )
                for line in lines
            ),
            NOTHING,
        )
        due = min(shipped + shipping - given_back, owed)
    return max(due - taken, NOTHING)


def taken(
    *, captured: Decimal, capture_pending: Decimal, refunds: Decimal, credited: Decimal
) -> Decimal:
    """Return what counts as taken from the customer when more is to be captured.

    A refund lets what was credited be taken anew for other goods; money given back as a favour, without a credit, is
    never taken again by itself. `refunds` are those made and under way.
    """
    return captured + capture_pending - min(refunds, credited)


def overpaid(
    *,
    total: Decimal,
    credited: Decimal,
    captured: Decimal,
    refunded: Decimal,
    refund_pending: Decimal,
) -> Decimal:
    """Return how much more has been taken than is owed, from the ledger alone."""
    return max(captured - refunded - refund_pending - (total - credited), NOTHING)


def split_capture(payments: Sequence[Shares], amount: Decimal) -> list[Part]:
    """Spread `amount` over what is authorized, oldest payment first; less when less is authorized."""
    return _split([(payment.payment_id, payment.capturable) for payment in payments], amount)


def split_refund(payments: Sequence[Shares], amount: Decimal) -> list[Part]:
    """Spread `amount` over what was captured, newest payment first; less when less can be given back."""
    return _split(
        [(payment.payment_id, payment.refundable) for payment in reversed(payments)], amount
    )


def _split(rooms: Sequence[tuple[int, Decimal]], amount: Decimal) -> list[Part]:
    parts = []
    rest = amount
    for payment_id, room in rooms:
        share = min(room, rest)
        if share > 0:
            parts.append(Part(payment_id, share))
            rest -= share
    return parts
