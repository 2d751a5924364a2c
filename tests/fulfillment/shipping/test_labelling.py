"""Labels: one per purchase, whatever the carrier does."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from fulfillment.packing.models import Shipment
from fulfillment.packing.states import ShipmentStatus
from fulfillment.shipping import errors, queries, services
from fulfillment.shipping.models import Label
from fulfillment.shipping.services import labelling
from fulfillment.shipping.states import LABEL, LabelState
from oms.core import clock
from oms.core.flows import IllegalTransition
from oms.core.timeline.models import Entry
from tests.fulfillment import factories
from tests.fulfillment.carriers import MoodyCarrier
from tests.fulfillment.factories import PICKER

pytestmark = pytest.mark.django_db

Moody = type[MoodyCarrier]


@pytest.fixture
def shipment() -> Shipment:
    """Return a packed parcel."""
    return factories.packed_shipment()


def buy(shipment: Shipment, key: str = "k-1", **changes: Any) -> Label:
    values = {"carrier": "house", "service": "standard", **changes}
    return services.buy_label(shipment_id=shipment.pk, key=key, actor=PICKER, **values)


def buy_moody(shipment: Shipment, key: str = "k-1", **changes: Any) -> Label:
    return buy(shipment, key, carrier="moody", service="slow", **changes)


def later(**delta: int) -> Any:
    """Move the clock."""
    return time_machine.travel(clock.now() + timedelta(**delta), tick=False)


def test_a_label_gives_the_parcel_its_number(shipment: Shipment) -> None:
    label = buy(shipment)
    shipment.refresh_from_db()
    assert shipment.status == ShipmentStatus.LABELLED
    assert shipment.tracking_number == label.tracking_number
    assert (shipment.carrier, shipment.service) == ("house", "standard")
    assert (label.state, label.cost, label.currency) == (LabelState.BOUGHT, Decimal("5.90"), "EUR")
    assert not shipment.label_pending
    entry = Entry.objects.get(kind="shipment.labelled")
    assert entry.data["cost"] == "5.90 EUR"


def test_one_key_is_one_label(shipment: Shipment) -> None:
    first, second = buy(shipment), buy(shipment)
    assert first.pk == second.pk
    assert Label.objects.count() == 1


def test_a_key_that_bought_something_else_is_refused(shipment: Shipment) -> None:
    buy(shipment)
    with pytest.raises(errors.LabelKeyReused):
        buy(shipment, service="express")


def test_a_second_label_is_refused(shipment: Shipment) -> None:
    buy(shipment)
    with pytest.raises(IllegalTransition):
        buy(shipment, key="k-2")
    assert Label.objects.count() == 1


def test_the_same_key_on_another_parcel_is_another_label(shipment: Shipment) -> None:
    other = factories.packed_shipment()
    assert buy(shipment).tracking_number != buy(other).tracking_number


def test_an_unknown_carrier_is_refused(shipment: Shipment) -> None:
    with pytest.raises(errors.UnknownService):
        buy(shipment, carrier="pigeon")
    assert not Label.objects.exists()


def test_a_reprint_is_the_same_file(shipment: Shipment) -> None:
    buy(shipment)
    assert queries.label_files(shipment.pk) == queries.label_files(shipment.pk)
    assert queries.label_files(shipment.pk).pdf.startswith(b"%PDF-")
    with pytest.raises(errors.NoLabel):
        queries.label_files(factories.packed_shipment().pk)


# When the carrier says no ---------------------------------------------------------------------------------------------


def test_a_refusal_leaves_the_parcel_packed_with_the_reason(shipment: Shipment) -> None:
    with pytest.raises(errors.LabelRefused, match="no service “drone”"):
        buy(shipment, service="drone")
    shipment.refresh_from_db()
    assert shipment.status == ShipmentStatus.PACKED
    assert not shipment.label_pending
    label = Label.objects.get()
    assert (label.state, label.error) == (LabelState.FAILED, "There is no service “drone”.")
    assert Entry.objects.get(kind="shipment.label_failed").reason == label.error


def test_the_same_key_is_refused_again_without_asking(shipment: Shipment, moody: Moody) -> None:
    moody.reset("refuse")
    for _ in range(2):
        with pytest.raises(errors.LabelRefused, match="No parcels on Mondays"):
            buy_moody(shipment)
    assert moody.asked["buy"] == 1
    assert buy_moody(shipment, key="k-2").state == LabelState.BOUGHT


def test_a_number_that_another_parcel_has_is_refused(shipment: Shipment, moody: Moody) -> None:
    moody.numbers = ["MO1", "mo 1"]
    buy_moody(factories.packed_shipment())
    with pytest.raises(errors.LabelRefused, match="another parcel has"):
        buy_moody(shipment)
    shipment.refresh_from_db()
    assert (shipment.status, shipment.tracking_number) == (ShipmentStatus.PACKED, "")


# When the carrier says nothing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mood", "words"),
    [("silent", "Nobody answers."), ("broken", "The carrier's answer is unclear.")],
)
def test_silence_leaves_the_parcel_packed_and_is_readable(
    shipment: Shipment, moody: Moody, mood: str, words: str
) -> None:
    moody.reset(mood)
    with pytest.raises(errors.CarrierUnreachable, match=words):
        buy_moody(shipment)
    shipment.refresh_from_db()
    assert (shipment.status, shipment.label_pending) == (ShipmentStatus.PACKED, True)
    label = Label.objects.get()
    assert (label.state, label.error, label.attempts) == (LabelState.PENDING, words, 1)


def test_a_lost_answer_is_asked_for_again_and_is_one_label(
    shipment: Shipment, moody: Moody
) -> None:
    moody.reset("lost")
    with pytest.raises(errors.CarrierUnreachable):
        buy_moody(shipment)
    label = buy_moody(shipment)
    assert label.state == LabelState.BOUGHT
    assert len(moody.book) == 1
    assert Label.objects.count() == 1


def test_another_key_carries_the_unsettled_purchase_on(shipment: Shipment, moody: Moody) -> None:
    moody.reset("lost")
    with pytest.raises(errors.CarrierUnreachable):
        buy_moody(shipment)
    assert buy_moody(shipment, key="next click").key == "k-1"
    assert len(moody.book) == 1


def test_another_service_waits_for_the_unsettled_purchase(shipment: Shipment, moody: Moody) -> None:
    moody.reset("silent")
    with pytest.raises(errors.CarrierUnreachable):
        buy_moody(shipment)
    with pytest.raises(errors.LabelPending):
        buy(shipment, key="k-2")
    assert Label.objects.count() == 1


def test_the_sweep_settles_what_was_cut_off(shipment: Shipment, moody: Moody) -> None:
    moody.reset("lost")
    with pytest.raises(errors.CarrierUnreachable):
        buy_moody(shipment)
    assert services.settle_due() == 0
    with later(seconds=59):
        assert services.settle_due() == 0
    with later(seconds=61):
        assert services.settle_due() == 1
    shipment.refresh_from_db()
    assert (shipment.status, shipment.label_pending) == (ShipmentStatus.LABELLED, False)
    assert len(moody.book) == 1


def test_the_sweep_settles_an_intent_whose_caller_died_before_asking(
    shipment: Shipment, moody: Moody
) -> None:
    labelling._request(
        shipment_id=shipment.pk, carrier="moody", service="slow", key="k-1", actor=PICKER
    )
    assert services.settle_due() == 0
    with later(seconds=61):
        assert services.settle_due() == 1
    assert Label.objects.get().state == LabelState.BOUGHT


def test_an_intent_whose_caller_is_asking_is_left_alone(shipment: Shipment, moody: Moody) -> None:
    def rival() -> None:
        with later(seconds=61):
            assert services.settle_due() == 0
        with pytest.raises(errors.LabelInProgress):
            buy_moody(shipment)

    moody.before_answer = rival
    assert buy_moody(shipment).state == LabelState.BOUGHT
    assert moody.asked["buy"] == 1


def test_a_purchase_is_given_up_after_the_last_attempt(shipment: Shipment, moody: Moody) -> None:
    moody.reset(*["silent"] * 20)
    with pytest.raises(errors.CarrierUnreachable):
        buy_moody(shipment)
    for day in range(1, 12):
        with later(days=day):
            services.settle_due()
    label = Label.objects.get()
    assert (label.state, label.attempts) == (LabelState.FAILED, labelling.MAX_ATTEMPTS)
    assert moody.asked["buy"] == labelling.MAX_ATTEMPTS
    assert "Given up after 8 attempts" in label.error
    shipment.refresh_from_db()
    assert not shipment.label_pending


# Voiding --------------------------------------------------------------------------------------------------------------


def test_a_voided_label_leaves_a_packed_parcel_without_number(shipment: Shipment) -> None:
    label = buy(shipment)
    services.void_label(shipment_id=shipment.pk, actor=PICKER, reason="wrong service")
    shipment.refresh_from_db()
    label.refresh_from_db()
    assert (shipment.status, shipment.tracking_number) == (ShipmentStatus.PACKED, "")
    assert label.state == LabelState.VOIDED
    again = buy(shipment, key="k-2")
    assert again.tracking_number != label.tracking_number


def test_a_parcel_that_has_left_keeps_its_label() -> None:
    shipped = factories.shipped_shipment()
    with pytest.raises(IllegalTransition):
        services.void_label(shipment_id=shipped.pk, actor=PICKER)
    assert Label.objects.get().state == LabelState.BOUGHT


def test_a_refused_void_keeps_the_label(shipment: Shipment, moody: Moody) -> None:
    label = buy_moody(shipment)
    moody.moods = ["refuse"]
    with pytest.raises(errors.VoidRefused, match="No parcels on Mondays"):
        services.void_label(shipment_id=shipment.pk, actor=PICKER)
    shipment.refresh_from_db()
    label.refresh_from_db()
    assert (shipment.status, shipment.label_pending) == (ShipmentStatus.LABELLED, False)
    assert label.state == LabelState.BOUGHT


def test_an_unanswered_void_is_tried_again_and_the_parcel_waits(
    shipment: Shipment, moody: Moody
) -> None:
    buy_moody(shipment)
    moody.moods = ["silent"]
    with pytest.raises(errors.CarrierUnreachable):
        services.void_label(shipment_id=shipment.pk, actor=PICKER)
    with pytest.raises(errors.LabelPending):
        services.ship(shipment_id=shipment.pk, actor=PICKER)
    with later(seconds=61):
        assert services.settle_due() == 1
    shipment.refresh_from_db()
    assert (shipment.status, shipment.label_pending) == (ShipmentStatus.PACKED, False)
    assert moody.asked["void"] == 2


# Labels of others and rates -------------------------------------------------------------------------------------------


def test_a_label_bought_elsewhere_is_noted_once(shipment: Shipment) -> None:
    values: dict[str, Any] = {
        "carrier": "ups",
        "service": "ground",
        "tracking_number": "1z 999 aa1",
        "key": "k",
    }
    label = services.record_label(shipment_id=shipment.pk, actor=PICKER, **values)
    assert services.record_label(shipment_id=shipment.pk, actor=PICKER, **values).pk == label.pk
    shipment.refresh_from_db()
    assert (shipment.carrier, shipment.tracking_number) == ("ups", "1Z999AA1")
    with pytest.raises(errors.LabelKeyReused):
        services.record_label(
            shipment_id=shipment.pk, actor=PICKER, **{**values, "tracking_number": "other"}
        )
    with pytest.raises(errors.LabelRefused):
        services.record_label(shipment_id=factories.packed_shipment().pk, actor=PICKER, **values)
    services.void_label(shipment_id=shipment.pk, actor=PICKER)
    shipment.refresh_from_db()
    assert shipment.status == ShipmentStatus.PACKED


def test_a_parcel_of_a_foreign_carrier_ships_without_being_polled(shipment: Shipment) -> None:
    services.record_label(
        shipment_id=shipment.pk,
        carrier="ups",
        service="",
        tracking_number="1Z1",
        key="k",
        actor=PICKER,
    )
    shipped = services.ship(shipment_id=shipment.pk, actor=PICKER)
    assert (shipped.next_poll_at, shipped.expected_on) == (None, None)


def test_rates_of_all_carriers_cheapest_first(shipment: Shipment, moody: Moody) -> None:
    offers = services.rates(shipment_id=shipment.pk)
    assert [(rate.carrier, rate.service, str(rate.amount)) for rate in offers.rates] == [
        ("moody", "slow", "1.00"),
        ("house", "standard", "5.90"),
        ("house", "express", "11.90"),
    ]
    assert offers.problems == {}


def test_a_silent_carrier_does_not_hide_the_others(shipment: Shipment, moody: Moody) -> None:
    moody.reset("silent")
    offers = services.rates(shipment_id=shipment.pk)
    assert [rate.carrier for rate in offers.rates] == ["house", "house"]
    assert offers.problems == {"moody": "Nobody answers."}


def test_labels_of_a_parcel_are_listed_without_their_files(shipment: Shipment) -> None:
    buy(shipment)
    services.void_label(shipment_id=shipment.pk, actor=PICKER)
    buy(shipment, key="k-2")
    views = queries.labels_of(shipment.pk)
    assert [(view.state, view.printable) for view in views] == [("bought", True), ("voided", True)]


def test_every_state_of_a_label_is_reachable_and_final_states_are_ends() -> None:
    assert set(LABEL.states) == set(LabelState.values)
    assert all(not LABEL.allowed(state) for state in LABEL.final)


def test_a_number_that_grows_too_long_when_it_is_written_plainly_is_refused() -> None:
    shipment = factories.packed_shipment()

    with pytest.raises(errors.TrackingNumberTooLong) as refusal:
        services.record_label(
            shipment_id=shipment.pk,
            carrier="dhl",
            service="",
            tracking_number="\ufdfa" * 10,  # one sign each, which is written with 18 letters
            key="k-1",
            actor=PICKER,
        )

    assert refusal.value.problems[0].pointer == "/tracking_number"
    assert not Label.objects.exists()
