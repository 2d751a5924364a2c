"""Typed refusals.

Every refusal of the product is a `DomainError` with a stable dotted code, an HTTP status, words for a person and typed
fields. The API turns it into an RFC 9457 problem, the admin into a message, a command into an exit code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong with the input: where (JSON pointer, or row and column), what, and words for a person."""

    pointer: str
    code: str
    message: str


class DomainError(Exception):
    """Refuse a use-case. Subclasses set `code` and `title`; a family sets `status`.

    `constraints` names the database constraints whose violation means this refusal.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "error"
    title: ClassVar[str] = "The request was refused"
    retry_after: ClassVar[int | None] = None
    constraints: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, detail: str = "", *, problems: Sequence[FieldProblem] = (), **fields: Any
    ) -> None:
        self.detail = detail or self.title
        self.problems = tuple(problems)
        self.fields = fields
        super().__init__(self.detail)


class Unreadable(DomainError):
    """The input cannot be read at all."""

    status = 400
    code = "unreadable"
    title = "The request cannot be read"


class Invalid(DomainError):
    """The input is readable but wrong; `problems` lists everything that is wrong at once."""

    status = 422
    code = "invalid"
    title = "The input is not valid"


class Conflict(DomainError):
    """The present state of the document, or of the stock, does not allow it."""

    status = 409
    code = "conflict"
    title = "The present state does not allow this"


class Stale(DomainError):
    """The caller has seen an older version of the document."""

    status = 412
    code = "stale_version"
    title = "The document has changed since you read it"


class NotAllowed(DomainError):
    """The caller lacks the right."""

    status = 403
    code = "not_allowed"
    title = "You may not do this"


class Missing(DomainError):
    """There is no such thing within the caller's reach."""

    status = 404
    code = "not_found"
    title = "Not found"


class Busy(DomainError):
    """Someone else holds the rows; try again soon."""

    status = 409
    code = "busy"
    title = "Someone else is working on this right now"
    retry_after = 1


class Raced(Busy):
    """A rival changed the rows between reading and writing; the whole unit may be tried again at once."""

    code = "raced"
    title = "Someone else was faster; please try again"
