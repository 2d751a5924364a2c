"""Say what a channel does when stock is short."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from inventory.catalog.models import Sku
from oms.core import locking
from oms.core.actors import Actor
from oms.core.timeline import services as timeline
from orders.channels.models import Channel, ChannelBackorder

CHANGEABLE = frozenset(
    {"backorder_policy", "backorder_days", "promise_tolerance_days", "offer_days"}
)


@transaction.atomic
def set_backorder_rules(
    *,
    channel_id: int,
    changes: Mapping[str, Any],
    of_skus: Mapping[int, str | None],
    actor: Actor,
) -> Channel:
    """Change what a channel does when stock is short, and its exceptions by SKU (None: none any more).

    `changes` are fields of CHANGEABLE. Orders that are placed keep what was agreed.
    """
    if not changes.keys() <= CHANGEABLE:
        raise ValueError(f"Nobody changes {changes.keys() - CHANGEABLE} here.")
    (channel,) = locking.lock(Channel.objects.filter(pk=channel_id))
    before: dict[str, Any] = {name: getattr(channel, name) for name in changes}
    known = {
        rule.sku_id: rule
        for rule in ChannelBackorder.objects.filter(channel=channel, sku_id__in=of_skus)
    }
    codes = dict(Sku.objects.filter(pk__in=of_skus).values_list("pk", "code"))
    for sku_id, policy in of_skus.items():
        rule = known.get(sku_id)
        if policy == (rule.policy if rule else None):
            continue
        before[codes[sku_id]] = rule.policy if rule else None
        _set(channel, sku_id, rule, policy)
    for name, value in changes.items():
        setattr(channel, name, value)
    if changes:
        channel.save(update_fields=sorted(changes))
    after = {**changes, **{codes[key]: of_skus[key] for key in of_skus if codes[key] in before}}
    if before != after:
        timeline.record(channel, "changed", actor=actor, before=before, after=after)
    return channel


def _set(channel: Channel, sku_id: int, rule: ChannelBackorder | None, policy: str | None) -> None:
    if policy is None:
        ChannelBackorder.objects.filter(channel=channel, sku_id=sku_id).delete()
    elif rule is None:
        ChannelBackorder.objects.create(channel=channel, sku_id=sku_id, policy=policy)
    else:
        rule.policy = policy
        rule.save(update_fields=["policy"])
