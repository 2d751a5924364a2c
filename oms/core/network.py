"""Where a request comes from, for limits and logs.

The address is the peer's, or behind `NUM_PROXIES` own proxies the entry of X-Forwarded-For that the outermost of them
wrote. Whatever a client writes into that header itself stands further left and has no effect.
"""

import ipaddress
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"
_HOME_PREFIX = (
    64  # an IPv6 customer has at least this network to himself and can take any address in it
)


def client_address(request: HttpRequest) -> str:
    """Return the client's address in its normal form; `unknown` when there is none (a Unix socket)."""
    peer: str = request.META.get("REMOTE_ADDR", "")
    proxies: int = settings.NUM_PROXIES
    if proxies:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        # Fewer entries than proxies: it did not come through all of them, so the header is not theirs.
        if len(hops) >= proxies and _parsed(hops[-proxies]) is not None:
            peer = hops[-proxies]
    address = _parsed(peer)
    return str(address) if address else UNKNOWN


def client_network(request: HttpRequest) -> str:
    """Return what one client can be counted by: its IPv4 address, or the /64 network of its IPv6 address."""
    address = _parsed(client_address(request))
    if address is None:
        return UNKNOWN
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _HOME_PREFIX), strict=False))
    return str(address)


@lru_cache(maxsize=1024)  # every request asks, and most come from few addresses
def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
