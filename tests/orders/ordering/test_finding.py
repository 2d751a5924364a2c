"""The reads of orders beside the ORM."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import models

from orders.channels.models import Channel
from orders.ordering import statements
from orders.ordering.models import Order, OrderLine
from tests.inventory.factories import SkuFactory
from tests.orders.factories import ChannelFactory, place_order

pytestmark = pytest.mark.django_db


def values(item: models.Model | None) -> dict[str, tuple[type, Any]] | None:
    """Return every stored value with its type."""
    if item is None:
        return None
    return {
        field.attname: (type(getattr(item, field.attname)), getattr(item, field.attname))
        for field in item._meta.concrete_fields
    }


@pytest.fixture
def channels() -> list[Channel]:
    """Two channels with two orders each; one external id is used in both."""
    made = [ChannelFactory.create(), ChannelFactory.create()]
    for channel in made:
        place_order(channel=channel, external_id="same")
        place_order(channel=channel)
    return made


@pytest.mark.parametrize("column", ["uuid", "number", "external_id"])
def test_an_order_is_found_as_the_plain_reference_finds_it(
    column: Any, channels: list[Channel]
) -> None:
    wanted: list[Any] = [getattr(order, column) for order in Order.objects.all()]
    wanted.append(uuid4() if column == "uuid" else "nothing")
    reaches = [[], [channels[0].pk], [channel.pk for channel in channels], [999_999]]

    found = 0
    for value in wanted:
        for reach in reaches:
            expected = (
                Order.objects.select_related("channel")
                .filter(**{column: value}, channel_id__in=reach)
                .order_by("-id")
                .first()
            )
            ours = statements.find(column, value, channel_ids=reach)
            assert values(ours) == values(expected)
            if ours is not None and expected is not None:
                assert values(ours.channel) == values(expected.channel)
                found += 1
    assert found >= 6


def test_finding_takes_one_statement_with_the_channel(django_assert_num_queries: Any) -> None:
    order = place_order()
    with django_assert_num_queries(1):
        found = find_by_uuid(order.uuid, order.channel_id)
        assert found.channel.code == order.channel.code


def find_by_uuid(uuid: UUID, channel_id: int) -> Order:
    """Return the order."""
    found = statements.find("uuid", uuid, channel_ids=[channel_id])
    assert found is not None
    return found


def test_lines_are_what_the_plain_reference_reads() -> None:
    skus = [SkuFactory.create() for _ in range(3)]
    order = place_order([(sku, number) for number, sku in enumerate(skus, start=1)])
    place_order()

    ours = statements.lines_of(order.pk)

    expected = list(OrderLine.objects.filter(order_id=order.pk).order_by("position"))
    assert len(expected) == 3
    assert [values(line) for line in ours] == [values(line) for line in expected]
    assert statements.lines_of(0) == []
