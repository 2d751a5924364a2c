"""Margins of order lines: of one order, and of the lines of a period."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, QuerySet, Sum

from fulfillment.packing.models import ShipmentLine
from fulfillment.shipping.models import Label
from fulfillment.shipping.states import LabelState
from inventory.costing import queries as costing
from inventory.costing import sources
from inventory.costing.models import CostEntry
from oms.core import money
from oms.reporting.margins import rules
from oms.reporting.margins.rules import Costs, Margin, Sold
from orders.ordering.models import Order, OrderLine

MOST = 5_000
"""So many lines are added up at once; whoever asks for more is asked to narrow the period."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line and what it earns."""

    line: OrderLine
    margin: Margin


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one channel, added up."""

    code: str
    name: str
    total: rules.Sum


@dataclass(frozen=True, slots=True)
class Report:
    """The lines of a period. `too_many`: there are more than are added up, so nothing is."""

    currency: str | None
    rows: Sequence[Row]
    groups: Sequence[Group]
    total: rules.Sum
    too_many: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which lines: of orders placed from one day to another (UTC), of a channel, of a SKU."""

    since: date
    until: date
    channel: str = ""
    sku: str = ""
    negative: bool = False


def lines(asked: Asked) -> "QuerySet[OrderLine]":
    """Return the lines of which something has shipped, newest order first."""
    start = datetime.combine(asked.since, datetime.min.time(), UTC)
    end = datetime.combine(asked.until + timedelta(days=1), datetime.min.time(), UTC)
    found = OrderLine.objects.filter(
        shipped__gt=0, order__placed_at__gte=start, order__placed_at__lt=end
    )
    if asked.channel:
        found = found.filter(order__channel__code=asked.channel)
    if asked.sku:
        found = found.filter(sku_code=asked.sku)
    return found.select_related("order__channel").order_by(
        "-order__placed_at", "-order_id", "position"
    )


def report(asked: Asked) -> Report:
    """Return what the lines of a period earn, by channel and in all; eight statements, however many lines there are.

    Every sum is over the rows that are returned, so that a figure ties out to what is behind it. With `negative`, the
    rows are those on which money was lost, and so are the sums.
    """
    found = list(lines(asked)[: MOST + 1])
    too_many = len(found) > MOST
    policy = costing.policy()
    company = policy.currency if policy else None
    rows = of_lines(found[:MOST])
    if asked.negative:
        rows = [row for row in rows if row.margin.is_negative]
    by_channel: defaultdict[tuple[str, str], list[Margin]] = defaultdict(list)
    for row in rows:
        channel = row.line.order.channel
        by_channel[channel.name, channel.code].append(row.margin)
    return Report(
        currency=company,
        rows=rows,
        groups=[]
        if too_many
        else [
            Group(code, name, rules.add_up(margins, company))
            for (name, code), margins in sorted(by_channel.items())
        ],
        total=rules.add_up([] if too_many else [row.margin for row in rows], company),
        too_many=too_many,
    )


def of_order(order: Order, its_lines: Sequence[OrderLine]) -> dict[int, Margin]:
    """Return what the lines of an order earn of which something has shipped, by key; nothing is asked otherwise."""
    shipped = [line for line in its_lines if line.shipped]
    for line in shipped:
        line.order = order
    return {row.line.pk: row.margin for row in of_lines(shipped)}


def of_lines(found: Sequence[OrderLine]) -> list[Row]:
    """Return what lines (with their orders at hand) earn; six statements, none for no lines."""
    if not found:
        return []
    policy = costing.policy()
    company = policy.currency if policy else None
    keys = [line.pk for line in found]
    costs = _costs(keys)
    labels = _labels(keys)
    currencies = {line.order.currency for line in found} | {
        label.currency for label in labels.values()
    }
    rates = sources.rates(currencies - {company}, into=company) if company else {}
    freight = _freight(keys, labels, company, rates, found) if company else {}
    rows = []
    for line in found:
        rate = _rate(line.order, line.order.currency, company, rates)
        made = rules.margin(
            Sold(
                ordered=line.ordered,
                cancelled=line.cancelled,
                credited=line.credited,
                shipped=line.shipped,
                returned=line.returned,
                net=line.net,
                currency=line.order.currency,
                bundle=line.dealt_by,
            ),
            costs.get(line.pk, Costs()),
            company=company,
            rate=rate,
            freight=freight.get(line.pk),
        )
        rows.append(Row(line, made))
    return rows


