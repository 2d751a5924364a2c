"""Refusals of accounts."""

from oms.core import errors


class ClientInactive(errors.Conflict):
    """A client that is switched off gets no key."""

    code = "client_inactive"
    title = "This API client is switched off"


class KeyExpiresTooSoon(errors.Invalid):
    """A key must live for a while."""

    code = "key_expires_too_soon"
    title = "The key would expire before it could be used"
