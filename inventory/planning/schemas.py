"""How forecasts and proposals are shown."""

from datetime import date, datetime
from uuid import UUID

from inventory.planning.models import Forecast, Proposal
from oms.core.api.schemas import Answer


class ForecastWeekOut(Answer):
    """Units of the week from a Monday on: the mean, and the interval that is to hold four weeks of five."""

    week: date
    mean: float
    low: int
    high: int


class AccuracyOut(Answer):
    """Figures of a rolling test over so many weeks; null where there is nothing to tell them from."""

    weeks: int
    wape: float | None
    mase: float | None
    rmsse: float | None
    bias: float | None
    coverage: float | None


class ForecastOut(Answer):
    """What the coming weeks will want of a SKU at a location. `per_week` is the usual demand, without promotions."""

    sku: str
    location: str
    made_at: datetime
    method: str
    per_week: float
    spread: float
    weeks: list[ForecastWeekOut]
    accuracy: AccuracyOut


class ForecastPage(Answer):
    """Forecasts."""

    results: list[ForecastOut]
    next: str | None
    limit: int


class ProposalOut(Answer):
    """Units that a location needs: a `transfer` has a source, a `purchase` a supplier, a `production` a work center.

    `why` has the reasons in sentences; `document` is the number of the draft.
    """

    id: UUID
    number: str
    version: int
    status: str
    kind: str
    sku: str
    location: str
    source: str | None
    supplier: str | None
    work_center: str | None
    quantity: int
    days_left: int | None
    why: list[str]
    created_at: datetime
    decided_at: datetime | None
    reason: str
    quiet_until: date | None
    document: str | None


class ProposalPage(Answer):
    """Proposals, newest first."""

    results: list[ProposalOut]
    next: str | None
    limit: int


class ProposalsOut(Answer):
    """The proposals that were decided, as they are now."""

    results: list[ProposalOut]


def forecast_out(found: Forecast) -> ForecastOut:
    """Show a forecast that was read by `queries.forecasts`."""
    return ForecastOut(
        sku=found.sku.code,
        location=found.location.code,
        made_at=found.made_at,
        method=found.method,
        per_week=round(found.per_week, 3),
        spread=round(found.spread, 3),
        weeks=[
            ForecastWeekOut(week=found.week(number), mean=mean, low=low, high=high)
            for number, (mean, low, high) in enumerate(
                zip(found.mean, found.low, found.high, strict=True)
            )
        ],
        accuracy=AccuracyOut(
            weeks=found.tested,
            wape=_rounded(found.wape),
            mase=_rounded(found.mase),
            rmsse=_rounded(found.rmsse),
            bias=_rounded(found.bias),
            coverage=_rounded(found.coverage),
        ),
    )


def proposal_out(found: Proposal) -> ProposalOut:
    """Show a proposal that was read by `queries.proposals`."""
    return ProposalOut(
        id=found.uuid,
        number=found.number,
        version=found.version,
        status=found.status,
        kind=found.kind,
        sku=found.sku.code,
        location=found.location.code,
        source=found.source.code if found.source is not None else None,
        supplier=found.supplier.code if found.supplier is not None else None,
        work_center=found.work_center.code if found.work_center is not None else None,
        quantity=found.quantity,
        days_left=found.days_left,
        why=[str(line) for line in found.why.get("words", ())],
        created_at=found.created_at,
        decided_at=found.decided_at,
        reason=found.reason,
        quiet_until=found.quiet_until,
        document=found.document_number or None,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
