"""What one cell says: numbers, instants, text. What may be spoilt is refused with the cause, never repaired.

Spreadsheets turn long numbers into 1.23E+12, codes like MAR-1 into days, and put separators into amounts; the original
cannot be had back from that.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from oms.core import text as texts

LARGEST_QUANTITY = 1_000_000

_PLAIN = re.compile(r"(-?)([0-9]{1,14})(?:\.([0-9]+))?")
_WHOLE = re.compile(r"[0-9]{1,9}")
_SHORTENED = re.compile(r"-?[0-9](?:[.,][0-9]+)?[eE][+-]?[0-9]{1,3}")
_SHORTENED_CODE = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}")
_SEPARATED = re.compile(r"-?[0-9]{1,3}(?:[.,' \u00a0\u202f][0-9]{3})+(?:[.,][0-9]+)?")
_DIGITS_AND_SEPARATORS = re.compile(r"-?[0-9][0-9.,]*")
_SPREADSHEET_ERROR = re.compile(r"#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|#+)", re.IGNORECASE)
_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec"
    "|mär|mrz|mai|okt|dez|janv|févr|mars|avr|juin|juil|août|déc"
)
_DAY_LIKE = re.compile(
    rf"(?:[0-9]{{1,2}}[-. ](?:{_MONTHS})|(?:{_MONTHS})[-. ][0-9]{{1,4}})", re.IGNORECASE
)
_INSTANT = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_OTHER_DAY = re.compile(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}(?:[ T].*)?")
_SERIAL_DAY = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")
_YEARS = range(1970, 2201)
_FORMULA_LEADING = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")
_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"no", "false", "0", ""})


class CellError(ValueError):
    """A cell cannot be read. `code` is stable, the text is for a person."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def amount(written: str, *, decimal_separator: str = ".") -> Decimal:
    """Return an amount of money, not negative, with at most 4 decimals; raise CellError naming the cause."""
    shown = texts.shortened(written)
    if decimal_separator == "," and "." not in written:
        plain = _PLAIN.fullmatch(written.replace(",", "."))
    else:
        plain = _PLAIN.fullmatch(written) if decimal_separator == "." else None
    if plain:
        if plain[1]:
            raise CellError("negative", f"“{shown}” is negative.")
        if len((plain[3] or "").rstrip("0")) > 4:
            raise CellError("too_many_decimals", f"“{shown}” has more than 4 decimals.")
        return Decimal(f"{plain[2]}.{(plain[3] or '0')[:4]}").normalize() + Decimal(0)
    raise _not_a_number(written, decimal_separator)


def _not_a_number(written: str, decimal_separator: str) -> CellError:
    shown = texts.shortened(written)
    if _SHORTENED.fullmatch(written):
        return CellError(
            "spreadsheet_number",
            f"“{shown}” was shortened by a spreadsheet; format the column as text or number and save again.",
        )
    if written.startswith("="):
        return CellError("formula", f"“{shown}” is a formula, not its result.")
    if _SPREADSHEET_ERROR.fullmatch(written):
        return CellError("spreadsheet_error", f"“{shown}” is an error of a spreadsheet.")
    if _SEPARATED.fullmatch(written) or _DIGITS_AND_SEPARATORS.fullmatch(written):
        example = f"1234{decimal_separator}50"
        return CellError(
            "ambiguous_number",
            f"“{shown}” can be read in two ways; write amounts like {example}, without separators of thousands.",
        )
    if _DAY_LIKE.fullmatch(written) or _OTHER_DAY.fullmatch(written):
        return CellError("spreadsheet_date", f"“{shown}” is a day, not a number.")
    return CellError("not_plain_decimal", f"“{shown}” is not a plain number.")


