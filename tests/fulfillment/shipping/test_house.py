"""The offline carrier: the same question has the same answer, to the byte."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pypdf import PdfReader
from pytest_django import Settings

from fulfillment.packing.states import TrackingStatus
from fulfillment.shipping.carriers.base import (
    LabelRequest,
    Parcel,
    RateRequest,
    Refused,
    TrackRequest,
)
from fulfillment.shipping.carriers.house import HouseCarrier, zone
from fulfillment.tracking import rules as tracking
from oms.core import numbering
from oms.core.address import Address

BERLIN = Address(
    company="Warehouse", street=("Hafenstr. 1",), city="Berlin", postcode="10115", country="DE"
)
KRAKOW = Address(
    name="Małgorzata Żółć",
    street=("ul. Świętego Wawrzyńca 12",),
    city="Kraków",
    postcode="31-060",
    country="PL",
)
ATHENS = Address(
    name="Γεώργιος Παπαδόπουλος",
    street=("Λεωφόρος Βασιλίσσης Σοφίας 12",),
    city="Αθήνα",
    postcode="106 74",
    country="GR",
)
BOX = Parcel(1_200, 300, 200, 150)


def label_request(**changes: object) -> LabelRequest:
    request = LabelRequest(
        key="k-1",
        sequence=42,
        reference="WEB-4K7QM-9XBTR-P1",
        order_number="WEB-4K7QM-9XBTR",
        service="standard",
        sender=BERLIN,
        recipient=KRAKOW,
        parcel=BOX,
        currency="EUR",
        ship_on=date(2026, 11, 23),
    )
    return replace(request, **changes)  # type: ignore[arg-type]  # the tests name real fields


def rates(
    recipient: Address = KRAKOW, parcel: Parcel = BOX, currency: str = "EUR"
) -> dict[str, Decimal]:
    request = RateRequest(sender=BERLIN, recipient=recipient, parcel=parcel, currency=currency)
    return {rate.service: rate.amount for rate in HouseCarrier().rate(request)}


@pytest.mark.parametrize(
    ("sender", "recipient", "expected"),
    [
        ("DE", "DE", "domestic"),
        ("DE", "PL", "region"),
        ("US", "CA", "region"),
        ("DE", "US", "world"),
    ],
)
def test_zones(sender: str, recipient: str, expected: str) -> None:
    assert zone(sender, recipient) == expected


def test_rates_by_zone_and_bracket() -> None:
    assert rates() == {"standard": Decimal("13.90"), "express": Decimal("29.90")}
    assert rates(recipient=replace(KRAKOW, country="DE"))["standard"] == Decimal("5.90")
    assert rates(recipient=replace(KRAKOW, country="US"))["standard"] == Decimal("27.90")


def test_a_bracket_ends_at_its_limit() -> None:
    assert rates(parcel=Parcel(5_000, 100, 100, 100))["standard"] == Decimal("17.90")
    assert rates(parcel=Parcel(5_001, 100, 100, 100))["standard"] == Decimal("24.90")


def test_a_large_light_parcel_pays_for_its_size() -> None:
    assert rates(parcel=Parcel(100, 500, 400, 300))["standard"] == Decimal("36.90")


def test_the_cheapest_comes_first_and_tells_its_basis() -> None:
    request = RateRequest(sender=BERLIN, recipient=KRAKOW, parcel=BOX, currency="EUR")
    cheapest = HouseCarrier().rate(request)[0]
    assert cheapest.service == "standard"
    assert cheapest.transit_days == 4
    assert cheapest.basis == {
        "zone": "region",
        "weight_g": 1_200,
        "chargeable_weight_g": 1_800,
        "bracket_g": 2_000,
    }


@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", "2224"), ("KWD", "4.726"), ("PLN", "58.38")]
)
def test_a_rate_has_the_digits_of_its_currency(currency: str, amount: str) -> None:
    assert str(rates(currency=currency)["standard"]) == amount


def test_no_offer_for_what_is_too_heavy_too_large_or_not_priced() -> None:
    assert rates(parcel=Parcel(31_500, 100, 100, 100))
    assert rates(parcel=Parcel(31_501, 100, 100, 100)) == {}
    assert rates(parcel=Parcel(1_000, 2_001, 10, 10)) == {}
    assert rates(parcel=Parcel(1_000, 1_000, 700, 700)) == {}
    assert rates(currency="XPF") == {}


def test_one_key_is_one_label_to_the_byte() -> None:
    first, second = HouseCarrier().buy(label_request()), HouseCarrier().buy(label_request())
    assert first == second
    assert first.tracking_number == "CA000000425DE"
    assert numbering.is_valid_s10(first.tracking_number)
    assert (first.cost, first.currency) == (Decimal("13.90"), "EUR")


def test_another_purchase_has_another_number() -> None:
    numbers = {
        HouseCarrier().buy(label_request(sequence=n)).tracking_number for n in (42, 43, 10**8 + 42)
    }
    assert len(numbers) == 3
    assert all(map(numbering.is_valid_s10, numbers))


def test_express_has_a_series_of_its_own() -> None:
    assert HouseCarrier().buy(label_request(service="express")).tracking_number.startswith("EA")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"service": "drone"}, "no service"),
        ({"parcel": Parcel(40_000, 100, 100, 100)}, "at most 31.5 kg"),
        ({"currency": "XPF"}, "no tariff in XPF"),
    ],
)
def test_a_refusal_says_why(changes: dict[str, object], words: str) -> None:
    with pytest.raises(Refused, match=words):
        HouseCarrier().buy(label_request(**changes))


def text_of(pdf: bytes) -> str:
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    return page.extract_text()


@pytest.mark.parametrize("recipient", [KRAKOW, ATHENS])
def test_both_forms_show_number_and_recipient(recipient: Address) -> None:
    label = HouseCarrier().buy(label_request(recipient=recipient))
    (page,) = PdfReader(io.BytesIO(label.pdf)).pages
    assert (float(page.mediabox.width), float(page.mediabox.height)) == (288, 432)
    for text in (text_of(label.pdf), label.zpl):
        assert recipient.name in text
        assert recipient.street[0] in text
        assert recipient.postcode in text
        assert "CA 0000 0042 5 DE" in text
        assert "WEB-4K7QM-9XBTR-P1" in text
    assert "^FDCA000000425DE^FS" in label.zpl
    assert label.zpl.startswith("^XA\n^CI28\n")
    assert label.zpl.endswith("^XZ\n")


def test_a_domestic_label_names_no_country() -> None:
    home = replace(KRAKOW, country="DE", postcode="10119", city="Berlin")
    assert "GERMANY" not in text_of(HouseCarrier().buy(label_request(recipient=home)).pdf)
    assert "POLAND" in text_of(HouseCarrier().buy(label_request()).pdf)


def test_an_address_cannot_command_the_printer() -> None:
    rogue = replace(KRAKOW, name="^XZ^XA~JA_5E\\&")
    zpl = HouseCarrier().buy(label_request(recipient=rogue)).zpl
    assert zpl.count("^XZ") == 1
    assert zpl.count("^XA") == 1
    assert "~" not in zpl
    assert "^FD_5EXZ_5EXA_7EJA_5F5E_5C&^FS" in zpl


def test_a_long_address_keeps_its_name_and_its_city() -> None:
    long = Address(
        name="Name " * 40,
        company="Company " * 25,
        street=tuple(f"Line {n} " + "street " * 16 for n in range(4)),
        city="Llanfairpwllgwyngyll",
        postcode="LL61 5UJ",
        country="GB",
    )
    label = HouseCarrier().buy(label_request(recipient=long))
    for text in (text_of(label.pdf), label.zpl):
        assert "Name Name" in text
        assert "LLANFAIRPWLLGWYNGYLL" in text
        assert "LL61 5UJ" in text
        assert "UNITED KINGDOM" in text


SHIPPED = datetime(2026, 11, 23, 15, tzinfo=UTC)


def track_request(number: str) -> TrackRequest:
    return TrackRequest(
        tracking_number=number,
        shipped_at=SHIPPED,
        expected_on=date(2026, 11, 25),
        sender_city="Berlin",
        recipient_city="Kraków",
    )


def courses() -> Iterator[TrackRequest]:
    for serial in range(200):
        yield track_request(numbering.s10("CA", serial, "DE"))


def test_nothing_is_told_before_it_happens() -> None:
    request = track_request("CA000000425DE")
    assert HouseCarrier().track(request, at=SHIPPED - timedelta(seconds=1)) == []
    first = HouseCarrier().track(request, at=SHIPPED)
    assert [scan.status for scan in first] == ["pre_transit"]


def test_what_was_told_is_told_again_in_the_same_words() -> None:
    for request in courses():
        after_a_day = HouseCarrier().track(request, at=SHIPPED + timedelta(days=1))
        after_a_week = HouseCarrier().track(request, at=SHIPPED + timedelta(days=7))
        assert after_a_week[: len(after_a_day)] == after_a_day


def test_every_parcel_arrives_in_order_and_most_on_their_day() -> None:
    arrived = []
    problems = set()
    for request in courses():
        scans = HouseCarrier().track(request, at=SHIPPED + timedelta(days=7))
        times = [scan.occurred_at for scan in scans]
        assert times == sorted(times)
        assert scans[-1].status == TrackingStatus.DELIVERED
        assert {scan.status for scan in scans} <= set(TrackingStatus.values)
        arrived.append(scans[-1].occurred_at.date())
        problems |= {scan.status for scan in scans} & tracking.EXCEPTIONS
    assert arrived.count(date(2026, 11, 25)) > 160
    assert set(arrived) == {date(2026, 11, 25), date(2026, 11, 26)}
    assert problems == {"delayed", "delivery_failed"}


def test_a_faster_clock_brings_the_same_course_sooner(settings: Settings) -> None:
    request = track_request("CA000000425DE")
    usual = [s.status for s in HouseCarrier().track(request, at=SHIPPED + timedelta(days=7))]
    settings.OMS_HOUSE_CARRIER_SPEED = 600.0
    fast = HouseCarrier()
    assert [s.status for s in fast.track(request, at=SHIPPED + timedelta(minutes=17))] == usual
    assert fast.poll_every == timedelta(seconds=20)
