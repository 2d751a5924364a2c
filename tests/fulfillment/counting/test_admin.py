"""Counts in the console and on the floor."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fulfillment.counting import queries
from inventory.counting import queries as counting_queries
from inventory.counting import services as counting
from inventory.counting.models import CountLine, CountOrder
from inventory.counting.rules import Choice
from inventory.packs import services as packs
from inventory.packs.rules import NewPack
from inventory.stock.models import Level
from inventory.storing import services as storing
from oms.accounts import roles
from tests.accounts.factories import signed_in
from tests.inventory.counting.counts import ANNA, BEN, count, draft, reviewed, started
from tests.inventory.factories import (
    LevelFactory,
    LocationFactory,
    SkuFactory,
    bin_of,
    with_bins,
)
from tests.inventory.purchasing.orders import placed
from tests.orders.factories import CLERK, place_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Give 4,711 units of TEA at berlin."""
    level: Level = LevelFactory.create(
        sku__code="TEA", location__code="berlin", bin_code="A-01", on_hand=4711
    )
    return level


def counter(level: Level) -> Client:
    """Sign in somebody of the warehouse who works there."""
    return signed_in(roles.WAREHOUSE, at=[level.location])


def page_of(order: CountOrder) -> str:
    return reverse("admin:inventory_countorder_change", args=(order.pk,))


def floor_of(order: CountOrder) -> str:
    return reverse("admin:warehouse_count", args=(order.pk,))


def key_in(content: str) -> str:
    """Return the key of the first form."""
    found = re.search(r'name="press_key" value="(\w+)"', content)
    assert found
    return found[1]


def press(client: Client, order: CountOrder, name: str, **data: Any) -> Any:
    page = reverse("admin:inventory_countorder_press", args=(order.pk, name))
    order.refresh_from_db()
    key = key_in(client.get(page).content.decode())
    return client.post(page, {"press_key": key, "press_version": str(order.version), **data})


def say(client: Client, order: CountOrder, **data: str) -> Any:
    """Send a form of the floor."""
    key = key_in(client.get(floor_of(order)).content.decode())
    return client.post(floor_of(order), {"press_key": key, **data}, follow=True)


def draft_by_form(client: Client, **data: str) -> Any:
    """Draft a count."""
    page = reverse("admin:inventory_countorder_add")
    key = key_in(client.get(page).content.decode())
    filled = {"press_key": key, "by": "skus", "tolerance": "0", "tolerance_kind": "units", **data}
    return client.post(page, filled)


def test_a_manager_drafts_a_count_and_starts_it(level: Level) -> None:
    client = signed_in(roles.MANAGER)

    answer = draft_by_form(
        client, location=str(level.location_id), skus="TEA\n", tolerance="5", note="aisle A"
    )

    order = CountOrder.objects.get()
    assert (answer.status_code, answer.url) == (302, page_of(order))
    assert (order.tolerance, order.note) == (5, "aisle A")
    assert (
        press(
            client,
            order,
            "edit",
            by="bins",
            bins="A",
            tolerance="1",
            tolerance_kind="percent",
            note="",
        ).status_code
        == 302
    )
    order.refresh_from_db()
    assert (order.chosen_by, order.choice, order.tolerance_kind) == ("bins", "A", "percent")
    press(client, order, "start")
    order.refresh_from_db()
    assert order.status == "open"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"skus": "tea"}, "There is no such SKU."),
        ({"skus": ""}, "Name at least one SKU."),
        ({"by": "age"}, "days."),
        ({"by": "bins", "bins": "Z"}, "Nothing there is to be counted"),
    ],
)
def test_a_senseless_draft_is_told_in_words(level: Level, data: dict[str, str], words: str) -> None:
    client = signed_in(roles.MANAGER)

    answer = draft_by_form(client, location=str(level.location_id), **data)

    assert answer.status_code in (409, 422)
    assert words in answer.content.decode()
    assert not CountOrder.objects.exists()


