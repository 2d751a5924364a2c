"""The fold of movements into cost layers, and the split of charges: pure decisions.

A `Book` holds what is left of one SKU. `receive`, `issue` and `revalue` are told what happened in the order of the
ledger and write down what follows from it; whoever calls keeps the outcome. Amounts are in one currency, whole in its
minor unit. What is divided goes through `money`, so value in = value out + value left, to the cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from oms.core import money

FIFO, AVERAGE = "fifo", "average"
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Known:
    """The units cost `total`."""

    total: Decimal


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows what the units cost."""


@dataclass(frozen=True, slots=True)
class Current:
    """The units cost what a unit of the SKU costs now."""


@dataclass(frozen=True, slots=True)
class Original:
    """The units come back from an order line and cost what they cost when they left for it."""

    line: int


Cost = Known | Unknown | Current | Original


@dataclass(slots=True)
class Layer:
    """Units that came by one movement. `value` is of all of them, None while unknown; `held` of those that are left.

    Under the average nothing is held by a layer: the book's pool holds it all.
    """

    movement: int
    units: int
    left: int
    value: Decimal | None
    held: Decimal = _NOTHING

    @property
    def is_known(self) -> bool:
        """Whether there is a cost."""
        return self.value is not None


@dataclass(slots=True)
class Posting:
    """What a movement cost: `cost` of the units whose cost is known, `unknown` others, `short` ones without a layer."""

    movement: int
    units: int
    incoming: bool
    line: int | None = None
    cost: Decimal = _NOTHING
    unknown: int = 0
    short: int = 0


@dataclass(slots=True)
class Take:
    """The units `first` to `first + units - 1` of a layer went by a movement, at `value`; None is unknown."""

    movement: int
    layer: int
    first: int
    units: int
    value: Decimal | None
    is_known: bool
    key: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """`amount` more for all units that came by movement `layer`, or their cost at last when `is_first`."""

    key: int
    layer: int
    amount: Decimal
    is_first: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """A change falls on units that are gone: `amount` more for a take."""

    change: int
    take: Take
    amount: Decimal


@dataclass(slots=True)
class Line:
    """What the units of an order line have cost so far, and how many of them came back at which cost."""

    out: int = 0
    cost: Decimal = _NOTHING
    back: int = 0
    back_cost: Decimal = _NOTHING
    unknown: int = 0


