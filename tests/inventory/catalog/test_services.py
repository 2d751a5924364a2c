"""Articles come into the catalog with everything right, or not at all."""

from dataclasses import replace

import pytest

from inventory.catalog import errors, queries, rules, services
from inventory.catalog.models import Product, Sku
from inventory.catalog.services import NewSku
from oms.core.actors import SYSTEM
from oms.core.timeline.models import Entry

pytestmark = pytest.mark.django_db

MUG = NewSku(
    code="MUG-BLUE",
    name="Blue mug",
    barcode="4006381333931",
    weight_g=320,
    hs_code="6912.00",
    origin_country="PT",
    tax_class="reduced",
)


def create(*skus: NewSku, name: str = "Mug") -> Product:
    """Make a product."""
    return services.create_product(name=name, skus=skus, brand="Northwind", actor=SYSTEM)


def test_a_product_comes_with_its_variants_and_is_sellable() -> None:
    product = create(MUG, replace(MUG, code="MUG-RED", barcode=""))

    blue, red = Sku.objects.sellable().order_by("code")
    assert (blue.code, blue.barcode, blue.weight_g) == ("MUG-BLUE", "4006381333931", 320)
    assert (blue.tax_class, blue.hs_code, blue.origin_country) == ("reduced", "6912.00", "PT")
    assert {blue.product_id, red.product_id} == {product.pk}
    assert Entry.objects.get().data == {"skus": ["MUG-BLUE", "MUG-RED"]}


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"barcode": "4006381333932"}, "/skus/0/barcode", "check_digit"),
        ({"barcode": "12345678"}, "/skus/0/barcode", "check_digit"),
        ({"barcode": "A\x00B"}, "/skus/0/barcode", "invalid_text"),
        ({"code": ""}, "/skus/0/code", "invalid_text"),
        ({"code": " MUG"}, "/skus/0/code", "outer_spaces"),
        ({"code": "M" * 65}, "/skus/0/code", "invalid_text"),
        ({"name": "\u200b"}, "/skus/0/name", "invalid_text"),
        ({"weight_g": -1}, "/skus/0/weight_g", "number_range"),
        ({"width_mm": 100_000_001}, "/skus/0/width_mm", "number_range"),
        ({"tax_class": "luxury"}, "/skus/0/tax_class", "unknown_choice"),
        ({"hs_code": "69"}, "/skus/0/hs_code", "invalid_hs_code"),
        ({"origin_country": "XX"}, "/skus/0/origin_country", "unknown_country"),
    ],
)
def test_an_article_that_cannot_be_kept_is_refused_with_its_place(
    changes: dict[str, str], pointer: str, code: str
) -> None:
    with pytest.raises(errors.ArticleInvalid) as refusal:
        create(replace(MUG, **changes))

    assert [(each.pointer, each.code) for each in refusal.value.problems] == [(pointer, code)]
    assert not Product.objects.exists()


def test_everything_wrong_is_named_at_once() -> None:
    with pytest.raises(errors.ArticleInvalid) as refusal:
        create(MUG, replace(MUG, origin_country="XX"), name="")

    assert [(each.pointer, each.code) for each in refusal.value.problems] == [
        ("/name", "invalid_text"),
        ("/skus/1/origin_country", "unknown_country"),
        ("/skus/0/code", "repeated"),
        ("/skus/1/code", "repeated"),
        ("/skus/0/barcode", "repeated"),
        ("/skus/1/barcode", "repeated"),
    ]


@pytest.mark.parametrize(
    "other", [replace(MUG, barcode=""), replace(MUG, code="OTHER")], ids=["code", "barcode"]
)
def test_a_code_or_barcode_is_taken_once(other: NewSku) -> None:
    create(MUG)

    with pytest.raises(errors.ArticleExists):
        create(other)

    assert Sku.objects.count() == 1


@pytest.mark.parametrize(
    ("barcode", "looks", "right"),
    [
        ("4006381333931", True, True),
        ("4006381333930", True, False),
        ("036000291452", True, True),
        ("036000291453", True, False),
        ("96385074", True, True),
        ("10614141000415", True, True),
        ("123456789", False, True),
        ("MUG-BLUE", False, True),
        ("４００６３８１３３３９３１", False, True),
        ("", False, True),
    ],
)
def test_a_barcode_that_looks_like_a_gtin_must_check(
    barcode: str, looks: bool, right: bool
) -> None:
    assert rules.looks_like_gtin(barcode) is looks
    assert rules.has_right_check_digit(barcode) is right


def test_codes_are_found_to_the_letter() -> None:
    create(MUG)

    assert set(queries.ids_by_code(["MUG-BLUE", "mug-blue", "MUG-BLUE ", "Х"])) == {"MUG-BLUE"}
