from datetime import date

import pytest

from fulfillment.shipping import rules


def test_a_kilogram_is_five_thousand_cubic_centimetres() -> None:
    assert rules.volume_weight_g(300, 200, 100) == 1_200
    assert rules.volume_weight_g(1, 1, 1) == 1


@pytest.mark.parametrize(("weight", "counts"), [(1_199, 1_200), (1_201, 1_201)])
def test_the_greater_of_weight_and_size_counts(weight: int, counts: int) -> None:
    assert rules.chargeable_weight_g(weight, 300, 200, 100) == counts


def test_weekends_and_holidays_are_no_working_days() -> None:
    friday = date(2026, 11, 20)
    assert rules.working_day_after(friday, 0, "DE") == friday
    assert rules.working_day_after(friday, 1, "DE") == date(2026, 11, 23)
    before_christmas = date(2026, 12, 23)
    assert rules.working_day_after(before_christmas, 2, "DE") == date(2026, 12, 28)
    assert rules.working_day_after(before_christmas, 2, "JP") == date(2026, 12, 25)


def test_a_year_ends_within_the_count() -> None:
    assert rules.working_day_after(date(2026, 12, 31), 1, "DE") == date(2027, 1, 4)


def test_a_country_without_calendar_has_weekends_only() -> None:
    assert rules.working_day_after(date(2026, 12, 24), 1, "ZZ") == date(2026, 12, 25)


def test_waits_grow_up_to_an_hour() -> None:
    waits = [rules.wait_seconds(attempt) for attempt in range(1, 10)]
    assert waits[0] == 60
    assert waits == sorted(waits)
    assert waits[-1] == 3_600
