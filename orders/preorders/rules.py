"""What a pre-order may be: pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Terms:
    """When a SKU is sold before it is released, and how many units at most: in all (None: any) and by channel."""

    starts_on: date
    ends_on: date
    released_on: date
    units: int | None
    limits: Mapping[int, int]


def wrong_days(*, starts_on: date, ends_on: date, released_on: date) -> dict[str, str]:
    """Return what is wrong about days, by the name of the day."""
    if ends_on < starts_on:
        return {"ends_on": "The last day lies before the first."}
    if ends_on > released_on:
        return {"ends_on": "The last day lies after the release."}
    return {}


def below_sold(limit: int | None, sold: int) -> str:
    """Return what is wrong about a limit of which units are sold already; "" if nothing is."""
    return f"{sold} are sold already." if limit is not None and limit < sold else ""
