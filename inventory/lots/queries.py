"""Reads of lots."""

from uuid import UUID

from inventory.lots.errors import LotMissing
from inventory.lots.models import Lot


def find(reference: str) -> Lot:
    """Return the lot with this id, its SKU at hand. Raises LotMissing."""
    try:
        found = Lot.objects.filter(uuid=UUID(reference)).select_related("sku").first()
    except ValueError:
        found = None
    if found is None:
        raise LotMissing
    return found
