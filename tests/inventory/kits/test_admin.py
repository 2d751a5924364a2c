"""Kits in the console: on the page of a SKU, and on that of an order."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inventory.kits import queries
from inventory.kits.models import Kit
from inventory.kits.rules import Part
from oms.accounts import roles
from orders.ordering.models import Order, OrderKit
from orders.placing import services as placing
from orders.placing.drafts import Draft, DraftLine
from tests.accounts.factories import signed_in
from tests.inventory.factories import LevelFactory, SkuFactory, kit_of
from tests.orders.factories import BERLIN, CLERK, ChannelFactory

pytestmark = pytest.mark.django_db


def press(client: Client, model: str, key: int, name: str, **data: Any) -> Any:
    page = reverse(f"admin:{model}_press", args=(key, name))
    shown = client.get(page).content.decode()
    hidden = dict(re.findall(r'name="(press_\w+)" value="(\w*)"', shown))
    assert "press_key" in hidden
    return client.post(page, {**hidden, **data}, follow=True)


def test_a_manager_says_of_what_a_sku_consists_and_takes_it_back() -> None:
    cup, plate = SkuFactory.create(code="CUP"), SkuFactory.create(code="PLATE 27")
    sku = SkuFactory.create(code="SET")
    client = signed_in(roles.MANAGER)

    press(
        client,
        "inventory_sku",
        sku.pk,
        "kit",
        parts="CUP 2\n\nPLATE 27\t1".replace("CUP 2", "CUP\t2"),
        taxed_as="parts",
    )

    assert queries.parts_of([sku.pk]) == {sku.pk: [Part(cup.pk, 2), Part(plate.pk, 1)]}
    page = client.get(reverse("admin:inventory_sku_change", args=(sku.pk,))).content.decode()
    assert "Parts of the kit" in page
    assert "PLATE 27" in page
    part = client.get(reverse("admin:inventory_sku_change", args=(cup.pk,))).content.decode()
    assert "Part of" in part
    form = client.get(reverse("admin:inventory_sku_press", args=(sku.pk, "kit"))).content.decode()
    assert "CUP\t2\nPLATE 27\t1" in form

    press(client, "inventory_sku", sku.pk, "dissolve", reason="over")
    assert not Kit.objects.exists()


def test_what_cannot_be_read_or_be_a_kit_is_told() -> None:
    sku = SkuFactory.create(code="SET")
    client = signed_in(roles.MANAGER)

    answer = press(
        client, "inventory_sku", sku.pk, "kit", parts="NOPE 1\nCUP x\nA 1 2 3", taxed_as="parts"
    )
    words = answer.content.decode()
    assert "There is no SKU NOPE." in words
    assert "Line 2: a SKU, its units" in words
    assert "Line 3: a SKU, its units" in words
    answer = press(client, "inventory_sku", sku.pk, "kit", parts="SET 1", taxed_as="parts")
    assert "A kit cannot contain itself." in answer.content.decode()
    level = LevelFactory.create()
    page = reverse("admin:inventory_sku_press", args=(level.sku_id, "kit"))
    assert "It has been in stock." in client.get(page).content.decode()
    assert not Kit.objects.exists()


def sold() -> Order:
    """Return an order of three kits of two cups and a plate."""
    cup, plate = LevelFactory.create(on_hand=20).sku, LevelFactory.create(on_hand=20).sku
    kit = kit_of({cup: 2, plate: 1}, code="SET", name="Table set")
    return placing.place(
        channel=ChannelFactory.create(),
        draft=Draft(
            external_id="A-1",
            customer_name="Ada Lovelace",
            ship_to=BERLIN,
            lines=(DraftLine(sku=kit.code, quantity=3, unit_price=Decimal("30.00")),),
        ),
        actor=CLERK,
    ).order


def test_the_page_of_an_order_shows_the_kit_above_its_parts() -> None:
    order = sold()
    page = (
        signed_in(roles.SERVICE)
        .get(reverse("admin:orders_order_change", args=(order.pk,)))
        .content.decode()
    )

    assert page.count("a kit, made of:") == 1
    assert "2 in each kit" in page
    assert "€90.00" in page


def test_service_cancels_whole_kits_and_single_parts() -> None:
    order = sold()
    kit = OrderKit.objects.get()
    cups, plates = kit.lines.order_by("position")
    client = signed_in(roles.SERVICE)

    press(
        client,
        "orders_order",
        order.pk,
        "cancel",
        reason="too many",
        **{f"kit_{kit.pk}": "1", f"line_{cups.pk}": "1"},
    )

    cups.refresh_from_db()
    plates.refresh_from_db()
    assert (cups.cancelled, plates.cancelled) == (3, 1)
