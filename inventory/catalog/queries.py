"""Reads of articles."""

from collections.abc import Collection

from inventory.catalog.models import Sku


def ids_by_code(codes: Collection[str]) -> dict[str, int]:
    """Return the key of each SKU by its code, to the letter; unknown codes are not in it."""
    return dict(Sku.objects.filter(code__in=codes).values_list("code", "pk"))


def by_code(codes: Collection[str]) -> dict[str, Sku]:
    """Return SKUs by their codes, to the letter; unknown codes are not in it."""
    return {sku.code: sku for sku in Sku.objects.filter(code__in=codes)}
