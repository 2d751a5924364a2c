"""Keys of API clients."""

from datetime import timedelta

import pytest

from oms.accounts import errors, services
from oms.accounts.models import ApiClient, ApiKey
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import Missing
from oms.core.timeline.models import Entry

pytestmark = pytest.mark.django_db

ACTOR = Actor("staff", "7", "Mara")


def test_a_key_is_shown_once_and_only_its_digest_is_stored() -> None:
    client = ApiClient.objects.create(name="shop")

    key = services.issue_key(client, actor=ACTOR)

    stored = ApiKey.objects.get()
    assert key.startswith(f"oms_{stored.prefix}_")
    assert len(key) > len(f"oms_{stored.prefix}_") + 40
    assert stored.digest == services.digest(key)
    assert key not in str(vars(stored))
    entry = Entry.objects.get(kind="key_issued")
    assert (entry.document_id, entry.actor_name) == (client.pk, "Mara")
    assert entry.after["key"] == stored.prefix
    assert key not in str(vars(entry))


def test_two_keys_of_a_client_differ_and_both_stand() -> None:
    client = ApiClient.objects.create(name="shop")

    assert services.issue_key(client) != services.issue_key(client)

    assert ApiKey.objects.filter(client=client, revoked_at__isnull=True).count() == 2


def test_a_client_that_is_switched_off_gets_no_key() -> None:
    client = ApiClient.objects.create(name="shop", is_active=False)

    with pytest.raises(errors.ClientInactive):
        services.issue_key(client)

    assert not ApiKey.objects.exists()
    assert not Entry.objects.exists()


def test_a_key_that_has_expired_already_is_refused() -> None:
    client = ApiClient.objects.create(name="shop")

    with pytest.raises(errors.KeyExpiresTooSoon):
        services.issue_key(client, expires_at=clock.now() - timedelta(seconds=1))

    assert not ApiKey.objects.exists()


def test_revoking_twice_keeps_the_first_moment() -> None:
    client = ApiClient.objects.create(name="shop")
    services.issue_key(client)
    key = ApiKey.objects.get()

    services.revoke_key(key_id=key.pk, actor=ACTOR, reason="leaked")
    key.refresh_from_db()
    first = key.revoked_at
    services.revoke_key(key_id=key.pk, actor=ACTOR, reason="again")

    key.refresh_from_db()
    assert first is not None
    assert key.revoked_at == first
    assert [entry.reason for entry in Entry.objects.filter(kind="key_revoked")] == ["leaked"]


def test_revoking_a_key_that_is_not_there_is_refused() -> None:
    with pytest.raises(Missing):
        services.revoke_key(key_id=1, actor=ACTOR, reason="leaked")
