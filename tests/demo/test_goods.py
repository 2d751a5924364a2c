"""The demo's data could be true."""

import random

from stdnum import ean

from inventory.catalog import rules
from oms.core import address
from oms.demo import goods, people


def test_every_article_has_a_code_and_a_valid_barcode_of_its_own() -> None:
    skus = [sku for article in goods.articles() for sku in article.skus]
    assert len(skus) >= 100
    assert len({sku.code for sku in skus}) == len({sku.barcode for sku in skus}) == len(skus)
    assert all(ean.is_valid(sku.barcode) and len(sku.barcode) == 13 for sku in skus)
    assert all(sku.weight_g and sku.length_mm and rules.is_hs_code(sku.hs_code) for sku in skus)


def test_everybody_lives_at_an_address_that_mail_reaches() -> None:
    chance = random.Random(7)
    for _ in range(300):
        for person in (people.shopper(chance), people.shop(chance)):
            assert address.problems(address.normalized(person.address)) == []
            assert address.normalize_email(person.email).endswith((".example", "@example.com"))
