"""Refusals of recalls."""

from oms.core import errors


class NotRecalled(errors.Conflict):
    """Customers are told of a recall only."""

    code = "lot_not_recalled"
    title = "This lot is not recalled"


class WordsNeeded(errors.Invalid):
    """The mail says what to do with the goods."""

    code = "recall_words_needed"
    title = "Say what customers should do"
