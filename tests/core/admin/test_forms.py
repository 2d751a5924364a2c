"""What forms of the console read."""

import pytest
from django.forms import ValidationError

from oms.core.admin import forms


def test_a_country_is_two_letters_in_capitals() -> None:
    assert forms.country("de") == "DE"


@pytest.mark.parametrize("written", ["XX", "DEU", "D", "", "ß1"])
def test_what_names_no_country_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="no country code"):
        forms.country(written)
