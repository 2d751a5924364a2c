"""What the API shows of work. Quantities are units; a unit of a line is in exactly one of its places."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fulfillment.work.queries import WorkView
from oms.core import errors
from oms.core.api import schemas
from oms.core.api.schemas import Answer, Command, Items
from oms.core.errors import FieldProblem

MOST_LINES = 1_000
MOST_SCANS = 1_000


class LineUnits(Command):
    """Units of one line, by the id of the order's line."""

    line_id: schemas.Uuid
    quantity: schemas.Quantity


Lines = Annotated[list[LineUnits], Items(MOST_LINES, few="no_lines", many="too_many_lines")]
Scans = Annotated[list[schemas.SkuCode], Items(MOST_SCANS, few="no_scans", many="too_many_scans")]


class WorkLineOut(Answer):
    """A line of work; `line_id` is the id of the order's line."""

    line_id: UUID
    position: int
    sku: str
    name: str
    barcode: str
    quantity: int
    cancelled: int
    short: int
    to_pick: int
    picked: int
    packed: int
    shipped: int


class WorkOut(Answer):
    """The work of one location for one order."""

    id: UUID
    number: str
    status: str
    version: int
    order_id: UUID
    order_number: str
    on_hold: bool
    location: str
    ship_to: dict[str, Any]
    note: str
    created_at: datetime
    started_at: datetime | None
    closed_at: datetime | None
    lines: list[WorkLineOut]


class WorkPage(Answer):
    """A page of work, newest first; `next` is the cursor of the page after it."""

    results: list[WorkOut]
    next: str | None
    limit: int


def work_out(view: WorkView) -> WorkOut:
    """Return work as the API shows it."""
    return WorkOut.model_construct(
        id=view.uuid,
        number=view.number,
        status=view.status,
        version=view.version,
        order_id=view.order_uuid,
        order_number=view.order_number,
        on_hold=view.order_on_hold,
        location=view.location_code,
        ship_to=dict(view.recipient),
        note=view.order_note,
        created_at=view.created_at,
        started_at=view.started_at,
        closed_at=view.closed_at,
        lines=[
            WorkLineOut.model_construct(
                line_id=line.order_line_uuid,
                position=line.position,
                sku=line.sku_code,
                name=line.name,
                barcode=line.barcode,
                quantity=line.quantity,
                cancelled=line.cancelled,
                short=line.short,
                to_pick=line.to_pick,
                picked=line.picked,
                packed=line.packed,
                shipped=line.shipped,
            )
            for line in view.lines
        ],
    )


def units_by_line(view: WorkView, lines: list[LineUnits] | None) -> dict[int, int] | None:
    """Return the asked units by fulfillment line; None stays None.

    Raises Invalid, everything at once, for lines that are not part of the work and lines that are named twice.
    """
    if lines is None:
        return None
    known = {line.order_line_uuid: line.id for line in view.lines}
    units: dict[int, int] = {}
    problems = []
    for index, line in enumerate(lines):
        pointer = f"/lines/{index}/line_id"
        if line.line_id not in known:
            problems.append(
                FieldProblem(pointer, "unknown_reference", "This line is not part of the work.")
            )
        elif known[line.line_id] in units:
            problems.append(FieldProblem(pointer, "repeated", "This line is named twice."))
        else:
            units[known[line.line_id]] = line.quantity
    if problems:
        raise errors.Invalid(problems=problems)
    return units
