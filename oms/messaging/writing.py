"""Writing a mail: its language, and its two bodies from two templates."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

_GAPS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)


class Bodies(NamedTuple):
    """The same mail as plain text and as HTML."""

    text: str
    html: str


def known_language(tag: str) -> str:
    """Return the language that we have for a tag: de for de-AT, the house's own for one that nobody translated."""
    try:
        return translation.get_supported_language_variant(tag)
    except LookupError:
        return settings.LANGUAGE_CODE


@contextmanager
def written_in(tag: str) -> Iterator[str]:
    """Write everything inside in the language of `tag`, or the nearest that we have; gives that language."""
    language = known_language(tag)
    with translation.override(language):
        yield language


def bodies(template: str, context: Mapping[str, Any]) -> Bodies:
    """Render `<template>.txt` and `<template>.html` in the active language.

    Templates may leave blank lines behind; the text keeps one at most.
    """
    values = {**context, "language": translation.get_language()}
    text = _TRAILING.sub("", render_to_string(f"{template}.txt", values))
    return Bodies(
        text=_GAPS.sub("\n\n", text).strip() + "\n",
        html=render_to_string(f"{template}.html", values),
    )
