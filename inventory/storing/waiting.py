"""How many units orders wait for. Orders are above inventory: the composition names who can tell.

`STOCK_WAITERS` in `oms.subscriptions` is one function; it is asked when goods come to a location with bins.
"""

from collections.abc import Callable, Collection, Mapping
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

# keys of SKUs -> units that orders wait for, by SKU
Waiters = Callable[[Collection[int]], Mapping[int, int]]


def units(sku_ids: Collection[int]) -> Mapping[int, int]:
    """Return the units of SKUs that orders wait for; a SKU that nobody waits for may be left out."""
    return _waiters()(sku_ids)


@cache
def _waiters() -> Waiters:
    found: Waiters = import_string(settings.OMS_STOCK_WAITERS)
    return found
