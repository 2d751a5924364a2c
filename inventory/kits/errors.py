"""Refusals of kits."""

from oms.core import errors


class KitInvalid(errors.Invalid):
    """The parts make no kit; `problems` lists everything."""

    code = "kit_invalid"
    title = "These parts make no kit"
    constraints = ("kitpart_units_positive", "kitpart_not_itself", "kitpart_unique")


class KitMissing(errors.Missing):
    """The SKU is no kit."""

    code = "kit_not_found"
    title = "There is no such kit"


class HasStock(errors.Conflict):
    """A SKU that lies somewhere, or did, cannot become a kit: a kit holds no stock of its own."""

    code = "sku_has_stock"
    title = "A SKU that has been in stock cannot become a kit"
