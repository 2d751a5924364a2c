"""Which SKUs are kits, and of what."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from inventory.catalog.models import Sku
from inventory.kits.errors import KitMissing
from inventory.kits.models import Kit, KitPart
from inventory.kits.rules import Part


def parts_of(sku_ids: Collection[int]) -> dict[int, Sequence[Part]]:
    """Return the parts of those SKUs that are kits, by the kit's SKU, in one statement."""
    found: defaultdict[int, list[Part]] = defaultdict(list)
    rows = KitPart.objects.filter(kit__in=sku_ids).order_by("pk")
    for kit_id, part_id, units, share in rows.values_list(
        "kit_id", "part_id", "units", "price_share"
    ):
        found[kit_id].append(Part(part_id, units, share))
    return dict(found)


@dataclass(frozen=True, slots=True)
class StockedPart:
    """A part as it is stocked: `units` of it in each kit; `is_sold` when it may be ordered."""

    sku_id: int
    code: str
    units: int
    is_sold: bool


def stocked_parts(sku_ids: Collection[int]) -> dict[int, Sequence[StockedPart]]:
    """Return the parts of those SKUs that are kits as they are stocked, by the kit's SKU, in one statement."""
    found: defaultdict[int, list[StockedPart]] = defaultdict(list)
    rows = KitPart.objects.filter(kit__in=sku_ids).order_by("pk")
    for kit_id, part_id, code, units, active, product_active in rows.values_list(
        "kit_id", "part_id", "part__code", "units", "part__is_active", "part__product__is_active"
    ):
        found[kit_id].append(StockedPart(part_id, code, units, active and product_active))
    return dict(found)


def known(codes: Collection[str]) -> tuple[dict[str, int], dict[int, Sequence[Part]]]:
    """Return the key of each SKU by its code, to the letter, and the parts of those that are kits.

    One statement, and one more when there is a kit among them.
    """
    rows = list(Sku.objects.filter(code__in=codes).values_list("code", "pk", "kit"))
    ids = {code: key for code, key, _ in rows}
    kit_ids = [kit for _, _, kit in rows if kit is not None]
    return ids, parts_of(kit_ids) if kit_ids else {}


def needed(parts: Mapping[int, Sequence[Part]], sku_ids: Collection[int]) -> list[int]:
    """Return the SKUs whose stock says what can be promised of `sku_ids`: their parts, where they are kits."""
    return sorted(
        {
            needed
            for sku_id in sku_ids
            for needed in ([part.sku_id for part in parts[sku_id]] if sku_id in parts else [sku_id])
        }
    )


def listed() -> "QuerySet[Kit]":
    """Return all kits with their parts, by code."""
    parts = KitPart.objects.select_related("part").order_by("pk")
    return (
        Kit.objects.select_related("sku")
        .prefetch_related(Prefetch("parts", queryset=parts))
        .order_by("sku__code")
    )


def find(code: str) -> Kit:
    """Return the kit of this SKU, with its parts. Raises KitMissing."""
    found = listed().filter(sku__code=code).first()
    if found is None:
        raise KitMissing
    return found
