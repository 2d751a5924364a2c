"""Who does it: every service is told, every timeline entry and movement keeps it."""

from dataclasses import dataclass
from typing import Any, Literal, Self


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
        return cls("staff", str(user.pk), user.get_full_name() or user.get_username())

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


SYSTEM = Actor("system", "", "system")
