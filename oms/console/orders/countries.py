"""Countries to choose from: those whose addresses we know how to check."""

from functools import cache

from babel import Locale

from oms.core import address


@cache
def choices() -> list[tuple[str, str]]:
    """Return (code, name) of all countries, by name."""
    names = {str(code): str(name) for code, name in Locale("en").territories.items()}
    known = [(code, name) for code, name in names.items() if address.is_country(code)]
    return sorted(known, key=lambda country: country[1])
