"""Say what is sold before it is released."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from oms.core import locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.preorders import errors, queries, rules
from orders.preorders.models import Preorder, PreorderLimit
from orders.preorders.rules import Terms


@transaction.atomic
def define(*, sku_id: int, terms: Terms, within: Collection[int], actor: Actor) -> Preorder:
    """Sell a SKU in advance, or change how; limits of channels outside `within` stay as they are.

    The pre-order is locked, as by those who sell of it. Raises PreorderInvalid, everything at once, for days that do
    not follow each other and for limits below what is sold. Publishes PreorderMoved when the release is another day.
    """
    days = {name: getattr(terms, name) for name in ("starts_on", "ends_on", "released_on")}
    found = locking.lock(Preorder.objects.filter(sku_id=sku_id))
    preorder = found[0] if found else Preorder(sku_id=sku_id)
    before = _said(preorder) if found else {}
    moved = bool(found) and preorder.released_on != terms.released_on
    _judge(preorder, terms, days)
    for name, value in (*days.items(), ("units", terms.units)):
        setattr(preorder, name, value)
    if found:
        preorder.save(update_fields=[*days, "units"])
    else:
        preorder.save(force_insert=True)
    PreorderLimit.objects.filter(preorder=preorder, channel__in=within).delete()
    PreorderLimit.objects.bulk_create(
        PreorderLimit(preorder=preorder, channel_id=channel, units=units)
        for channel, units in sorted(terms.limits.items())
    )
    after = _said(preorder)
    if before != after:
        timeline.record(
            preorder,
            "changed" if found else "created",
            actor=actor,
            before={name: value for name, value in before.items() if value != after[name]},
            after={name: value for name, value in after.items() if value != before.get(name)},
        )
    if moved:
        tell_moved(preorder)
    return preorder


def tell_moved(preorder: Preorder) -> None:
    """Let those who bought in advance be promised anew: the release is another day."""
    outbox.publish(events.PreorderMoved(preorder_id=preorder.pk, sku_id=preorder.sku_id))


def _judge(preorder: Preorder, terms: Terms, days: Mapping[str, date]) -> None:
    problems = [
        FieldProblem(f"/{name}", "day_order", words)
        for name, words in rules.wrong_days(**days).items()
    ]
    sold = queries.sold(preorder) if preorder.pk else queries.Sold(0, {})
    if words := rules.below_sold(terms.units, sold.units):
        problems.append(FieldProblem("/units", "below_sold", words))
    for index, (channel, units) in enumerate(terms.limits.items()):
        if words := rules.below_sold(units, sold.by_channel.get(channel, 0)):
            problems.append(FieldProblem(f"/limits/{index}/units", "below_sold", words))
    if problems:
        raise errors.PreorderInvalid(problems=problems)


def _said(preorder: Preorder) -> dict[str, Any]:
    rows = PreorderLimit.objects.filter(preorder=preorder).order_by("channel__code")
    return {
        "starts_on": preorder.starts_on.isoformat(),
        "ends_on": preorder.ends_on.isoformat(),
        "released_on": preorder.released_on.isoformat(),
        "units": preorder.units,
        "limits": dict(rows.values_list("channel__code", "units")),
    }
