"""Goods that expire last as long as the customer or the channel demands, or are not promised."""

from decimal import Decimal

import pytest

from customers.profiles.models import Customer, CustomerGroup
from inventory.reservations import queries as availability
from inventory.reservations.errors import Insufficient
from inventory.stock.models import Level
from orders.channels.models import Channel
from orders.ordering.models import Order
from orders.placing import services as placing
from orders.placing.drafts import Draft, DraftLine
from tests.inventory.factories import Came, lots_level
from tests.orders.factories import BERLIN, CLERK, ChannelFactory, TaxRateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Return 4 units that expire in 10 days and 6 that expire in 90."""
    TaxRateFactory.create()
    return lots_level({"LATE": Came(6, 90), "SOON": Came(4, 10)}, expires=True)


def place(level: Level, units: int, channel: Channel, **changes: object) -> Order:
    draft = Draft(
        external_id=f"ext-{Order.objects.count()}",
        customer_name="Ada",
        email="ada@example.com",
        ship_to=BERLIN,
        lines=(DraftLine(sku=level.sku.code, quantity=units, unit_price=Decimal(11)),),
        **changes,  # type: ignore[arg-type]  # whatever a draft may hold
    )
    return placing.place(channel=channel, draft=draft, actor=CLERK).order


def test_only_what_lasts_is_promised_to_a_channel_that_demands_it(level: Level) -> None:
    strict = ChannelFactory.create(minimum_life_days=60)

    with pytest.raises(Insufficient, match="6 of 7"):
        place(level, 7, strict)
    order = place(level, 6, strict)

    assert order.minimum_life_days == 60
    with pytest.raises(Insufficient, match="0 of 1"):
        place(level, 1, strict)
    assert place(level, 4, ChannelFactory.create()).minimum_life_days == 0


def test_what_others_were_promised_before_is_left_for_them(level: Level) -> None:
    place(level, 7, ChannelFactory.create())

    with pytest.raises(Insufficient, match="3 of 4"):
        place(level, 4, ChannelFactory.create(minimum_life_days=60))


def test_a_customer_demands_more_than_the_channel(level: Level) -> None:
    customer = Customer.objects.create(name="Deli", email="deli@example.com", minimum_life_days=60)

    order = place(level, 1, ChannelFactory.create(minimum_life_days=5), customer_id=customer.pk)
    assert order.minimum_life_days == 60

    Customer.objects.create(name="Ada", email="ada@example.com", minimum_life_days=30)
    assert place(level, 1, ChannelFactory.create()).minimum_life_days == 30


def test_a_group_says_whether_its_customers_are_served_first(level: Level) -> None:
    trade = CustomerGroup.objects.create(code="trade", name="Trade", priority=1)
    plain = CustomerGroup.objects.create(code="plain", name="Plain")
    deli = Customer.objects.create(name="Deli", email="deli@example.com", group=trade)
    channel = ChannelFactory.create(priority=3)

    assert place(level, 1, channel, customer_id=deli.pk).priority == 1
    assert place(level, 1, channel).priority == 3
    ada, _ = Customer.objects.get_or_create(email="ada@example.com", defaults={"name": "Ada"})
    for group, expected in ((plain, 3), (trade, 1)):
        Customer.objects.filter(pk=ada.pk).update(group=group)
        assert place(level, 1, channel).priority == expected


def test_what_has_expired_is_promised_to_nobody(level: Level) -> None:
    level.contents.get(lot__number="SOON").lot.__class__.objects.filter(number="SOON").update(
        expires_on="2020-01-01"
    )

    (found,) = availability.availability(sku_ids=[level.sku_id])

    assert (found.on_hand, found.available_to_sell) == (10, 6)
