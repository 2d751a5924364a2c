"""Let threads meet at a named place of the code under test, so that a race is made and not hoped for."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

PATIENCE = 30  # seconds until a meeting to which somebody does not come is broken off


def met(parties: int, effect: Callable[..., Any]) -> Callable[..., Any]:
    """Return `effect`, from whose end nobody of the first `parties` callers goes on before all have come there.

    Later callers pass. When somebody does not come, those who wait get BrokenBarrierError, which `in_parallel` counts.
    """
    place = threading.Barrier(parties)
    turn, come = threading.Lock(), 0

    def wait_after(*args: Any, **named: Any) -> Any:
        nonlocal come
        found = effect(*args, **named)
        with turn:
            come += 1
            is_awaited = come <= parties
        if is_awaited:
            place.wait(timeout=PATIENCE)
        return found

    return wait_after


def interleaved(
    patch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    first: Callable[[], Any],
    rival: Callable[[], Any],
) -> Counter[str]:
    """Let `first` come to the end of `module.name`, then `rival` run as a whole, then `first` go on.

    Return what came of the two: results and names of refusals.
    """
    come, gone = met(2, lambda: None), met(2, lambda: None)
    here = threading.local()
    real = getattr(module, name)

    def stop(*args: Any, **named: Any) -> Any:
        found = real(*args, **named)
        if getattr(here, "stops", False):
            here.stops = False
            come()
            gone()
        return found

    def go_first() -> Any:
        here.stops = True
        return first()

    def go_between() -> Any:
        come()
        try:
            return rival()
        finally:
            gone()

    def outcome(act: Callable[[], Any]) -> str:
        try:
            return str(act())
        except Exception as error:  # noqa: BLE001  # whatever came of it is what the test looks at
            return type(error).__name__
        finally:
            connections.close_all()

    patch.setattr(module, name, stop)
    with ThreadPoolExecutor(2) as pool:
        return Counter(pool.map(outcome, (go_first, go_between)))
