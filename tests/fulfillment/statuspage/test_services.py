"""Links and lookups."""

from datetime import timedelta

import pytest
import time_machine
from pytest_django import Settings

from fulfillment.statuspage import queries, services
from fulfillment.statuspage.models import StatusLink
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import Missing
from oms.core.limits.errors import LimitReached
from oms.core.timeline.models import Entry
from orders.ordering.models import Order
from tests.orders.factories import place_order

pytestmark = pytest.mark.django_db

GRACE = Actor("staff", "7", "Grace")
HERE = "198.51.100.7"


@pytest.fixture
def order() -> Order:
    """Give an order of ada@example.com to 10119 Berlin."""
    return place_order()


def found(number: str, proof: str, network: str = HERE) -> int:
    """Return the order that a lookup opens."""
    return queries.opened_by(services.look_up(number=number, proof=proof, network=network))


# Links ----------------------------------------------------------------------------------------------------------------


def test_a_link_opens_its_order_and_the_token_is_kept_nowhere(order: Order) -> None:
    token = services.issue(order_id=order.pk)
    assert queries.opened_by(token) == order.pk
    link = StatusLink.objects.get()
    assert token not in (link.digest, str(link))
    assert link.expires_at - link.created_at > timedelta(days=179)


def test_tokens_are_long_and_never_the_same(order: Order) -> None:
    tokens = {services.issue(order_id=order.pk) for _ in range(200)}
    assert len(tokens) == 200
    assert {len(token) for token in tokens} == {32}  # 24 random bytes


def test_a_token_altered_by_one_character_opens_nothing(order: Order) -> None:
    token = services.issue(order_id=order.pk)
    for position, symbol in enumerate(token):
        other = "A" if symbol != "A" else "B"
        with pytest.raises(Missing):
            queries.opened_by(token[:position] + other + token[position + 1 :])


@pytest.mark.parametrize(
    "token", ["", "x", "A" * 31, "A" * 33, "A" * 32, "ä" * 32, "../" * 10, "A" * 10_000]
)
def test_what_is_no_token_opens_nothing(token: str) -> None:
    with pytest.raises(Missing):
        queries.opened_by(token)


def test_an_expired_link_opens_nothing(order: Order, settings: Settings) -> None:
    settings.OMS_STATUS_LINK_DAYS = 3
    token = services.issue(order_id=order.pk)
    with time_machine.travel(clock.now() + timedelta(days=3, seconds=-5), tick=False):
        assert queries.opened_by(token) == order.pk
    with time_machine.travel(clock.now() + timedelta(days=3, seconds=5), tick=False):
        with pytest.raises(Missing):
            queries.opened_by(token)
        assert services.purge() == 1


def test_revoking_ends_every_link_of_the_order_and_of_no_other(order: Order) -> None:
    tokens = [services.issue(order_id=order.pk) for _ in range(2)]
    foreign = place_order()
    kept = services.issue(order_id=foreign.pk)
    assert services.revoke_all(order_id=order.pk, actor=GRACE, reason="Wrong recipient") == 2
    for token in tokens:
        with pytest.raises(Missing):
            queries.opened_by(token)
    assert queries.opened_by(kept) == foreign.pk
    entry = Entry.objects.get(kind="status_links.revoked")
    assert (entry.document_id, entry.actor_name, entry.reason) == (
        order.pk,
        "Grace",
        "Wrong recipient",
    )
    assert queries.opened_by(services.issue(order_id=order.pk)) == order.pk


def test_a_link_for_a_mail_is_an_absolute_address(order: Order, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://orders.example.com"
    address = services.link_for_mail("orders.order", order.pk)
    assert address.startswith("https://orders.example.com/status/")
    assert queries.opened_by(address.rpartition("/")[2]) == order.pk


def test_no_other_document_has_a_status_link(order: Order) -> None:
    with pytest.raises(ValueError, match="belongs to an order"):
        services.link_for_mail("accounts.user", order.pk)
    assert not StatusLink.objects.exists()


# Lookups --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", ["ada@example.com", "ADA@Example.com", "10119", " 101 19"])
def test_number_and_second_factor_open_the_order(order: Order, proof: str) -> None:
    assert found(order.number, proof) == order.pk


def test_the_number_may_be_typed_without_hyphens_and_in_small_letters(order: Order) -> None:
    assert found(f" {order.number.replace('-', ' ').lower()} ", "10119") == order.pk


def test_a_lookup_gives_a_link_for_hours_only(order: Order) -> None:
    token = services.look_up(number=order.number, proof="10119", network=HERE)
    with time_machine.travel(clock.now() + timedelta(hours=11), tick=False):
        assert queries.opened_by(token) == order.pk
    with (
        time_machine.travel(clock.now() + timedelta(hours=13), tick=False),
        pytest.raises(Missing),
    ):
        queries.opened_by(token)


def test_the_factor_of_another_order_opens_nothing(order: Order) -> None:
    place_order(email="eve@example.com")
    with pytest.raises(Missing):
        found(order.number, "eve@example.com")
    assert not StatusLink.objects.exists()


def test_the_sixth_wrong_try_is_refused_and_so_is_the_right_one_after_it(order: Order) -> None:
    for _ in range(5):
        with pytest.raises(Missing):
            found(order.number, "99999")
    with pytest.raises(LimitReached):
        found(order.number, "99999")
    with pytest.raises(LimitReached):
        found(order.number, "10119")
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        assert found(order.number, "10119") == order.pk


def test_tries_at_a_number_that_does_not_exist_are_refused_alike() -> None:
    for _ in range(5):
        with pytest.raises(Missing):
            found("WEB-22222-22222", "99999")
    with pytest.raises(LimitReached):
        found("WEB-22222-22222", "99999")


def test_right_tries_do_not_count(order: Order) -> None:
    for _ in range(20):
        assert found(order.number, "10119") == order.pk


def test_a_network_runs_out_of_tries_over_all_numbers() -> None:
    refused = 0
    for number in range(40):
        try:
            found(f"WEB-{number}", "99999")
        except LimitReached:
            refused += 1
        except Missing:
            continue
    assert refused == 10


def test_many_networks_together_cannot_try_all_postcodes_of_a_number(order: Order) -> None:
    missed = 0
    for host in range(100):
        try:
            found(order.number, f"{host:05}", network=f"198.51.100.{host}")
        except Missing:
            missed += 1
        except LimitReached:
            continue
    assert missed == services.NUMBER.most
    assert not StatusLink.objects.exists()


def test_links_that_open_nothing_are_counted_and_good_ones_are_not(order: Order) -> None:
    good = services.issue(order_id=order.pk)
    for _ in range(services.TOKENS.most):
        with pytest.raises(Missing):
            services.open_link(token="A" * 32, network=HERE)
    with pytest.raises(LimitReached):
        services.open_link(token="A" * 32, network=HERE)
    assert services.open_link(token=good, network=HERE) == order.pk
