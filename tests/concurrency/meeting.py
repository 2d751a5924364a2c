"""Let threads meet at a named place of the code under test, so that a race is made and not hoped for."""

import threading
from collections.abc import Callable
from typing import Any

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
