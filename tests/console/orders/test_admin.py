"""The order list and the order page."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fulfillment.statuspage import services as statuspage
from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from inventory.stock.models import Level
from oms.accounts import roles
from oms.core.actors import SYSTEM
from oms.core.outbox import services as outbox
from oms.core.timeline.models import Entry
from orders.holds import services as holds
from orders.holds.models import Hold
from orders.ordering.models import Order
from orders.ordering.states import OrderStatus
from orders.payments.models import Payment, Transaction
from returns.authorizations.models import Return
from returns.settlement import services as settlement
from tests.accounts.factories import signed_in
from tests.fulfillment.factories import released_order, scan, shipped_shipment, take
from tests.inventory.factories import LevelFactory
from tests.orders.factories import ChannelFactory, lines_of, pay, place_order, stocked_sku
from tests.returns.factories import open_return, receive_return, shipped_order

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/order/"


def page_of(order: Order) -> str:
    return reverse("admin:orders_order_change", args=(order.pk,))


def press_of(order: Order, name: str) -> str:
    return reverse("admin:orders_order_press", args=(order.pk, name))


def press(client: Client, order: Order, name: str, **data: Any) -> Any:
    """Open a button's page and send its form, as a browser does."""
    form = client.get(press_of(order, name))
    return client.post(press_of(order, name), {**hidden(form), **data})


def hidden(answer: Any) -> dict[str, str]:
    return dict(re.findall(r'name="(press_\w+)" value="([^"]*)"', answer.content.decode()))


def statements(client: Client, address: str) -> list[str]:
    client.get(address)  # once for what is kept between requests
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def numbers(answer: Any) -> list[str]:
    return [order.number for order in answer.context["cl"].result_list]


# The list -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [roles.SERVICE, roles.MANAGER])
def test_the_list_takes_the_same_eight_statements_for_few_and_many_orders(role: str) -> None:
    client = signed_in(role)
    channels = [ChannelFactory.create() for _ in range(3)]
    sku = stocked_sku(500)
    place_order([(sku, 1)], channel=channels[0])
    few = statements(client, LIST)
    for index in range(30):
        place_order([(sku, 1)], channel=channels[index % 3])

    many = statements(client, LIST)

    assert len(many) == len(few) <= 8
    assert not [sql for sql in many if "OFFSET" in sql]
    counting = [sql for sql in many if "COUNT(" in sql]
    assert len(counting) == 1
    assert counting[0].count("LIMIT 1000") == counting[0].count("COUNT(")


def test_tabs_hold_the_orders_that_their_words_say() -> None:
    client = signed_in(roles.SERVICE)
    sku = stocked_sku(50)
    waiting = place_order([(sku, 1)])
    held = place_order([(sku, 1)], payment_status="paid", confirmed=True)
    holds.place_hold(order_id=held.pk, reason="fraud_risk", actor=SYSTEM)
    lacking = place_order([(stocked_sku(1), 3)], payment_status="paid")
    ready = place_order([(sku, 1)], confirmed=True)
    pay(ready)
    inside = place_order([(sku, 1)], payment_status="paid", released=True)
    Order.objects.filter(pk=lacking.pk).update(has_backorder=True)
    gone = place_order([(sku, 1)])
    Order.objects.filter(pk=gone.pk).update(status=OrderStatus.CANCELLED)

    shown = {
        tab: set(numbers(client.get(LIST, {"tab": tab})))
        for tab in ("open", "hold", "payment", "backorder", "ready", "warehouse", "cancelled")
    }

    assert shown == {
        "open": {o.number for o in (waiting, held, lacking, ready, inside)},
        "hold": {held.number},
        "payment": {waiting.number},
        "backorder": {lacking.number},
        "ready": {ready.number},
        "warehouse": {inside.number},
        "cancelled": {gone.number},
    }
    tabs = {tab.name: tab for tab in client.get(LIST).context["cl"].tabs}
    assert str(tabs["open"].count) == "5"
    assert tabs["open"].active
    assert tabs["cancelled"].count is None


