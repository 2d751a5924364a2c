"""Transition tables.

A document's life is data: `{(state, action): next state}`. `Flow` wraps the table, answers what is legal, and moves a
row by one guarded UPDATE, so that of two rivals exactly one wins. What the table does not name is refused, also when
the document already is where the action would lead: a repeat is answered by its idempotency key, not guessed here.
"""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import F

from oms.core import errors


class IllegalTransition(errors.Conflict):
    """The action is not in the table for the present state."""

    code = "invalid_transition"
    title = "This is not possible in the present state"


class Flow:
    """A transition table of one document kind.

    `field` is the status field of the model; a model with a `version` field has it raised with each move.
    """

    def __init__(
        self,
        name: str,
        *,
        initial: str,
        table: Mapping[tuple[str, str], str],
        final: frozenset[str],
        field: str = "status",
    ) -> None:
        self.name = name
        self.initial = initial
        self.table = dict(table)
        self.final = final
        self.field = field

    @property
    def states(self) -> list[str]:
        """Return every state in the order of first mention."""
        seen = dict.fromkeys([self.initial])
        for (source, _), target in self.table.items():
            seen.setdefault(source)
            seen.setdefault(target)
        return list(seen)

    def allowed(self, state: str) -> list[str]:
        """Return the actions that are legal in `state`, in table order."""
        return [action for (source, action) in self.table if source == state]

    def sources(self, action: str) -> list[str]:
        """Return the states in which `action` is legal."""
        return [source for (source, name) in self.table if name == action]

    def may(self, state: str, action: str) -> bool:
        """Say whether `action` is legal in `state`."""
        return (state, action) in self.table

    def target(self, state: str, action: str) -> str:
        """Return the state after `action`; raise IllegalTransition, naming what would be legal."""
        try:
            return self.table[state, action]
        except KeyError:
            raise self.refusal(state, action) from None

    def refusal(self, state: str, action: str) -> IllegalTransition:
        """Make the error for `action` in `state`."""
        allowed = self.allowed(state)
        return IllegalTransition(
            f"Cannot {action.replace('_', ' ')} a {self.name} that is {state.replace('_', ' ')}.",
            current=state,
            action=action,
            allowed=allowed,
        )

    def move(self, document: models.Model, action: str, **changes: Any) -> str:
        """Move `document` by one guarded UPDATE and mirror the result on the instance.

        Returns the state before. Raises IllegalTransition when the table or a rival's move forbids it.
        """
        before: str = getattr(document, self.field)
        after = self.target(before, action)
        guard = {"pk": document.pk, self.field: before}
        values: dict[str, Any] = {self.field: after, **changes}
        versioned = any(f.name == "version" for f in document._meta.concrete_fields)
        if versioned:
            values["version"] = F("version") + 1
        if not type(document)._default_manager.filter(**guard).update(**values):
            current = (
                type(document)
                ._default_manager.filter(pk=document.pk)
                .values_list(self.field, flat=True)
                .first()
            )
            raise self.refusal(current or "gone", action)
        for name, value in {self.field: after, **changes}.items():
            setattr(document, name, value)
        if versioned:
            document.version += 1  # type: ignore[attr-defined]  # guarded by `versioned`
        return before
