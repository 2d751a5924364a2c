"""Channels, API clients and their keys in the console."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from oms.accounts import roles
from oms.accounts import services as accounts
from oms.accounts.models import ApiClient, ApiKey
from oms.core.timeline.models import Entry
from orders.channels import queries
from orders.channels.models import Channel, ChannelGrant
from tests.accounts.factories import signed_in
from tests.inventory.factories import LocationFactory, SkuFactory
from tests.orders.factories import ApiClientFactory, ChannelFactory, PriceListFactory

pytestmark = pytest.mark.django_db


def press(client: Client, name: str, row: Any, **data: Any) -> Any:
    page = reverse(f"admin:accounts_{row._meta.model_name}_press", args=(row.pk, name))
    key = re.search(r'name="press_key" value="(\w+)"', client.get(page).content.decode())
    return client.post(page, {"press_key": key[1] if key else "", **data})


def test_a_new_key_is_shown_once_and_works() -> None:
    api_client = ApiClientFactory.create()
    client = signed_in()

    answer = press(client, "issue-key", api_client)

    shown = re.search(r"oms_\w{8}_[\w-]{43}", answer.content.decode())
    assert shown
    assert "no-store" in answer["Cache-Control"]
    assert ApiKey.objects.get().digest == accounts.digest(shown[0])
    page = client.get(reverse("admin:accounts_apiclient_change", args=(api_client.pk,)))
    assert shown[0] not in page.content.decode()
    assert ApiKey.objects.get().prefix in page.content.decode()


def test_a_form_sent_twice_issues_one_key() -> None:
    api_client = ApiClientFactory.create()
    client = signed_in()
    page = reverse("admin:accounts_apiclient_press", args=(api_client.pk, "issue-key"))

    for _ in range(2):
        client.post(page, {"press_key": "0c" * 16})

    assert ApiKey.objects.count() == 1


def test_a_client_that_is_off_gets_no_key() -> None:
    api_client = ApiClientFactory.create(is_active=False)

    assert press(signed_in(), "issue-key", api_client).status_code == 409

    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_with_a_reason() -> None:
    api_client = ApiClientFactory.create()
    accounts.issue_key(api_client)
    key = ApiKey.objects.get()

    press(signed_in(), "revoke", key, reason="leaked")

    key.refresh_from_db()
    assert key.revoked_at is not None
    assert Entry.objects.get(kind="key_revoked").reason == "leaked"


def test_a_client_gets_rights_places_and_channels_by_its_form() -> None:
    channel, place = ChannelFactory.create(), LocationFactory.create()
    client = signed_in()

    answer = client.post(
        reverse("admin:accounts_apiclient_add"),
        {
            "name": "3PL",
            "is_active": "on",
            "scopes": ["orders:read"],
            "location_codes": [place.code],
            "grants-TOTAL_FORMS": "1",
            "grants-INITIAL_FORMS": "0",
            "grants-0-channel": channel.pk,
            "keys-TOTAL_FORMS": "0",
            "keys-INITIAL_FORMS": "0",
        },
    )

    assert answer.status_code == 302
    made = ApiClient.objects.get()
    assert (made.scopes, made.location_codes) == (["orders:read"], [place.code])
    assert ChannelGrant.objects.get().channel == channel
    kinds = list(Entry.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["created", "channel_grant_added"]


def test_rights_and_places_that_do_not_exist_are_refused() -> None:
    client = signed_in()

    answer = client.post(
        reverse("admin:accounts_apiclient_add"),
        {
            "name": "x",
            "scopes": ["everything"],
            "location_codes": ["moon"],
            "grants-TOTAL_FORMS": "0",
            "grants-INITIAL_FORMS": "0",
            "keys-TOTAL_FORMS": "0",
            "keys-INITIAL_FORMS": "0",
        },
    )

    assert answer.status_code == 200
    assert {"scopes", "location_codes"} <= set(answer.context["errors"].as_data()) or (
        "everything" in answer.content.decode()
    )
    assert not ApiClient.objects.exists()


def channel_form(**changes: Any) -> dict[str, Any]:
    return {
        "code": "shop",
        "name": "Shop",
        "origin": "web",
        "number_prefix": "W",
        "language": "en",
        "is_active": "on",
        "currency": "eur",
        "shipping_fee": "4.90",
        "address_strictness": "strict",
        "backorder_policy": "deny",
        "priority": "2",
        "promise_tolerance_days": "3",
        "cart_minutes": "30",
        "default_buffer": "0",
        "minimum_life_days": "0",
        "backorder_policies-TOTAL_FORMS": "0",
        "backorder_policies-INITIAL_FORMS": "0",
        "buffers-TOTAL_FORMS": "0",
        "buffers-INITIAL_FORMS": "0",
        "reservation_times-TOTAL_FORMS": "0",
        "reservation_times-INITIAL_FORMS": "0",
        **changes,
    }


def test_a_channel_is_made_and_its_change_is_kept() -> None:
    client = signed_in()

    client.post(reverse("admin:orders_channel_add"), channel_form())
    channel = Channel.objects.get()
    page = reverse("admin:orders_channel_change", args=(channel.pk,))
    client.post(page, channel_form(name="Better shop", backorder_policy="incoming", code="other"))

    channel.refresh_from_db()
    assert (channel.code, channel.currency) == ("shop", "EUR")
    assert (channel.name, channel.backorder_policy) == ("Better shop", "incoming")
    changed = Entry.objects.get(kind="changed")
    assert changed.before["name"] == "Shop"
    assert changed.after["name"] == "Better shop"


def test_what_a_channel_sees_and_how_long_it_holds_is_set_on_its_page() -> None:
    sku = SkuFactory.create()
    rows = {
        "default_buffer": "2",
        "cart_minutes": "20",
        "buffers-TOTAL_FORMS": "1",
        "buffers-0-sku": str(sku.pk),
        "buffers-0-units": "5",
        "reservation_times-TOTAL_FORMS": "1",
        "reservation_times-0-payment_method": "bank_transfer",
        "reservation_times-0-minutes": "2880",
    }

    signed_in().post(reverse("admin:orders_channel_add"), channel_form(**rows))

    channel = Channel.objects.get()
    assert (channel.default_buffer, channel.cart_minutes) == (2, 20)
    assert queries.buffers(channel, [sku.pk, 0]) == {sku.pk: 5, 0: 2}
    assert queries.minutes_for(channel, "bank_transfer") == 2_880
    assert queries.minutes_for(channel, "fake_card") == 20


@pytest.mark.parametrize(
    ("method", "minutes"), [("shells", "10"), ("bank_transfer", "0"), ("bank_transfer", "43201")]
)
def test_a_time_that_cannot_be_is_refused(method: str, minutes: str) -> None:
    rows = {
        "reservation_times-TOTAL_FORMS": "1",
        "reservation_times-0-payment_method": method,
        "reservation_times-0-minutes": minutes,
    }

    signed_in().post(reverse("admin:orders_channel_add"), channel_form(**rows))

    assert not Channel.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"currency": "XXX1"}, {"currency": "QQQ"}, {"number_prefix": "1w"}]
)
def test_a_channel_that_cannot_be_is_refused(wrong: dict[str, str]) -> None:
    signed_in().post(reverse("admin:orders_channel_add"), channel_form(**wrong))

    assert not Channel.objects.exists()


def test_a_price_list_in_another_currency_is_refused() -> None:
    prices = PriceListFactory.create(currency="USD")

    answer = signed_in().post(
        reverse("admin:orders_channel_add"), channel_form(price_list=prices.pk)
    )

    assert "This list is in USD." in answer.content.decode()
    assert not Channel.objects.exists()


def test_service_sees_channels_and_changes_none() -> None:
    channel = ChannelFactory.create()
    page = reverse("admin:orders_channel_change", args=(channel.pk,))
    client = signed_in(roles.SERVICE)

    assert client.get(page).status_code == 200
    assert client.post(page, channel_form(name="Mine")).status_code == 403

    channel.refresh_from_db()
    assert channel.name != "Mine"
