"""The demo lives its history by the real services and leaves books that add up."""

import io
import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import Client

from inventory.counting.models import CountOrder
from inventory.counting.states import CountStatus
from inventory.planning.models import Proposal
from inventory.planning.states import ProposalKind
from inventory.purchasing.models import PurchaseOrder
from inventory.purchasing.states import PurchaseStatus
from inventory.reservations.models import Reservation
from inventory.reservations.states import ReservationStatus
from inventory.transfers.models import TransferOrder
from inventory.transfers.states import TransferStatus
from oms.core import clock
from oms.core.outbox.models import Delivery
from oms.demo import fulfilling, seeding, story, worker, world
from oms.demo.history import History
from oms.messaging.models import Message
from oms.reporting.invariants import services as invariants
from orders.channels.models import Channel
from orders.importing import services as importing
from orders.ordering.models import Order
from tests.orders.factories import place_order
from tests.orders.importing.files import everything, shop, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def broken() -> list[str]:
    """Return what the books say that cannot be."""
    return [
        f"{result.check}: {offender}"
        for result in invariants.run()
        for offender in result.offenders
    ]


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def lived(orders: int, days: int) -> History:
    past = History(world.build(), orders=orders, days=days)
    past.live()
    return past


def test_a_history_leaves_books_that_add_up_and_nothing_undone() -> None:
    before = clock.now()
    past = lived(orders=14, days=9)
    assert broken() == []
    assert Order.objects.count() >= 10
    assert not Delivery.objects.exclude(state="delivered").exists()
    assert not Message.objects.exclude(state="sent").exists()
    placed = list(Order.objects.order_by("pk").values_list("placed_at", flat=True))
    assert placed == sorted(placed)
    assert past.start < placed[0] < placed[-1] < past.until
    assert clock.now() - before < timedelta(minutes=5), "the clock came back"
    assert set(TransferOrder.objects.values_list("status", flat=True)) == set(TransferStatus.values)
    assert set(Reservation.objects.values_list("status", flat=True)) == set(
        ReservationStatus.values
    )
    assert set(PurchaseOrder.objects.values_list("status", flat=True)) == set(PurchaseStatus.values)
    for waiting in (TransferOrder.objects.to_ship(), TransferOrder.objects.to_receive()):
        assert waiting.exists()
    assert set(CountOrder.objects.values_list("status", flat=True)) == set(CountStatus.values)
    for counting in (CountOrder.objects.to_count(), CountOrder.objects.to_recount()):
        assert counting.exists()
    assert set(Proposal.objects.open().values_list("kind", flat=True)) == set(ProposalKind.values)


def test_the_same_seed_lives_the_same_history(django_user_model: Any) -> None:
    def outline() -> list[tuple[str, str, str, list[tuple[str, int]]]]:
        return [
            (order.channel.code, order.customer_name, str(order.total),
             list(order.lines.values_list("sku_code", "ordered")))
            for order in Order.objects.select_related("channel").order_by("pk")
        ]  # fmt: skip

    until = clock.now()
    History(world.build(), orders=6, days=4, until=until).live()
    first = outline()
    assert first
    seeding.empty()
    History(world.build(), orders=6, days=4, until=until).live()
    assert outline() == first


def test_the_story_comes_out_well_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    assert story.tell(say=heard.append) == []
    assert "".join(heard).count("Parcel ") == 3
    assert story.tell(say=heard.append) == []
    assert Order.objects.count() == 2


def test_the_story_notices_when_a_step_does_not_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "settle", lambda: None)
    with pytest.raises(CommandError, match="The card was not charged"):
        said("story")


def test_seeding_is_done_once(var: Path) -> None:
    assert "orders in 3 days" in said("seed", "--orders", "3", "--days", "3")
    before = everything()
    noted = json.loads((var / "demo.json").read_text())
    assert "are there already" in said("seed", "--orders", "3", "--days", "3")
    assert everything() == before
    assert json.loads((var / "demo.json").read_text()) == noted


def test_seeding_leaves_an_installation_with_orders_alone() -> None:
    place_order()
    before = everything()
    with pytest.raises(CommandError, match="There are orders here already"):
        said("seed", "--orders", "1", "--days", "2")
    assert everything() == before


def test_nothing_is_seeded_or_emptied_in_earnest(settings: Any) -> None:
    settings.OMS_PRODUCTION = True
    for act in (["seed"], ["reset"]):
        with pytest.raises(CommandError, match=r"production settings|Only the embedded"):
            said(*act)


def test_only_the_embedded_database_is_emptied() -> None:
    place_order()
    with pytest.raises(CommandError, match="Only the embedded database"):
        said("reset")
    assert Order.objects.count() == 1


def test_a_seed_that_was_cut_off_begins_anew_on_the_embedded_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seeding, "is_embedded", lambda: True)

    def cut_off(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seeding.seed(orders=2, days=3, progress=cut_off)
    assert seeding.seed(orders=2, days=3, progress=lambda at, placed: None) == Order.objects.count()
    said("reset")
    assert not Order.objects.exists()


def test_logins_and_key_are_random_work_and_are_the_owners_alone(var: Path) -> None:
    world.build()
    noted = world.tell()
    path = var / "demo.json"
    assert json.loads(path.read_text()) == noted
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    passwords = {login["password"] for login in noted["logins"]}
    assert len(passwords) == 4
    for login in noted["logins"]:
        user = authenticate(username=login["username"], password=login["password"])
        assert user is not None
        assert user.groups.get().name == login["role"]
    answer = Client().get("/api/v1/orders", headers={"Authorization": f"Bearer {noted['api_key']}"})
    assert answer.status_code == 200
    assert world.tell() == noted
    path.unlink()
    assert {login["password"] for login in world.tell()["logins"]}.isdisjoint(passwords)


def test_imported_orders_are_worked_through_to_the_door() -> None:
    world.build()
    channel = shop(units=3, code="shop", backorder_policy="allow")
    places = list(world.Location.objects.filter(code__in=["BER", "HAM"]))
    file = upload(*({"external_id": f"A-{n}", "quantity": "2"} for n in range(4)))
    importing.start(file=upload_with_payment(file), channel=channel, actor=world.SETUP)
    importing.run()
    done = fulfilling.fulfil(
        channel=channel,
        locations=places,
        receive_missing=True,
        deliver=True,
        progress=lambda what, done, total: None,
    )
    assert (done.orders, done.received, dict(done.stuck)) == (4, 5, {})
    assert done.parcels == done.delivered >= 4
    assert set(Order.objects.values_list("status", "fulfillment_status", "payment_status")) == {
        ("completed", "delivered", "paid")
    }
    assert broken() == []


def test_fulfil_names_what_it_cannot_do() -> None:
    with pytest.raises(CommandError, match="There is no channel nowhere"):
        said("fulfil", "--channel", "nowhere")
    channel: Channel = shop(code="shop")
    with pytest.raises(CommandError, match="Not all of these are locations"):
        said("fulfil", "--channel", channel.code, "--receive-missing", "MARS")


def upload_with_payment(file: io.BytesIO) -> io.BytesIO:
    """Add to a file that its orders are paid at the channel."""
    head, *rows = file.getvalue().decode().splitlines()
    return io.BytesIO(
        "\n".join([f"{head},payment_method", *(f"{row},channel" for row in rows)]).encode()
    )
