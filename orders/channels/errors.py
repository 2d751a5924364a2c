"""Refusals of channels."""

from oms.core import errors


class ChannelUnclear(errors.Invalid):
    """The client serves several channels, or none, and did not say which one is meant."""

    code = "channel_unclear"
    title = "Say which channel is meant in the header OMS-Channel"


class UnknownChannel(errors.Invalid):
    """The client does not serve that channel."""

    code = "unknown_channel"
    title = "This client serves no such channel"
