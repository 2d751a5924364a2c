"""Three places, three SKUs and a kit; every act through its service, its outcome said beforehand by the model."""

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

import time_machine
from django.db import connection, transaction

from inventory.bins.states import BinKind
from inventory.catalog.models import Sku, Tracking
from inventory.kits import queries as kits
from inventory.locations.models import Location
from inventory.lots.models import Lot
from inventory.packs import services as packs
from inventory.packs.rules import NewPack
from inventory.reservations import queries as availability
from inventory.stock import rules as stock_rules
from inventory.stock.models import BinMove, Level
from inventory.stock.states import Bucket
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import DomainError, Raced
from tests.inventory.factories import LocationFactory, SkuFactory, kit_of, with_bins
from tests.inventory.machine.model import Books, Key, Shelf
from tests.inventory.purchasing.orders import sells, supplier

KEEPER = Actor("staff", "31", "Kim Keeper")
START = datetime(2030, 3, 4, 8, 0, tzinfo=UTC)
SKUS, PLACES = (0, 2), (0, 2)
LOTTED, BINNED = 2, 2
LOTS = ("L-1", "L-2", "L-3")
LIFE = {"L-1": 90, "L-2": 30, "L-3": 60}
BINS = ("DOCK", "A", "B", "QUAR", "OUT")
PACK = 6
KIT = {0: 1, 1: 2}
_CONDITION_OF = {"damaged": "damaged", "quality_control": "quality_control"}


class Document(Protocol):
    """What has a state."""

    status: str


DocT = TypeVar("DocT", bound=Document)
Pile = tuple[str, str, str]
"""Bin, lot and condition; the bin is empty where a place has none."""


LEVELS = """
    SELECT id, sku_id, location_id, on_hand, committed, reserved, damaged, quality_control, incoming
    FROM inventory_level
"""
MOVEMENTS = """
    SELECT id, level_id, kind, source, target, quantity FROM inventory_movement WHERE id > %s ORDER BY id
"""
CONTENTS = """
    SELECT c.level_id, b.code, b.kind, l.number, c.condition, c.quantity
    FROM inventory_content c
    JOIN inventory_bin b ON b.id = c.bin_id
    LEFT JOIN inventory_lot l ON l.id = c.lot_id
"""


@dataclass(frozen=True)
class Act:
    """Something that may be done, and in which range each of its numbers is."""

    do: Callable[..., None]
    ranges: dict[str, tuple[int, int]]


ACTS: dict[str, Act] = {}