def test_who_counts_never_sees_the_books(level: Level) -> None:
    order = started(level)
    client = counter(level)

    pages = [page_of(order), floor_of(order), f"{floor_of(order)}?sku=TEA"]
    shown = [client.get(page).content.decode() for page in pages]
    noted = say(client, order, sku="TEA", scan="5").content.decode()
    after = client.get(page_of(order)).content.decode()
    counting.record(count_id=order.pk, sku_code="TEA", counted=5, off_shelf=lambda *_: 0, actor=BEN)
    counting.finish(count_id=order.pk, actor=BEN)
    in_review = client.get(page_of(order)).content.decode()

    for content in [*shown, noted, after, in_review]:
        assert "4711" not in content
        assert "4,711" not in content
        assert "4706" not in content
    assert "4711" in signed_in(roles.MANAGER).get(page_of(order)).content.decode()


def test_a_scan_of_an_article_or_a_bin_leads_to_the_figure(level: Level) -> None:
    order = started(level)
    client = counter(level)

    bin_page = say(client, order, scan="A-01").content.decode()
    article = say(client, order, scan=level.sku.barcode).content.decode()
    nothing = say(client, order, scan="nonsense").content.decode()

    assert "bin A-01" in bin_page
    assert 'name="sku" value="TEA"' in article
    assert "Neither an article nor a bin" in nothing


def test_where_bins_are_kept_one_walks_to_the_bins_that_it_lies_in(level: Level) -> None:
    with_bins(level.location, FACE="pick_face", HIGH="storage")
    for code in ("HIGH", "FACE"):
        storing.move(
            wanted=storing.Wanted(
                level.location_id,
                level.sku_id,
                10,
                bin_of(level.location, "DOCK").pk,
                bin_of(level.location, code).pk,
            ),
            key=code,
            actor=CLERK,
        )
    other = LevelFactory.create(location=level.location, on_hand=0)
    order = started(level, other)

    (first, second) = queries.walk(order)
    assert [(stop.sku_code, stop.bin_code) for stop in (first, second)] == [
        (other.sku.code, ""),
        (level.sku.code, "DOCK, FACE, HIGH"),
    ]
    client = counter(level)
    page = say(client, order, scan="B:HIGH").context
    assert page["bin_code"] == "HIGH"
    assert [stop.sku_code for stop in page["left"]] == [level.sku.code]
    assert counting_queries.chosen(level.location_id, Choice("bins", bins="HI")) == [level.sku_id]
    assert counting_queries.chosen(level.location_id, Choice("age", days=1)) == [
        level.sku_id,
        other.sku_id,
    ]


def test_figures_are_noted_once_and_handed_over(level: Level) -> None:
    order = started(level)
    client = counter(level)
    key = key_in(client.get(floor_of(order)).content.decode())

    for _ in range(2):
        client.post(floor_of(order), {"press_key": key, "sku": "TEA", "scan": "4711"})
    say(client, order, finish="1")

    order.refresh_from_db()
    assert (order.status, CountLine.objects.get().counted) == ("to_review", 4711)


def test_somebody_else_counts_again(level: Level) -> None:
    order = started(level)
    anna = counter(level)

    first = say(anna, order, sku="TEA", scan="7").content.decode()
    again = say(anna, order, sku="TEA", scan="7").content.decode()
    say(counter(level), order, sku="TEA", scan="8")

    assert "Somebody else counts it again." in first
    assert "Somebody else has to count this again" in again
    assert CountLine.objects.get().counted == 8


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "９", "9" * 12, "00012345", "seven"])
def test_what_is_no_figure_is_refused(level: Level, typed: str) -> None:
    order = started(level)

    say(counter(level), order, sku="TEA", scan=typed)

    assert CountLine.objects.get().counted is None


def test_what_was_not_expected_is_found_by_scanning_it(level: Level) -> None:
    SkuFactory.create(code="MUG")
    order = started(level)
    client = counter(level)

    page = say(client, order, scan="MUG").content.decode()
    say(client, order, sku="MUG", scan="2", found="1")

    assert "Not expected here." in page
    assert CountLine.objects.get(sku__code="MUG").is_expected is False


def test_a_count_of_another_place_is_not_there(level: Level) -> None:
    order = started(level)
    stranger = signed_in(roles.WAREHOUSE, at=[LocationFactory.create()])

    assert stranger.get(page_of(order)).status_code == 404
    assert stranger.get(floor_of(order)).status_code == 404
    assert stranger.post(floor_of(order), {"sku": "TEA", "scan": "1"}).status_code == 404


