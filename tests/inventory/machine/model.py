"""What the books should say, in plain Python: no table, no query, no service of ours."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

Key = tuple[int, int]
"""Which SKU lies at which place, by their numbers in the world."""

Units = dict[Key, int]


@dataclass
class Shelf:
    """Units of a SKU at a place, by bucket."""

    on_hand: int = 0
    committed: int = 0
    reserved: int = 0
    damaged: int = 0
    quality_control: int = 0

    @property
    def available(self) -> int:
        """Units that nobody has, and that are sound."""
        return self.on_hand - self.committed - self.reserved - self.damaged - self.quality_control

    def add(self, bucket: str, units: int) -> None:
        """Let units lie in a bucket more (or, negative, less)."""
        self.on_hand += units
        if bucket != "available":
            setattr(self, bucket, getattr(self, bucket) + units)

    @property
    def buckets(self) -> tuple[int, int, int, int, int]:
        """Return the five counters as the level has them."""
        return self.on_hand, self.committed, self.reserved, self.damaged, self.quality_control


@dataclass
class Promised:
    """Open units of a demand line at a place, in the order in which they were first promised."""

    demand: int
    key: Key
    units: int


@dataclass
class Cart:
    """A reservation."""

    pk: int
    units: Units
    expires_at: datetime
    status: str = "active"


@dataclass
class TransferLine:
    """A line of a transfer."""

    quantity: int
    cancelled: int = 0
    shipped: int = 0
    received: int = 0
    lost: int = 0

    @property
    def open(self) -> int:
        """Units that have not left."""
        return self.quantity - self.cancelled - self.shipped

    @property
    def in_transit(self) -> int:
        """Units that are under way."""
        return self.shipped - self.received - self.lost


@dataclass
class Transfer:
    """A transfer; its lines by SKU."""

    pk: int
    source: int
    destination: int
    lines: dict[int, TransferLine]
    status: str = "draft"

    def conclude(self) -> None:
        """Close it when nothing is open and nothing under way."""
        done = not any(line.open or line.in_transit for line in self.lines.values())
        if done and self.status in ("in_transit", "received"):
            self.status = "closed"

    def to_come(self, sku: int) -> int:
        """Return what the destination still expects of a SKU."""
        if self.status in ("draft", "cancelled", "closed"):
            return 0
        line = self.lines[sku]
        return line.open + (0 if self.status == "received" else line.in_transit)


@dataclass
class PurchaseLine:
    """A line of a purchase order."""

    ordered: int
    cancelled: int = 0
    received: int = 0

    @property
    def over(self) -> int:
        """Units that came beyond what is wanted."""
        return max(0, self.received + self.cancelled - self.ordered)

    @property
    def to_come(self) -> int:
        """Units still to come."""
        return max(0, self.ordered - self.cancelled - self.received)


@dataclass
class Receipt:
    """A delivery, or a part of one: SKU, units, and whether they are inspected first."""

    pk: int
    rows: list[tuple[int, int, bool]]
    lot: str = ""
    is_undone: bool = False


@dataclass
class Purchase:
    """A purchase order; its lines by SKU."""

    pk: int
    place: int
    lines: dict[int, PurchaseLine]
    receipts: list[Receipt] = field(default_factory=list)
    status: str = "placed"

    @property
    def is_open(self) -> bool:
        """Whether something may come."""
        return self.status in ("placed", "partially_received")

    def move_on(self) -> None:
        """Say how it stands after a receipt, a cancellation or an undone receipt."""
        some = any(line.received for line in self.lines.values())
        if any(line.to_come for line in self.lines.values()):
            self.status = "partially_received" if some else "placed"
        else:
            self.status = "received" if some else "cancelled"


@dataclass
class CountLine:
    """A SKU that is counted."""

    state: str = "to_count"
    counted: int = 0
    book: int = 0
    counter: int = -1
    corrections: int = 0

    @property
    def difference(self) -> int:
        """Units more (or less) on the shelf than in the books."""
        return self.counted - self.book


@dataclass
class Count:
    """A count of some SKUs at a place."""

    pk: int
    place: int
    lines: dict[int, CountLine]
    status: str = "draft"

    @property
    def is_live(self) -> bool:
        """Whether it keeps others from counting the same."""
        return self.status in ("open", "to_review")


class Books:
    """All of it, and what each shelf held after each step."""

    def __init__(self) -> None:
        self.shelves: defaultdict[Key, Shelf] = defaultdict(Shelf)
        self.promised: list[Promised] = []
        self.carts: list[Cart] = []
        self.transfers: list[Transfer] = []
        self.purchases: list[Purchase] = []
        self.counts: list[Count] = []
        self.lots: dict[str, str] = {}
        self.history: defaultdict[Key, list[tuple[datetime, int]]] = defaultdict(list)

    def held(self, demand: int, key: Key) -> Promised | None:
        """Return what a demand line is promised at a place."""
        return next((p for p in self.promised if (p.demand, p.key) == (demand, key)), None)

    def promise(self, demand: int, key: Key, units: int) -> None:
        """Commit free units."""
        found = self.held(demand, key)
        if found is None:
            self.promised.append(Promised(demand, key, units))
        else:
            found.units += units
        self.shelves[key].committed += units

    def take_off(self, found: Promised, units: int, *, leaves: bool) -> None:
        """Give committed units back, or let them leave."""
        shelf = self.shelves[found.key]
        shelf.committed -= units
        shelf.on_hand -= units if leaves else 0
        found.units -= units
        if not found.units:
            self.promised.remove(found)

    def overdue(self, key: Key, at: datetime) -> int:
        """Return the units that carts still hold at a place although their time has come."""
        return sum(cart.units.get(key, 0) for cart in self._overdue(at))

    def lapse(self, keys: set[Key], at: datetime) -> None:
        """Take what has expired off the shelves."""
        for cart in self._overdue(at):
            for key in keys & cart.units.keys():
                self.shelves[key].reserved -= cart.units.pop(key)

    def end(self, cart: Cart, status: str) -> None:
        """End a cart; what it still holds is free."""
        for key, units in cart.units.items():
            self.shelves[key].reserved -= units
        cart.units = {}
        cart.status = status

    def _overdue(self, at: datetime) -> list[Cart]:
        return [cart for cart in self.carts if cart.status == "active" and cart.expires_at <= at]

    def short(self, wanted: Units, at: datetime) -> tuple[bool, bool]:
        """Say whether free units do not suffice, and whether they do not although what has expired is taken off."""
        free = {key: self.shelves[key].available for key in wanted}
        is_short = any(free[key] < units for key, units in wanted.items())
        still = any(free[key] + self.overdue(key, at) < units for key, units in wanted.items())
        return is_short, still

    def incoming(self) -> Counter[Key]:
        """Return what is to come, by shelf."""
        found: Counter[Key] = Counter()
        for transfer in self.transfers:
            for sku in transfer.lines:
                found[sku, transfer.destination] += transfer.to_come(sku)
        for purchase in self.purchases:
            for sku, line in purchase.lines.items():
                found[sku, purchase.place] += line.to_come if purchase.is_open else 0
        return +found
