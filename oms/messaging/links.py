"""Private links in mails: marked in the stored text, filled in on the way out.

A link that lets its holder see an order is a credential. The message log, its backups and the console would hold it in
clear if it were part of the stored text. So a text carries the mark of a link, and the sender replaces it by a fresh
link, made by the function that the composition names for the mark (`PRIVATE_LINKS` in `oms.subscriptions`).
"""

import re
from collections.abc import Callable, Mapping
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

# (label of the document, its key) -> absolute URL
Maker = Callable[[str, int], str]

_MARK = re.compile(r"private-link:([a-z]{1,20})\b")


class UnknownLink(LookupError):
    """No maker is registered for the mark."""


def mark(name: str) -> str:
    """Return what stands in the stored text for the private link `name` (lower-case letters)."""
    text = f"private-link:{name}"
    if not _MARK.fullmatch(text):
        raise ValueError("The name of a private link is 1 to 20 lower-case letters.")
    return text


def filled(texts: list[str], *, document: str, document_id: int) -> list[str]:
    """Return `texts` with every mark replaced by its link; one link per name, shared by all texts.

    Calls the makers, which write to the database. Raises UnknownLink.
    """
    names = sorted({name for text in texts for name in _MARK.findall(text)})
    unknown = [name for name in names if name not in _makers()]
    if unknown:
        raise UnknownLink(f"Nothing makes the private link {', '.join(unknown)}.")
    made = {name: _makers()[name](document, document_id) for name in names}
    return [_MARK.sub(lambda match: made[match[1]], text) for text in texts]


@cache
def _makers() -> Mapping[str, Maker]:
    makers: Mapping[str, Maker] = import_string(settings.OMS_PRIVATE_LINKS)
    return makers