def test_an_unknown_tab_is_refused_like_any_wrong_filter() -> None:
    client = signed_in()

    assert client.get(LIST, {"tab": "nope"})["Location"] == f"{LIST}?e=1"


@pytest.mark.parametrize(
    "part",
    [
        lambda order: order.number,
        lambda order: order.number[4:9].lower(),
        lambda order: order.number.replace("-", ""),
        lambda order: order.external_id[-12:],
        lambda _: "lovelace",
        lambda _: "ADA LOVE",
        lambda _: "ada@exam",
        lambda _: "po-77",
        lambda order: lines_of(order)[0].sku_code[2:],
    ],
    ids=["number", "part", "bare", "external", "name", "words", "mail", "po", "sku"],
)
def test_any_part_finds_the_order_whatever_its_state(part: Any) -> None:
    client = signed_in(roles.SERVICE)
    wanted = place_order([(stocked_sku(5), 1)], customer_name="Ada Lovelace", po_number="PO-77421")
    place_order(
        [(stocked_sku(5), 1)], customer_name="Bob Byron", email="bob@byron.org", po_number="PO-1"
    )
    Order.objects.filter(pk=wanted.pk).update(status=OrderStatus.COMPLETED)

    assert numbers(client.get(LIST, {"q": part(wanted)})) == [wanted.number]


@pytest.mark.parametrize("wild", ["%", "_", "\\", "'", '"', "%%", "🙂", "x" * 9000])
def test_signs_of_the_search_language_are_mere_text(wild: str) -> None:
    client = signed_in(roles.SERVICE)
    place_order(customer_name="Plain Name")

    answer = client.get(LIST, {"q": wild})

    assert answer.status_code == 200
    assert numbers(answer) == []


def test_a_search_asks_one_column_for_each_word() -> None:
    client = signed_in(roles.SERVICE)
    place_order()

    sql = [each for each in statements(client, f"{LIST}?q=ada+w") if "LIKE" in each]

    assert len(sql) == 1
    assert sql[0].count("LIKE") == 2
    assert '"search"' in sql[0]


def test_filters_keep_channel_day_and_payment() -> None:
    client = signed_in(roles.SERVICE)
    first, second = ChannelFactory.create(), ChannelFactory.create()
    one = place_order(channel=first)
    two = place_order(channel=second, payment_status="paid")

    def shown(**filters: Any) -> list[str]:
        return sorted(numbers(client.get(LIST, filters)))

    assert shown(channel__id__exact=first.pk) == [one.number]
    assert shown(payment_status__exact="paid") == [two.number]
    day = f"{one.placed_at:%Y-%m-%d}"
    assert shown(placed_at_from=day) == sorted([one.number, two.number])
    assert shown(placed_at_to=day) == sorted([one.number, two.number])
    assert shown(placed_at_to="2001-01-01") == []
    for wrong in ("x", "2026-02-30", "9999-12-31"):
        assert client.get(LIST, {"placed_at_to": wrong})["Location"] == f"{LIST}?e=1"
    assert client.get(LIST, {"customer__password": "x"})["Location"] == f"{LIST}?e=1"


# The page -----------------------------------------------------------------------------------------


def test_the_page_takes_the_same_statements_for_one_line_and_many() -> None:
    client = signed_in(roles.SERVICE)
    small = released_order([(stocked_sku(9), 2)])
    take(small)
    large = released_order([(stocked_sku(9), 2) for _ in range(12)])
    take(large)
    few = statements(client, page_of(small))

    many = statements(client, page_of(large))

    assert len(many) == len(few) <= 20


def test_the_page_says_when_waiting_units_come() -> None:
    client = signed_in(roles.SERVICE)
    level = LevelFactory.create(on_hand=0)
    order = place_order([(level.sku, 3)], channel=ChannelFactory.create(backorders=True))
    inbound.expect(
        supply="inventory.purchaseline",
        lines=[Expected(1, level.sku_id, level.location_id, 2, date(2036, 3, 6))],
    )

    asked = statements(client, page_of(order))
    text = client.get(page_of(order)).content.decode()

    assert "2 expected on 6 Mar 2036" in text
    assert "1 not on its way yet" in text
    assert len(asked) <= 20


