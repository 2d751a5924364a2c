"""How far pre-orders are."""

from datetime import date

from orders.preorders.models import Preorder
from orders.preorders.states import PreorderState


def state(preorder: Preorder, *, sold: int, today: date) -> PreorderState:
    """Say where a pre-order stands of which units are sold; no statement."""
    if today >= preorder.released_on:
        return PreorderState.RELEASED
    if today < preorder.starts_on:
        return PreorderState.SCHEDULED
    if today > preorder.ends_on:
        return PreorderState.CLOSED
    if preorder.units is not None and sold >= preorder.units:
        return PreorderState.SOLD_OUT
    return PreorderState.OPEN
