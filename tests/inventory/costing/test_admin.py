"""Costs in the console."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from inventory.costing.models import CostPolicy, ExchangeRate, LandedCharge, SkuCost
from oms.accounts import roles
from tests.accounts.factories import signed_in
from tests.inventory.costing.costs import books, bought, charged, decided
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory, shipped_transfer

pytestmark = pytest.mark.django_db

D = Decimal
VALUE = "/admin/stock/value/"


def press(client: Client, page: str, **data: Any) -> HttpResponse:
    """Open the page of a button, and press it."""
    shown = client.get(page).content.decode()
    hidden = dict(re.findall(r'name="(press_\w+)" value="(\w+)"', shown))
    return client.post(page, {**hidden, **data})


def test_a_charge_is_added_on_the_page_of_the_purchase_order_and_shown_with_its_split() -> None:
    decided()
    order = bought(SkuFactory.create(), 10, "2.00", LocationFactory.create())
    page = f"/admin/inventory/purchaseorder/{order.pk}"
    manager = signed_in(roles.MANAGER)
    answer = press(
        manager,
        f"{page}/do/charge/",
        kind="freight",
        amount="12.50",
        currency="eur",
        basis="weight",
        reference="R-1",
    )

    assert answer.status_code == 302
    charge = LandedCharge.objects.get()
    assert (charge.cost, charge.split_at is not None) == (D("12.50"), True)
    shown = manager.get(f"{page}/change/").content.decode()
    assert "Charges on top of the goods" in shown
    assert "invoice R-1" in shown
    service = signed_in(roles.SERVICE)
    assert "Charges on top" not in service.get(f"{page}/change/").content.decode()
    assert service.get(f"{page}/do/charge/").status_code == 403


def test_a_charge_is_taken_back() -> None:
    decided()
    order = bought(SkuFactory.create(), 10, "2.00", LocationFactory.create())
    charge = charged(order, "5.00")
    answer = press(
        signed_in(roles.MANAGER),
        f"/admin/inventory/purchaseorder/{order.pk}/do/withdraw/",
        charge=charge.pk,
        reason="not ours",
    )
    assert answer.status_code == 302
    charge.refresh_from_db()
    assert charge.withdrawn_at is not None


def test_a_charge_without_a_rate_is_refused_in_words() -> None:
    decided()
    order = bought(SkuFactory.create(), 10, "2.00", LocationFactory.create())
    answer = press(
        signed_in(roles.MANAGER),
        f"/admin/inventory/purchaseorder/{order.pk}/do/charge/",
        kind="freight",
        amount="1",
        currency="USD",
        basis="value",
    )
    assert answer.status_code == 422
    assert "Say what one USD is worth in EUR." in answer.content.decode()
    assert not LandedCharge.objects.exists()


def test_the_value_of_stock_is_shown_by_location_and_ties_out() -> None:
    decided()
    berlin = LocationFactory.create()
    sku = SkuFactory.create()
    bought(sku, 7, "1.00", berlin)
    shipped_transfer({sku: 3}, source=berlin)
    LevelFactory.create(on_hand=2)
    books(sku)
    answer = signed_in(roles.READ_ONLY).get(VALUE)
    stock = answer.context["stock"]

    assert (stock.value, stock.unknown, stock.behind) == (D("7.00"), 2, 0)
    here = {total.location: (total.units, total.value) for total in stock.totals}
    assert here[berlin] == (4, D("4.00"))
    assert sum(total.value for total in stock.totals) + stock.elsewhere == stock.value
    assert stock.totals[-1].location is None
    assert b"in transit" in answer.content


def test_the_method_and_a_rate_are_decided_on_the_page_of_the_value() -> None:
    manager = signed_in(roles.MANAGER)
    assert b"Nobody has decided yet" in manager.get(VALUE).content
    decide = {"policy-method": "fifo", "policy-currency": "eur", "policy-reason": "so agreed"}
    assert manager.post(VALUE, decide).status_code == 302
    rate = {"rate-currency": "GBP", "rate-rate": "1.17", "rate-valid_from": "2026-01-01"}
    assert manager.post(VALUE, rate).status_code == 302

    assert str(CostPolicy.objects.get()) == "first in, first out, EUR"
    assert ExchangeRate.objects.get().rate == D("1.17")
    assert manager.post(VALUE, rate).status_code == 409
    assert manager.post(VALUE, {"rate-currency": "GBP"}).status_code == 422
    reader = signed_in(roles.READ_ONLY)
    assert reader.post(VALUE, {**decide, "policy-method": "average"}).status_code == 200
    assert CostPolicy.objects.count() == 1


def test_the_cost_of_opening_stock_is_stated_on_the_page_of_its_books() -> None:
    decided()
    level = LevelFactory.create(on_hand=5)
    kept = books(level.sku)
    manager = signed_in(roles.MANAGER)
    page = f"/admin/inventory/skucost/{kept.pk}"
    assert b"unknown" in manager.get(f"{page}/change/").content
    answer = press(manager, f"{page}/do/state/", unit_cost="2.20", reason="old list")

    assert answer.status_code == 302
    assert books(level.sku).value == D("11.00")
    assert press(manager, f"{page}/do/anew/", reason="to see").status_code == 302
    assert SkuCost.objects.get().clearing
    assert books(level.sku).value == D("11.00")


def test_the_page_of_an_item_says_what_it_cost_to_those_who_may_know() -> None:
    decided()
    sku = SkuFactory.create()
    bought(sku, 7, "1.00", LocationFactory.create())
    books(sku)
    assert b"What it cost us" in signed_in(roles.MANAGER).get(f"/admin/items/{sku.pk}/").content
    warehouse = signed_in(roles.WAREHOUSE).get(f"/admin/items/{sku.pk}/")
    assert warehouse.status_code == 200
    assert b"What it cost us" not in warehouse.content
