"""How availability is asked and told over the API; the address itself is the carts', which know the channels."""

from collections.abc import Collection

from rest_framework.request import Request

from inventory.reservations import queries
from oms.core import errors
from oms.core.api.schemas import Answer
from oms.core.errors import FieldProblem

MOST_SKUS = 200
LONGEST_CODE = 64


class AtLocation(Answer):
    """Units at one location that ships orders.

    `available_to_sell` leaves out the safety stock and what the channel does not see.
    """

    location: str
    on_hand: int
    committed: int
    available: int
    available_to_sell: int


class AvailabilityOut(Answer):
    """What can be promised of a SKU, in all and by location.

    With `unit`, `packs_to_sell` are the whole packs of that name in all; null when the SKU does not come in it. Of a
    kit: as many as its parts make, of which none is committed as a kit. In all that may be more than the sum over the
    locations, since the parts of one kit may come from several.
    """

    sku: str
    is_kit: bool
    unit: str
    units_per_pack: int | None
    packs_to_sell: int | None
    available_to_sell: int
    locations: list[AtLocation]


class AvailabilityPage(Answer):
    """One entry per known SKU, in the order asked; `unknown` are codes that no SKU has, to the letter."""

    results: list[AvailabilityOut]
    unknown: list[str]


def skus_asked(request: Request, *, also: Collection[str] = ()) -> list[str]:
    """Return the SKUs asked for, each once; `also` are the other parameters that may be sent. Raises Invalid."""
    given = request.query_params
    codes = list(dict.fromkeys(given.getlist("sku")))
    problems = [
        FieldProblem(f"/{name[:60]}", "unknown_filter", "There is no such parameter.")
        for name in given
        if name != "sku" and name not in also
    ]
    if not codes:
        problems.append(FieldProblem("/sku", "required", "Name at least one SKU."))
    if len(codes) > MOST_SKUS:
        problems.append(FieldProblem("/sku", "too_many", f"At most {MOST_SKUS} at once."))
    problems += [
        FieldProblem(f"/sku/{index}", "unknown_sku", "No SKU can have this code.")
        for index, code in enumerate(codes[:MOST_SKUS])
        if not code or len(code) > LONGEST_CODE or "\0" in code
    ]
    if problems:
        raise errors.Invalid(problems=problems)
    return codes


def shown(
    code: str,
    offered: queries.Offered,
    *,
    is_kit: bool,
    unit: str = "",
    each: int | None = None,
) -> AvailabilityOut:
    """Describe what can be promised of one SKU, in packs too where one of its `each` units was asked for as `unit`."""
    return AvailabilityOut(
        sku=code,
        is_kit=is_kit,
        unit=unit,
        units_per_pack=each,
        packs_to_sell=None if each is None else offered.available_to_sell // each,
        available_to_sell=offered.available_to_sell,
        locations=[
            AtLocation(
                location=level.location_code,
                on_hand=level.on_hand,
                committed=level.committed,
                available=level.available,
                available_to_sell=level.available_to_sell,
            )
            for level in offered.levels
        ],
    )
