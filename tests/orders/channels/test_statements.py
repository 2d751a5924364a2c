"""The statement that finds a key, beside the ORM, on random keys, clients and grants."""

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oms.accounts.models import ApiClient, ApiKey
from orders.channels import statements
from orders.channels.models import Channel, ChannelGrant
from tests.orders.factories import ApiClientFactory, ChannelFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 8, 30, 0, 123456, tzinfo=UTC)
USED_BEFORE = NOW - timedelta(minutes=1)
SEEDS = range(20)
Found = tuple[dict[str, Any], list[tuple[Any, ...]]]


def reference(prefix: str) -> Found | None:
    """Find the key as anyone would write it."""
    key = (
        ApiKey.objects.select_related("client")
        .filter(prefix=prefix, revoked_at=None, client__is_active=True)
        .first()
    )
    if key is None or (key.expires_at is not None and key.expires_at <= NOW):
        return None
    channels = Channel.objects.filter(grants__client=key.client).order_by("pk")
    return {
        "key": key.pk,
        "digest": key.digest,
        "seems_unused": key.last_used_at is None or key.last_used_at < USED_BEFORE,
        "client": (key.client.pk, key.client.name),
        "scopes": key.client.scopes,
        "location_codes": key.client.location_codes,
    }, [columns(channel) for channel in channels]


def ours(prefix: str) -> Found | None:
    """Find the key by the statement."""
    found = statements.find_key(prefix, now=NOW, used_before=USED_BEFORE)
    if found is None:
        return None
    row, channels = found
    return {
        "key": row.key_id,
        "digest": row.digest,
        "seems_unused": row.seems_unused,
        "client": (row.client_id, row.client_name),
        "scopes": json.loads(row.scopes),
        "location_codes": json.loads(row.location_codes),
    }, [columns(channel) for channel in channels]


def columns(channel: Channel) -> tuple[Any, ...]:
    """Return every stored value of a channel with its type."""
    values = [getattr(channel, field.attname) for field in Channel._meta.concrete_fields]
    return tuple((type(value), value) for value in values)


def random_world(chance: random.Random) -> list[str]:
    """Make clients with keys and grants; return the prefixes of the keys, and one of none."""
    moments = [None, NOW - timedelta(seconds=59), USED_BEFORE, NOW - timedelta(days=1)]
    channels = [ChannelFactory.create(is_active=chance.random() < 0.8) for _ in range(3)]
    prefixes = ["nothing"]
    for number in range(4):
        client: ApiClient = ApiClientFactory.create(
            is_active=chance.random() < 0.8,
            scopes=chance.choice([[], ["orders:read"], ["orders:read", "orders:write"]]),
            location_codes=chance.choice([[], ["wh-1", "zürich"]]),
        )
        for channel in chance.sample(channels, chance.randint(0, 3)):
            ChannelGrant.objects.create(client=client, channel=channel)
        for _ in range(chance.randint(0, 3)):
            prefix = f"p{number}{len(prefixes)}"
            prefixes.append(prefix)
            ApiKey.objects.create(
                client=client,
                prefix=prefix,
                digest=f"{chance.getrandbits(256):064x}",
                created_at=NOW - timedelta(days=9),
                expires_at=chance.choice([None, None, NOW, NOW + timedelta(microseconds=1)]),
                revoked_at=NOW if chance.random() < 0.2 else None,
                last_used_at=chance.choice(moments),
            )
    return prefixes


@pytest.mark.parametrize("seed", SEEDS)
def test_a_key_is_found_as_the_plain_reference_finds_it(seed: int) -> None:
    for prefix in random_world(random.Random(seed)):
        assert ours(prefix) == reference(prefix)


def test_the_random_worlds_hold_keys_of_every_kind() -> None:
    kinds = Counter[object]()
    for seed in SEEDS:
        for prefix in random_world(random.Random(seed)):
            found = reference(prefix)
            kinds[None if found is None else (found[0]["seems_unused"], len(found[1]))] += 1
        ApiKey.objects.all().delete()

    assert {None, (True, 0), (False, 0), (True, 3), (False, 3)} <= set(kinds)
