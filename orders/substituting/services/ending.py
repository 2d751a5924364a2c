"""Go through the offers that nobody answered in time."""

from functools import partial

import structlog

from oms.core import transactions
from oms.core.errors import DomainError
from orders.substituting import queries
from orders.substituting.services import deciding

log = structlog.get_logger()


def end_unanswered() -> int:
    """End the offers whose last day is over, one in a transaction; return how many.

    One that cannot be ended stops no other; it is tried again by the next call.
    """
    ended = 0
    for key in queries.unanswered():
        try:
            transactions.retrying(partial(deciding.lapse, substitution_id=key))
            ended += 1
        except DomainError as error:
            log.warning("offer_left_open", substitution_id=key, error=error.code)
    return ended
