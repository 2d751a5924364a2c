"""Placing: what is accepted and how it is written, what waits, what is refused, with nothing left behind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Model

from inventory.catalog.models import Sku
from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from inventory.reservations.errors import Insufficient
from inventory.reservations.models import Allocation
from inventory.stock.models import Level, Movement
from oms.core import clock, numbering
from oms.core.errors import FieldProblem
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.channels.models import Channel, ChannelBackorder
from orders.holds.models import Hold
from orders.ordering import services as ordering
from orders.ordering.errors import ExternalIdConflict
from orders.ordering.models import Order, OrderLine
from orders.payments.models import Payment, Transaction
from orders.placing import errors, services
from orders.placing.drafts import Draft, DraftLine, DraftPayment
from orders.placing.services import considering
from orders.preorders.models import Preorder, PreorderLimit
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.orders.factories import (
    BERLIN,
    CLERK,
    ChannelFactory,
    PriceFactory,
    PriceListFactory,
    TaxRateFactory,
    lines_of,
    stocked_sku,
    units_of,
)

pytestmark = pytest.mark.django_db

WRITTEN: tuple[type[Model], ...] = (
    Order,
    OrderLine,
    Hold,
    Payment,
    Transaction,
    Allocation,
    Movement,
    Event,
    Entry,
)


def draft(*lines: DraftLine | Sku, **changes: Any) -> Draft:
    """Return an order as a channel sends it; a SKU stands for two units of it at 11.90."""
    values: dict[str, Any] = {
        "external_id": "A-1",
        "customer_name": "Ada Lovelace",
        "email": "ada@example.com",
        "ship_to": BERLIN,
        "lines": tuple(
            one
            if isinstance(one, DraftLine)
            else DraftLine(sku=one.code, quantity=2, unit_price=Decimal("11.90"))
            for one in lines
        ),
    }
    return Draft(**{**values, **changes})


def place(channel: Channel, order: Draft) -> services.Placed:
    """Place as the clerk."""
    return services.place(channel=channel, draft=order, actor=CLERK)


@pytest.fixture
def vat() -> None:
    """Give Germany its VAT."""
    TaxRateFactory.create()
    TaxRateFactory.create(reduced=True)


@pytest.fixture
def untouched() -> Any:
    """Check at the end that nothing was written and no stock was taken, whatever was refused."""
    yield
    # The opening stock of the test itself has movements of its own.
    for model in WRITTEN:
        rows = model._default_manager.all()
        if model is Movement:
            rows = rows.exclude(document="OPENING")
        assert not rows.exists(), model
    assert not Level.objects.filter(committed__gt=0).exists()


def problems(refused: Any) -> set[tuple[str, str]]:
    """Return where and what of a refusal."""
    found: tuple[FieldProblem, ...] = refused.value.problems
    return {(problem.pointer, problem.code) for problem in found}


# Accepted ----------------------------------------------------------------------------------------


def test_an_order_is_priced_taxed_numbered_and_written(vat: None) -> None:
    channel = ChannelFactory.create()
    mug = stocked_sku(10)

    placed = place(channel, draft(mug, discount=Decimal("3.80"), po_number="PO-9", note="Ring!"))

    assert placed.created
    order = Order.objects.get()
    assert placed.order == order
    assert numbering.is_valid(order.number)
    assert order.number.startswith("WEB-")
    assert (order.external_id, order.po_number, order.note) == ("A-1", "PO-9", "Ring!")
    assert (order.status, order.fulfillment_status) == ("pending", "allocated")
    assert (order.payment_status, order.return_status) == ("unpaid", "none")
    assert (order.on_hold, order.has_backorder, order.version) == (False, False, 1)
    assert (order.customer_name, order.email) == ("Ada Lovelace", "ada@example.com")
    assert order.ship_to == order.bill_to == BERLIN.to_dict()
    assert (order.ship_country, order.ship_postcode) == ("DE", "10119")
    assert (order.subtotal, order.discount_total) == (Decimal("23.80"), Decimal("3.80"))
    assert (order.shipping_total, order.shipping_tax) == (Decimal("4.90"), Decimal("0.78"))
    assert (order.tax_total, order.total) == (Decimal("3.97"), Decimal("24.90"))
    assert order.currency == "EUR"
    (line,) = placed.lines
    assert lines_of(order) == [line]
    assert (line.sku_code, line.name, line.position) == (mug.code, mug.name, 1)
    assert (line.ordered, units_of(line)) == (2, {"allocated": 2})
    assert (line.unit_price, line.discount) == (Decimal("11.90"), Decimal("3.80"))
    assert (line.net, line.tax, line.total) == (Decimal("16.81"), Decimal("3.19"), Decimal(20))
    assert line.tax_lines == [{"name": "VAT", "rate": "0.19", "amount": "3.19"}]
    assert line.shipping_share == Decimal("4.90")


def test_what_is_returned_is_what_is_stored() -> None:
    placed = place(ChannelFactory.create(), draft(stocked_sku(10), stocked_sku(10)))

    for given, stored in [
        (placed.order, Order.objects.get()),
        *zip(placed.lines, lines_of(placed.order), strict=True),
    ]:
        for field in type(given)._meta.concrete_fields:
            assert getattr(given, field.attname) == getattr(stored, field.attname), field


def test_the_plan_is_the_reservation() -> None:
    channel = ChannelFactory.create()
    sku = SkuFactory.create()
    near = LevelFactory.create(sku=sku, on_hand=3, location__priority=1)
    far = LevelFactory.create(sku=sku, on_hand=4, location__priority=2)

    order = place(channel, draft(DraftLine(sku=sku.code, quantity=6, unit_price=Decimal(1)))).order

    (line,) = lines_of(order)
    assert dict(Allocation.objects.values_list("level_id", "quantity")) == {near.pk: 3, far.pk: 3}
    near.refresh_from_db()
    far.refresh_from_db()
    assert (near.committed, far.committed) == (3, 3)
    rows = Movement.objects.filter(document=order.number).order_by("level_id")
    assert [(row.kind, row.quantity, row.cause) for row in rows] == [
        ("allocation", 3, f"place:{order.number}:{line.pk}:{near.pk}"),
        ("allocation", 3, f"place:{order.number}:{line.pk}:{far.pk}"),
    ]
    chosen = [place["location"] for place in order.routing["locations"] if place["chosen"]]
    assert chosen == [near.location.code, far.location.code]


def test_it_is_told_to_the_timeline_and_published_once() -> None:
    order = place(ChannelFactory.create(), draft(stocked_sku(10))).order

    event = Event.objects.get()
    assert (event.name, event.aggregate_id, event.sequence) == (
        "orders.order_placed.v1",
        str(order.pk),
        1,
    )
    assert event.payload == {"order_id": order.pk}
    entry = Entry.objects.get()
    assert (entry.document, entry.document_id, entry.kind) == (
        "orders.order",
        order.pk,
        "order.placed",
    )
    assert (entry.actor_kind, entry.actor_name) == ("staff", "Grace Clerk")
    assert entry.after == {"status": "pending", "total": str(order.total), "currency": "EUR"}
    assert (entry.data["lines"], entry.data["allocated"], entry.data["backordered"]) == (1, 2, 0)
    assert entry.data["routing"]["rule"].startswith("fewest locations")


def test_an_order_is_found_by_words_of_it() -> None:
    sku = stocked_sku(10)
    order = place(
        ChannelFactory.create(),
        draft(sku, po_number="PO-Ünique", customer_name="Zoë Ångström", external_id="EXT/7"),
    ).order

    number = order.number.lower()
    for word in (number, number.replace("-", ""), "zoë ångström", "ext/7", "po-ünique", sku.code):
        assert word.lower() in order.search


def test_contact_data_are_kept_in_one_writing() -> None:
    order = place(
        ChannelFactory.create(),
        draft(stocked_sku(10), email="Ada@EXAMPLE.com", phone="030 1234567"),
    ).order

    assert (order.email, order.phone) == ("Ada@example.com", "+49301234567")


# Prices and taxes --------------------------------------------------------------------------------


def test_without_a_price_the_channels_list_answers_with_the_latest_valid_one() -> None:
    channel = ChannelFactory.create()
    sku = stocked_sku(10)
    for amount, since, until in (
        ("9", date(2020, 1, 1), None),
        ("10", date(2024, 1, 1), None),
        ("11", date(2025, 1, 1), date(2025, 12, 31)),
        ("12", date(2099, 1, 1), None),
    ):
        PriceFactory.create(
            price_list=channel.price_list,
            sku=sku,
            amount=Decimal(amount),
            valid_from=since,
            valid_until=until,
        )
    PriceFactory.create(sku=sku, amount=Decimal(99))

    order = place(channel, draft(DraftLine(sku=sku.code, quantity=1))).order

    assert lines_of(order)[0].unit_price == Decimal(10)


def test_the_price_of_the_day_of_the_order_counts() -> None:
    channel = ChannelFactory.create()
    price = PriceFactory.create(
        price_list=channel.price_list, sku=stocked_sku(10), valid_until=date(2025, 6, 30)
    )
    line = DraftLine(sku=price.sku.code, quantity=1)

    order = place(channel, draft(line, placed_at=datetime(2025, 6, 30, 23, 59, tzinfo=UTC))).order
    with pytest.raises(errors.DraftInvalid) as refused:
        place(channel, draft(line, external_id="A-2"))

    assert order.total == Decimal("16.80")
    assert order.placed_at == datetime(2025, 6, 30, 23, 59, tzinfo=UTC)
    assert problems(refused) == {("/lines/0/unit_price", "no_price")}


def test_a_price_in_another_currency_is_no_price() -> None:
    channel = ChannelFactory.create(price_list=PriceListFactory.create(currency="USD"))
    price = PriceFactory.create(price_list=channel.price_list, sku=stocked_sku(10))

    with pytest.raises(errors.DraftInvalid) as refused:
        place(channel, draft(DraftLine(sku=price.sku.code, quantity=1)))

    assert problems(refused) == {("/lines/0/unit_price", "no_price")}


def test_rates_of_the_country_and_of_the_region_stand_side_by_side() -> None:
    TaxRateFactory.create(name="GST", country="CA", rate=Decimal("0.05"))
    TaxRateFactory.create(name="QST", country="CA", region="QC", rate=Decimal("0.09975"))
    TaxRateFactory.create(name="PST", country="CA", region="BC", rate=Decimal("0.07"))
    channel = ChannelFactory.create(net_prices=True, shipping_fee=Decimal(0))
    home = replace(BERLIN, city="Montréal", region="QC", postcode="H2X 1Y4", country="CA")

    order = place(channel, draft(stocked_sku(10), ship_to=home)).order

    (line,) = lines_of(order)
    assert [(tax["name"], tax["amount"]) for tax in line.tax_lines] == [
        ("GST", "1.19"),
        ("QST", "2.37"),
    ]
    assert order.total == Decimal("27.36")


def test_each_tax_class_has_its_rate_and_shipping_the_standard_one(vat: None) -> None:
    channel = ChannelFactory.create()
    book = stocked_sku(10, tax_class="reduced")
    stamp = stocked_sku(10, tax_class="zero")

    order = place(channel, draft(book, stamp)).order

    assert [line.tax for line in lines_of(order)] == [Decimal("1.56"), Decimal(0)]
    assert order.shipping_tax == Decimal("0.78")


def test_a_rate_that_has_been_replaced_no_longer_applies() -> None:
    TaxRateFactory.create(rate=Decimal("0.16"), valid_from=date(2020, 1, 1))
    TaxRateFactory.create(rate=Decimal("0.19"), valid_from=date(2021, 1, 1))
    TaxRateFactory.create(rate=Decimal("0.25"), valid_from=date(2099, 1, 1))

    order = place(ChannelFactory.create(), draft(stocked_sku(10))).order

    assert [tax["rate"] for tax in lines_of(order)[0].tax_lines] == ["0.19"]


def test_the_channel_may_send_its_own_shipping_charge() -> None:
    order = place(ChannelFactory.create(), draft(stocked_sku(10), shipping=Decimal(0))).order

    assert (order.shipping_total, order.total) == (Decimal(0), Decimal("23.80"))


@pytest.mark.parametrize(
    ("currency", "price", "total"), [("JPY", "500", "1000"), ("KWD", "0.333", "0.666")]
)
def test_currencies_of_no_and_of_three_digits(currency: str, price: str, total: str) -> None:
    channel = ChannelFactory.create(currency=currency, shipping_fee=Decimal(0))
    line = DraftLine(sku=stocked_sku(10).code, quantity=2, unit_price=Decimal(price))

    assert place(channel, draft(line)).order.total == Decimal(total)


# Payment -----------------------------------------------------------------------------------------


def test_what_was_paid_at_the_channel_is_booked_as_a_fact() -> None:
    payment = DraftPayment(method="channel", reference="PSP-1")

    order = place(ChannelFactory.create(), draft(stocked_sku(10), payment=payment)).order

    assert order.payment_status == "paid"
    assert (order.authorized_total, order.captured_total) == (order.total, order.total)
    row = Payment.objects.get()
    assert (row.order_id, row.gateway, row.status) == (order.pk, "channel", "captured")
    assert (row.amount, row.captured) == (order.total, order.total)
    kinds = row.transactions.order_by("id").values_list("kind", "state", "amount")
    assert list(kinds) == [
        ("authorize", "succeeded", order.total),
        ("capture", "succeeded", order.total),
    ]


def test_part_of_it_may_have_been_paid() -> None:
    payment = DraftPayment(method="channel", amount=Decimal("10.00"))

    order = place(ChannelFactory.create(), draft(stocked_sku(10), payment=payment)).order

    assert (order.payment_status, order.captured_total) == ("partially_paid", Decimal(10))
    assert order.due_total == order.total - 10


@pytest.mark.parametrize(
    ("method", "status"),
    [("cash_on_delivery", "authorized"), ("bank_transfer", "pending"), ("fake_card", "pending")],
)
def test_what_is_paid_later_has_taken_nothing_yet(method: str, status: str) -> None:
    payment = DraftPayment(method=method, reference="tok")

    order = place(ChannelFactory.create(), draft(stocked_sku(10), payment=payment)).order

    assert (order.payment_status, order.captured_total) == (status, Decimal(0))
    assert Payment.objects.get().captured == 0


def test_an_order_that_costs_nothing_is_paid() -> None:
    gift = DraftLine(sku=stocked_sku(10).code, quantity=1, unit_price=Decimal(0))
    payment = DraftPayment(method="channel")

    order = place(ChannelFactory.create(), draft(gift, shipping=Decimal(0), payment=payment)).order

    assert (order.total, order.payment_status) == (Decimal(0), "paid")
    assert not Payment.objects.exists()


# Waiting -----------------------------------------------------------------------------------------


def test_what_is_not_in_stock_waits_if_the_channel_allows_it() -> None:
    level = LevelFactory.create(on_hand=1)
    none = SkuFactory.create()

    order = place(ChannelFactory.create(backorders=True), draft(level.sku, none)).order

    first, second = lines_of(order)
    assert units_of(first) == {"allocated": 1, "backordered": 1}
    assert units_of(second) == {"backordered": 2}
    assert (order.fulfillment_status, order.has_backorder) == ("backordered", True)
    assert Allocation.objects.get().quantity == 1


def test_declared_totals_that_differ_are_kept_on_a_hold_with_both_figures(vat: None) -> None:
    declared = {"total": Decimal("28.90"), "tax": Decimal("4.57"), "subtotal": Decimal("23.80")}

    order = place(ChannelFactory.create(), draft(stocked_sku(10), declared=declared)).order

    assert (order.on_hold, order.total) == (True, Decimal("28.70"))
    assert order.declared == {"total": "28.90", "tax": "4.57", "subtotal": "23.80"}
    hold = Hold.objects.get()
    assert (hold.order_id, hold.reason, hold.status) == (order.pk, "validation", "active")
    assert hold.detail == {"totals": {"total": {"declared": "28.90", "computed": "28.70"}}}
    assert units_of(lines_of(order)[0]) == {"allocated": 2}


def test_declared_totals_within_one_minor_unit_are_fine(vat: None) -> None:
    declared = {"total": Decimal("28.71"), "tax": Decimal("4.57")}

    order = place(ChannelFactory.create(), draft(stocked_sku(10), declared=declared)).order

    assert not order.on_hold
    assert order.declared == {"total": "28.71", "tax": "4.57"}
    assert not Hold.objects.exists()


def test_a_lenient_channel_keeps_a_bad_address_on_a_hold() -> None:
    bad = replace(BERLIN, postcode="1011")

    order = place(ChannelFactory.create(lenient=True), draft(stocked_sku(10), ship_to=bad)).order

    assert order.on_hold
    hold = Hold.objects.get()
    assert hold.reason == "incorrect_address"
    assert [problem[:2] for problem in hold.detail["problems"]] == [
        ["postcode", "invalid_postcode"]
    ]


def test_an_order_may_wait_for_several_reasons_at_once() -> None:
    bad = replace(BERLIN, postcode="1011")
    declared = {"total": Decimal(1)}

    place(
        ChannelFactory.create(lenient=True),
        draft(stocked_sku(10), ship_to=bad, declared=declared),
    )

    assert set(Hold.objects.values_list("reason", flat=True)) == {
        "incorrect_address",
        "validation",
    }


# Refused -----------------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_said_at_once(untouched: None) -> None:
    channel = ChannelFactory.create()
    good, retired = stocked_sku(10), stocked_sku(10, is_active=False)
    wrong = draft(
        DraftLine(sku="NO-SUCH", quantity=1, unit_price=Decimal(1)),
        DraftLine(sku=retired.code, quantity=1, unit_price=Decimal(1)),
        DraftLine(sku=good.code, quantity=1),
        DraftLine(sku=good.code, quantity=1, unit_price=Decimal("1.001")),
        DraftLine(sku=good.code, quantity=1, unit_price=Decimal(1), discount=Decimal(2)),
        DraftLine(sku=good.code, quantity=0, unit_price=Decimal(1)),
        DraftLine(sku=good.code, quantity=1, unit_price=Decimal(-1)),
        DraftLine(sku=good.code, quantity=1, unit_price=Decimal(1), discount=Decimal(-1)),
        currency="USD",
        placed_at=clock.now() + timedelta(minutes=6),
        email="a@b",
        phone="call me",
        discount=Decimal("-0.01"),
        shipping=Decimal("0.005"),
        declared={"tax": Decimal("0.001")},
        payment=DraftPayment(method="shells", amount=Decimal(-1)),
        ship_to=replace(BERLIN, postcode="1011", name=""),
        bill_to=replace(BERLIN, city=""),
    )

    with pytest.raises(errors.DraftInvalid) as refused:
        place(channel, wrong)

    assert refused.value.status == 422
    assert problems(refused) == {
        ("/lines/0/sku", "unknown_sku"),
        ("/lines/1/sku", "unknown_sku"),
        ("/lines/2/unit_price", "no_price"),
        ("/lines/3/unit_price", "minor_units"),
        ("/lines/4/discount", "discount_too_large"),
        ("/lines/5/quantity", "number_range"),
        ("/lines/6/unit_price", "number_range"),
        ("/lines/7/discount", "number_range"),
        ("/currency", "wrong_currency"),
        ("/placed_at", "in_the_future"),
        ("/customer/email", "invalid_email"),
        ("/customer/phone", "invalid_phone"),
        ("/discount", "number_range"),
        ("/shipping", "minor_units"),
        ("/declared/tax", "minor_units"),
        ("/payment/method", "unknown_method"),
        ("/payment/amount", "number_range"),
        ("/ship_to/postcode", "invalid_postcode"),
        ("/ship_to/name", "required"),
        ("/bill_to/city", "required"),
    }


def test_a_shop_whose_clock_is_a_little_ahead_has_ordered_now() -> None:
    placed = place(
        ChannelFactory.create(),
        draft(stocked_sku(10), placed_at=clock.now() + timedelta(minutes=4)),
    )

    assert placed.created
    assert placed.order.placed_at <= clock.now()


def test_an_order_has_lines(untouched: None) -> None:
    with pytest.raises(errors.DraftInvalid) as refused:
        place(ChannelFactory.create(), draft())

    assert problems(refused) == {("/lines", "no_lines")}


def test_an_order_out_of_all_proportion_is_refused(untouched: None) -> None:
    dear = DraftLine(
        sku=stocked_sku(100).code,
        quantity=100,
        unit_price=considering.TOO_MUCH / 100 - Decimal("0.01"),
    )
    channel = ChannelFactory.create(shipping_fee=Decimal("1.00"))

    with pytest.raises(errors.DraftInvalid) as refused:
        place(channel, draft(dear))

    assert problems(refused) == {("/lines", "number_range")}


def test_a_discount_beyond_what_the_lines_cost_is_refused(untouched: None) -> None:
    with pytest.raises(errors.DraftInvalid) as refused:
        place(ChannelFactory.create(), draft(stocked_sku(10), discount=Decimal("23.81")))

    assert problems(refused) == {("/discount", "discount_too_large")}


@pytest.mark.parametrize("code", ["mug", "MUG ", "ＭＵＧ", "MUG\u200b", "МUG"])
def test_a_code_that_only_looks_right_is_unknown(code: str, untouched: None) -> None:
    stocked_sku(10, code="MUG")

    with pytest.raises(errors.DraftInvalid) as refused:
        place(
            ChannelFactory.create(),
            draft(DraftLine(sku=code, quantity=1, unit_price=Decimal(1))),
        )

    assert problems(refused) == {("/lines/0/sku", "unknown_sku")}


def test_a_sku_of_a_withdrawn_product_cannot_be_ordered(untouched: None) -> None:
    sku = stocked_sku(10)
    sku.product.is_active = False
    sku.product.save(update_fields=["is_active"])

    with pytest.raises(errors.DraftInvalid) as refused:
        place(ChannelFactory.create(), draft(sku))

    assert problems(refused) == {("/lines/0/sku", "unknown_sku")}


def test_all_shortages_are_listed_and_one_sku_on_two_lines_once_with_its_sum(
    untouched: None,
) -> None:
    mug, cup, plate = stocked_sku(5), stocked_sku(2), stocked_sku(9)
    lines = [
        DraftLine(sku=sku.code, quantity=units, unit_price=Decimal(1))
        for sku, units in ((mug, 3), (cup, 3), (plate, 9), (mug, 3))
    ]

    with pytest.raises(Insufficient) as refused:
        place(ChannelFactory.create(), draft(*lines))

    assert (refused.value.status, refused.value.code) == (409, "insufficient_stock")
    assert refused.value.fields == {
        "shortages": [
            {"sku": mug.code, "asked": 6, "available": 5},
            {"sku": cup.code, "asked": 3, "available": 2},
        ]
    }


# Again -------------------------------------------------------------------------------------------


def test_the_same_order_again_is_the_first_one_and_takes_no_more_stock() -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=10)
    order = draft(level.sku)
    first = place(channel, order)

    again = place(channel, replace(order, lines=tuple(order.lines)))

    assert (again.created, again.order, list(again.lines)) == (
        False,
        first.order,
        list(first.lines),
    )
    level.refresh_from_db()
    assert level.committed == 2
    assert (Order.objects.count(), Event.objects.count(), Entry.objects.count()) == (1, 1, 1)


def test_who_comes_too_late_with_the_same_order_gets_it_although_it_took_the_last_units(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel, sku = ChannelFactory.create(), stocked_sku(2)
    asked = considering.terms_of
    rivals: list[services.Placed] = []

    def and_a_rival_places_it(channel: Channel, same: Draft, **more: Any) -> Any:
        terms = asked(channel, same, **more)
        if not rivals:
            monkeypatch.setattr(considering, "terms_of", asked)
            rivals.append(services.place(channel=channel, draft=same, actor=CLERK))
        return terms

    monkeypatch.setattr(considering, "terms_of", and_a_rival_places_it)

    placed = services.place(channel=channel, draft=draft(sku), actor=CLERK)

    assert not placed.created
    assert placed.order == rivals[0].order
    assert Order.objects.count() == 1


def test_the_same_order_is_recognised_after_everything_else_has_changed() -> None:
    channel = ChannelFactory.create()
    sku = stocked_sku(2)
    first = place(channel, draft(sku))
    Sku.objects.update(is_active=False)

    assert place(channel, draft(sku)).order == first.order


@pytest.mark.parametrize(
    "change",
    [
        {"note": "other"},
        {"customer_name": "Ada L."},
        {"lines": ()},
        {"ship_to": replace(BERLIN, street=("Torstr. 13",))},
        {"discount": Decimal("0.01")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_other_content_under_the_same_external_id_is_a_conflict(change: dict[str, Any]) -> None:
    channel = ChannelFactory.create()
    order = draft(stocked_sku(10))
    first = place(channel, order).order

    with pytest.raises(ExternalIdConflict) as refused:
        place(channel, replace(order, **change))

    assert refused.value.fields == {"number": first.number}
    assert Order.objects.count() == 1


def test_another_channel_may_use_the_same_external_id() -> None:
    order = draft(stocked_sku(10))

    assert place(ChannelFactory.create(), order).created
    assert place(ChannelFactory.create(), order).created


# Preview -----------------------------------------------------------------------------------------


def test_a_preview_says_what_placing_would_do_and_writes_nothing(untouched: None) -> None:
    channel = ChannelFactory.create(backorders=True)
    level = LevelFactory.create(on_hand=1)

    seen = services.preview(channel=channel, draft=draft(level.sku, declared={"total": Decimal(1)}))

    assert (seen.known, seen.total) == ("", Decimal("28.70"))
    assert [(take.location_id, take.quantity) for take in seen.takes] == [(level.location_id, 1)]
    assert dict(seen.backordered) == {level.sku_id: 1}
    assert list(seen.holds) == ["validation"]


def test_a_preview_of_a_known_order_names_it() -> None:
    channel = ChannelFactory.create()
    order = draft(stocked_sku(10))
    placed = place(channel, order).order

    seen = services.preview(channel=channel, draft=order)

    assert (seen.known, seen.total, list(seen.takes)) == (placed.number, placed.total, [])


@pytest.mark.parametrize("call", [services.place, services.preview])
def test_a_preview_refuses_what_placing_refuses(call: Callable[..., Any], untouched: None) -> None:
    arguments = {"channel": ChannelFactory.create()}
    if call is services.place:
        arguments["actor"] = CLERK

    with pytest.raises(Insufficient):
        call(draft=draft(stocked_sku(1)), **arguments)


# What may wait -----------------------------------------------------------------------------------


def comes(sku: Sku, units: int, **place: Any) -> None:
    """Let units be on their way."""
    inbound.expect(
        supply="inventory.purchaseline",
        lines=[Expected(sku.pk, sku.pk, LocationFactory.create(**place).pk, units)],
    )


def rule(channel: Channel, sku: Sku, policy: str) -> None:
    """Let the channel do otherwise with one SKU."""
    ChannelBackorder.objects.create(channel=channel, sku=sku, policy=policy)


@pytest.mark.parametrize(("policy", "own"), [("deny", "allow"), ("allow", "deny")])
def test_a_sku_waits_or_not_by_its_own_rule_then_by_the_channels(policy: str, own: str) -> None:
    channel = ChannelFactory.create(backorder_policy=policy)
    usual, other = SkuFactory.create(), SkuFactory.create()
    rule(channel, other, own)
    waits, refused = (usual, other) if policy == "allow" else (other, usual)

    order = place(channel, draft(waits)).order
    assert units_of(lines_of(order)[0]) == {"backordered": 2}
    with pytest.raises(Insufficient):
        place(channel, draft(refused, external_id="A-2"))
    assert Order.objects.count() == 1


def test_an_order_of_which_one_sku_may_not_wait_is_refused_and_only_that_is_named() -> None:
    channel = ChannelFactory.create(backorders=True)
    usual, other = SkuFactory.create(), SkuFactory.create()
    rule(channel, other, "deny")

    with pytest.raises(Insufficient) as refused:
        place(channel, draft(usual, other))

    assert refused.value.fields["shortages"] == [{"sku": other.code, "asked": 2, "available": 0}]
    assert not Order.objects.exists()


def test_up_to_what_is_on_its_way_may_wait_and_no_unit_more() -> None:
    channel = ChannelFactory.create(backorder_policy="incoming")
    sku = stocked_sku(1)
    comes(sku, 4)
    comes(SkuFactory.create(), 9)

    first = place(channel, draft(DraftLine(sku=sku.code, quantity=3, unit_price=Decimal(1)))).order
    assert units_of(lines_of(first)[0]) == {"allocated": 1, "backordered": 2}
    with pytest.raises(Insufficient) as refused:
        place(
            channel,
            draft(DraftLine(sku=sku.code, quantity=3, unit_price=Decimal(1)), external_id="A-2"),
        )
    assert refused.value.fields["shortages"] == [{"sku": sku.code, "asked": 3, "available": 2}]
    second = place(channel, draft(sku, external_id="A-3")).order
    assert units_of(lines_of(second)[0]) == {"backordered": 2}


@pytest.mark.parametrize("place_is", ["inactive", "closed_to_orders"])
def test_what_comes_where_nothing_is_shipped_from_serves_nobody(place_is: str) -> None:
    channel = ChannelFactory.create(backorder_policy="incoming")
    sku = SkuFactory.create()
    comes(sku, 4, **{place_is: True})

    with pytest.raises(Insufficient):
        place(channel, draft(sku))


def test_a_rule_that_nothing_needs_costs_no_statement(statements: Any) -> None:
    counts = {}
    for policy in ("deny", "incoming"):
        channel = ChannelFactory.create(backorder_policy=policy)
        sku = stocked_sku(9)
        with statements() as seen:
            place(channel, draft(sku, external_id=policy))
        counts[policy] = len(seen)

    assert counts["deny"] == counts["incoming"]


def test_an_order_is_served_as_its_channel_says() -> None:
    assert place(ChannelFactory.create(priority=1), draft(stocked_sku(2))).order.priority == 1
    assert place(ChannelFactory.create(), draft(stocked_sku(2))).order.priority == 2


# Sold in advance ---------------------------------------------------------------------------------


def preorder(sku: Sku, units: int | None = None, **changes: Any) -> Preorder:
    """Let a SKU be sold in advance from yesterday to tomorrow; it is released in ten days."""
    today = clock.today()
    values: dict[str, Any] = {
        "starts_on": today - timedelta(days=1),
        "ends_on": today + timedelta(days=1),
        "released_on": today + timedelta(days=10),
    }
    return Preorder.objects.create(sku=sku, units=units, **{**values, **changes})


def test_what_is_not_released_is_sold_in_advance_up_to_the_limit_whatever_the_channel_does() -> (
    None
):
    channel = ChannelFactory.create(backorder_days=3)
    sku = SkuFactory.create()
    offer = preorder(sku, 3)

    order = place(channel, draft(sku)).order
    (line,) = lines_of(order)
    assert (line.backordered, line.preorder_id, line.preordered) == (2, offer.pk, 2)
    assert line.cancel_on is None
    with pytest.raises(Insufficient) as refused:
        place(channel, draft(sku, external_id="A-2"))
    assert refused.value.fields["shortages"] == [{"sku": sku.code, "asked": 2, "available": 1}]

    ordering.cancel(order_id=order.pk, units={line.pk: 1}, reason="x", actor=CLERK)
    place(channel, draft(sku, external_id="A-3"))


def test_a_channel_sells_no_more_in_advance_than_its_own_limit() -> None:
    here, there = ChannelFactory.create(), ChannelFactory.create()
    sku = SkuFactory.create()
    PreorderLimit.objects.create(preorder=preorder(sku), channel=here, units=2)

    place(here, draft(sku))
    with pytest.raises(Insufficient):
        place(here, draft(sku, external_id="A-2"))
    place(there, draft(sku))


@pytest.mark.parametrize("days", [{"starts_on": 1, "ends_on": 2}, {"starts_on": -3, "ends_on": -1}])
def test_before_and_after_its_period_nothing_is_sold_in_advance_even_where_all_may_wait(
    days: dict[str, int],
) -> None:
    sku = SkuFactory.create()
    preorder(sku, **{name: clock.today() + timedelta(days=n) for name, n in days.items()})

    with pytest.raises(Insufficient):
        place(ChannelFactory.create(backorders=True), draft(sku))


def test_from_the_release_on_the_channel_decides_again() -> None:
    sku = SkuFactory.create()
    today = clock.today()
    preorder(sku, 0, ends_on=today, released_on=today)

    order = place(ChannelFactory.create(backorders=True), draft(sku)).order

    (line,) = lines_of(order)
    assert (line.backordered, line.preorder_id) == (2, None)
    with pytest.raises(Insufficient):
        place(ChannelFactory.create(), draft(sku))


def test_what_lies_there_is_not_sold_in_advance() -> None:
    sku = stocked_sku(1)
    preorder(sku, 1)

    (line,) = lines_of(place(ChannelFactory.create(), draft(sku)).order)

    assert (line.allocated, line.backordered, line.preordered) == (1, 1, 1)


# Until when it waits ------------------------------------------------------------------------------


def test_what_waits_is_given_the_channels_days_or_the_day_that_was_sent() -> None:
    channel = ChannelFactory.create(backorders=True, backorder_days=14)
    sku, there = SkuFactory.create(), stocked_sku(2)
    day = clock.today() + timedelta(days=3)

    usual = place(channel, draft(sku, there)).order
    asked = place(channel, draft(sku, external_id="A-2", wait_until=day)).order

    assert [line.cancel_on for line in lines_of(usual)] == [
        clock.today() + timedelta(days=14),
        None,
    ]
    assert [line.cancel_on for line in lines_of(asked)] == [day]
    with pytest.raises(errors.DraftInvalid) as refused:
        place(
            channel,
            draft(sku, external_id="A-3", wait_until=clock.today() - timedelta(days=1)),
        )
    assert problems(refused) == {("/wait_until", "in_the_past")}
