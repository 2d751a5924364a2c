"""Files that mails carry, made on the way out.

The message log keeps texts alone. What a kind of mail carries besides is made when it is sent, from its document, by
the function that the composition names for the kind (`MAIL_FILES` in `oms.subscriptions`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it is attached."""

    name: str
    content: bytes
    media_type: str


# key of the document -> its files
FileMaker = Callable[[int], Sequence[File]]


def made(*, kind: str, document_id: int) -> Sequence[File]:
    """Return the files of a mail of this kind; most kinds have none."""
    maker = _makers().get(kind)
    return maker(document_id) if maker else ()


@cache
def _makers() -> Mapping[str, FileMaker]:
    makers: Mapping[str, FileMaker] = import_string(settings.OMS_MAIL_FILES)
    return makers
