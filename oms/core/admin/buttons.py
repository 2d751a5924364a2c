"""Acts on a document, declared as data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponse
from unfold import widgets

from oms.core import text
from oms.core.actors import Actor

_STYLED: tuple[tuple[type[forms.Widget], list[str]], ...] = (
    (forms.Textarea, widgets.TEXTAREA_CLASSES),
    (forms.CheckboxInput, widgets.CHECKBOX_CLASSES),
    (forms.RadioSelect, widgets.RADIO_CLASSES),
    (forms.Select, widgets.SELECT_CLASSES),
    (forms.FileInput, widgets.INPUT_CLASSES),
    (forms.widgets.Input, widgets.INPUT_CLASSES),
)


def dress(form: forms.Form) -> None:
    """Give the fields of a plain form the look of the console, and refuse invisible characters in their text."""
    for declared in form.fields.values():
        for kind, classes in _STYLED:
            if isinstance(declared.widget, kind):
                own = declared.widget.attrs.get("class", "")
                declared.widget.attrs["class"] = " ".join([*classes, own]).strip()
                break
        if isinstance(declared, forms.CharField):
            many = isinstance(declared.widget, forms.Textarea)
            declared.validators.append(_visible_lines if many else _visible)


def _visible(value: str) -> None:
    if not text.is_clean(value):
        raise forms.ValidationError(
            "This holds characters that nobody can see.", code="control_char"
        )


def _visible_lines(value: str) -> None:
    if not text.is_clean(value, multiline=True):
        raise forms.ValidationError(
            "This holds characters that nobody can see.", code="control_char"
        )


class ButtonForm(forms.Form):
    """What a button asks for; subclasses add fields, and may read the document to offer choices."""

    def __init__(
        self, *args: Any, target: models.Model, request: HttpRequest, **kwargs: Any
    ) -> None:
        self.target = target
        self.request = request
        super().__init__(*args, **kwargs)
        self.prepare()
        dress(self)

    def prepare(self) -> None:
        """Fill choices and initial values from `self.target`."""


class ReasonForm(ButtonForm):
    """Asks why."""

    reason = forms.CharField(
        max_length=200,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="It is kept in the timeline, readable by everyone who works on this.",
    )


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed: everything its service needs. `key` is the same for every click on one shown form."""

    document: Any
    actor: Actor
    data: dict[str, Any]
    version: int | None
    key: str
    request: HttpRequest


def always(_document: Any) -> str | None:
    """Return no reason against it."""
    return None


@dataclass(frozen=True, slots=True)
class Button:
    """An act on a document.

    `service` makes the one call and may return words for the person, or a whole response. `allowed` returns None when
    the act is legal now, else the reason why not, in words. With `keyed` the service itself takes `press.key` and
    answers a repetition (it may not run inside our transaction, for example because it calls a carrier).
    """

    name: str
    label: str
    permission: str
    service: Callable[[Press], "str | HttpResponse | None"]
    form: type[ButtonForm] = ButtonForm
    allowed: Callable[[Any], str | None] = always
    explain: str = ""
    done: str = "Done."
    danger: bool = False
    main: bool = False
    keyed: bool = False
    shown: bool = True
    template: str = "admin/console/press.html"


@dataclass(frozen=True, slots=True)
class Offer:
    """A button as drawn on the page of one document."""

    name: str
    label: str
    url: str
    reason: str | None
    danger: bool
    main: bool
    explain: str = field(default="")

    @property
    def legal(self) -> bool:
        """Whether it can be pressed now."""
        return self.reason is None
