"""Lots and serial numbers of a posting as people type or scan them: asked for what is tracked alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django import forms

from inventory.catalog.models import Sku
from inventory.lots import forms as lot_forms
from inventory.lots.rules import LotUnits
from inventory.production import queries
from inventory.production.models import ProductionOrder
from inventory.production.rules import Used
from inventory.production.services import Report

SOUND, INSPECT, USED = "lots", "inspect_lots", "lots_used_"
_SERIALS = "One a line."
_LOTS = "A lot a line: number, day of expiry, units, as in L-205, 2027-05-31, 40."


@dataclass(frozen=True, slots=True)
class Asked:
    """A field that asks for the lots of a SKU in a posting."""

    name: str
    sku: Sku
    label: str
    help_text: str


def asked(order: ProductionOrder) -> list[Asked]:
    """Return the fields of an order that was read by `queries.within`: its goods, then components, then by-products."""
    return [*_of_goods(order), *_of_components(order), *_of_byproducts(order)]


def field(each: Asked) -> forms.CharField:
    """Return the field of a form."""
    found = lot_forms.field()
    found.label, found.help_text = each.label, each.help_text
    return found


def named(order: ProductionOrder, report: Report, typed: Mapping[str, str]) -> Report:
    """Return the report with the lots that were typed, by the names of the fields.

    Raises ValidationError with the name of each field that cannot be read.
    """
    problems: dict[str, list[str]] = {}

    def read(each: Asked, units: int) -> Sequence[LotUnits]:
        try:
            return lot_forms.read(typed.get(each.name, ""), sku=each.sku, units=units)
        except forms.ValidationError as error:
            problems[each.name] = [f"{each.sku.code}: {words}" for words in error.messages]
            return ()

    def with_lots(
        stated: Sequence[Used], fields: Iterable[Asked], planned: Mapping[str, int]
    ) -> list[Used]:
        found = {each.sku_code: each for each in stated}
        for each in fields:
            code = each.sku.code
            units = found[code].quantity if code in found else planned[code]
            if lots := read(each, units):
                found[code] = Used(code, units, lots)
        return list(found.values())

    made = {SOUND: report.produced, INSPECT: report.inspect}
    goods = {each.name: read(each, made[each.name]) for each in _of_goods(order)}
    planned = queries.planned_in(order, made=order.made + report.made)
    found = replace(
        report,
        used=with_lots(report.used, _of_components(order), planned.used),
        byproducts=with_lots(report.byproducts, _of_byproducts(order), planned.byproducts),
        lots=goods.get(SOUND, ()),
        inspect_lots=goods.get(INSPECT, ()),
    )
    if problems:
        raise forms.ValidationError(problems)
    return found


def _of_goods(order: ProductionOrder) -> list[Asked]:
    sku = order.bill.sku
    if not sku.is_tracked:
        return []
    if sku.is_serial:
        return [
            Asked(SOUND, sku, "Serial numbers of the sound units", _SERIALS),
            Asked(INSPECT, sku, "Serial numbers of the units to inspect", _SERIALS),
        ]
    words = f"{_LOTS} Empty: one lot that bears the number of the posting."
    return [
        Asked(SOUND, sku, "Lots of the sound units", words),
        Asked(INSPECT, sku, "Lots of the units to inspect", words),
    ]


def _of_components(order: ProductionOrder) -> list[Asked]:
    return [
        Asked(
            f"{USED}{row.pk}",
            row.sku,
            f"Serial numbers of {row.sku.code} that went in"
            if row.sku.is_serial
            else f"Lots of {row.sku.code} that went in",
            _SERIALS
            if row.sku.is_serial
            else "A lot a line: number, units. Empty: what expires first.",
        )
        for row in order.components.all()
        if row.sku.is_tracked
    ]


def _of_byproducts(order: ProductionOrder) -> list[Asked]:
    return [
        Asked(
            f"lots_made_{row.pk}",
            row.sku,
            f"Serial numbers of {row.sku.code}, by-product"
            if row.sku.is_serial
            else f"Lots of {row.sku.code}, by-product",
            _SERIALS if row.sku.is_serial else f"{_LOTS} Empty: one of the posting's number.",
        )
        for row in order.byproducts.all()
        if row.sku.is_tracked
    ]
