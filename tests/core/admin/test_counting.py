"""Capped counts in one statement."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.catalog.models import Product, Sku
from oms.core.admin import counting
from tests.inventory.factories import ProductFactory

pytestmark = pytest.mark.django_db


def test_many_counts_are_one_statement() -> None:
    ProductFactory.create_batch(3)
    ProductFactory.create(is_active=False)

    with CaptureQueriesContext(connection) as captured:
        counts = counting.capped(
            {
                "all": Product.objects.all(),
                "off": Product.objects.filter(is_active=False),
                "skus": Sku.objects.all(),
                "never": Product.objects.none(),
            }
        )

    assert len(captured) == 1
    assert {name: str(count) for name, count in counts.items()} == {
        "all": "4",
        "off": "1",
        "skus": "0",
        "never": "0",
    }
    assert list(counts) == ["all", "off", "skus", "never"]
    assert not counts["skus"]


def test_a_count_beyond_the_cap_says_so() -> None:
    ProductFactory.create_batch(3)
    ProductFactory.create(is_active=False)

    counts = counting.capped(
        {"at": Product.objects.filter(is_active=True), "beyond": Product.objects.all()}, cap=3
    )

    assert (str(counts["at"]), str(counts["beyond"])) == ("3", "3+")


def test_nothing_to_count_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as captured:
        assert counting.capped({}) == {}

    assert len(captured) == 0
