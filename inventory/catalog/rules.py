"""What an article may be called."""

import re

from stdnum import ean

# EAN-8, UPC-A, EAN-13 and GTIN-14 are digits alone; a code of these lengths is scanned as one and must check.
_GTIN_LENGTHS = frozenset({8, 12, 13, 14})
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


def looks_like_gtin(barcode: str) -> bool:
    """Say whether `barcode` has the form of a Global Trade Item Number."""
    return len(barcode) in _GTIN_LENGTHS and bool(_DIGITS.fullmatch(barcode))


def has_right_check_digit(barcode: str) -> bool:
    """Say whether a barcode that looks like a GTIN ends in its check digit (GS1, modulo 10); own codes always pass."""
    return not looks_like_gtin(barcode) or ean.is_valid(barcode)


def is_hs_code(code: str) -> bool:
    """Say whether `code` is a customs tariff number: 6 to 12 digits, dots apart."""
    digits = code.replace(".", "")
    return 6 <= len(digits) <= 12 and bool(_DIGITS.fullmatch(digits))
