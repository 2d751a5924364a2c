"""Refusals of lots in the warehouse."""

from oms.core import errors


class LotRefused(errors.Conflict):
    """A lot or serial number is not to be taken; `lots` says of each why."""

    code = "lot_refused"
    title = "This lot is not to be taken"


class LotNotNamed(errors.Conflict):
    """Which lot or serial number it is has to be scanned or said; `skus` names each."""

    code = "lot_not_named"
    title = "Scan the lot or serial number"


class LotBlocked(errors.Conflict):
    """The parcel holds units that must not leave: recalled, quarantined or expired; `lots` says of each why."""

    code = "lot_blocked"
    title = "The parcel holds a lot that must not leave"
