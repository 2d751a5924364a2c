"""Put articles into the catalog."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from inventory.catalog import errors, rules
from inventory.catalog.models import Product, Sku, TaxClass
from oms.core import address, text
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.timeline import services as timeline

LONGEST_CODE = 64
LONGEST_NAME = 200
LARGEST_MEASURE = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSku:
    """An article as it becomes known. Weight is in grams, sizes in millimetres; 0 means not known."""

    code: str
    name: str
    barcode: str = ""
    weight_g: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    tax_class: str = TaxClass.STANDARD
    hs_code: str = ""
    origin_country: str = ""


@transaction.atomic
def create_product(
    *,
    name: str,
    skus: Sequence[NewSku],
    actor: Actor,
    brand: str = "",
    category: str = "",
    description: str = "",
) -> Product:
    """Make a product with its variants, sellable at once.

    Raises ArticleInvalid (everything that cannot be kept, with pointers), ArticleExists (codes or barcodes are taken).
    """
    problems = [
        *_text_problems("/name", name, LONGEST_NAME),
        *_text_problems("/brand", brand, 100, needed=False),
        *_text_problems("/category", category, 100, needed=False),
        *(problem for index, new in enumerate(skus) for problem in _problems(index, new)),
        *_doubles(skus),
    ]
    if problems:
        raise errors.ArticleInvalid(problems[0].message, problems=problems)
    barcodes = [new.barcode for new in skus if new.barcode]
    codes = [new.code for new in skus]
    known = Sku.objects.filter(Q(code__in=codes) | Q(barcode__in=barcodes))
    taken = {
        value
        for code, barcode in known.values_list("code", "barcode")
        for value in (code, barcode)
        if value in codes or value in barcodes
    }
    if taken:
        raise errors.ArticleExists(
            "There is already: " + ", ".join(sorted(taken)[:20]), codes=sorted(taken)
        )
    product = Product.objects.create(
        name=name, brand=brand, category=category, description=description
    )
    Sku.objects.bulk_create(
        Sku(
            product=product,
            code=new.code,
            name=new.name,
            barcode=new.barcode,
            weight_g=new.weight_g,
            length_mm=new.length_mm,
            width_mm=new.width_mm,
            height_mm=new.height_mm,
            tax_class=new.tax_class,
            hs_code=new.hs_code,
            origin_country=new.origin_country,
        )
        for new in skus
    )
    timeline.record(product, "created", actor=actor, after={"name": name}, data={"skus": codes})
    return product


def _problems(index: int, new: NewSku) -> Iterator[FieldProblem]:
    """Yield everything that keeps one article out."""
    at = f"/skus/{index}"
    yield from _text_problems(f"{at}/code", new.code, LONGEST_CODE)
    if new.code != new.code.strip():
        yield FieldProblem(f"{at}/code", "outer_spaces", "A code neither begins nor ends in space.")
    yield from _text_problems(f"{at}/name", new.name, LONGEST_NAME)
    yield from _text_problems(f"{at}/barcode", new.barcode, LONGEST_CODE, needed=False)
    if not rules.has_right_check_digit(new.barcode):
        yield FieldProblem(
            f"{at}/barcode",
            "check_digit",
            "The last digit of this barcode does not fit the others.",
        )
    for measure in ("weight_g", "length_mm", "width_mm", "height_mm"):
        if not 0 <= getattr(new, measure) <= LARGEST_MEASURE:
            yield FieldProblem(f"{at}/{measure}", "number_range", "This number is out of range.")
    if new.tax_class not in TaxClass.values:
        yield FieldProblem(f"{at}/tax_class", "unknown_choice", "There is no such tax class.")
    if new.hs_code and not rules.is_hs_code(new.hs_code):
        yield FieldProblem(f"{at}/hs_code", "invalid_hs_code", "An HS code has 6 to 12 digits.")
    if new.origin_country and not address.is_country(new.origin_country):
        yield FieldProblem(
            f"{at}/origin_country", "unknown_country", "This is no ISO 3166 country code."
        )


def _doubles(skus: Sequence[NewSku]) -> Iterator[FieldProblem]:
    """Yield the articles that share a code or a barcode among themselves."""
    for field in ("code", "barcode"):
        counted = Counter(getattr(new, field) for new in skus)
        for index, new in enumerate(skus):
            value = getattr(new, field)
            if value and counted[value] > 1:
                yield FieldProblem(
                    f"/skus/{index}/{field}", "repeated", f"This {field} comes twice."
                )


def _text_problems(
    pointer: str, value: str, longest: int, *, needed: bool = True
) -> Iterator[FieldProblem]:
    what = pointer.rpartition("/")[2]
    if (
        (needed and text.is_blank(value))
        or (value and text.is_blank(value))
        or len(value) > longest
        or not text.is_clean(value)
    ):
        yield FieldProblem(
            pointer,
            "invalid_text",
            f"The {what} of an article is 1 to {longest} visible characters.",
        )


def set_tracking(sku: Sku, *, actor: Actor, **values: Any) -> Sku:
    """Write how a locked SKU is tracked: `tracking`, `tracked_since`, `expires`, `shelf_life_days`."""
    before = {name: getattr(sku, name) for name in values}
    for name, value in values.items():
        setattr(sku, name, value)
    sku.save(update_fields=list(values))
    told = [name for name in values if name != "tracked_since" and before[name] != values[name]]
    if told:
        timeline.record(
            sku,
            "sku.tracking_changed",
            actor=actor,
            before={name: before[name] for name in told},
            after={name: values[name] for name in told},
        )
    return sku