def test_the_page_shows_lines_money_parcels_returns_and_why() -> None:
    client = signed_in(roles.SERVICE)
    order = shipped_order(3)
    back = open_return(order, 1)

    text = client.get(page_of(order)).content.decode()

    line = lines_of(order)[0]
    for words in (order.number, line.sku_code, back.number, "€35.70", "ada@example.com", "Why"):
        assert words in text, words
    assert "fewest locations" in text


def test_the_reader_sees_no_contact_data() -> None:
    order = place_order(phone="+4930123456", email="ada@example.com")

    text = signed_in(roles.READ_ONLY).get(page_of(order)).content.decode()

    for hidden_words in ("ada@example.com", "+4930123456", "Unter den Linden"):
        assert hidden_words not in text
    assert "hidden for your role" in text


def test_names_and_notes_are_shown_as_text() -> None:
    order = place_order(customer_name="<script>x()</script>", note="{{7*7}}<img src=x>")
    client = signed_in(roles.SERVICE)

    for text in (client.get(page_of(order)).content, client.get(LIST).content):
        assert b"<script>x()" not in text
        assert b"<img src=x" not in text
    assert b"&lt;script&gt;x()" in client.get(page_of(order)).content


def test_the_next_step_of_a_held_order_is_the_hold() -> None:
    order = place_order(payment_status="paid", confirmed=True)
    hold = holds.place_hold(order_id=order.pk, reason="incorrect_address", actor=SYSTEM)

    answer = signed_in(roles.SERVICE).get(page_of(order))

    assert answer.context["page"].steps[0].words == "Decide about the hold"
    release = reverse("admin:orders_hold_press", args=(hold.pk, "release"))
    assert release in answer.content.decode()


def test_acts_that_are_not_legal_are_shown_with_their_reason() -> None:
    order = place_order()
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.CANCELLED)

    offers = {
        offer.name: offer
        for offer in signed_in(roles.SERVICE).get(page_of(order)).context["offers"]
    }

    assert offers["cancel"].reason == "The order is cancelled."
    assert offers["refund"].reason == "Nothing was taken that could be given back."
    assert offers["pay"].legal


# Acts ---------------------------------------------------------------------------------------------


def test_cancelling_units_of_a_line_frees_their_stock() -> None:
    client = signed_in(roles.SERVICE)
    sku = stocked_sku(10)
    order = place_order([(sku, 4)], confirmed=True)
    line = lines_of(order)[0]

    answer = press(client, order, "cancel", reason="too many", **{f"line_{line.pk}": "3"})

    assert answer.status_code == 302
    line.refresh_from_db()
    assert (line.cancelled, line.allocated) == (3, 1)
    assert Level.objects.get(sku=sku).committed == 1
    entry = Entry.objects.get(kind="order.lines_cancelled")
    assert entry.reason == "too many"
    assert entry.actor_kind == "staff"


def test_cancelling_without_units_cancels_everything() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order(confirmed=True)

    press(client, order, "cancel", reason="by the customer")

    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED


def test_cancelling_without_a_reason_changes_nothing_and_keeps_what_was_typed() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order(confirmed=True)
    line = lines_of(order)[0]

    answer = press(client, order, "cancel", reason="  ", **{f"line_{line.pk}": "1"})

    assert answer.status_code == 422
    assert f'name="line_{line.pk}" value="1"' in answer.content.decode()
    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED


def test_more_than_a_line_holds_is_refused() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order([(stocked_sku(10), 2)], confirmed=True)
    line = lines_of(order)[0]

    answer = press(client, order, "cancel", reason="x", **{f"line_{line.pk}": "3"})

    assert answer.status_code == 422
    line.refresh_from_db()
    assert line.cancelled == 0


