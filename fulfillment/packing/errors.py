"""Refusals of packing."""

from oms.core import errors


class ShipmentMissing(errors.Missing):
    """There is no such parcel within the caller's reach."""

    code = "shipment_not_found"
    title = "There is no such shipment"


class ParcelInvalid(errors.Invalid):
    """Weight or size cannot be; `problems` lists what is wrong."""

    code = "invalid_parcel"
    title = "Weight or size of the parcel is not valid"


class PackKeyReused(errors.Invalid):
    """The key has packed another content."""

    code = "pack_key_reused"
    title = "This key was used to pack something else"


class LabelLive(errors.Conflict):
    """A label is bought or being bought; void it first."""

    code = "label_live"
    title = "The parcel has a label; void it first"
