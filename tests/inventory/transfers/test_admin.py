"""Transfers in the console."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inventory.reservations import services as reservations
from inventory.reservations.models import Reservation
from inventory.stock.models import Level
from inventory.transfers import services as transfers
from inventory.transfers.models import TransferLine, TransferOrder
from inventory.transfers.rules import Units
from oms.accounts import roles
from oms.core import clock
from oms.core.timeline.models import Entry
from tests.accounts.factories import signed_in
from tests.inventory.factories import (
    MOVER,
    LevelFactory,
    LocationFactory,
    SkuFactory,
    draft_transfer,
    released_transfer,
    shipped_transfer,
    transfer_line,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/inventory/transferorder/"
ADD = "/admin/inventory/transferorder/add/"


def page_of(transfer: TransferOrder) -> str:
    return reverse("admin:inventory_transferorder_change", args=(transfer.pk,))


def address(transfer: TransferOrder, name: str) -> str:
    return reverse("admin:inventory_transferorder_press", args=(transfer.pk, name))


def hidden(client: Client, page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="(\w*)"', client.get(page).content.decode())
    assert found, page
    return found[1]


def press(client: Client, transfer: TransferOrder, name: str, **data: Any) -> Any:
    page = address(transfer, name)
    shown = client.get(page).content.decode()
    kept = dict(re.findall(r'name="(press_\w+)" value="(\w*)"', shown))
    return client.post(page, {**kept, **data})


def field(transfer: TransferOrder, into: str = "") -> str:
    return f"units_{transfer_line(transfer).pk}_{into}"


def status(transfer: TransferOrder) -> str:
    transfer.refresh_from_db()
    return transfer.status


# Drafting -----------------------------------------------------------------------------------------


def send(client: Client, page: str, rows: list[tuple[str, str]], **data: Any) -> Any:
    """Send the form of a draft with these rows."""
    shown = client.get(page).content.decode()
    kept = dict(re.findall(r'name="(press_key|version)" value="(\w*)"', shown))
    form = {"row-TOTAL_FORMS": len(rows), "row-INITIAL_FORMS": 0, **kept, **data}
    for index, (sku, quantity) in enumerate(rows):
        form |= {f"row-{index}-sku": sku, f"row-{index}-quantity": quantity}
    return client.post(page, form)


def ends() -> dict[str, str]:
    return {
        "source": LocationFactory.create().code,
        "destination": LocationFactory.create().code,
    }


def units_by_sku() -> dict[str, int]:
    return dict(TransferLine.objects.values_list("sku__code", "quantity"))


def test_a_draft_takes_typed_rows_and_pasted_lines() -> None:
    tea, mug, cup = SkuFactory.create_batch(3)

    answer = send(
        signed_in(),
        ADD,
        [(tea.code, "4"), ("", "")],
        pasted=f"{mug.code}\t12\n\n{cup.code}; 3\n",
        wanted_on="2026-12-24",
        note="for the fair",
        **ends(),
    )

    transfer = TransferOrder.objects.get()
    assert answer["Location"] == page_of(transfer)
    assert units_by_sku() == {tea.code: 4, mug.code: 12, cup.code: 3}
    assert (str(transfer.wanted_on), transfer.note) == ("2026-12-24", "for the fair")
    assert transfer.created_by.startswith("staff:")


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept() -> None:
    tea = SkuFactory.create()

    answer = send(
        signed_in(), ADD, [(tea.code, "4"), ("<b>", "1")], pasted=f"{tea.code} 1", **ends()
    )

    words = answer.content.decode()
    assert answer.status_code == 422
    assert "There is no such SKU." in words
    assert f"{tea.code}: This SKU comes twice." in words
    assert "<b>" not in words.replace("&lt;b&gt;", "")
    assert not TransferOrder.objects.exists()


@pytest.mark.parametrize(
    ("rows", "data"),
    [
        ([("x", "")], {}),
        ([("", "3")], {}),
        ([("x", "0")], {}),
        ([("x", "9" * 20)], {}),
        ([], {}),
        ([], {"pasted": "x many"}),
        ([], {"pasted": "x\u202e 3"}),
        ([("x", "1")], {"source": "nowhere"}),
        ([("x", "1")], {"wanted_on": "2026-02-30"}),
        ([("x", "1")], {"row-TOTAL_FORMS": "99999"}),
        ([("x", "1")], {"row-TOTAL_FORMS": "x"}),
    ],
)
def test_a_senseless_draft_is_refused(rows: list[tuple[str, str]], data: dict[str, str]) -> None:
    answer = send(signed_in(), ADD, rows, **{**ends(), **data})

    assert answer.status_code == 422
    assert not TransferOrder.objects.exists()


def test_more_rows_keep_what_was_typed() -> None:
    answer = send(signed_in(), ADD, [("TEA", "4")], more="1", **ends())

    assert answer.status_code == 200
    assert 'value="TEA"' in answer.content.decode()
    assert not TransferOrder.objects.exists()


def test_a_draft_sent_twice_is_one() -> None:
    client, tea = signed_in(), SkuFactory.create()
    data = {"press_key": "0e" * 16, **ends()}

    for _ in range(2):
        send(client, ADD, [(tea.code, "4")], **data)

    assert TransferOrder.objects.count() == 1


def test_a_draft_is_edited_until_it_is_released() -> None:
    transfer = draft_transfer()
    client = signed_in()
    page = reverse("admin:transfer_edit", args=(transfer.pk,))
    code = transfer_line(transfer).sku.code
    there = {"source": transfer.source.code, "destination": transfer.destination.code}

    assert send(client, page, [(code, "7")], **there).status_code == 302
    assert units_by_sku() == {code: 7}
    transfers.release(transfer_id=transfer.pk, actor=MOVER)
    answer = client.get(page, follow=True)

    assert "Only drafts are edited" in answer.content.decode()


def test_a_draft_longer_than_a_page_keeps_every_line() -> None:
    transfer = draft_transfer(dict.fromkeys(SkuFactory.create_batch(203), 2))
    client = signed_in()
    page = reverse("admin:transfer_edit", args=(transfer.pk,))
    before = units_by_sku()
    shown = client.get(page).context
    rows = [(row.initial["sku"], str(row.initial["quantity"])) for row in shown["rows"]]
    there = {"source": transfer.source.code, "destination": transfer.destination.code}

    answer = send(client, page, rows, pasted=shown["form"].initial["pasted"], **there)

    assert (len(rows), answer.status_code) == (200, 302)
    assert units_by_sku() == before


def test_a_draft_that_another_has_changed_is_told() -> None:
    transfer = draft_transfer()
    client = signed_in()
    page = reverse("admin:transfer_edit", args=(transfer.pk,))
    there = {"source": transfer.source.code, "destination": transfer.destination.code}
    code = transfer_line(transfer).sku.code

    answer = send(client, page, [(code, "7")], **there, version="9")

    assert answer.status_code == 412
    assert units_by_sku() == {code: 4}


def test_the_page_suggests_skus_and_tells_what_is_free() -> None:
    level = LevelFactory.create(safety_stock=3)
    client = signed_in(roles.WAREHOUSE, at=[level.location])
    page = reverse("admin:transfer_skus")

    found = client.get(page, {"q": level.sku.code.lower()}).json()
    free = client.get(page, {"sku": level.sku.code, "source": level.location.code}).json()

    assert found == {"skus": [{"code": level.sku.code, "name": level.sku.name}]}
    assert free == {"known": True, "name": level.sku.name, "free": 7}
    assert client.get(page, {"sku": "no"}).json() == {"known": False}


def test_what_only_an_expired_reservation_holds_is_told_as_free() -> None:
    level = LevelFactory.create()
    client = signed_in(roles.WAREHOUSE, at=[level.location])
    asked = {"sku": level.sku.code, "source": level.location.code}
    reservations.reserve_for_person(
        level_id=level.pk,
        quantity=6,
        person="Mary",
        reason="photo",
        expires_at=clock.now() + timedelta(minutes=30),
        actor=MOVER,
    )

    held = client.get(reverse("admin:transfer_skus"), asked).json()
    Reservation.objects.update(expires_at=clock.now())
    expired = client.get(reverse("admin:transfer_skus"), asked).json()

    assert (held["free"], expired["free"]) == (4, 10)


# The document -------------------------------------------------------------------------------------


def test_a_transfer_goes_its_way_by_buttons() -> None:
    transfer = draft_transfer()
    client = signed_in()

    press(client, transfer, "release")
    assert status(transfer) == "released"
    press(client, transfer, "ship", **{field(transfer): "3"})
    press(client, transfer, "cancel", reason="enough")
    press(
        client,
        transfer,
        "receive",
        **{field(transfer, "available"): "1", field(transfer, "damaged"): "1", "complete": "on"},
    )
    assert status(transfer) == "received"
    press(client, transfer, "settle", **{field(transfer, "lost"): "1", "reason": "fell off"})

    assert status(transfer) == "closed"
    level = Level.objects.get(location=transfer.destination)
    assert (level.on_hand, level.damaged) == (2, 1)
    kinds = list(Entry.objects.filter(kind__startswith="transfer.").values_list("kind", flat=True))
    assert kinds == [
        "transfer.created",
        "transfer.released",
        "transfer.shipped",
        "transfer.rest_cancelled",
        "transfer.received",
        "transfer.settled",
        "transfer.closed",
    ]


def test_the_page_shows_counters_and_what_can_be_done() -> None:
    transfer = shipped_transfer()

    answer = signed_in().get(page_of(transfer))

    assert answer.context["rows"][0][1] == [4, 0, 4, 4, 0, 0, 0]
    assert [offer.name for offer in answer.context["offers"] if offer.legal] == [
        "receive",
        "settle",
    ]
    words = answer.content.decode()
    assert "The transfer is in transit." in words
    assert "Nothing is open any more." in words


def test_a_shortage_is_told_on_the_page_of_the_button() -> None:
    transfer = draft_transfer(stocked=1)

    answer = press(signed_in(), transfer, "release")

    assert answer.status_code == 409
    assert "(1 of 4)" in answer.content.decode()
    assert status(transfer) == "draft"


@pytest.mark.parametrize(
    ("name", "into", "value"),
    [("ship", "", "5"), ("ship", "", "-1"), ("ship", "", ""), ("ship", "", "9" * 20)],
)
def test_senseless_numbers_change_nothing(name: str, into: str, value: str) -> None:
    transfer = released_transfer()

    answer = press(signed_in(), transfer, name, **{field(transfer, into): value})

    assert answer.status_code == 422
    assert status(transfer) == "released"


def test_more_than_came_needs_a_reason() -> None:
    transfer = shipped_transfer()
    client = signed_in()
    data = {field(transfer, "available"): "5"}

    refused = press(client, transfer, "receive", **data)
    assert (refused.status_code, status(transfer)) == (409, "in_transit")
    press(client, transfer, "receive", **data, found="one too many")

    assert status(transfer) == "closed"
    assert Level.objects.get(location=transfer.destination).on_hand == 5


# Lists --------------------------------------------------------------------------------------------


def test_tabs_hold_what_waits() -> None:
    drafted, released, shipped = draft_transfer(), released_transfer(), shipped_transfer()
    missing = shipped_transfer()
    transfers.receive(transfer_id=missing.pk, units=[], complete=True, key="none", actor=MOVER)
    client = signed_in()

    def shown(tab: str) -> list[int]:
        return [row.pk for row in client.get(LIST, {"tab": tab}).context["cl"].result_list]

    assert shown("draft") == [drafted.pk]
    assert shown("ship") == [released.pk]
    assert shown("receive") == [shipped.pk]
    assert shown("settle") == [missing.pk]
    assert shown("done") == []
    assert len(shown("all")) == 4


def test_the_list_takes_the_same_statements_for_few_and_many(
    django_assert_max_num_queries: Any,
) -> None:
    client = signed_in()
    for _ in range(2):
        for _ in range(6):
            released_transfer()
        with django_assert_max_num_queries(9):
            client.get(LIST, {"tab": "ship"})


def test_the_page_takes_the_same_statements_for_few_and_many(
    django_assert_max_num_queries: Any,
) -> None:
    client = signed_in()
    for count in (1, 12):
        transfer = shipped_transfer(dict.fromkeys(SkuFactory.create_batch(count), 1))
        with django_assert_max_num_queries(12):
            assert client.get(page_of(transfer)).status_code == 200


# Who may do what where ----------------------------------------------------------------------------

LEGAL = {
    # by the end that the person works at: what of a transfer of every state can be pressed
    "source": {"ship"},
    "destination": {"receive"},
    "both": {"ship", "receive"},
}


@pytest.mark.parametrize("end", list(LEGAL))
def test_the_warehouse_ships_from_and_receives_at_its_own_locations(end: str) -> None:
    transfer = released_transfer({SkuFactory.create(): 4})
    transfers.ship(
        transfer_id=transfer.pk,
        units=[some(transfer, 2)],
        key="half",
        actor=MOVER,
    )
    places = {
        "source": [transfer.source],
        "destination": [transfer.destination],
        "both": [transfer.source, transfer.destination],
    }[end]
    client = signed_in(roles.WAREHOUSE, at=places)

    offers = client.get(page_of(transfer)).context["offers"]
    assert {offer.name for offer in offers if offer.legal} == LEGAL[end]
    for name in ("ship", "receive"):
        expected = 200 if name in LEGAL[end] else 404
        assert client.get(address(transfer, name)).status_code == expected, name
        assert client.post(address(transfer, name)).status_code in (409, 404), name
        floor = reverse(f"admin:transfer_{name}", args=(transfer.pk,))
        assert client.get(floor).status_code == expected, name
    for name in ("release", "settle", "cancel"):
        assert client.get(address(transfer, name)).status_code in (403, 404), name
    line = transfer_line(transfer)
    assert (line.shipped, line.received) == (2, 0)


def some(transfer: TransferOrder, count: int) -> Units:
    return Units(transfer_line(transfer).sku.code, count)


def test_the_warehouse_sees_the_transfers_of_its_locations_alone() -> None:
    own, other = released_transfer(), released_transfer()
    client = signed_in(roles.WAREHOUSE, at=[own.destination])

    rows = client.get(LIST, {"tab": "all"}).context["cl"].result_list

    assert [row.pk for row in rows] == [own.pk]
    assert client.get(page_of(other)).status_code == 404


def test_the_warehouse_drafts_for_its_own_location_alone() -> None:
    tea = SkuFactory.create()
    own, far, farther = LocationFactory.create_batch(3)
    client = signed_in(roles.WAREHOUSE, at=[own])

    asked = send(client, ADD, [(tea.code, "1")], source=far.code, destination=own.code)
    foreign = send(client, ADD, [(tea.code, "1")], source=far.code, destination=farther.code)

    assert (asked.status_code, foreign.status_code) == (302, 403)
    assert TransferOrder.objects.get().destination == own


def test_the_start_page_counts_transfers_of_the_own_end() -> None:
    transfer = released_transfer()
    shipped = shipped_transfer(source=transfer.destination, destination=transfer.source)

    def cards(place: Any) -> dict[str, int]:
        found = signed_in(roles.WAREHOUSE, at=[place]).get("/admin/").context["cards"]
        return {card.queue.kind.name: card.queue.count.value for card in found}

    assert shipped.status == "in_transit"
    at_source, at_destination = cards(transfer.source), cards(transfer.destination)
    assert (at_source["transfers_ship"], at_source["transfers_receive"]) == (1, 1)
    assert (at_destination["transfers_ship"], at_destination["transfers_receive"]) == (0, 0)