def test_the_review_shows_differences_by_cause_and_value(level: Level) -> None:
    placed(level.location, {level.sku: 5})
    order = reviewed(level, 4701)
    client = signed_in(roles.MANAGER)

    press(client, order, "explain", **{f"line_{CountLine.objects.get().pk}": "stolen"})
    shown = client.get(page_of(order)).content.decode()
    press(client, order, "post")

    assert "Differences by cause" in shown
    assert "stolen" in shown
    assert "-10" in shown
    level.refresh_from_db()
    assert level.on_hand == 4701


def test_a_doubted_line_goes_back_to_the_floor(level: Level) -> None:
    order = reviewed(level, 4701)
    client = signed_in(roles.MANAGER)

    none = press(client, order, "doubt", reason="really?")
    assert "Choose at least one line." in none.content.decode()
    line = CountLine.objects.get()
    press(client, order, "doubt", **{f"line_{line.pk}": "on"}, reason="really?")

    order.refresh_from_db()
    assert order.status == "open"


def test_who_counts_does_not_post(level: Level) -> None:
    order = reviewed(level, 4701)
    page = reverse("admin:inventory_countorder_press", args=(order.pk, "post"))

    assert counter(level).post(page, {"press_version": str(order.version)}).status_code == 403

    level.refresh_from_db()
    assert level.on_hand == 4711


def test_posting_tells_what_orders_lost() -> None:
    level = LevelFactory.create(sku__code="TEA", on_hand=10)
    place_order([(level.sku, 8)])
    order = reviewed(level, 5)
    client = signed_in(roles.MANAGER)

    press(client, order, "post")

    told = client.get(page_of(order)).content.decode()
    assert "0 come from elsewhere, 3 wait for stock." in told


def test_the_list_costs_the_same_for_many_counts(
    level: Level, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        other = LevelFactory.create(location=level.location, sku__code=f"S{number}")
        count(started(other), other, 3)
    draft(level)
    client = signed_in(roles.MANAGER)
    page = reverse("admin:inventory_countorder_changelist")
    client.get(page)

    with django_assert_max_num_queries(14):
        assert client.get(page, {"tab": "all"}).status_code == 200


def test_the_review_costs_the_same_for_many_lines(
    level: Level, django_assert_max_num_queries: Any
) -> None:
    levels = [LevelFactory.create(location=level.location) for _ in range(12)]
    order = started(*levels)
    for each in levels:
        count(order, each, 3)
        count(order, each, 3, actor=BEN)
    counting.finish(count_id=order.pk, actor=ANNA)
    client = signed_in(roles.MANAGER)
    client.get(page_of(order))

    with django_assert_max_num_queries(24):
        assert client.get(page_of(order)).status_code == 200


def test_the_value_of_a_difference_is_at_the_cost_of_the_preferred_supplier(level: Level) -> None:
    purchase = placed(level.location, {level.sku: 5})
    cost = purchase.supplier.terms.get().breaks.order_by("quantity")[0].unit_cost

    review = queries.review(reviewed(level, 4701))

    assert review.lines[0].value == Decimal(-10) * cost
    assert (review.sums[0].units, review.sums[0].lines) == (-10, 1)


def test_a_scanned_pack_is_counted_in_packs() -> None:
    level = LevelFactory.create(on_hand=24)
    packs.define(sku_id=level.sku_id, packs=[NewPack("CASE", 12, "CASE-1")], actor=CLERK)
    order = started(level)
    client = signed_in(roles.WAREHOUSE, at=[level.location])
    key = key_in(client.get(floor_of(order)).content.decode())

    page = client.post(floor_of(order), {"press_key": key, "scan": "CASE-1"}, follow=True)
    content = page.content.decode()
    assert "a pack of 12" in content
    sent = {"press_key": key_in(content), "sku": level.sku.code, "each": "12", "scan": "2"}
    client.post(floor_of(order), sent)

    assert CountLine.objects.get(count=order).counted == 24
