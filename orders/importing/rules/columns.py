"""Which columns a file may have, and how a partner's columns become ours."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self
from zoneinfo import ZoneInfo, available_timezones

from oms.core.errors import FieldProblem

DECIMAL_SEPARATORS = (".", ",")
# Columns of our own error file: read again, they say nothing.
OF_THE_REPORT = ("row", "error")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ours. What belongs to the order has the same value, or nothing, in all rows of the order."""

    name: str
    about: str
    example: str = ""
    of_order: bool = True
    required: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("external_id", "Your number of the order; rows with the same one are one order.", "A-1001", required=True),
    Column("placed_at", "When it was ordered: 2026-03-31, 2026-03-31 14:05 or 2026-03-31T14:05:00+02:00.",
           "2026-03-31 14:05"),
    Column("customer_name", "Who orders.", "Ada Lovelace", required=True),
    Column("email", "Where mails about the order go.", "ada@example.com"),
    Column("phone", "For the carrier.", "+49 30 1234567"),
    Column("company", "Company at the delivery address."),
    Column("recipient", "Name at the delivery address; empty: customer_name."),
    Column("street", "Street and house number; more lines by line breaks in the cell.", "Torstr. 12"),
    Column("street2", "Second line of the street."),
    Column("city", "Town.", "Berlin"),
    Column("region", "State or province, where the country has them."),
    Column("postcode", "Postcode.", "10119"),
    Column("country", "Two letters: DE, GB, US.", "DE", required=True),
    Column("bill_name", "Invoice address, if it differs: name."),
    Column("bill_company", "Invoice address: company."),
    Column("bill_street", "Invoice address: street."),
    Column("bill_city", "Invoice address: town."),
    Column("bill_region", "Invoice address: state or province."),
    Column("bill_postcode", "Invoice address: postcode."),
    Column("bill_country", "Invoice address: country."),
    Column("sku", "Our code of the article, to the letter.", "MUG-BLUE", of_order=False, required=True),
    Column("product_name", "Name for an article that is created.", "Mug, blue", of_order=False),
    Column("category", "Category for an article that is created.", of_order=False),
    Column("quantity", "Whole units.", "2", of_order=False, required=True),
    Column("unit", "A pack of the article: quantity counts packs then, and unit_price is for one.", of_order=False),
    Column("unit_price", "Price of one unit; empty: the channel's price list, or line_total.", "12.50", of_order=False),
    Column("discount", "Taken off this row, for all its units.", "1.00", of_order=False),
    Column("line_total", "What the row costs after its discount. Without unit_price it gives the price.", "24.00",
           of_order=False),
    Column("line_id", "Your number of the row.", "1", of_order=False),
    Column("order_discount", "Taken off the whole order."),
    Column("shipping", "Shipping charge of the order; empty: the channel's.", "4.90"),
    Column("subtotal", "Your sum before discounts, to be compared with ours."),
    Column("tax", "Your tax of the order, to be compared with ours."),
    Column("total", "Your total of the order, to be compared with ours.", "28.90"),
    Column("currency", "Three letters; must be the channel's.", "EUR"),
    Column("language", "Of the mails: en, de.", "en"),
    Column("payment_method", "For example channel (already paid there), bank_transfer, cash_on_delivery.", "channel"),
    Column("payment_reference", "Number of the payment."),
    Column("po_number", "The customer's own order number."),
    Column("note", "Words for the people who handle the order.", "Leave at the door"),
    Column("ship_complete", "yes: nothing leaves before everything can.", "no"),
)  # fmt: skip
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is to be read.

    `columns` maps our column to the file's; an unmapped column of ours is the file's column of that name, unless it is
    mapped to nothing. A default stands where the file has no such column or the cell is empty; it may quote cells of
    the same row: "Household {household_id}".
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    decimal_separator: str = "."
    time_zone: str = "UTC"
    skip_bad_rows: bool = False
    encoding: str = ""
    is_foreign: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        return {**asdict(self), "columns": dict(self.columns), "defaults": dict(self.defaults)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Rebuild it; unknown keys are left out."""
        return cls(**{key: values[key] for key in cls.__dataclass_fields__ if key in values})


def reading_problems(reading: Reading) -> list[FieldProblem]:
    """Return what is wrong with a reading whatever the file."""
    found = [
        FieldProblem(f"/{part}/{name}", "unknown_column", f"We have no column {name}.")
        for part in ("columns", "defaults")
        for name in getattr(reading, part)
        if name not in BY_NAME
    ]
    if reading.decimal_separator not in DECIMAL_SEPARATORS:
        found.append(
            FieldProblem("/decimal_separator", "unknown_choice", "It is a point or a comma.")
        )
    if reading.time_zone not in available_timezones():
        found.append(
            FieldProblem(
                "/time_zone", "unknown_time_zone", "A time zone is named like Europe/Berlin."
            )
        )
    theirs = [name for name in reading.columns.values() if name]
    found += [
        FieldProblem("/columns", "duplicate_column", f"{name} is mapped to two columns of ours.")
        for name in sorted({name for name in theirs if theirs.count(name) > 1})
    ]
    return found


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each of our columns is in a file. `ignored` are the file's columns that are not used."""

    width: int
    places: Mapping[str, int]
    defaults: Mapping[str, str]
    header: Mapping[str, int]
    ignored: tuple[str, ...]
    decimal_separator: str
    zone: ZoneInfo
    skip_bad_rows: bool

    def value(self, name: str, cells: Sequence[str]) -> str:
        """Return the text of our column `name` in one row, without outer spaces; its default where there is none."""
        place = self.places.get(name)
        text = cells[place].strip() if place is not None and place < len(cells) else ""
        if text or name not in self.defaults:
            return text
        return _PLACEHOLDER.sub(lambda match: self._quoted(match[1], cells), self.defaults[name])

    def _quoted(self, theirs: str, cells: Sequence[str]) -> str:
        place = self.header[folded(theirs)]
        return cells[place].strip() if place < len(cells) else ""

    def has(self, name: str) -> bool:
        """Say whether the file or a default gives our column."""
        return name in self.places or name in self.defaults


def folded(name: str) -> str:
    """Return a column name as it is compared: without outer spaces, in small letters."""
    return name.strip().casefold()


def matches(header: Sequence[str], reading: Reading) -> int:
    """Return how many of the names in `header` mean something, to tell delimiters apart."""
    wanted = {folded(name) for name in (*BY_NAME, *reading.columns.values())}
    return sum(1 for name in header if folded(name) in wanted)


def layout(header: Sequence[str], reading: Reading) -> tuple[Layout | None, list[FieldProblem]]:
    """Find our columns in the header of a file; return the layout, or everything that is wrong.

    A file in our own format may hold no column that we do not know: it would be a misspelt one. Of a foreign file the
    rest is left unread.
    """
    problems = reading_problems(reading)
    if problems:
        return None, problems
    at: dict[str, int] = {}
    twice: list[str] = []
    for index, name in enumerate(header):
        key = folded(name)
        if key in at:
            twice.append(name.strip())
        elif key:
            at[key] = index
    places: dict[str, int] = {}
    for column in COLUMNS:
        theirs = reading.columns.get(column.name, column.name)
        if not theirs:
            continue
        if folded(theirs) in at:
            places[column.name] = at[folded(theirs)]
        elif column.name in reading.columns:
            problems.append(
                FieldProblem(
                    f"/columns/{column.name}", "missing_column", f"The file has no column {theirs}."
                )
            )
    used = {header[index].strip() for index in places.values()}
    quoted = {
        folded(name): name
        for default in reading.defaults.values()
        for name in _PLACEHOLDER.findall(default)
    }
    problems += [
        FieldProblem("/defaults", "missing_column", f"The file has no column {name}.")
        for key, name in quoted.items()
        if key not in at
    ]
    relevant = {folded(name) for name in used} | set(quoted)
    problems += [
        FieldProblem(f"/{name}", "duplicate_column", f"The column {name} is there twice.")
        for name in dict.fromkeys(twice)
        if folded(name) in relevant or not reading.is_foreign
    ]
    problems += [
        FieldProblem(
            f"/{column.name}",
            "missing_column",
            f"The column {column.name} is missing and has no default.",
        )
        for column in COLUMNS
        if column.required and column.name not in places and column.name not in reading.defaults
        and column.name not in reading.columns
    ]  # fmt: skip
    ignored = tuple(
        name.strip()
        for name in header
        if name.strip() and folded(name) not in relevant and folded(name) not in OF_THE_REPORT
    )
    if ignored and not reading.is_foreign:
        problems += [
            FieldProblem(f"/{name}", "unknown_column", f"We have no column {name}.")
            for name in dict.fromkeys(ignored[:_MOST_LISTED])
            if name not in twice
        ]
    if problems:
        return None, problems
    return Layout(
        width=len(header),
        places=places,
        defaults=dict(reading.defaults),
        header=at,
        ignored=ignored,
        decimal_separator=reading.decimal_separator,
        zone=ZoneInfo(reading.time_zone),
        skip_bad_rows=reading.skip_bad_rows,
    ), []
