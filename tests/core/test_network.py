"""The client's address, with and without proxies."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from oms.core import network


def request(peer: str, forwarded: str | None = None) -> str:
    """Return the address seen in a request from `peer` with that X-Forwarded-For."""
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return network.client_address(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))


@pytest.mark.parametrize("forged", ["192.0.2.9", "192.0.2.9, 192.0.2.10", "::1", "nonsense"])
def test_without_proxies_the_forwarded_header_has_no_effect(
    settings: Settings, forged: str
) -> None:
    settings.NUM_PROXIES = 0
    assert request("198.51.100.7", forged) == "198.51.100.7"


@pytest.mark.parametrize("forged", ["", "192.0.2.9, ", "192.0.2.9, 192.0.2.10, ", "nonsense, "])
def test_behind_one_proxy_only_its_own_entry_counts(settings: Settings, forged: str) -> None:
    settings.NUM_PROXIES = 1
    assert request("10.0.0.1", f"{forged}198.51.100.7") == "198.51.100.7"


def test_behind_two_proxies_the_entry_of_the_outer_one_counts(settings: Settings) -> None:
    settings.NUM_PROXIES = 2
    assert request("10.0.0.1", "192.0.2.9, 198.51.100.7, 10.0.0.2") == "198.51.100.7"


@pytest.mark.parametrize("forwarded", [None, "", "nonsense", "192.0.2.9"])
def test_a_request_that_did_not_come_through_all_proxies_counts_for_its_peer(
    settings: Settings, forwarded: str | None
) -> None:
    settings.NUM_PROXIES = 2
    assert request("198.51.100.7", forwarded) == "198.51.100.7"


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("", "unknown"),
    ],
)
def test_an_ipv6_customer_is_counted_by_network(peer: str, counted: str) -> None:
    got = network.client_network(RequestFactory().get("/", REMOTE_ADDR=peer))
    assert got == counted