def test_a_form_sent_twice_acts_once() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order([(stocked_sku(10), 4)], confirmed=True)
    line = lines_of(order)[0]
    data = {**hidden(client.get(press_of(order, "cancel"))), "reason": "x"}
    data[f"line_{line.pk}"] = "1"

    first = client.post(press_of(order, "cancel"), data)
    second = client.post(press_of(order, "cancel"), data, follow=True)

    assert first.status_code == 302
    assert "already done" in second.content.decode()
    line.refresh_from_db()
    assert line.cancelled == 1


def test_a_page_that_is_out_of_date_is_refused_with_what_happened_since() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order([(stocked_sku(10), 4)], confirmed=True)
    data = {**hidden(client.get(press_of(order, "cancel"))), "reason": "too late"}
    press(signed_in(roles.MANAGER), order, "hold", reason="fraud_risk", note="asks odd things")
    Order.objects.filter(pk=order.pk).update(version=order.version + 1)

    answer = client.post(press_of(order, "cancel"), data)

    assert answer.status_code == 412
    text = answer.content.decode()
    assert "Hold placed" in text
    assert "asks odd things" in text
    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED


@pytest.mark.parametrize("key", ["", "x", "37edc7a9"])
def test_a_form_without_its_key_is_refused(key: str) -> None:
    client = signed_in(roles.SERVICE)
    order = place_order(confirmed=True)
    data = {**hidden(client.get(press_of(order, "cancel"))), "reason": "x", "press_key": key}

    assert client.post(press_of(order, "cancel"), data).status_code == 409

    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED


def test_a_hold_is_placed_with_its_words_and_stops_the_order() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order(confirmed=True)

    press(client, order, "hold", reason="customer_request", note="on holiday until May")

    hold = Hold.objects.get()
    order.refresh_from_db()
    assert (hold.reason, hold.note) == ("customer_request", "on holiday until May")
    assert order.on_hold


def test_a_hold_for_another_reason_wants_words() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order(confirmed=True)

    assert press(client, order, "hold", reason="other").status_code == 422

    assert not Hold.objects.exists()


def test_a_refusal_of_the_service_is_told_on_the_form() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order(confirmed=True)

    answer = press(
        client, order, "hold", reason="fraud_risk", expires_at="2001-01-01T00:00", note="typed"
    )

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "The expiry must lie in the future." in text
    assert "typed" in text
    assert not Hold.objects.exists()


def test_money_that_arrived_is_recorded_once_even_by_a_double_click() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order()
    data = {
        **hidden(client.get(press_of(order, "pay"))),
        "amount": "28.70",
        "gateway": "bank_transfer",
        "reference": order.number,
    }

    for _ in range(2):
        client.post(press_of(order, "pay"), data)

    order.refresh_from_db()
    assert order.captured_total == Decimal("28.70")
    assert Payment.objects.get().captured == Decimal("28.70")


def test_a_second_transfer_with_the_same_words_of_the_payer_is_money_too() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order()
    data = {"amount": "14.35", "gateway": "bank_transfer", "reference": order.number}

    press(client, order, "pay", **data)
    press(client, order, "pay", **data)

    order.refresh_from_db()
    assert order.captured_total == Decimal("28.70")
    assert Payment.objects.get().captured == Decimal("28.70")


def test_an_amount_with_too_many_decimals_is_refused() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order()

    answer = press(client, order, "pay", amount="1.005", gateway="bank_transfer", reference="x")

    assert answer.status_code == 422
    assert "2 decimal places" in answer.content.decode()
    assert not Payment.objects.exists()


def test_money_is_given_back_once_even_by_a_double_click() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order()
    pay(order)
    data = {**hidden(client.get(press_of(order, "refund"))), "amount": "5.00", "reason": "kind"}

    for _ in range(2):
        client.post(press_of(order, "refund"), data)

    refunds = Transaction.objects.filter(kind="refund")
    assert [refund.amount for refund in refunds] == [Decimal("5.00")]


