"""The rows of one order become a draft, or problems that name row and column."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any, NamedTuple

from oms.core import address, money
from oms.core import text as texts
from oms.core.address import Address
from oms.core.errors import FieldProblem
from orders.importing.rules import cells
from orders.importing.rules.columns import BY_NAME, Layout
from orders.placing.drafts import Draft, DraftLine, DraftPayment

MOST_ROWS = 1_000
_LANGUAGES = 10
_TOTALS = ("subtotal", "tax", "total")
_BILL_PARTS = ("name", "company", "street", "city", "region", "postcode", "country")


class Row(NamedTuple):
    """One row of a file: its number in a spreadsheet (the header is 1) and its cells."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong in one row; `column` is ours, empty when it is the row as a whole."""

    row: int
    column: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Article:
    """What a row says of its article, for creating it."""

    name: str
    category: str
    unit_price: Decimal | None


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the rows of one order say.

    `draft` is None when nothing can be placed. `problems` are of rows that are set aside, or of all when the order is
    refused. `line_rows` is the row number of each line of the draft. `rows` are all rows of the order.
    """

    external_id: str
    rows: tuple[int, ...]
    draft: Draft | None
    line_rows: tuple[int, ...]
    problems: tuple[RowProblem, ...]
    articles: Mapping[str, Article]

    def without(self, problems: Sequence[RowProblem]) -> "Assembled":
        """Set further rows aside; without a line left there is no draft."""
        gone = {problem.row for problem in problems}
        kept = [index for index, row in enumerate(self.line_rows) if row not in gone]
        draft = self.draft and replace(
            self.draft, lines=tuple(self.draft.lines[index] for index in kept)
        )
        return replace(
            self,
            draft=draft if kept else None,
            line_rows=tuple(self.line_rows[index] for index in kept),
            problems=(*self.problems, *problems),
        )

    def refused(self, problems: Sequence[RowProblem]) -> "Assembled":
        """Refuse the order."""
        return replace(self, draft=None, line_rows=(), problems=(*self.problems, *problems))


@dataclass(frozen=True, slots=True)
class _Line:
    row: int
    line: DraftLine
    article: Article


def assemble(
    rows: Sequence[Row],
    numbers: Sequence[int],
    layout: Layout,
    *,
    currency: str,
    is_sku: Callable[[str], bool],
) -> Assembled:
    """Read the rows of one order (all with the same external id, in the order of the file).

    `numbers` are the numbers of all its rows; `rows` may be the first ones only when there are more than MOST_ROWS.
    `is_sku` says whether a code exists; it is asked only about codes that look as if a spreadsheet had spoilt them.
    """
    reader = _Reader(rows, layout, currency, is_sku)
    lines = [line for row in rows if (line := reader.line(row))]
    bad = list(reader.problems)
    reader.problems.clear()
    bad += _repeated_line_ids(lines)
    bad_rows = {problem.row for problem in bad}
    good = [line for line in lines if line.row not in bad_rows]

    first = rows[0]
    external_id = reader.external_id(first)
    result = Assembled(
        external_id=external_id,
        rows=tuple(numbers),
        draft=None,
        line_rows=(),
        problems=tuple(bad),
        articles={line.line.sku: line.article for line in good},
    )
    draft = reader.draft(external_id, good)
    if reader.problems:
        return result.refused(reader.problems)
    if len(numbers) > MOST_ROWS:
        return result.refused(
            [
                RowProblem(
                    first.number, "", "too_many_lines", f"At most {MOST_ROWS} rows are one order."
                )
            ]
        )
    if not good or (bad and not layout.skip_bad_rows):
        return result
    return replace(result, draft=draft, line_rows=tuple(line.row for line in good))


def placing_problems(
    problems: Sequence[FieldProblem], assembled: Assembled
) -> tuple[list[RowProblem], bool]:
    """Translate what placing refused into rows and columns; say whether it is about single rows only."""
    found = []
    only_rows = True
    for problem in problems:
        parts = problem.pointer.strip("/").split("/")
        if parts[0] == "lines" and len(parts) > 1:
            row = assembled.line_rows[int(parts[1])]
            column = parts[2] if len(parts) > 2 else ""
        else:
            only_rows = False
            row = assembled.rows[0]
            column = _column_of(parts)
        found.append(RowProblem(row, column, problem.code, problem.message))
    return found, only_rows


def unit_price(
    line_total: Decimal, discount: Decimal, units: int, currency: str
) -> tuple[Decimal, Decimal]:
    """Return unit price and discount that give `line_total` exactly for `units` units.

    The price is (line total + discount) / units, rounded up to the minor unit; what that is too much is added to the
    discount, so that units x price - discount = line total.
    """
    smallest = money.smallest(currency)
    gross = line_total + discount
    steps = (gross / units / smallest).to_integral_value(rounding=ROUND_CEILING)
    if steps * smallest * units < gross:  # the division was cut off
        steps += 1
    price = steps * smallest
    return price, price * units - line_total


def _column_of(parts: Sequence[str]) -> str:
    if parts[0] == "ship_to":
        return "recipient" if parts[-1] == "name" else parts[-1]
    if parts[0] == "bill_to":
        return f"bill_{parts[-1]}"
    if parts[0] == "declared":
        return parts[-1]
    if parts[0] == "payment":
        return "payment_method"
    return {"discount": "order_discount"}.get(parts[0], parts[0])


def _repeated_line_ids(lines: Sequence[_Line]) -> list[RowProblem]:
    """Name both rows of an order that carry one line id."""
    seen: dict[str, int] = {}
    found: dict[int, RowProblem] = {}
    for line in lines:
        name = line.line.external_line_id
        if not name:
            continue
        if name in seen:
            for row, other in ((seen[name], line.row), (line.row, seen[name])):
                found.setdefault(
                    row,
                    RowProblem(
                        row, "line_id", "duplicate_line_id", f"Row {other} has the same line_id."
                    ),
                )
        else:
            seen[name] = line.row
    return list(found.values())


class _Reader:
    """Reads cells and gathers what is wrong."""

    def __init__(
        self, rows: Sequence[Row], layout: Layout, currency: str, is_sku: Callable[[str], bool]
    ) -> None:
        self.rows = rows
        self.layout = layout
        self.currency = currency
        self.is_sku = is_sku
        self.problems: list[RowProblem] = []
        self.whole = [row for row in rows if len(row.cells) == layout.width] or list(rows)

    # Rows ---------------------------------------------------------------------------------------------

    def line(self, row: Row) -> _Line | None:
        """Return the line of a row, or None after noting what is wrong with it."""
        before = len(self.problems)
        if len(row.cells) != self.layout.width:
            kind = "too_many_cells" if len(row.cells) > self.layout.width else "too_few_cells"
            self._note(
                row,
                "",
                kind,
                f"The row has {len(row.cells)} cells, the header {self.layout.width}.",
            )
            return None
        sku = self._read(row, "sku", lambda text: cells.words(text, longest=64))
        if not sku:
            self._note_missing(row, "sku", before)
        elif (spoilt := cells.damage(sku)) and not self.is_sku(sku):
            self._note(row, "sku", spoilt.code, str(spoilt))
        units = self._read(row, "quantity", cells.quantity)
        if units is None:
            self._note_missing(row, "quantity", before)
        unit = self._read(row, "unit", lambda text: cells.code(text, longest=20)) or ""
        price = self._amount(row, "unit_price")
        discount = self._amount(row, "discount") or Decimal(0)
        total = self._amount(row, "line_total")
        name = self._read(row, "product_name", lambda text: cells.words(text, longest=200)) or ""
        category = self._read(row, "category", lambda text: cells.words(text, longest=100)) or ""
        line_id = self._read(row, "line_id", lambda text: cells.code(text, longest=128)) or ""
        if len(self.problems) > before or not sku or units is None:
            return None
        if total is not None and price is None:
            price, discount = unit_price(total, discount, units, self.currency)
        elif total is not None and price is not None and price * units - discount != total:
            self._note(
                row,
                "line_total",
                "total_mismatch",
                f"line_total is {total}, but {units} x {price} - {discount} is {price * units - discount}.",
            )
            return None
        return _Line(
            row.number,
            DraftLine(
                sku=sku,
                quantity=units,
                unit_price=price,
                discount=discount,
                external_line_id=line_id,
                unit=unit,
            ),
            Article(name or sku, category, price),
        )

    # The order ----------------------------------------------------------------------------------------

    def external_id(self, row: Row) -> str:
        """Return the number that all rows share."""
        return self.layout.value("external_id", row.cells)

    def draft(self, external_id: str, lines: Sequence[_Line]) -> Draft:
        """Return the order that the rows and `lines` make; what is wrong is noted."""
        if texts.is_blank(external_id):
            self._note(self.rows[0], "external_id", "required", "An order needs its external_id.")
        else:
            self._checked(self.rows[0], "external_id", external_id, self._code(128))
        name = self._order("customer_name", self._words(200)) or ""
        if texts.is_blank(name) and not self._noted("customer_name"):
            self._note(self.rows[0], "customer_name", "required", "Who orders is missing.")
        country = self._order("country", self._country) or ""
        if not country and not self._noted("country"):
            self._note(self.rows[0], "country", "required", "The country is missing.")
        phone = self._order("phone", self._words(40)) or ""
        ship_to = Address(
            name=self._order("recipient", self._words(200)) or name,
            company=self._order("company", self._words(200)) or "",
            street=self._street("street", "street2"),
            city=self._order("city", self._words(100)) or "",
            region=self._order("region", self._words(100)) or "",
            postcode=self._order("postcode", self._code(20)) or "",
            country=country,
            phone=phone,
        )
        method = self._order("payment_method", self._words(30))
        reference = self._order("payment_reference", self._code(128)) or ""
        placed_at = self._order("placed_at", lambda text: cells.instant(text, self.layout.zone))
        declared = {
            name: value for name in _TOTALS if (value := self._order_amount(name)) is not None
        }
        shipping = self._order_amount("shipping")
        return Draft(
            external_id=external_id,
            lines=tuple(line.line for line in lines),
            customer_name=name,
            email=self._order("email", self._email) or "",
            phone=phone,
            ship_to=address.normalized(ship_to),
            bill_to=self._bill_to(),
            currency=self._order("currency", self._known_currency) or "",
            language=self._order("language", self._words(_LANGUAGES)) or "",
            po_number=self._order("po_number", self._code(64)) or "",
            note=self._order("note", self._words(1000, multiline=True)) or "",
            ship_complete=self._order("ship_complete", cells.truth) or False,
            discount=self._order_amount("order_discount") or Decimal(0),
            shipping=shipping,
            declared=declared,
            payment=DraftPayment(method=method, reference=reference) if method else None,
            placed_at=placed_at,
            digest=self._digest(),
        )

    def _digest(self) -> str:
        """Return a digest of all that the file says of the order, with the rows that are set aside."""
        used = [name for name in BY_NAME if self.layout.has(name)]
        said = [[name, [self.layout.value(name, row.cells) for row in self.rows]] for name in used]
        written = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()

    def _bill_to(self) -> Address | None:
        parts: dict[str, Any] = {
            part: self._order(
                f"bill_{part}", self._country if part == "country" else self._words(200)
            )
            or ""
            for part in _BILL_PARTS
            if part != "street"
        }
        street = self._street("bill_street")
        if not any(parts.values()) and not street:
            return None
        return address.normalized(Address(street=street, **parts))

    def _street(self, *names: str) -> tuple[str, ...]:
        lines: list[str] = []
        for name in names:
            text = self._order(name, self._words(500, multiline=True)) or ""
            lines += [line.strip() for line in text.splitlines() if line.strip()]
        return tuple(lines)

    def _order(self, name: str, read: Callable[[str], Any]) -> Any:
        """Return what the rows say in a column of the order: one value, or nothing, in all of them."""
        if not self.layout.has(name):
            return None
        said: dict[str, Row] = {}
        for row in self.whole:
            text = self.layout.value(name, row.cells)
            if text:
                said.setdefault(text, row)
        if not said:
            return None
        if len(said) > 1:
            (_, one), (_, other) = list(said.items())[:2]
            for here, there in ((one, other), (other, one)):
                self._note(
                    here,
                    name,
                    "differs_within_order",
                    f"Row {there.number} of the same order says something else.",
                )
            return None
        text, row = next(iter(said.items()))
        return self._checked(row, name, text, read)

    def _order_amount(self, name: str) -> Decimal | None:
        value: Decimal | None = self._order(name, self._money)
        return value

    # Cells --------------------------------------------------------------------------------------------

    def _amount(self, row: Row, name: str) -> Decimal | None:
        value: Decimal | None = self._read(row, name, self._money)
        return value

    def _money(self, text: str) -> Decimal:
        amount = cells.amount(text, decimal_separator=self.layout.decimal_separator)
        if not money.is_quantized(amount, self.currency):
            raise cells.CellError(
                "minor_units",
                f"{self.currency} has {money.digits(self.currency)} decimals, “{texts.shortened(text)}” has more.",
            )
        return amount

    def _read(self, row: Row, name: str, read: Callable[[str], Any]) -> Any:
        text = self.layout.value(name, row.cells)
        return self._checked(row, name, text, read) if text else None

    def _checked(self, row: Row, name: str, text: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(text)
        except (cells.CellError, address.InvalidEmail, address.InvalidPhone) as error:
            self._note(row, name, error.code, str(error))
            return None

    @staticmethod
    def _words(longest: int, *, multiline: bool = False) -> Callable[[str], str]:
        return lambda text: cells.words(text, longest=longest, multiline=multiline)

    @staticmethod
    def _code(longest: int) -> Callable[[str], str]:
        return lambda text: cells.code(text, longest=longest)

    @staticmethod
    def _country(text: str) -> str:
        if not address.is_country(text.upper()):
            raise cells.CellError(
                "unknown_country",
                f"“{texts.shortened(text)}” is no code of a country; write DE, GB or US.",
            )
        return text.upper()

    @staticmethod
    def _known_currency(text: str) -> str:
        if not money.is_known(text):
            raise cells.CellError("unknown_currency", "This is no ISO 4217 code, such as EUR.")
        return text

    @staticmethod
    def _email(text: str) -> str:
        return address.normalize_email(text)

    def _noted(self, column: str) -> bool:
        return any(problem.column == column for problem in self.problems)

    def _note_missing(self, row: Row, name: str, before: int) -> None:
        if not any(problem.column == name for problem in self.problems[before:]):
            self._note(row, name, "required", f"{name} is missing.")

    def _note(self, row: Row, column: str, code: str, message: str) -> None:
        self.problems.append(RowProblem(row.number, column, code, message))