def _rate(
    order: Order,
    currency: str,
    company: str | None,
    rates: Mapping[str, Sequence[tuple[date, Decimal]]],
) -> Decimal | None:
    """Return the rate of a currency on the day on which the order was placed."""
    if currency == company:
        return Decimal(1)
    return sources.rate_on(rates, currency, order.placed_at.date())


def _costs(keys: Collection[int]) -> dict[int, Costs]:
    """Return what costing has written of order lines."""
    found: dict[int, Costs] = {}
    rows = (
        CostEntry.objects.filter(line_id__in=keys)
        .order_by()
        .values_list("line_id", "incoming")
        .annotate(Sum("units"), Sum("cost"), untold=Sum(F("unknown") + F("short")))
    )
    parts: defaultdict[int, dict[bool, tuple[int, Decimal, int]]] = defaultdict(dict)
    for key, incoming, units, cost, untold in rows:
        parts[key or 0][incoming] = (units, cost, untold)
    nothing = (0, Decimal(0), 0)
    for key, of_line in parts.items():
        out, cost, unknown = of_line.get(False, nothing)
        _, back_cost, back_unknown = of_line.get(True, nothing)
        found[key] = Costs(
            out=out,
            cost=cost.quantize(Decimal("0.0001")),
            back_cost=back_cost.quantize(Decimal("0.0001")),
            unknown=unknown + back_unknown,
        )
    return found


def _labels(keys: Collection[int]) -> dict[int, Label]:
    """Return what the parcels cost that hold units of order lines and have left, by parcel, where it is known."""
    parcels = ShipmentLine.objects.filter(fulfillment_line__order_line_id__in=keys)
    rows = Label.objects.filter(
        shipment__in=parcels.values("shipment_id"),
        shipment__shipped_at__isnull=False,
        state=LabelState.BOUGHT,
        cost__gt=0,
    ).only("shipment_id", "cost", "currency")
    return {label.shipment_id: label for label in rows}


def _freight(
    keys: Collection[int],
    labels: Mapping[int, Label],
    company: str,
    rates: Mapping[str, Sequence[tuple[date, Decimal]]],
    found: Sequence[OrderLine],
) -> dict[int, Decimal]:
    """Return each line's share of what its parcels cost: by weight, by units where nothing was weighed.

    A line of which a parcel's cost is not known has no share.
    """
    wanted = set(keys)
    parcels = ShipmentLine.objects.filter(fulfillment_line__order_line_id__in=wanted)
    rows = (
        ShipmentLine.objects.filter(
            shipment__in=parcels.values("shipment_id"), shipment__shipped_at__isnull=False
        )
        .order_by("shipment_id", "pk")
        .values_list(
            "shipment_id",
            "fulfillment_line__order_line_id",
            "quantity",
            "fulfillment_line__order_line__sku__weight_g",
        )
    )
    contents: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for shipment_id, line_id, quantity, grams in rows:
        contents[shipment_id].append((line_id, quantity, grams))
    orders = {line.pk: line.order for line in found}
    shares: defaultdict[int, Decimal] = defaultdict(Decimal)
    unknown: set[int] = set()
    for shipment_id, content in contents.items():
        label = labels.get(shipment_id)
        order = next((orders[line] for line, _, _ in content if line in orders), None)
        rate = _rate(order, label.currency, company, rates) if label and order else None
        if label is None or rate is None:
            unknown |= {line for line, _, _ in content}
            continue
        weights = [quantity * grams for _, quantity, grams in content]
        if not all(weights):
            weights = [quantity for _, quantity, _ in content]
        cost = money.quantize(label.cost * rate, company)
        for (line, _, _), share in zip(
            content, money.allocate(cost, weights, company), strict=True
        ):
            shares[line] += share
    return {line: share for line, share in shares.items() if line in wanted - unknown}
