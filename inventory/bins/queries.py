"""Reads of bins."""

from collections.abc import Collection, Iterable

from django.db.models import Q
from django.db.models.functions import Upper

from inventory.bins.errors import BinMissing, NoDock
from inventory.bins.models import Bin
from inventory.bins.states import BinKind


def dock(location_id: int, kind: BinKind) -> Bin:
    """Return the first bin of a kind in the walk, where goods go that nobody names a bin for. Raises NoDock."""
    found = Bin.objects.usable().filter(location_id=location_id, kind=kind).in_walk_order().first()
    if found is None:
        raise NoDock(f"There is no {kind.label} here.")
    return found


def by_id(location_id: int, bin_ids: Collection[int]) -> dict[int, Bin]:
    """Return usable bins of a location by key. Raises BinMissing when one of them is none."""
    found = {
        each.pk: each
        for each in Bin.objects.usable().filter(location_id=location_id, pk__in=bin_ids)
    }
    if found.keys() != set(bin_ids):
        raise BinMissing
    return found


def scanned(location_id: int, code: str) -> Bin | None:
    """Return the usable bin whose barcode or code was scanned or typed, None when there is none."""
    return all_scanned(location_id, [code]).get(code)


def all_scanned(location_id: int, codes: Iterable[str]) -> dict[str, Bin]:
    """Return the usable bins of what was scanned or typed, by that; what means none is not in it. One statement."""
    wanted = {code: code.strip() for code in codes if code.strip()}
    if not wanted:
        return {}
    found = list(
        Bin.objects.usable()
        .alias(spelt=Upper("code"))
        .filter(
            Q(barcode__in=wanted.values())
            | Q(spelt__in=[code.upper() for code in wanted.values()]),
            location_id=location_id,
        )
        .order_by("-pk")
    )
    by_barcode = {each.barcode: each for each in found}
    by_code = {each.code.upper(): each for each in found}
    places = {
        said: by_barcode.get(code) or by_code.get(code.upper()) for said, code in wanted.items()
    }
    return {said: place for said, place in places.items() if place is not None}


def named(location_id: int, code: str) -> Bin:
    """Return the usable bin with this barcode or code. Raises BinMissing."""
    found = scanned(location_id, code)
    if found is None:
        raise BinMissing(f"There is no bin {code.strip()[:40]} here.")
    return found


def by_code(location_id: int, codes: Iterable[str]) -> dict[str, Bin]:
    """Return usable bins of a location by their codes; unknown ones are not in it."""
    rows = Bin.objects.usable().filter(location_id=location_id, code__in=set(codes))
    return {each.code: each for each in rows}
