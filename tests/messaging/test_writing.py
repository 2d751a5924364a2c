"""The language and the bodies of a mail."""

import pytest
from django.utils import translation
from pytest_django import Settings

from oms.messaging import writing


@pytest.mark.parametrize(
    ("tag", "known"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("de-CH-1996", "de"),
        ("en-GB", "en"),
        ("fi", "en"),
        ("", "en"),
        ("x" * 600, "en"),
        ("not a tag", "en"),
    ],
)
def test_the_nearest_language_that_we_have(tag: str, known: str) -> None:
    assert writing.known_language(tag) == known


def test_a_language_nobody_translated_is_the_house_language(settings: Settings) -> None:
    settings.LANGUAGE_CODE = "de"
    assert writing.known_language("fi") == "de"


def test_the_language_is_put_back_afterwards() -> None:
    with translation.override("en"):
        with writing.written_in("de-AT") as language:
            assert (language, translation.get_language()) == ("de", "de")
        assert translation.get_language() == "en"
