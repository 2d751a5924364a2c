"""The search over everything."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from oms.accounts import roles
from oms.accounts.models import User
from tests.accounts.factories import signed_in
from tests.orders.factories import place_order, stocked_sku

pytestmark = pytest.mark.django_db


def found(client: Client, words: str) -> list[str]:
    answer = client.get("/admin/search/", {"s": words, "extended": "1"})
    return [str(hit.title) for hit in answer.context["results"]]


def test_who_lost_the_right_finds_no_more_at_once() -> None:
    order = place_order([(stocked_sku(5), 1)])
    client = signed_in(roles.SERVICE)
    before = found(client, order.number)
    User.objects.get().groups.set([Group.objects.get(name=roles.WAREHOUSE)])

    after = found(client, order.number)

    assert before == [str(order)]
    assert after == []
