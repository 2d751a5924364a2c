"""The catalogs in `locale/`: found in the sources, merged and compiled in Python alone.

Django's own commands need GNU gettext on the machine. These functions read the same marks (`gettext`, `translate`,
`blocktranslate`) with babel, so that the bootstrap, a developer and the checks get the same catalogs everywhere. The
compiled file is kept in the repository beside its source.
"""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages import extract, mofile, pofile
from babel.messages.catalog import Catalog
from django.utils.translation.template import templatize

SOURCES = ("oms", "customers", "inventory", "orders", "fulfillment", "returns")
TEMPLATES = "templates"
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def found(root: Path) -> Catalog:
    """Return every message marked in the sources under `root`."""
    catalog = Catalog(charset="utf-8")
    for path, text in _texts(root):
        messages = extract.extract("python", io.BytesIO(text.encode()), keywords=_KEYWORDS)
        for line, message, _comments, context in messages:
            catalog.add(
                message, locations=[(path.relative_to(root).as_posix(), line)], context=context
            )
    return catalog


def merged(po_file: Path, sources: Catalog) -> Catalog:
    """Return the catalog of `po_file` with the messages of `sources`: new ones empty, forgotten ones gone."""
    with po_file.open("rb") as file:
        catalog = pofile.read_po(file, locale=_locale(po_file))
    catalog.update(sources, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    return catalog


def missing(catalog: Catalog) -> list[str]:
    """Return the messages without a translation; of a plural, any of its forms."""
    lacking = []
    for message in catalog:
        if not message.id:
            continue
        written = message.string if isinstance(message.string, tuple) else (message.string,)
        if not all(written) or message.fuzzy:
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking


def as_po(catalog: Catalog) -> bytes:
    """Return the catalog as text for people, sorted, without line numbers (they change with every edit)."""
    file = io.BytesIO()
    pofile.write_po(
        file, catalog, width=100, include_lineno=False, sort_output=True, ignore_obsolete=True
    )
    return file.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """Return the catalog compiled for the runtime."""
    file = io.BytesIO()
    mofile.write_mo(file, catalog)
    return file.getvalue()


def po_files(root: Path) -> list[Path]:
    """Return the source of every language that we have."""
    return sorted(root.glob("locale/*/LC_MESSAGES/django.po"))


def _locale(po_file: Path) -> str:
    return po_file.parent.parent.name


def _texts(root: Path) -> Iterator[tuple[Path, str]]:
    """Give each source as Python that babel can read; a template becomes the calls that its tags stand for."""
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*.py")):
            yield path, path.read_text(encoding="utf-8")
    for path in sorted((root / TEMPLATES).rglob("*")):
        if path.suffix in {".html", ".txt"}:
            calls = templatize(path.read_text(encoding="utf-8"), origin=str(path))
            # Indentation means nothing in a template and too much in Python.
            yield path, "\n".join(line.strip() for line in calls.splitlines())
