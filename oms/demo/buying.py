"""Buying: two suppliers with their terms, orders that taught their lead times, and one order in each state."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from inventory.catalog.models import Sku
from inventory.purchasing import services as purchasing
from inventory.purchasing.models import (
    PriceBreak,
    PurchaseLine,
    PurchaseOrder,
    Supplier,
    SupplierHoliday,
    SupplierSku,
)
from inventory.purchasing.services import Arrived, Confirmed, NewLine
from oms.core import clock
from oms.demo.world import BOUND_TO, SINCE, World

Act = Callable[[], None]

_SUPPLIERS = (
    {"code": "toepferei", "name": "Töpferei am Deich", "street": "Deichstr. 27", "city": "Hamburg",
     "postcode": "20459", "country": "DE", "email": "bestellung@toepferei.example", "language": "de",
     "account_number": "K-20417", "currency": "EUR", "minimum_order": Decimal(50), "lead_days": 7,
     "ship_days": [1, 3], "over_tolerance": 5},
    {"code": "northern", "name": "Northern Mills", "street": "14 Canal Road", "city": "Leeds", "postcode": "LS12 2PS",
     "country": "GB", "email": "orders@northern-mills.example", "language": "en", "edi_id": "5012345000008",
     "order_file": "x12", "currency": "GBP", "lead_days": 12, "over_tolerance": 0},
)  # fmt: skip
_SOLD = {"toepferei": ("MUG", "BOWL", "PLATE"), "northern": ("BLANKET", "CUSHION", "SOCK")}
# Days before now at which an order was placed, and after how many days its goods came.
_TAUGHT = ((64, 8), (47, 6), (33, 9), (24, 7))


@dataclass
class Buying:
    """What is bought in a history; each order is remembered by its name."""

    world: World
    codes: Sequence[str]
    orders: dict[str, PurchaseOrder] = field(default_factory=dict)

    def plan(self) -> Iterator[tuple[timedelta, Act]]:
        """Set the suppliers up; yield what happens how long before now."""
        terms = _set_up(self.world, self.codes)
        pottery, mills = terms["toepferei"], terms["northern"]
        for number, (days, taken) in enumerate(_TAUGHT):
            name = f"taught-{number}"
            codes = pottery[number : number + 3]
            yield timedelta(days=days), partial(self._place, name, "toepferei", codes)
            yield timedelta(days=days - taken), partial(self._receive_all, name)
        yield timedelta(days=20), partial(self._place, "late", "northern", mills[:2])
        yield timedelta(days=9), partial(self._place, "closed", "northern", mills[2:4])
        yield timedelta(days=2), partial(self._close_short, "closed")
        lately = timedelta(hours=30)
        for number, name in enumerate(
            ("placed", "acknowledged", "partially", "received", "cancelled", "short")
        ):
            codes = pottery[number : number + 2]
            yield lately, partial(self._place, name, "toepferei", codes)
        yield timedelta(hours=26), self._answer
        yield timedelta(hours=3), self._arrive
        yield timedelta(hours=1), partial(self._draft, "draft", "northern", mills[4:7])

    def _draft(self, name: str, supplier: str, codes: list[str]) -> None:
        self.orders[name] = purchasing.draft(
            supplier_code=supplier,
            location_code=BOUND_TO,
            lines=[NewLine(code, 10 + 4 * place) for place, code in enumerate(codes)],
            actor=self.world.staff["manager"],
        )

    def _place(self, name: str, supplier: str, codes: list[str]) -> None:
        self._draft(name, supplier, codes)
        purchasing.place(
            order_id=self.orders[name].pk, below_minimum=True, actor=self.world.staff["manager"]
        )

    def _receive(self, name: str, units: Mapping[str, int], *, reason: str = "") -> None:
        purchasing.receive(
            order_id=self.orders[name].pk,
            units=[Arrived(code, count) for code, count in units.items()],
            delivery_note=f"LS {self.orders[name].pk + 4100}",
            over_reason=reason,
            key=f"demo:{name}:{self.orders[name].number}",
            actor=self.world.packers(BOUND_TO),
        )

    def _to_come(self, name: str) -> dict[str, int]:
        lines = PurchaseLine.objects.filter(order=self.orders[name]).select_related("sku")
        return {line.sku.code: line.to_come for line in lines if line.to_come}

    def _receive_all(self, name: str) -> None:
        if name in self.orders:
            self._receive(name, self._to_come(name))
            self._close(name, "All is here")

    def _close(self, name: str, reason: str) -> None:
        purchasing.close(
            order_id=self.orders[name].pk, reason=reason, actor=self.world.staff["manager"]
        )

    def _close_short(self, name: str) -> None:
        """Receive all but a little of an order, which the supplier has no more of."""
        if name in self.orders:
            self._receive(name, {code: count - 2 for code, count in self._to_come(name).items()})
            self._close(name, "They have no more of it")

    def _answer(self) -> None:
        """Let the supplier confirm: one order less and later than asked."""
        for name in ("acknowledged", "partially"):
            code, count = next(iter(self._to_come(name).items()))
            purchasing.acknowledge(
                order_id=self.orders[name].pk,
                reference=f"AB-{self.orders[name].pk + 7300}",
                confirmations=[
                    Confirmed(
                        sku_code=code,
                        quantity=count - 2,
                        expected_on=clock.today() + timedelta(days=9),
                        rest_on=clock.today() + timedelta(days=30),
                    )
                ],
                actor=self.world.staff["manager"],
            )
        purchasing.cancel(
            order_id=self.orders["cancelled"].pk,
            reason="Ordered twice",
            actor=self.world.staff["manager"],
        )

    def _arrive(self) -> None:
        """Let goods come: a part, all with some too many, and all but a little."""
        code, count = next(iter(self._to_come("partially").items()))
        self._receive("partially", {code: count // 2})
        everything = self._to_come("received")
        first = next(iter(everything))
        self._receive(
            "received",
            {**everything, first: everything[first] + 2},
            reason="Two more, free of charge",
        )
        self._close_short("short")


def _set_up(world: World, codes: Sequence[str]) -> dict[str, list[str]]:
    """Make suppliers and terms that are missing; return which of the SKU codes each sells."""
    sold = {}
    for place, row in enumerate(_SUPPLIERS):
        supplier, is_new = Supplier.objects.get_or_create(code=row["code"], defaults=row)
        mine = [code for code in codes if code.split("-")[0] in _SOLD[supplier.code]]
        sold[supplier.code] = mine
        if not is_new:
            continue
        SupplierHoliday.objects.bulk_create(
            SupplierHoliday(
                supplier=supplier, day=date(clock.today().year, 12, day), name="Christmas"
            )
            for day in (25, 26)
        )
        for number, code in enumerate(mine):
            _sell(supplier, world.skus[code], number, preferred=place == 0)
    return sold


def _sell(supplier: Supplier, sku: Sku, number: int, *, preferred: bool) -> None:
    terms = SupplierSku.objects.create(
        supplier=supplier,
        sku=sku,
        code=f"{supplier.code[:2].upper()}-{4100 + 7 * number}",
        pack_size=6 if number % 3 == 0 else 1,
        minimum_quantity=6,
        preferred=preferred,
        valid_from=SINCE,
    )
    cost = Decimal(4) + Decimal(number) * Decimal("1.35")
    PriceBreak.objects.bulk_create(
        PriceBreak(terms=terms, quantity=quantity, unit_cost=cost * factor)
        for quantity, factor in ((1, Decimal(1)), (24, Decimal("0.92")), (96, Decimal("0.85")))
    )