@dataclass(slots=True)
class Book:
    """What is left of a SKU, and what the fold has written so far.

    `layers` are those with units left, oldest first, and those that changes are about; `takes` and `postings` hold what
    was written before and may be corrected; `lines` the order lines from which units come back. `pool` is the value of
    the `known` units left, `last` what a unit cost when one last came.
    """

    method: str
    currency: str
    layers: dict[int, Layer] = field(default_factory=dict)
    pool: Decimal = _NOTHING
    known: int = 0
    last: Decimal | None = None
    owed: list[Posting] = field(default_factory=list)
    lines: dict[int, Line] = field(default_factory=dict)
    takes: list[Take] = field(default_factory=list)
    postings: dict[int, Posting] = field(default_factory=dict)
    corrections: list[Corrected] = field(default_factory=list)

    @property
    def units(self) -> int:
        """Units left, less those that went before they came."""
        return sum(layer.left for layer in self.layers.values()) - sum(
            posting.short for posting in self.owed
        )

    def receive(self, movement: int, units: int, cost: Cost) -> None:
        """Let units come; those that went before they came leave again at once, at their cost."""
        line = cost.line if isinstance(cost, Original) else None
        value = self._value_of(units, cost)
        posting = Posting(
            movement,
            units,
            incoming=True,
            line=line,
            cost=_NOTHING if value is None else value,
            unknown=units if value is None else 0,
        )
        self.postings[movement] = posting
        layer = Layer(movement, units, units, value)
        self.layers[movement] = layer
        if value is not None:
            self._add(layer, value, units)
            self.last = per_unit(value, units)
        if line is not None and line in self.lines:
            known = self.lines[line]
            known.back += units
            known.back_cost += posting.cost
            known.unknown += posting.unknown
        while self.owed and layer.left:
            owed = self.owed[0]
            units_now = min(owed.short, layer.left)
            owed.short -= units_now
            if not owed.short:
                self.owed.pop(0)
            self._note(owed, unknown=-units_now)
            self._leave(owed, layer, units_now)

    def issue(
        self, movement: int, units: int, *, line: int | None = None, layer: int | None = None
    ) -> None:
        """Let units go, the oldest first; of `layer` first if it is named, because its receipt is taken back."""
        posting = Posting(movement, units, incoming=False, line=line)
        self.postings[movement] = posting
        if line is not None and line in self.lines:
            self.lines[line].out += units
        missing = units
        undone = self.layers.get(layer) if layer is not None else None
        if undone is not None and undone.left:
            missing -= self._leave(posting, undone, min(missing, undone.left), taken_back=True)
        for each in list(self.layers.values()):
            if not missing:
                return
            if each.left:
                missing -= self._leave(posting, each, min(missing, each.left))
        if missing:
            posting.short = missing
            self._note(posting, unknown=missing)
            self.owed.append(posting)

    def revalue(self, change: Change) -> None:
        """Share what a layer costs more between the units that are left and those that are gone."""
        layer = self.layers[change.layer]
        gone = layer.units - layer.left
        if change.is_first:
            layer.value = _NOTHING
            self.known += layer.left
        if layer.value is not None:
            layer.value += change.amount
        rest = money.unit_share(change.amount, layer.units, gone, layer.left, self.currency)
        self._add(layer, rest, 0)
        if change.is_first:
            self.last = per_unit(change.amount, layer.units)
            self._note_known(layer, change.amount)
        for take in self.takes:
            if take.layer != layer.movement:
                continue
            amount = money.unit_share(
                change.amount, layer.units, take.first, take.units, self.currency
            )
            self.corrections.append(Corrected(change.key, take, amount))
            posting = self.postings[take.movement]
            if not take.is_known:
                take.is_known = True
                posting.unknown -= take.units
                self._note(posting, unknown=-take.units)
            posting.cost += amount
            self._note(posting, cost=amount)

    def _note_known(self, layer: Layer, value: Decimal) -> None:
        """Note with the movement of a layer that the cost of its units is known at last."""
        posting = self.postings[layer.movement]
        posting.cost, posting.unknown = value, 0
        line = self.lines.get(posting.line) if posting.line is not None else None
        if line is not None:
            line.back_cost += value
            line.unknown -= layer.units

    def _value_of(self, units: int, cost: Cost) -> Decimal | None:
        """Return what units that come cost in all, None when nobody knows."""
        if isinstance(cost, Known):
            return cost.total
        if isinstance(cost, Unknown):
            return None
        if isinstance(cost, Original) and cost.line in self.lines:
            line = self.lines[cost.line]
            rest = line.out - line.back
            if line.unknown:
                return None
            if rest >= units:
                return money.unit_share(line.cost - line.back_cost, rest, 0, units, self.currency)
        if self.known:
            return money.quantize(self.pool * units / self.known, self.currency)
        return None if self.last is None else money.quantize(self.last * units, self.currency)

    def _add(self, layer: Layer, value: Decimal, units: int) -> None:
        self.pool += value
        self.known += units
        if self.method == FIFO:
            layer.held += value

    def _leave(
        self, posting: Posting, layer: Layer, units: int, *, taken_back: bool = False
    ) -> int:
        """Take units of one layer; return their number."""
        first = layer.units - layer.left
        value: Decimal | None = None
        if layer.value is not None:
            if self.method == FIFO:
                value = money.unit_share(layer.held, layer.left, 0, units, self.currency)
                layer.held -= value
            elif taken_back and self.known > units:
                paid = money.unit_share(layer.value, layer.units, first, units, self.currency)
                value = min(paid, self.pool)
            else:
                value = money.unit_share(self.pool, self.known, 0, units, self.currency)
            self.pool -= value
            self.known -= units
            posting.cost += value
            self._note(posting, cost=value)
        else:
            posting.unknown += units
            self._note(posting, unknown=units)
        layer.left -= units
        self.takes.append(
            Take(posting.movement, layer.movement, first, units, value, value is not None)
        )
        return units

    def _note(self, posting: Posting, *, cost: Decimal = _NOTHING, unknown: int = 0) -> None:
        """Keep the order line of a posting up with it."""
        line = self.lines.get(posting.line) if posting.line is not None else None
        if line is not None and not posting.incoming:
            line.cost += cost
            line.unknown += unknown


def per_unit(total: Decimal, units: int) -> Decimal:
    """Return the cost of one of `units`, to four decimals: for people, never to be multiplied back."""
    return (total / units).quantize(Decimal("0.0001"))


def split(total: Decimal, measures: Sequence[Decimal | int], currency: str) -> list[Decimal]:
    """Split a charge in proportion to the measures of lines, by largest remainder; the parts sum to it."""
    return money.allocate(total, measures, currency)


def converted(amount: Decimal, rate: Decimal, currency: str) -> Decimal:
    """Return `amount` in `currency`, of which one unit of its own currency is worth `rate`."""
    return money.quantize(amount * rate, currency)
