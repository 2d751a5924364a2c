"""What a channel may see of what is free: pure functions."""

from collections.abc import Sequence


def kept_back(free: Sequence[int], buffer: int) -> list[int]:
    """Return how many of the `free` units of each place stay there so that `buffer` units of the SKU are kept in all.

    `free` is in the order in which places are asked: the last one keeps first, so that a buffer costs as few ways to
    serve an order from one place as can be.
    """
    kept = [0] * len(free)
    for index in reversed(range(len(free))):
        kept[index] = min(buffer, max(0, free[index]))
        buffer -= kept[index]
    return kept


def demand_of(cause: str) -> int | None:
    """Return the key of the demand line that a movement out of the house served, read from its cause; None: of none.

    Handing out writes the causes as act, demand line and level, in this order.
    """
    parts = cause.rsplit(":", 2)
    return int(parts[1]) if len(parts) == 3 and parts[1].isdecimal() else None
