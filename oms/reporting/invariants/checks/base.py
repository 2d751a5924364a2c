"""What a check is, and the fragments that several checks share. No statement takes a parameter."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One named check of an invariant: `says` is what holds, `statement` selects what offends."""

    invariant: str
    name: str
    says: str
    statement: str


def listed(values: Iterable[str]) -> str:
    """Write constants of our code as an SQL list."""
    return "(" + ", ".join(f"'{value}'" for value in sorted(map(str, values))) + ")"


# An event of order `o` that is not through yet: what follows from it may be missing still.
UNDER_WAY = """EXISTS (
    SELECT 1 FROM core_event e
    LEFT JOIN core_delivery d ON d.event_id = e.id AND d.state <> 'delivered'
    WHERE e.aggregate = 'orders.order' AND e.aggregate_id = CAST(o.id AS varchar(40))
        AND (e.state = 'pending' OR d.id IS NOT NULL)
)"""