def test_more_than_was_taken_is_not_given_back() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order()
    pay(order)

    answer = press(client, order, "refund", amount="9999.00", reason="kind")

    assert answer.status_code == 409
    assert not Transaction.objects.filter(kind="refund").exists()


def test_an_order_that_still_waits_says_why_when_it_is_released() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order()

    form = client.get(press_of(order, "release"))
    answer = client.post(press_of(order, "release"), hidden(form), follow=True)

    assert "It still waits." in answer.content.decode()
    order.refresh_from_db()
    assert order.released_at is None


def test_an_order_that_is_ready_goes_to_the_warehouse() -> None:
    client = signed_in(roles.SERVICE)
    order = place_order()
    pay(order)

    press(client, order, "release")
    outbox.drain()

    order.refresh_from_db()
    assert order.released_at is not None
    assert order.fulfillment_orders.count() == 1


def test_a_return_is_authorized_for_shipped_units() -> None:
    client = signed_in(roles.SERVICE)
    order = shipped_order(3)
    line = lines_of(order)[0]

    press(client, order, "return", reason="wrong_size", note="", **{f"line_{line.pk}": "2"})

    found = Return.objects.get()
    assert [(each.quantity, each.reason) for each in found.lines.all()] == [(2, "wrong_size")]


def test_a_return_of_nothing_is_refused() -> None:
    client = signed_in(roles.SERVICE)
    order = shipped_order(3)

    assert press(client, order, "return", reason="wrong_size").status_code == 422

    assert not Return.objects.exists()


def test_private_links_end_with_a_reason_when_a_mail_went_to_the_wrong_person() -> None:
    order, other = place_order(), place_order()
    token, kept = statuspage.issue(order_id=order.pk), statuspage.issue(order_id=other.pk)

    press(signed_in(roles.SERVICE), order, "links", reason="Sent to a namesake")

    assert Client().get(f"/status/{token}").status_code == 404
    assert Client().get(f"/status/{kept}").status_code == 200
    entry = Entry.objects.get(kind="status_links.revoked")
    assert (entry.document_id, entry.reason) == (order.pk, "Sent to a namesake")
    assert entry.data == {"links": 1}


def test_who_may_only_read_ends_no_links() -> None:
    order = place_order()
    token = statuspage.issue(order_id=order.pk)

    answer = signed_in(roles.READ_ONLY).post(press_of(order, "links"), {"press_key": "0e" * 16})

    assert answer.status_code == 403
    assert Client().get(f"/status/{token}").status_code == 200


def test_a_part_that_came_back_is_to_be_settled_before_the_rest_has_come() -> None:
    order = shipped_order(3, paid=False)
    found = open_return(order, 2)
    client = signed_in(roles.SERVICE)

    def wanted() -> list[str]:
        return [step.words for step in client.get(page_of(order)).context["page"].steps]

    assert wanted() == ["Receive the return"]
    receive_return(found, restock=1)
    assert wanted() == ["Receive the return", "Settle the return"]
    settlement.settle(return_id=found.pk, actor=SYSTEM)
    assert wanted() == ["Receive the return"]


def test_a_parcel_that_came_back_is_taken_up_by_a_return() -> None:
    parcel = shipped_shipment()
    order = parcel.fulfillment_order.order
    client = signed_in(roles.SERVICE)

    def steps() -> list[tuple[str, str]]:
        return [(step.words, step.act) for step in client.get(page_of(order)).context["page"].steps]

    assert steps() == [
        ("On the way: 2 units left the house and have not arrived.", ""),
    ]
    scan(parcel, "return_to_sender", datetime(2130, 1, 2, tzinfo=UTC))
    assert steps() == [("Ask the carrier", "")]
    scan(parcel, "delivered", datetime(2130, 1, 5, tzinfo=UTC))
    assert steps() == [("Take back what came back", "return")]
    receive_return(open_return(order, 2), restock=2)
    assert steps() == [("Settle the return", "")]
