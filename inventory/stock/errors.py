"""Refusals of stock."""

from oms.core import errors


class InvalidQuantity(errors.Invalid):
    """The number of units is out of range."""

    code = "number_range"
    title = "The quantity is out of range"


class ReasonRequired(errors.Invalid):
    """A change by hand says why."""

    code = "reason_required"
    title = "A reason is required"


class UnknownPlace(errors.Missing):
    """There is no such SKU or location."""

    code = "not_found"
    title = "There is no such SKU or location"


class InsufficientStock(errors.Conflict):
    """Fewer units are there than the act needs."""

    code = "insufficient_stock"
    title = "There is not enough stock"
    constraints = (
        "level_on_hand_not_negative",
        "level_committed_not_negative",
        "level_reserved_not_negative",
        "level_damaged_not_negative",
        "level_quality_control_not_negative",
        "level_available_not_negative",
    )


class LevelFull(errors.Conflict):
    """The level would pass what can be counted."""

    code = "level_full"
    title = "The stock level would become too large"


class QuantityChanged(errors.Conflict):
    """The quantity on hand is not the one that the caller has seen."""

    code = "quantity_changed"
    title = "The stock has changed since you looked"


class IllegalStateChange(errors.Conflict):
    """Goods cannot be moved between these two buckets by hand."""

    code = "invalid_state_change"
    title = "Goods cannot be moved between these states"


class KitHoldsNoStock(errors.Conflict):
    """A kit is stocked as its parts; `skus` are the kits that were asked for."""

    code = "kit_holds_no_stock"
    title = "A kit holds no stock of its own"


class CauseReused(errors.Conflict):
    """The key of the act has been used for another act."""

    code = "cause_reused"
    title = "This key has already been used for another stock movement"


class UnknownSkus(errors.Invalid):
    """SKUs are matched to the letter; `problems` names every one that is not known."""

    code = "unknown_sku"
    title = "There is no such SKU"


class ExpectedRequired(errors.DomainError):
    """A quantity is set only by someone who says which one he has seen (RFC 6585)."""

    status = 428
    code = "expected_required"
    title = "Say which quantity you have seen"


class AmbiguousChange(errors.Invalid):
    """A correction is a difference or a counted quantity."""

    code = "delta_or_on_hand"
    title = "Send either delta, or on_hand with expected or as_of"


class InstantInFuture(errors.Invalid):
    """What will be there is not known."""

    code = "instant_in_future"
    title = "This instant is not over yet"


class BeforeFirstMovement(errors.Conflict):
    """Nothing was known of the level at that instant."""

    code = "before_first_movement"
    title = "Nothing had moved there yet"


class NotInBin(errors.Conflict):
    """Fewer units lie in the bin, of that lot and in that condition, than the act takes."""

    code = "not_in_bin"
    title = "There are fewer units in this bin"
    constraints = ("content_quantity_positive",)


class LotNeeded(errors.Invalid):
    """Units of a SKU that is tracked come without a lot or serial number."""

    code = "lot_needed"
    title = "Say which lot or serial number these units are"


class TrackingInUse(errors.Conflict):
    """How a SKU is tracked cannot be changed while units of it are picked, or lie there under numbers of one kind."""

    code = "tracking_in_use"
    title = "Tracking cannot be changed now"
