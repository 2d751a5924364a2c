"""Use-cases of storing: switch bins on and off, put away, move from bin to bin."""

from inventory.storing.services.switching import switch_off, switch_on

__all__ = ["switch_off", "switch_on"]
