"""Who is told of lots before they expire, once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from inventory.bins.states import BinKind
from inventory.expiring import queries, services
from inventory.expiring.models import ExpiryNotice, ExpiryWatch
from inventory.stock.models import Level
from oms.accounts import roles
from oms.core import clock
from oms.messaging.models import Message
from tests.accounts.factories import signed_in, staff
from tests.inventory.factories import (
    Came,
    LocationFactory,
    lots_level,
    receive_lots,
    with_bins,
)

pytestmark = pytest.mark.django_db

SIX_IN_BERLIN = datetime(2027, 1, 11, 5, 0, tzinfo=UTC)


@pytest.fixture
def level() -> Level:
    """Return lots that have 5, 20 and 60 days left in Berlin, at six in the morning."""
    with clock.travelled(SIX_IN_BERLIN):
        place = LocationFactory.create(name="Berlin", time_zone="Europe/Berlin")
        lots = {"SOON": Came(4, 5), "LATER": Came(6, 20), "LATE": Came(8, 60)}
        return lots_level(lots, location=place, expires=True, name="Cake")


def watch(level: Level, **values: object) -> ExpiryWatch:
    who = {"email": "dock@example.com", "days": 30, **values}
    return ExpiryWatch.objects.create(location=level.location, **who)


def tell(*, days: int = 0) -> list[str]:
    """Return the subjects that are written so many days later."""
    before = set(Message.objects.values_list("pk", flat=True))
    with clock.travelled(SIX_IN_BERLIN + timedelta(days=days)):
        services.tell_due()
    return [each.subject for each in Message.objects.exclude(pk__in=before).order_by("pk")]


def test_a_lot_is_told_once_and_the_next_one_when_its_time_has_come(level: Level) -> None:
    watch(level)

    assert tell() == ["2 lots expire soon: Berlin"]
    assert tell() == tell(days=1) == tell(days=29) == []
    assert tell(days=30) == ["1 lot expires soon: Berlin"]
    assert ExpiryNotice.objects.count() == 3


def test_the_mail_names_article_lot_day_units_and_bins_in_german(level: Level) -> None:
    with_bins(level.location, FACE=BinKind.PICK_FACE)
    watch(level, language="de", days=5)

    assert tell() == ["1 Charge läuft bald ab: Berlin"]
    mail = Message.objects.get()
    assert (mail.recipient, mail.language) == ("dock@example.com", "de")
    assert f"16.01.2027 (noch 5 Tage): 4 × {level.sku.code} Cake, Charge SOON, DOCK" in mail.text
    assert "/admin/stock/expiring/" in mail.text
    assert "noch 5 Tage" in mail.html
    assert "LATER" not in mail.text


def test_several_thresholds_of_one_recipient_make_one_mail_and_tell_each_lot_again(
    level: Level,
) -> None:
    watch(level, days=30)
    watch(level, days=5)

    assert tell() == ["2 lots expire soon: Berlin"]
    assert tell(days=15) == ["1 lot expires soon: Berlin"]
    assert tell(days=16) == []


def test_staff_are_told_while_they_work_here_and_have_an_address(level: Level) -> None:
    for email, is_active in (("ada@example.com", True), ("", True), ("gone@example.com", False)):
        user = staff(roles.WAREHOUSE)
        user.email, user.is_active = email, is_active
        user.save(update_fields=["email", "is_active"])
        watch(level, email="", user=user)

    tell()

    assert [mail.recipient for mail in Message.objects.all()] == ["ada@example.com"]


@pytest.mark.parametrize("case", ["not good", "no expiry", "elsewhere", "far"])
def test_what_nobody_can_sell_here_or_lasts_is_not_told(level: Level, case: str) -> None:
    here = watch(level)
    if case == "not good":
        level.contents.update(condition="quality_control")
    elif case == "no expiry":
        level.sku.expires = False
        level.sku.save(update_fields=["expires"])
    elif case == "elsewhere":
        here.location = LocationFactory.create()
        here.save(update_fields=["location"])
    else:
        here.days = 4
        here.save(update_fields=["days"])

    assert tell() == []


def test_nothing_is_told_before_the_morning_of_the_location(level: Level) -> None:
    watch(level)
    with clock.travelled(SIX_IN_BERLIN - timedelta(minutes=1)):
        assert services.tell_due() == 0

    assert len(tell()) == 1


def test_what_comes_after_the_mail_of_the_day_is_told_the_day_after(level: Level) -> None:
    watch(level)
    tell()
    with clock.travelled(SIX_IN_BERLIN):
        receive_lots(level.sku, level.location, {"NEW": Came(1, 10)})

    assert tell() == []
    assert tell(days=1) == ["1 lot expires soon: Berlin"]
    assert "NEW" in Message.objects.latest("pk").text


def test_an_address_that_is_none_keeps_nobody_else_from_being_told(level: Level) -> None:
    watch(level, email="nobody")
    watch(level)

    assert len(tell()) == 1
    assert {each.watch.email for each in ExpiryNotice.objects.all()} == {"dock@example.com"}


def test_lots_are_read_in_two_statements(level: Level, statements: Callable[[], Any]) -> None:
    watches = [watch(level, days=days) for days in (5, 20, 60)]
    with statements() as seen:
        due = queries.untold(watches, today=SIX_IN_BERLIN.date())

    assert [len(due[each.pk]) for each in watches] == [1, 2, 3]
    assert len(seen) == 2


def test_recipients_are_kept_on_the_page_of_the_location(level: Level) -> None:
    manager = signed_in(roles.MANAGER)
    url = reverse("admin:inventory_location_change", args=(level.location_id,))
    page = manager.get(url)
    form = page.context["adminform"].form.initial
    body = {name: value for name, value in form.items() if value not in (None, False)}
    for formset in page.context["inline_admin_formsets"]:
        prefix = formset.formset.prefix
        body |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    row = {"expiry_watches-TOTAL_FORMS": "1", "expiry_watches-0-days": "14"}
    row |= {"expiry_watches-0-language": "de"}

    refused = manager.post(url, {**body, **row, "expiry_watches-0-email": ""})
    assert "Name a member of staff or an address" in refused.content.decode()
    assert (
        manager.post(url, {**body, **row, "expiry_watches-0-email": "a@example.com"}).status_code
        == 302
    )
    assert str(ExpiryWatch.objects.get()) == "a@example.com, 14 days before"
