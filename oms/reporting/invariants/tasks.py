"""The nightly run."""

import structlog
from celery import shared_task

from oms.reporting.invariants import services

log = structlog.get_logger()


@shared_task
def check_invariants() -> int:
    """Run every check; log an error for each that does not hold, and return their number."""
    broken = [result for result in services.run() if not result.holds]
    for result in broken:
        log.error(
            "invariant_broken",
            invariant=result.check.invariant,
            check=result.check.name,
            offenders=[
                {name: str(value) for name, value in row.items()} for row in result.offenders
            ],
            more=result.more,
        )
    return len(broken)
