"""Facts that leave a topic.

An event is a frozen dataclass of ids and plain values, named in the past tense, with a versioned wire name. `publish`
writes it to the outbox in the caller's transaction; the relay hands it to the handlers named in `oms.subscriptions`.
What must be consistent is a call; what may lag or leaves the house is an event.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Any, ClassVar, Self

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events. `aggregate_id` names the document whose sequence orders them."""

    name: ClassVar[str]
    aggregate: ClassVar[str]

    @property
    def aggregate_id(self) -> str:
        """Return the key of the document, as text."""
        raise NotImplementedError

    def payload(self) -> dict[str, Any]:
        """Return the fields as plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """Rebuild the event; fields that a newer writer added are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in payload.items() if key in known})


Handler = Callable[[Any], None]
Subscriptions = Mapping[type[Event], Sequence[Handler]]


def handler_name(handler: Handler) -> str:
    """Return the dotted name that identifies `handler` in delivery rows."""
    return f"{handler.__module__}.{handler.__qualname__}"


@cache
def registry() -> tuple[dict[str, type[Event]], dict[str, dict[str, Handler]]]:
    """Return (event class by name, handlers by event name and handler name) from the subscriptions table."""
    table: Subscriptions = import_string(settings.OMS_SUBSCRIPTIONS)
    classes = {event.name: event for event in table}
    handlers = {
        event.name: {handler_name(handler): handler for handler in targets}
        for event, targets in table.items()
    }
    return classes, handlers
