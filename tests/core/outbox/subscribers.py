"""A subscriptions table of its own: two events, handlers whose effect is a product row, and one that can misbehave."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from inventory.catalog.models import Product
from oms.core.events import Event, Subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Event):
    """`number` was said about a `thing`."""

    name: ClassVar[str] = "tests.counted.v1"
    aggregate: ClassVar[str] = "tests.thing"

    thing: str
    number: int

    @property
    def aggregate_id(self) -> str:
        """Return the thing."""
        return self.thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Whispered(Counted):
    """Nobody listens to this one."""

    name: ClassVar[str] = "tests.whispered.v1"


class Mood:
    """What `moody` does after it has written its row; set by a test."""

    act: ClassVar[Callable[[Counted], None] | None] = None


def steady(fact: Counted) -> None:
    """Write a row."""
    Product.objects.create(name=f"steady {fact.thing} {fact.number}")


def moody(fact: Counted) -> None:
    """Write a row, then do what the test says."""
    Product.objects.create(name=f"moody {fact.thing} {fact.number}")
    if Mood.act is not None:
        Mood.act(fact)


TABLE: Subscriptions = {Counted: [steady, moody], Whispered: []}


def effects(of: str) -> list[str]:
    """Return what a handler has left behind, in the order of writing: "thing number"."""
    names = Product.objects.order_by("id").values_list("name", flat=True)
    return [name.removeprefix(f"{of} ") for name in names if name.startswith(f"{of} ")]
