"""Use-cases of planning: take note of demand, forecast, propose, approve and reject."""

from inventory.planning.services.deciding import (
    MOST_AT_ONCE,
    MOST_QUIET_DAYS,
    QUIET_DAYS,
    Approved,
    approve,
    reject,
)
from inventory.planning.services.demand import (
    Demand,
    forget_demand,
    mark,
    record_demand,
    record_waiting,
)
from inventory.planning.services.running import (
    FORECAST,
    PROPOSE,
    run,
    start_forecasts,
    start_nightly,
    start_proposals,
)

__all__ = [
    "FORECAST",
    "MOST_AT_ONCE",
    "MOST_QUIET_DAYS",
    "PROPOSE",
    "QUIET_DAYS",
    "Approved",
    "Demand",
    "approve",
    "forget_demand",
    "mark",
    "record_demand",
    "record_waiting",
    "reject",
    "run",
    "start_forecasts",
    "start_nightly",
    "start_proposals",
]