def quantity(written: str) -> int:
    """Return whole units, at least 1; raise CellError."""
    shown = texts.shortened(written)
    if _WHOLE.fullmatch(written):
        units = int(written)
        if units == 0:
            raise CellError("quantity_zero", "Quantity 0: there is nothing to send.")
        if units > LARGEST_QUANTITY:
            raise CellError("number_range", f"At most {LARGEST_QUANTITY} units are one row.")
        return units
    if re.fullmatch(r"-[0-9]+(?:[.,][0-9]+)?", written):
        raise CellError("quantity_negative", f"Quantity {shown}: an order cannot take goods back.")
    if re.fullmatch(r"[0-9]+[.,][0-9]+", written):
        raise CellError("not_plain_integer", f"“{shown}” is not a whole number without decimals.")
    if re.fullmatch(r"[0-9]{10,}", written):
        raise CellError("number_range", f"At most {LARGEST_QUANTITY} units are one row.")
    cause = _not_a_number(written, ".")
    if cause.code == "not_plain_decimal":
        raise CellError("not_plain_integer", f"“{shown}” is not a whole number.")
    raise cause


def instant(written: str, zone: ZoneInfo) -> datetime:
    """Return an instant in UTC; without an offset it is the local time of `zone`, a day alone is its midnight.

    Of an hour that the clocks repeat in autumn the first one counts. Raises CellError, for an hour that they skip too.
    """
    shown = texts.shortened(written)
    match = _INSTANT.fullmatch(written)
    if not match:
        if _SERIAL_DAY.fullmatch(written):
            raise CellError("spreadsheet_date", f"“{shown}” is a spreadsheet's own count of days.")
        if _OTHER_DAY.fullmatch(written):
            raise CellError(
                "ambiguous_date", f"“{shown}” can be read in two ways; write days like 2026-03-31."
            )
        raise CellError("not_instant", f"“{shown}” is not a time; write 2026-03-31 14:05.")
    if int(match[1]) not in _YEARS:
        raise CellError("instant_range", f"The year lies outside {_YEARS[0]} to {_YEARS[-1]}.")
    try:
        parsed = datetime.fromisoformat(written)
    except ValueError:
        raise CellError("not_instant", f"“{shown}” is not in the calendar.") from None
    if parsed.tzinfo is not None:
        return parsed.astimezone(UTC)
    local = parsed.replace(tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != parsed:
        raise CellError("not_instant", f"“{shown}” does not exist: the clocks skip it.")
    return local.astimezone(UTC)


def truth(written: str) -> bool:
    """Return yes or no; nothing is no. Raises CellError."""
    word = written.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError("not_boolean", f"“{texts.shortened(written)}” is neither yes nor no.")


def words(written: str, *, longest: int, multiline: bool = False) -> str:
    """Return text as it is; raise CellError when it is too long or holds invisible control characters."""
    if len(written) > longest:
        raise CellError("too_long", f"At most {longest} characters fit here.")
    if not texts.is_clean(written, multiline=multiline):
        raise CellError(
            "control_char", "Control characters and direction overrides are not allowed."
        )
    return written


def code(written: str, *, longest: int) -> str:
    """Return an identifier (a number of an order, of a payment); raise CellError when a spreadsheet has spoilt it."""
    words(written, longest=longest)
    cause = damage(written)
    if cause:
        raise cause
    return written


def damage(written: str) -> CellError | None:
    """Return what a spreadsheet seems to have done to a code, if anything."""
    shown = texts.shortened(written)
    if _SHORTENED_CODE.fullmatch(written):
        return CellError(
            "spreadsheet_number",
            f"“{shown}” was shortened by a spreadsheet; format the column as text and save again.",
        )
    if _DAY_LIKE.fullmatch(written):
        return CellError(
            "spreadsheet_date",
            f"“{shown}” looks like a day that a spreadsheet made of a code; format the column as text.",
        )
    if _SPREADSHEET_ERROR.fullmatch(written):
        return CellError("spreadsheet_error", f"“{shown}” is an error of a spreadsheet.")
    return None


def escaped(written: str) -> str:
    """Return text for a CSV file that no spreadsheet takes for a formula; `unescaped` gives it back exactly."""
    return f"'{written}" if _FORMULA_LEADING.match(written) else written


def unescaped(written: str) -> str:
    """Return text as it was before `escaped`."""
    return written[1:] if _ESCAPED.match(written) else written
