"""Who calls the API: one statement finds the key, its client and the channels granted to it."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from oms.accounts import services as accounts
from oms.core import clock
from oms.core.actors import Actor
from orders.channels import errors, statements
from orders.channels.models import Channel

_USED_STEP = timedelta(minutes=1)
CHANNEL_HEADER = OpenApiParameter(
    "OMS-Channel",
    str,
    OpenApiParameter.HEADER,
    description="The channel's code; needed when the key serves several.",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """An API client as authenticated. `location_codes` of None means all locations.

    `bound_to_channels` stays true when every channel granted to the client is switched off.
    """

    client_id: int
    name: str
    scopes: frozenset[str]
    channels: Mapping[str, Channel]
    location_codes: frozenset[str] | None
    bound_to_channels: bool

    is_authenticated = True

    @property
    def actor(self) -> Actor:
        """Return the caller as an actor."""
        return Actor("api", str(self.client_id), self.name)

    @property
    def channel_ids(self) -> frozenset[int]:
        """Return the keys of the channels that the client serves."""
        return frozenset(channel.pk for channel in self.channels.values())

    def channel(self, code: str | None) -> Channel:
        """Return the channel meant: the one named, or the only one. Raises ChannelUnclear, UnknownChannel."""
        if code:
            try:
                return self.channels[code]
            except KeyError:
                raise errors.UnknownChannel from None
        if len(self.channels) != 1:
            raise errors.ChannelUnclear
        return next(iter(self.channels.values()))


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer oms_<prefix>_<secret>`."""

    def authenticate(self, request: Request) -> tuple[Caller, Caller] | None:
        """Return the caller, or None when no key is sent. Raises AuthenticationFailed for any bad key alike."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed
        try:
            key = words[1].decode("ascii")
        except UnicodeDecodeError:
            raise AuthenticationFailed from None
        caller = find_caller(key)
        return caller, caller

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a missing key is 401 and not 403."""
        return 'Bearer realm="oms"'


def caller_of(request: Request) -> Caller:
    """Return who calls. Raises NotAuthenticated when nobody was let in."""
    caller: object = request.auth
    if not isinstance(caller, Caller):
        raise NotAuthenticated
    return caller


def find_caller(key: str) -> Caller:
    """Return the client that `key` belongs to. Raises AuthenticationFailed when it is unknown, expired or revoked."""
    parts = key.split("_", 2)
    if len(parts) != 3 or parts[0] != accounts.MARK:
        raise AuthenticationFailed
    now = clock.now()
    found = statements.find_key(parts[1], now=now, used_before=now - _USED_STEP)
    if found is None or not hmac.compare_digest(found[0].digest, accounts.digest(key)):
        raise AuthenticationFailed
    row, channels = found
    if row.seems_unused:
        accounts.note_use(key_id=row.key_id, at=now)
    return Caller(
        client_id=row.client_id,
        name=row.client_name,
        scopes=frozenset(json.loads(row.scopes)),
        channels={channel.code: channel for channel in channels if channel.is_active},
        location_codes=frozenset(json.loads(row.location_codes)) or None,
        bound_to_channels=bool(channels),
    )


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    """How the published schema names the scheme."""

    target_class = "orders.channels.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Return the OpenAPI security scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "oms_<prefix>_<secret>"}
