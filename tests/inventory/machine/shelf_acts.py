"""Shelves are counted; goods are carried from bin to bin."""

from inventory.counting import services as counting
from inventory.counting.rules import Choice
from inventory.storing import services as storing
from inventory.storing.services import Figure, Wanted
from oms.core.actors import Actor
from tests.inventory.machine.model import Count, CountLine
from tests.inventory.machine.world import (
    BINNED,
    BINS,
    KEEPER,
    LOTTED,
    PLACES,
    SKUS,
    World,
    act,
    picked,
)

COUNTERS = (Actor("staff", "41", "Anna Aisle"), Actor("staff", "42", "Ben Bin"))


def _on_shelf(_sku_id: int, _location_id: int) -> int:
    """Say that everything lies on the shelf."""
    return 0


@act(place=PLACES, sku=SKUS, both=(0, 1), go=(0, 3))
def draft_count(world: World, place: int, sku: int, both: int, go: int) -> None:
    """Draft a count of one or two SKUs, mostly starting it at once."""
    wanted = [sku, (sku + 1) % 3] if both else [sku]
    done = world.do(
        None,
        counting.create,
        location_code=world.place(place).code,
        choice=Choice("skus", skus=[world.sku(number).code for number in wanted]),
        actor=KEEPER,
    )
    lines = {number: CountLine() for number in wanted}
    world.books.counts.append(Count(done.pk, place, lines))
    if go:
        _start(world, world.books.counts[-1])


@act(which=(0, 3))
def start_count(world: World, which: int) -> None:
    """Start a count, unless another one has its SKUs."""
    found = picked(world.books.counts, which, "draft")
    if found is not None:
        _start(world, found)


def _start(world: World, found: Count) -> None:
    rivals = [
        other
        for other in world.books.counts
        if other.is_live and other.place == found.place and other.lines.keys() & found.lines.keys()
    ]
    expected = None
    if found.status != "draft":
        expected = "IllegalTransition"
    elif rivals:
        expected = "BeingCounted"
    if world.do(expected, counting.start, count_id=found.pk, actor=KEEPER):
        found.status = "open"


@act(which=(0, 3), sku=SKUS, off=(-2, 2), who=(0, 1), done=(0, 3))
def count_shelf(world: World, which: int, sku: int, off: int, who: int, done: int) -> None:
    """Count what the books say, or a few more or fewer; mostly hand over when that was the last line."""
    found = picked(world.books.counts, which, "open")
    if found is None:
        return
    if which:
        waiting = [number for number, line in found.lines.items() if line.state != "counted"]
        sku = sorted(waiting or found.lines)[sku % len(waiting or found.lines)]
    line = found.lines.get(sku)
    book = world.books.shelves[sku, found.place].on_hand
    counted = max(0, book + off)
    expected = None
    if found.status != "open":
        expected = "IllegalTransition"
    elif line is None:
        expected = "NotExpected"
    elif line.state == "counted":
        expected = "AlreadyCounted"
    elif line.state == "to_recount" and line.counter == who:
        expected = "SamePerson"
    told = world.do(
        expected,
        counting.record,
        count_id=found.pk,
        sku_code=world.sku(sku).code,
        counted=counted,
        off_shelf=_on_shelf,
        actor=COUNTERS[who],
    )
    if told and line:
        is_accepted = line.state == "to_recount" or counted == book
        assert told.is_accepted == is_accepted
        line.state = "counted" if is_accepted else "to_recount"
        line.counted, line.book, line.counter = counted, book, who
        line.corrections = world.corrections[sku, found.place]
        if done and all(each.state == "counted" for each in found.lines.values()):
            world.do(None, counting.finish, count_id=found.pk, actor=KEEPER)
            found.status = "to_review"


@act(which=(0, 3), what=(0, 7))
def review_count(world: World, which: int, what: int) -> None:
    """Hand the count over, doubt it, explain it or give it up."""
    found = picked(world.books.counts, which, "open", "to_review")
    if found is None:
        return
    sku = min(found.lines)
    code = world.sku(sku).code
    action = ("finish", "finish", "finish", "finish", "doubt", "explain", "explain", "cancel")[what]
    legal = {
        "finish": ("open",),
        "doubt": ("to_review",),
        "explain": ("to_review",),
        "cancel": ("draft", "open", "to_review"),
    }[action]
    expected = None
    if found.status not in legal:
        expected = "IllegalTransition"
    elif action == "finish" and any(line.state != "counted" for line in found.lines.values()):
        expected = "StillToCount"
    named: dict[str, object] = {
        "finish": {},
        "doubt": {"sku_codes": [code]},
        "explain": {"causes": {code: "stolen"}},
        "cancel": {"reason": "no time"},
    }[action]
    call = getattr(counting, action)
    if world.do(expected, call, count_id=found.pk, actor=KEEPER, **named):
        found.status = {"finish": "to_review", "doubt": "open", "cancel": "cancelled"}.get(
            action, found.status
        )
        if action == "doubt":
            found.lines[sku].state = "to_recount"