def act(**ranges: tuple[int, int]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Note a function of the world and of some numbers as an act."""

    def note(do: Callable[..., None]) -> Callable[..., None]:
        ACTS[do.__name__] = Act(do, ranges)
        return do

    return note


class World:
    """A small house, and the books that it should have. Time stands still but for a minute after each step."""

    def __init__(self) -> None:
        self.traveller = time_machine.travel(START, tick=False)
        self.clock = self.traveller.start()
        self.books = Books()
        self.tally: Counter[tuple[str, str]] = Counter()
        self.step = 0
        self.last: tuple[str, Callable[..., Any], dict[str, Any]] | None = None
        self.expected_piles: defaultdict[Key, Counter[Pile]] = defaultdict(Counter)
        self.places = [
            LocationFactory.create(code=f"place-{number}", priority=number) for number in range(3)
        ]
        with_bins(
            self.places[BINNED], A=BinKind.PICK_FACE, B=BinKind.STORAGE, QUAR=BinKind.QUARANTINE
        )
        self.places[BINNED].refresh_from_db()
        self.bin_ids = dict(self.places[BINNED].bins.values_list("code", "pk"))
        self.skus = [
            SkuFactory.create(code="CUP"),
            SkuFactory.create(code="POT"),
            SkuFactory.create(code="TEA", tracking=Tracking.LOT, expires=True),
        ]
        self.kit = kit_of({self.skus[sku]: units for sku, units in KIT.items()}, code="SET")
        packs.define(sku_id=self.skus[1].pk, packs=[NewPack("BOX", PACK)], actor=KEEPER)
        self.parts = kits.parts_of([self.kit.pk])
        self.seller = supplier(over_tolerance=10)
        for sku in self.skus:
            sells(self.seller, sku, pack_size=PACK if sku is self.skus[1] else 1)
        self._sku_of = {sku.pk: number for number, sku in enumerate(self.skus)}
        self._place_of = {place.pk: number for number, place in enumerate(self.places)}
        self._keys: dict[int, Key] = {}
        self._seen = 0
        self._folded: defaultdict[Key, Shelf] = defaultdict(Shelf)
        self.corrections: Counter[Key] = Counter()
        self.piles: dict[Key, Counter[Pile]] = {}
        self.ledger: list[list[Any]] = []
        self.moments: dict[int, datetime] = {}
        self.carried: BinMove | None = None
        self.undone: set[int] = set()

    def close(self) -> None:
        """Let time go on."""
        self.traveller.stop()

    # What acts ask and say ------------------------------------------------------------------------

    def sku(self, number: int) -> Sku:
        """Return a SKU by its number."""
        return self.skus[number]

    def place(self, number: int) -> Location:
        """Return a place by its number."""
        return self.places[number]

    def level(self, key: Key) -> Level | None:
        """Return the level of a key."""
        return Level.objects.filter(sku=self.skus[key[0]], location=self.places[key[1]]).first()

    def key_of(self, level_id: int) -> Key:
        """Return the key of a level."""
        return self._keys[level_id]

    def cause(self) -> str:
        """Return a name for the act of this step."""
        return f"machine:{self.step}"

    def do(self, expected: str | None, call: Callable[..., Any], /, **named: Any) -> Any:
        """Do what the model says is refused (with this error), or not. Return None when it was refused."""
        try:
            with transaction.atomic():
                result = call(**named)
        except (DomainError, Raced) as error:
            outcome = type(error).__name__
            self._note(outcome)
            assert outcome == expected, f"{call.__name__} {named}: {outcome}, not {expected}"
            return None
        self._note("done")
        assert expected is None, f"{call.__name__} {named}: done, not {expected}"
        return result if result is not None else True

    def _note(self, outcome: str) -> None:
        self.tally[self.doing, outcome] += 1

    def pile(self, key: Key, bin_code: str, lot: str, condition: str, units: int) -> None:
        """Say beforehand how exactly a pile changes; then every pile of its level is compared with what was said."""
        self.expected_piles[key][bin_code if key[1] == BINNED else "", lot, condition] += units

    def open(self) -> None:
        """Let the first goods come."""
        for sku in range(2):
            for place in range(3):
                self.run("receive", sku=sku, place=place, units=8 + 3 * place + 5 * sku, into=1)
        for place in range(3):
            for lot in range(2):
                self.run("receive_lot", place=place, units=7 + place, lot=lot, day=1)

    def run(self, name: str, **numbers: int) -> None:
        """Do an act and compare all books."""
        self.doing = name
        self.step += 1
        self.expected_piles.clear()
        self.moments[self.step] = clock.now()
        ACTS[name].do(self, **numbers)
        self.verify()
        at = clock.now()
        for key, shelf in self.books.shelves.items():
            self.books.history[key].append((at, shelf.on_hand))
        self.clock.shift(timedelta(minutes=1))

    # What is compared -----------------------------------------------------------------------------

    def verify(self) -> None:
        """Compare levels, ledger, piles and availability with the model."""
        levels: dict[Key, tuple[int, ...]] = {}
        incoming: Counter[Key] = Counter()
        for pk, sku_id, location_id, *buckets, to_come in _rows(LEVELS):
            key = self._keys[pk] = self._sku_of[sku_id], self._place_of[location_id]
            levels[key] = tuple(buckets)
            incoming[key] = to_come
        assert _some(levels) == _some({k: s.buckets for k, s in self.books.shelves.items()})
        assert +incoming == self.books.incoming()
        self._fold()
        assert _some(levels) == _some({k: s.buckets for k, s in self._folded.items()})
        self._compare_piles()
        self._compare_offers()

    def _fold(self) -> None:
        """Follow the ledger from where it was read last."""
        for pk, level_id, kind, source, target, quantity in _rows(MOVEMENTS, self._seen):
            self._seen = pk
            key = self._keys[level_id]
            for name, change in stock_rules.effect(source, target, quantity).items():
                setattr(self._folded[key], name, getattr(self._folded[key], name) + change)
            if kind in ("adjustment", "count") or (kind == "receipt" and target == "supplier"):
                self.corrections[key] += 1
            self.ledger.append([self.step, *key, kind, source, target, quantity])

    def _compare_piles(self) -> None:
        found: defaultdict[Key, Counter[Pile]] = defaultdict(Counter)
        for level_id, code, kind, number, condition, quantity in _rows(CONTENTS):
            where = "" if kind == BinKind.WHOLE else code
            found[self._keys[level_id]][where, number or "", condition] += quantity
        for key, shelf in self.books.shelves.items():
            if key[0] != LOTTED and key[1] != BINNED:
                assert not found[key]
                continue
            lying: Counter[str] = Counter()
            for (_, _, condition), units in found[key].items():
                lying[condition] += units
            good = shelf.on_hand - shelf.damaged - shelf.quality_control
            assert (lying["good"], lying["damaged"], lying["quality_control"]) == (
                good,
                shelf.damaged,
                shelf.quality_control,
            )
        for key, changes in self.expected_piles.items():
            before = self.piles.get(key, Counter())
            wanted = {p: before[p] + changes[p] for p in before | changes if before[p] + changes[p]}
            assert found[key] == wanted
        self.piles = dict(found)

    def _compare_offers(self) -> None:
        """Compare what can be promised: free units, what has expired among them; kits by their parts."""
        at = clock.now()
        offers = availability.offered(
            skus={"CUP": self.skus[0].pk, "POT": self.skus[1].pk, "SET": self.kit.pk},
            parts=self.parts,
        )
        free = [
            sum(
                shelf.available + self.books.overdue(key, at)
                for key, shelf in self.books.shelves.items()
                if key[0] == sku
            )
            for sku in KIT
        ]
        assert [offers[code].available_to_sell for code in ("CUP", "POT")] == free
        assert offers["SET"].available_to_sell == min(free[sku] // n for sku, n in KIT.items())

    # What two databases must agree on -------------------------------------------------------------

    def digest(self) -> str:
        """Return what became of the house, in few characters: levels, piles, ledger and refusals."""
        said = {
            "levels": sorted([*k, *s.buckets] for k, s in self._folded.items()),
            "piles": sorted([*k, *p, n] for k, c in self.piles.items() for p, n in c.items()),
            "ledger": sorted(self.ledger),
            "tally": sorted([*key, count] for key, count in self.tally.items()),
            "lots": sorted(Lot.objects.values_list("number", "status")),
        }
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _rows(statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Return rows read by a bare statement: they are read after every step."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def picked(documents: Sequence[DocT], which: int, *states: str) -> DocT | None:
    """Return one of the latest documents: mostly, where `which` is not 0, one in a state in which the act is legal."""
    fitting = [each for each in documents if each.status in states] if which else []
    found = (fitting or list(documents))[-4:]
    return found[which % len(found)] if found else None


def _some(levels: dict[Key, Any]) -> dict[Key, tuple[int, ...]]:
    return {key: tuple(buckets) for key, buckets in levels.items() if any(buckets)}


def drawn(chance: random.Random) -> tuple[str, dict[str, int]]:
    """Return an act with its numbers, drawn by chance."""
    name = chance.choice(sorted(ACTS))
    return name, {of: chance.randint(*ends) for of, ends in ACTS[name].ranges.items()}


def condition_of(bucket: str) -> str:
    """Return how goods of a bucket are."""
    return _CONDITION_OF.get(bucket, "good")


BUCKETS = (
    Bucket.AVAILABLE.value,
    Bucket.QUALITY_CONTROL.value,
    Bucket.DAMAGED.value,
    Bucket.COMMITTED.value,
    Bucket.ADJUSTMENT.value,
)
