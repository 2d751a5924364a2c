"""The carriers of this installation, by code."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from fulfillment.shipping.carriers.base import Carrier


@cache
def _load(paths: tuple[str, ...]) -> dict[str, Carrier]:
    carriers: list[Carrier] = [import_string(path)() for path in paths]
    return {carrier.code: carrier for carrier in carriers}


def all_carriers() -> dict[str, Carrier]:
    """Return every carrier in the order of the setting `OMS_CARRIERS`."""
    return _load(tuple(settings.OMS_CARRIERS))


def find(code: str) -> Carrier | None:
    """Return the carrier of that code, or None."""
    return all_carriers().get(code)
