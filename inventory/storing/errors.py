"""Refusals of storing."""

from oms.core import errors


class BinsInUse(errors.Conflict):
    """The location has bins already."""

    code = "bins_in_use"
    title = "This location has bins already"


class NoBins(errors.Conflict):
    """What is asked for needs bins, and the location has none."""

    code = "no_bins"
    title = "This location has no bins"


class WrongBin(errors.Conflict):
    """The goods do not belong into a bin of this kind; the detail says why."""

    code = "wrong_bin"
    title = "These goods do not belong into this bin"


class SameBin(errors.Invalid):
    """Goods are carried from one bin to another one."""

    code = "same_bin"
    title = "The units lie in this bin already"


class BinMoveMissing(errors.Missing):
    """There is no such move between bins."""

    code = "bin_move_not_found"
    title = "There is no such move between bins"


class NotToBeUndone(errors.Conflict):
    """The move followed a movement of stock, or it has been undone already."""

    code = "bin_move_stays"
    title = "This move cannot be undone"


class BinMoveKeyReused(errors.Conflict):
    """The key of the move has been used for another one."""

    code = "bin_move_key_reused"
    title = "This key has already been used for another move"


class BinNotEmpty(errors.Conflict):
    """Goods lie in the bin."""

    code = "bin_not_empty"
    title = "Goods lie in this bin"


class NotThere(errors.Conflict):
    """More units are missing from a bin than lie there by the books."""

    code = "not_there"
    title = "By the books fewer units lie in this bin"


class StillInBin(errors.Conflict):
    """Articles that lie in the bin by the books are not counted; `skus` names them. None left is a count of 0."""

    code = "still_in_bin"
    title = "Not everything in this bin is counted"


class MovedMeanwhile(errors.Conflict):
    """Goods came into the bin or went out of it while it was counted."""

    code = "moved_meanwhile"
    title = "Goods moved here while you counted; please count again"


class CountTakesPromised(errors.Conflict):
    """Units that are missing from the bin are promised to orders: a count of the article plans these anew."""

    code = "count_takes_promised"
    title = "Orders are promised the missing units"
