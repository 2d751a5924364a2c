"""Lots in the console: the page of one, the recall with its preview, who got it as a file, what expires."""

import pytest
from django.test import Client

from inventory.locations.models import Location
from inventory.lots.models import Lot
from inventory.stock.models import Level
from oms.accounts.roles import MANAGER, READ_ONLY, WAREHOUSE
from oms.core.ids import uuid7
from oms.messaging.models import Message
from tests.accounts.factories import signed_in
from tests.fulfillment.factories import shipped_shipment
from tests.fulfillment.recalls.made import bread_of
from tests.inventory.factories import Came, LocationFactory, by_lot, lot_of, lots_level

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Return 4 units that expire in 10 days and 6 that expire in 90, of which 5 were shipped."""
    found = lots_level({"LATE": Came(6, 90), "SOON": Came(4, 10)}, expires=True)
    shipped_shipment([(found.sku, 5)])
    return found


def press(client: Client, lot: Lot, name: str, **data: str) -> str:
    lot.refresh_from_db()
    answer = client.post(
        f"/admin/inventory/lot/{lot.pk}/do/{name}/",
        {"press_key": uuid7().hex, "press_version": str(lot.version), **data},
        follow=True,
    )
    assert answer.status_code in (200, 409, 422)
    return answer.content.decode()


def test_a_lot_is_recalled_after_a_preview_and_its_customers_are_told_once(level: Level) -> None:
    client = signed_in(MANAGER)
    lot = lot_of(level.sku, "LATE")

    asked = client.get(f"/admin/inventory/lot/{lot.pk}/do/recall/").content.decode()
    assert "5 units in stock are set aside" in asked
    assert "1 unit shipped to 1 order in 1 parcel" in asked

    assert "5 units are set aside" in press(client, lot, "recall", reason="Glass in it.")
    assert by_lot(level) == {"LATE quality_control": 5}
    assert "1 mails are on their way" in press(client, lot, "tell", words="Throw it away.")
    assert "0 mails are on their way" in press(client, lot, "tell", words="Throw it away.")
    mail = Message.objects.get(kind="lot_recall")
    assert mail.recipient == "ada@example.com"
    assert "Throw it away." in mail.text
    assert "LATE" in mail.html


def test_who_got_goods_made_with_a_lot_is_shown_and_told_of_what_they_got() -> None:
    flour = lots_level({"F-1": 9})
    bread = bread_of(flour, 4)
    shipped_shipment([(bread.sku, 3), (flour.sku, 2)])
    client = signed_in(MANAGER)
    lot, made = lot_of(flour.sku, "F-1"), bread.sku.lots.get()

    asked = client.get(f"/admin/inventory/lot/{lot.pk}/do/recall/").content.decode()
    assert "2 units, and 3 units of goods made with it, shipped to 1 order in 1 parcel" in asked
    assert made.number in asked
    page = client.get(f"/admin/inventory/lot/{lot.pk}/change/").content.decode()
    assert f'href="/admin/inventory/lot/{made.pk}/change/"' in page
    assert 'id="went-into"' in page
    assert 'id="made-of"' not in page
    assert 'id="made-of"' in client.get(f"/admin/inventory/lot/{made.pk}/change/").content.decode()
    press(client, lot, "recall", reason="Glass in it.")
    assert "1 mails are on their way" in press(client, lot, "tell", words="Throw it away.")
    mail = Message.objects.get(kind="lot_recall")
    for each in (mail.text, mail.html):
        assert all(sku.code in each for sku in (bread.sku, flour.sku))
        assert made.number in each


def test_who_works_at_another_location_sees_no_steps_and_no_production_of_a_lot() -> None:
    flour = lots_level({"F-1": 9})
    bread_of(flour, 4)
    lot = lot_of(flour.sku, "F-1")

    def page(at: Location) -> str:
        client = signed_in(WAREHOUSE, at=[at])
        return client.get(f"/admin/inventory/lot/{lot.pk}/change/").content.decode()

    here, elsewhere = page(flour.location), page(LocationFactory.create())

    assert 'id="went-into"' in here
    assert 'id="went-into"' not in elsewhere
    assert flour.location.name in here
    assert flour.location.name not in elsewhere


def test_the_list_of_who_got_it_is_a_file(level: Level) -> None:
    lot = lot_of(level.sku, "SOON")

    answer = signed_in(MANAGER).get(f"/admin/lots/{lot.pk}/recall.csv")

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(f"{level.sku.code},SOON,")
    assert ",ada@example.com," in lines[1]
    assert lines[1].endswith(",4")


def test_who_may_not_see_contact_data_gets_the_list_without(level: Level) -> None:
    lot = lot_of(level.sku, "SOON")

    answer = signed_in(READ_ONLY).get(f"/admin/lots/{lot.pk}/recall.csv")

    assert b"ada@example.com" not in b"".join(answer.streaming_content)


def test_the_warehouse_quarantines_and_cannot_recall(level: Level) -> None:
    client = signed_in(WAREHOUSE)
    lot = lot_of(level.sku, "LATE")

    assert client.get(f"/admin/inventory/lot/{lot.pk}/do/recall/").status_code == 403
    page = client.get(f"/admin/inventory/lot/{lot.pk}/change/").content.decode()
    assert "/do/quarantine/" in page
    assert "/do/recall/" not in page


def test_what_expires_next_is_a_page(level: Level) -> None:
    client = signed_in(MANAGER)
    lots_level({"NOW": Came(3, 5)}, expires=True)

    page = client.get("/admin/stock/expiring/?days=30").content.decode()
    assert "NOW" in page
    assert "LATE" not in page
    assert "LATE" in client.get("/admin/stock/expiring/?days=90").content.decode()
