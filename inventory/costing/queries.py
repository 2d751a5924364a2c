"""Reads of costs: the policy in force, what is left of a SKU and worth how much."""

from inventory.costing import errors
from inventory.costing.models import CostPolicy


def policy() -> CostPolicy | None:
    """Return the policy in force, None before anybody has decided."""
    return CostPolicy.objects.order_by("-pk").first()


def policy_in_force() -> CostPolicy:
    """Return the policy in force. Raises NoPolicy."""
    found = policy()
    if found is None:
        raise errors.NoPolicy
    return found
