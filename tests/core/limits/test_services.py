"""Limits that all processes share."""

import hashlib
import os
import re
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import connection

from oms.core import clock
from oms.core.limits import services
from oms.core.limits.errors import LimitReached
from oms.core.limits.models import Counter
from oms.core.limits.services import Limit

FIVE = Limit("test.five", most=5, seconds=60)


def taken(limit: Limit, key: str, times: int) -> int:
    """Try `times` times; return how often it was allowed."""
    allowed = 0
    for _ in range(times):
        try:
            services.take(limit, key=key)
        except LimitReached:
            continue
        allowed += 1
    return allowed


@pytest.mark.django_db
def test_a_limit_of_five_allows_five_and_says_when_it_allows_more() -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False):
        assert taken(FIVE, "ada", 5) == 5
    with (
        time_machine.travel(start + timedelta(seconds=18), tick=False),
        pytest.raises(LimitReached) as refusal,
    ):
        services.take(FIVE, key="ada")
    assert (refusal.value.status, refusal.value.seconds) == (429, 42)
    with time_machine.travel(start + timedelta(seconds=60), tick=False):
        assert taken(FIVE, "ada", 9) == 5


@pytest.mark.django_db
def test_keys_and_scopes_count_apart() -> None:
    assert taken(FIVE, "ada", 6) == 5
    assert taken(FIVE, "grace", 6) == 5
    assert taken(Limit("test.other", most=5, seconds=60), "ada", 6) == 5


@pytest.mark.django_db
def test_what_is_given_back_does_not_count() -> None:
    for _ in range(12):
        services.give_back(services.take(FIVE, key="ada"))
    assert taken(FIVE, "ada", 9) == 5


@pytest.mark.django_db
def test_what_is_given_back_after_its_span_does_not_widen_the_next() -> None:
    first = services.take(FIVE, key="ada")
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        services.take(FIVE, key="ada")
        services.give_back(first)
        assert taken(FIVE, "ada", 9) == 4


@pytest.mark.django_db
def test_the_table_holds_no_key_in_clear() -> None:
    services.take(FIVE, key="192.0.2.7")
    kept = Counter.objects.get().key
    assert re.fullmatch("[0-9a-f]{64}", kept)
    assert kept != hashlib.sha256(b"192.0.2.7").hexdigest()


@pytest.mark.django_db
def test_a_refused_key_writes_nothing() -> None:
    taken(FIVE, "ada", 5)
    before = Counter.objects.get().count
    assert taken(FIVE, "ada", 100) == 0
    assert Counter.objects.get().count == before


@pytest.mark.django_db
def test_only_counters_whose_span_is_over_are_purged() -> None:
    services.take(FIVE, key="old")
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        services.take(FIVE, key="new")
        assert services.purge() == 1
        assert taken(FIVE, "new", 9) == 4


@pytest.mark.django_db(transaction=True)
def test_rivals_in_threads_get_exactly_the_limit_together() -> None:
    gate = threading.Barrier(8)
    counts: list[int] = []

    def rival() -> None:
        gate.wait()
        counts.append(taken(Limit("test.threads", most=25, seconds=600), "one", 10))
        connection.close()

    threads = [threading.Thread(target=rival) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 25


RIVAL = """
import sys
import django
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from oms.core.limits import services
from oms.core.limits.errors import LimitReached
allowed = 0
print("ready", flush=True)
sys.stdin.readline()
for _ in range(20):
    try:
        services.take(services.Limit("test.processes", most=20, seconds=600), key="one")
        allowed += 1
    except LimitReached:
        pass
print(allowed)
"""


@pytest.mark.django_db(transaction=True)
def test_four_processes_get_exactly_the_limit_together() -> None:
    name = str(connection.settings_dict["NAME"])
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "oms.settings"}
    rivals = [
        subprocess.Popen(
            [sys.executable, "-c", RIVAL, name],
            cwd=Path(settings.BASE_DIR),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for rival in rivals:
        assert rival.stdout is not None
        assert rival.stdout.readline() == "ready\n"
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write("go\n")
        rival.stdin.flush()
    counts = [int(rival.communicate(timeout=60)[0]) for rival in rivals]
    assert sum(counts) == 20
