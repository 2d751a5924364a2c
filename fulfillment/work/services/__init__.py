"""Use-cases of work: take it, stop it, hold it, and what the topics above share to report progress on it."""

from fulfillment.work.services.holding import hold, resume
from fulfillment.work.services.lines import Work, begin, end_if_done, lines_of, locked, shift
from fulfillment.work.services.relieving import picked_at, relieve
from fulfillment.work.services.stopping import stop
from fulfillment.work.services.taking import allocated_places, take_order

__all__ = [
    "Work",
    "allocated_places",
    "begin",
    "end_if_done",
    "hold",
    "lines_of",
    "locked",
    "picked_at",
    "relieve",
    "resume",
    "shift",
    "stop",
    "take_order",
]
