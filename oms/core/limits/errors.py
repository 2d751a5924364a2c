"""Refusals of limits."""

from typing import Any

from oms.core import errors


class LimitReached(errors.DomainError):
    """It has happened too often; `retry_after` says in how many seconds it may happen again."""

    status = 429
    code = "too_many_requests"
    title = "This was tried too often"

    def __init__(self, *, seconds: int, **fields: Any) -> None:
        super().__init__(f"Please try again in {seconds} seconds.", **fields)
        self.seconds = seconds
