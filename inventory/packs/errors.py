"""Refusals of packs."""

from oms.core import errors


class PacksInvalid(errors.Invalid):
    """The packs cannot be kept; `problems` lists everything."""

    code = "packs_invalid"
    title = "These packs cannot be kept"
    constraints = ("pack_code_unique", "pack_barcode_unique", "pack_units_several")


class SkuMissing(errors.Missing):
    """There is no such SKU."""

    code = "sku_not_found"
    title = "There is no such SKU"
