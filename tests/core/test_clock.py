"""The one clock can travel, for one thread and one block."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from oms.core import clock

THEN = datetime(2020, 2, 29, 23, 30, tzinfo=UTC)


def test_time_passes_where_the_clock_was_taken() -> None:
    with clock.travelled(THEN):
        first, second = clock.now(), clock.now()
    assert THEN <= first <= second < THEN + timedelta(minutes=1)


def test_the_day_is_the_one_of_the_zone() -> None:
    with clock.travelled(THEN):
        assert clock.today() == THEN.date()
        assert clock.today("Europe/Berlin").isoformat() == "2020-03-01"


def test_the_clock_comes_back_even_after_a_failure() -> None:
    with pytest.raises(ValueError, match="boom"), clock.travelled(THEN):
        raise ValueError("boom")
    assert clock.now() > THEN + timedelta(days=365)


def test_journeys_nest() -> None:
    with clock.travelled(THEN):
        with clock.travelled(THEN + timedelta(days=1)):
            assert clock.now() >= THEN + timedelta(days=1)
        assert clock.now() < THEN + timedelta(hours=1)


def test_other_threads_stay_in_the_present() -> None:
    seen: list[datetime] = []
    with clock.travelled(THEN):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
    assert seen[0] > THEN + timedelta(days=365)
