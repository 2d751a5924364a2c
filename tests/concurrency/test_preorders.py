"""Pre-orders under parallel calls, on PostgreSQL: no limit is set below what is sold meanwhile."""

from datetime import timedelta

import pytest
from django.urls import reverse

from oms.accounts.roles import MANAGER
from oms.core import clock
from oms.reporting.invariants import services as invariants
from orders.preorders import queries
from orders.preorders.models import Preorder
from tests.accounts.factories import signed_in
from tests.concurrency.meeting import interleaved
from tests.concurrency.test_placing import draft, place
from tests.inventory.factories import SkuFactory
from tests.orders.factories import ChannelFactory, TaxRateFactory

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def test_nobody_buys_while_the_limit_is_lowered_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    today = clock.today()
    days = {
        "starts_on": today,
        "ends_on": today + timedelta(5),
        "released_on": today + timedelta(9),
    }
    preorder = Preorder.objects.create(sku=SkuFactory.create(), units=5, **days)
    TaxRateFactory.create()
    channel, person = ChannelFactory.create(), signed_in(MANAGER)
    address = reverse("admin:orders_preorder_change", args=(preorder.pk,))
    no_limits = {"limits-TOTAL_FORMS": 0, "limits-INITIAL_FORMS": 0}

    outcome = interleaved(
        monkeypatch,
        queries,
        "sold",
        lambda: person.post(address, {**days, "units": 1, **no_limits}).status_code,
        rival=lambda: place(channel, draft(1, [preorder.sku], 4)),
    )

    assert outcome == {"302": 1, "Busy": 1}
    preorder.refresh_from_db()
    assert (preorder.units, queries.sold(preorder).units) == (1, 0)
    assert not [result.check.name for result in invariants.run() if not result.holds]
