"""Who does it: every service is told, every timeline entry and movement keeps it."""

from dataclasses import dataclass
from typing import Any, Literal, Self

LONGEST = 150  # what the columns hold in which an actor is kept


@dataclass(frozen=True, slots=True)
class Actor:
    """A staff member, an API client, a customer or the system itself.

    `name` is kept beside the id, so that the record stays readable after the user is deleted.
    """

    kind: Literal["staff", "api", "customer", "system"]
    id: str
    name: str

    @classmethod
    def of_user(cls, user: Any) -> Self:
        """Make the actor of a signed-in staff member."""
        return cls("staff", str(user.pk), (user.get_full_name() or user.get_username())[:LONGEST])

    def __str__(self) -> str:
        """Return kind and name as ledgers and documents keep them."""
        return f"{self.kind}:{self.name}"[:LONGEST]


SYSTEM = Actor("system", "", "system")
