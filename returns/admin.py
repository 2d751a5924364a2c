"""Registry of the returns' part of the console."""

from returns.settlement.admin import ReturnAdmin

__all__ = ["ReturnAdmin"]
