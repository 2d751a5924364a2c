"""What to propose for an item at a place: take from a place with more than it needs, make it, or buy it.

The position is what can be sold, and what comes, less what waits. What was proposed or drafted before counts as
coming, so that no need is met twice.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from inventory.planning.rules.levels import Levels

Kind = Literal["transfer", "production", "purchase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Units of an item at a place: available, on their way, on drafts to here and from here; what orders wait for.

    `needed` are units that production needs here as components and has not set aside.
    """

    available: int = 0
    incoming: int = 0
    drafted: int = 0
    leaving: int = 0
    waiting: int = 0
    needed: int = 0

    @property
    def position(self) -> int:
        """Units that will be there once everything has come and gone that is known of."""
        gone = self.leaving + self.waiting + self.needed
        return self.available + self.incoming + self.drafted - gone


@dataclass(frozen=True, slots=True)
class Source:
    """Another place that has the item: what lies there unpromised, its position, and its own order-up-to level."""

    place: str
    on_hand: int
    position: int
    keeps: int

    @property
    def surplus(self) -> int:
        """Units that it can give and still have all that it would order for."""
        return max(0, min(self.on_hand, self.position - self.keeps))


@dataclass(frozen=True, slots=True)
class Supply:
    """Who sells the item, or that we make it: in packs, from a minimum."""

    kind: Kind
    name: str
    pack_size: int = 1
    minimum: int = 1

    def quantity(self, wanted: int) -> int:
        """Return the least units in whole packs that serve `wanted`."""
        return math.ceil(max(wanted, self.minimum) / self.pack_size) * self.pack_size


@dataclass(frozen=True, slots=True)
class Proposed:
    """Units to get, and where from."""

    kind: Kind
    origin: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Where the units could have come from as well, and why they do not."""

    origin: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is missing, what is proposed, and what was refused. `lacks_supply` when nobody can deliver the rest."""

    missing: int
    proposed: Sequence[Proposed] = ()
    refused: Sequence[Refused] = ()
    lacks_supply: bool = False


def decide(
    stand: Stand,
    plan: Levels,
    sources: Sequence[Source],
    supply: Supply | None,
    *,
    transfers: bool = True,
    passed_over: Sequence[Refused] = (),
) -> Decision:
    """Decide what to propose now: nothing above the reorder point, else enough to reach the order-up-to level.

    The place with the largest surplus gives first, and further ones while the position is not above the reorder point;
    only then something is bought or made. `passed_over` are ways to get it that were refused before.
    """
    if stand.position > plan.reorder:
        return Decision(missing=0)
    missing = plan.upto - stand.position
    proposed: list[Proposed] = []
    refused = list(passed_over)
    rest = missing
    for source in sorted(sources, key=lambda each: (-each.surplus, each.place)):
        if not transfers:
            refused.append(Refused(source.place, "the policy takes nothing from other places"))
        elif not source.surplus:
            refused.append(Refused(source.place, _nothing_to_spare(source)))
        elif rest < missing and plan.upto - rest > plan.reorder:
            refused.append(Refused(source.place, "no more is needed for now"))
        else:
            units = min(rest, source.surplus)
            proposed.append(Proposed("transfer", source.place, units))
            rest -= units
    if rest < missing and plan.upto - rest > plan.reorder:
        if supply is not None:
            refused.append(
                Refused(supply.name, "the transfer lifts the stock above the reorder point")
            )
        return Decision(missing=missing, proposed=proposed, refused=refused)
    if supply is None:
        return Decision(missing=missing, proposed=proposed, refused=refused, lacks_supply=True)
    proposed.append(Proposed(supply.kind, supply.name, supply.quantity(rest)))
    return Decision(missing=missing, proposed=proposed, refused=refused)


def _nothing_to_spare(source: Source) -> str:
    return f"it has {max(source.on_hand, 0)} to give away and needs {source.keeps} itself"


# The reasons in words -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a decision was made from, as a person wants to read it."""

    per_week: float
    spread: float
    method: str
    lead_days: float
    lead_spread: float
    lead_known_from: str
    policy: str
    target: str
    share: float
    pack_size: int = 1
    minimum: int = 1
    notes: Sequence[str] = field(default_factory=tuple)


def words(facts: Facts, plan: Levels, stand: Stand, proposed: Proposed, missing: int) -> list[str]:
    """Return why so many units are proposed, in sentences."""
    lines = [
        f"Demand is {facts.per_week:.1f} units a week, give or take {facts.spread:.1f} ({facts.method}).",
        f"Supply takes {facts.lead_days:.1f} days, give or take {facts.lead_spread:.1f} ({facts.lead_known_from}).",
        f"Policy {facts.policy}: {facts.target} {facts.share:.1%}; reordered at {plan.reorder}, up to {plan.upto}.",
        f"The position is {stand.position}: {_sum(stand)}. {missing} units are missing.",
    ]
    if proposed.kind == "production":
        lines.append(f"It is made in batches of {facts.pack_size}: {proposed.quantity}.")
    elif proposed.kind == "purchase" and (facts.pack_size > 1 or facts.minimum > 1):
        lines.append(
            f"It comes in packs of {facts.pack_size}, at least {facts.minimum} units: {proposed.quantity}."
        )
    return [*lines, *facts.notes]


def record(
    facts: Facts, plan: Levels, stand: Stand, decision: Decision, proposed: Proposed
) -> Mapping[str, object]:
    """Return the inputs, the choice and the refused candidates as they are kept with the proposal."""
    return {
        "words": words(facts, plan, stand, proposed, decision.missing),
        "inputs": {
            "per_week": round(facts.per_week, 3),
            "spread": round(facts.spread, 3),
            "method": facts.method,
            "lead_days": round(facts.lead_days, 2),
            "lead_spread": round(facts.lead_spread, 2),
            "target": facts.target,
            "share": facts.share,
            "policy": facts.policy,
            "pack_size": facts.pack_size,
            "minimum": facts.minimum,
        },
        "stand": {
            "available": stand.available,
            "incoming": stand.incoming,
            "drafted": stand.drafted,
            "leaving": stand.leaving,
            "waiting": stand.waiting,
            "needed": stand.needed,
            "position": stand.position,
        },
        "levels": {"reorder": plan.reorder, "upto": plan.upto, "safety": round(plan.safety, 1)},
        "missing": decision.missing,
        "chosen": {"origin": proposed.origin, "quantity": proposed.quantity},
        "refused": [{"origin": each.origin, "reason": each.reason} for each in decision.refused],
    }


def _sum(stand: Stand) -> str:
    parts = [f"{stand.available} available"]
    for units, said in (
        (stand.incoming, "+ {} coming"),
        (stand.drafted, "+ {} on drafts"),
        (stand.leaving, "- {} to be sent elsewhere"),
        (stand.waiting, "- {} that orders wait for"),
        (stand.needed, "- {} that production needs"),
    ):
        if units:
            parts.append(said.format(units))
    return " ".join(parts)
