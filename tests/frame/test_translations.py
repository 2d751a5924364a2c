"""The catalogs."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation
from pytest_django import Settings

from oms import translations


def test_every_marked_text_is_translated_and_the_compiled_catalogs_are_up_to_date() -> None:
    call_command("translate", "--check", stdout=StringIO())


def test_the_catalogs_are_in_use() -> None:
    with translation.override("de"):
        assert translation.gettext("Your order is on its way") == "Ihre Bestellung ist unterwegs"
        assert translation.pgettext("a purchase", "Order") == "Bestellung"


@pytest.fixture
def copy(tmp_path: Path, settings: Settings) -> Path:
    """Give a small project of its own: one source, one template, one language."""
    (tmp_path / "oms").mkdir()
    (tmp_path / "oms/words.py").write_text('_("Good morning")\npgettext("farewell", "So long")\n')
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/page.html").write_text(
        "{% load i18n %}<p>{% translate 'Hello' %}</p>\n"
        "   {% blocktranslate trimmed count n=n %}one {{ x }} parcel{% plural %}{{ n }} parcels{% endblocktranslate %}"
    )
    folder = tmp_path / "locale/de/LC_MESSAGES"
    folder.mkdir(parents=True)
    source = Path(settings.BASE_DIR) / "locale/de/LC_MESSAGES/django.po"
    shutil.copy(source, folder)
    settings.BASE_DIR = tmp_path
    return tmp_path


def test_texts_are_found_in_sources_and_templates(copy: Path) -> None:
    found = {(m.context, m.id) for m in translations.found(copy) if m.id}
    assert found == {
        (None, "Good morning"),
        ("farewell", "So long"),
        (None, "Hello"),
        (None, ("one %(x)s parcel", "%(n)s parcels")),
    }


def test_an_untranslated_text_fails_the_check_and_is_named(copy: Path) -> None:
    po_file = copy / "locale/de/LC_MESSAGES/django.po"
    with pytest.raises(CommandError, match="no translation of 'Good morning'"):
        call_command("translate", stdout=StringIO())
    text = po_file.read_text(encoding="utf-8")
    assert "Your order is on its way" not in text
    for english in ("Good morning", "So long", "Hello"):
        text = text.replace(f'msgid "{english}"\nmsgstr ""', f'msgid "{english}"\nmsgstr "x"')
    text = text.replace('msgstr[0] ""\nmsgstr[1] ""', 'msgstr[0] "a"\nmsgstr[1] "b"')
    po_file.write_text(text, encoding="utf-8")
    call_command("translate", stdout=StringIO())
    call_command("translate", "--check", stdout=StringIO())


def test_a_compiled_catalog_that_lags_behind_fails_the_check(copy: Path) -> None:
    shutil.rmtree(copy / "templates")
    (copy / "templates").mkdir()
    (copy / "oms/words.py").write_text("")
    call_command("translate", stdout=StringIO())
    (copy / "locale/de/LC_MESSAGES/django.mo").write_bytes(b"old")
    with pytest.raises(CommandError, match=r"django\.mo: not up to date"):
        call_command("translate", "--check", stdout=StringIO())


def test_the_languages_offered_are_the_languages_written() -> None:
    written = {path.parent.parent.name for path in translations.po_files(settings.BASE_DIR)}
    assert written | {"en"} == set(dict(settings.LANGUAGES))