@act(which=(0, 3))
def post_count(world: World, which: int) -> None:
    """Make the books say what was counted."""
    found = picked(world.books.counts, which, "to_review")
    if found is None:
        return
    differing = {sku: line for sku, line in found.lines.items() if line.difference}
    shelves = world.books.shelves
    expected = None
    if found.status != "to_review":
        expected = "IllegalTransition"
    elif any(
        line.corrections != world.corrections[sku, found.place] for sku, line in differing.items()
    ):
        expected = "CorrectedSince"
    elif any(
        shelves[sku, found.place].available + line.difference < 0 for sku, line in differing.items()
    ):
        expected = "Raced"
    if world.do(expected, counting.post, count_id=found.pk, actor=KEEPER):
        found.status = "posted"
        for sku, line in differing.items():
            shelves[sku, found.place].add("available", line.difference)


# Bins ---------------------------------------------------------------------------------------------

_NO_STORE = ("DOCK", "OUT")


def _lying(world: World, sku: int, bin_code: str, condition: str) -> int:
    piles = world.piles.get((sku, BINNED), {})
    return sum(n for (code, _, how), n in piles.items() if (code, how) == (bin_code, condition))


def _objection(target: str, condition: str, *, putting_away: bool) -> bool:
    """Say whether goods so conditioned may not go into a bin of this kind."""
    if putting_away and (target in _NO_STORE or (condition == "good" and target == "QUAR")):
        return True
    return condition != "good" and target in ("A", "B", "OUT")


@act(sku=SKUS, units=(0, 8), source=(0, 4), goal=(0, 4), condition=(0, 5), away=(0, 1))
def carry(
    world: World, sku: int, units: int, source: int, goal: int, condition: int, away: int
) -> None:
    """Put goods away, or carry them from bin to bin; then the same call comes once more."""
    how = ("good", "good", "good", "good", "damaged", "quality_control")[condition]
    ends = BINS[source], BINS[goal]
    expected = None
    if not units:
        expected = "InvalidQuantity"
    elif source == goal:
        expected = "SameBin"
    elif world.level((sku, BINNED)) is None:
        expected = "UnknownPlace"
    elif _objection(ends[1], how, putting_away=bool(away)):
        expected = "WrongBin"
    elif _lying(world, sku, ends[0], how) < units:
        expected = "NotInBin"
    wanted = Wanted(
        world.place(BINNED).pk,
        world.sku(sku).pk,
        units,
        world.bin_ids[ends[0]],
        world.bin_ids[ends[1]],
        how,
    )
    call = storing.put_away if away else storing.move
    named = {"wanted": wanted, "key": world.cause(), "actor": KEEPER}
    moves = world.do(expected, call, **named)
    if moves:
        for move in moves:
            number = move.lot.number if move.lot else ""
            world.pile((sku, BINNED), ends[0], number, how, -move.quantity)
            world.pile((sku, BINNED), ends[1], number, how, move.quantity)
        assert sum(move.quantity for move in moves) == units
        again = world.do(None, call, **named)
        assert [move.pk for move in again] == [move.pk for move in moves]
        world.carried = moves[0]


@act(twice=(0, 1))
def carry_back(world: World, twice: int) -> None:
    """Carry back what was carried last."""
    move = world.carried
    if move is None:
        return
    key = world.key_of(move.level_id)
    number = move.lot.number if move.lot else ""
    codes = {pk: code for code, pk in world.bin_ids.items()}
    ends = codes[move.target_id], codes[move.source_id]
    there = world.piles.get(key, {}).get((ends[0], number, move.condition), 0)
    expected = None
    if move.pk in world.undone:
        expected = "NotToBeUndone"
    elif there < move.quantity:
        expected = "NotInBin"
    if world.do(expected, storing.undo, move_id=move.pk, reason="wrong bin", actor=KEEPER):
        world.undone.add(move.pk)
        world.pile(key, ends[0], number, move.condition, -move.quantity)
        world.pile(key, ends[1], number, move.condition, move.quantity)


@act(sku=SKUS, bin_number=(0, 4), off=(-3, 3), stale=(0, 5))
def count_bin(world: World, sku: int, bin_number: int, off: int, stale: int) -> None:
    """Count a whole bin: what the books say, but for one SKU."""
    code = BINS[bin_number]
    books = {number: _lying(world, number, code, "good") for number in range(3)}
    figures = {number: count for number, count in books.items() if count or number == sku}
    counted = figures | {sku: max(0, books[sku] + off)}
    change = counted[sku] - books[sku]
    last = storing.last_move(world.bin_ids[code])
    shelf = world.books.shelves[sku, BINNED]
    expected = None
    if not stale:
        expected = "MovedMeanwhile"
    elif change < 0 and shelf.available + change < 0:
        expected = "CountTakesPromised"
    done = world.do(
        expected,
        storing.count,
        bin_id=world.bin_ids[code],
        figures=[Figure(world.sku(number).code, count) for number, count in counted.items()],
        seen=last + (0 if stale else 1),
        key=world.cause(),
        actor=KEEPER,
    )
    if done is not None and expected is None:
        shelf.add("available", change)
        if sku != LOTTED or change > 0:
            world.pile((sku, BINNED), code, "", "good", change)
