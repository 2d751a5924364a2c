"""The rows of one order: what becomes a draft, what is set aside, what refuses the order."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core import money
from oms.core.address import Address
from oms.core.errors import FieldProblem
from orders.importing.rules import orders as rules
from orders.importing.rules.columns import Reading, layout
from orders.importing.rules.orders import Assembled, Row
from orders.placing.drafts import DraftLine

GOOD: Mapping[str, str] = {
    "external_id": "A-1",
    "customer_name": "Ada Lovelace",
    "email": "ada@EXAMPLE.com",
    "street": "Torstr. 12",
    "city": "Berlin",
    "postcode": "10119",
    "country": "de",
    "sku": "MUG",
    "quantity": "2",
    "unit_price": "12.50",
}


def assemble(
    *rows: Mapping[str, str],
    is_sku: Callable[[str], bool] = lambda _: False,
    currency: str = "EUR",
    most: int | None = None,
    **reading: object,
) -> Assembled:
    """Assemble rows given as changes to a good one; a column of None is not in the file."""
    names = list(dict.fromkeys([*GOOD, *(name for row in rows for name in row)]))
    found, problems = layout(names, Reading(**reading))  # type: ignore[arg-type]  # test values
    assert problems == []
    assert found is not None
    said = [{**GOOD, **row} for row in rows]
    table = [Row(n, tuple(row.get(c, "") for c in names)) for n, row in enumerate(said, start=2)]
    return rules.assemble(
        table, [row.number for row in table], found, currency=currency, is_sku=is_sku
    )


def codes(assembled: Assembled) -> list[tuple[int, str, str]]:
    return [(p.row, p.column, p.code) for p in assembled.problems]


def test_rows_become_one_order() -> None:
    found = assemble(
        {"placed_at": "2026-03-31 14:05", "total": "30.00", "note": "=ring twice"},
        {"sku": "CUP", "quantity": "1", "unit_price": "5", "discount": "0.50", "line_id": "7"},
        time_zone="Europe/Berlin",
    )
    draft = found.draft
    assert draft is not None
    assert found.problems == ()
    assert found.line_rows == (2, 3)
    assert draft.lines == (
        DraftLine(sku="MUG", quantity=2, unit_price=Decimal("12.5")),
        DraftLine(
            sku="CUP",
            quantity=1,
            unit_price=Decimal(5),
            discount=Decimal("0.5"),
            external_line_id="7",
        ),
    )
    assert draft.email == "ada@example.com"
    assert draft.placed_at == datetime(2026, 3, 31, 12, 5, tzinfo=UTC)
    assert draft.declared == {"total": Decimal(30)}
    assert draft.note == "=ring twice"
    assert draft.ship_to == Address(
        name="Ada Lovelace", street=("Torstr. 12",), city="Berlin", postcode="10119", country="DE"
    )
    assert draft.bill_to is None


def test_a_bad_row_refuses_its_order() -> None:
    found = assemble({}, {"quantity": "0"})
    assert found.draft is None
    assert codes(found) == [(3, "quantity", "quantity_zero")]


def test_a_bad_row_is_set_aside_where_the_mapping_says_so() -> None:
    found = assemble({}, {"quantity": "0"}, skip_bad_rows=True)
    assert found.draft is not None
    assert [line.sku for line in found.draft.lines] == ["MUG"]
    assert found.line_rows == (2,)
    assert codes(found) == [(3, "quantity", "quantity_zero")]


def test_an_order_without_a_good_row_is_refused_even_then() -> None:
    assert assemble({"quantity": "0"}, skip_bad_rows=True).draft is None


def test_what_is_wrong_with_the_order_itself_refuses_it_even_then() -> None:
    found = assemble({"email": "ada@"}, {}, skip_bad_rows=True)
    assert found.draft is None
    assert ("email", "differs_within_order") in {(p.column, p.code) for p in found.problems}
    found = assemble({"email": "ada@"}, {"email": "ada@"}, skip_bad_rows=True)
    assert codes(found) == [(2, "email", "invalid_email")]


def test_everything_that_is_wrong_in_a_row_is_said() -> None:
    found = assemble({"sku": "", "quantity": "1.5", "unit_price": "1,234.50"})
    assert codes(found) == [
        (2, "sku", "required"),
        (2, "quantity", "not_plain_integer"),
        (2, "unit_price", "ambiguous_number"),
    ]


def test_a_row_that_contradicts_its_order_is_named_with_the_other_one() -> None:
    found = assemble({"note": "ring"}, {"note": "knock"}, {"note": ""})
    assert codes(found) == [
        (2, "note", "differs_within_order"),
        (3, "note", "differs_within_order"),
    ]
    assert "Row 3" in found.problems[0].message


def test_a_line_id_that_comes_twice_names_both_rows() -> None:
    found = assemble({"line_id": "1"}, {"line_id": "2"}, {"line_id": "1"})
    assert codes(found) == [
        (4, "line_id", "duplicate_line_id"),
        (2, "line_id", "duplicate_line_id"),
    ] or codes(found) == [(2, "line_id", "duplicate_line_id"), (4, "line_id", "duplicate_line_id")]


def test_a_row_with_more_or_less_cells_is_bad() -> None:
    found, _ = layout(["external_id", "customer_name", "country", "sku", "quantity"], Reading())
    assert found is not None
    for cells, code in (
        (("A", "Ada", "DE", "MUG"), "too_few_cells"),
        (("A", "Ada", "DE", "MUG", "1", "x"), "too_many_cells"),
    ):
        assembled = rules.assemble(
            [Row(2, cells)], [2], found, currency="EUR", is_sku=lambda _: False
        )
        assert [(p.row, p.code) for p in assembled.problems] == [(2, code)]
        assert assembled.draft is None


@pytest.mark.parametrize("sku", ["1.23E+12", "01-Mar"])
def test_a_spoilt_sku_is_refused_unless_there_is_such_an_article(sku: str) -> None:
    assert assemble({"sku": sku}).draft is None
    assert assemble({"sku": sku}, is_sku=lambda code: code == sku).draft is not None


def test_a_spoilt_order_number_refuses_the_order() -> None:
    found = assemble({"external_id": "1.23E+12"})
    assert codes(found) == [(2, "external_id", "spreadsheet_number")]


def test_amounts_finer_than_the_currency_are_refused() -> None:
    assert codes(assemble({"unit_price": "12.505"})) == [(2, "unit_price", "minor_units")]
    assert codes(assemble({"unit_price": "12.5"}, currency="JPY")) == [
        (2, "unit_price", "minor_units")
    ]


def test_a_line_total_gives_the_price() -> None:
    found = assemble({"unit_price": "", "quantity": "3", "line_total": "10.00"})
    assert found.draft is not None
    (line,) = found.draft.lines
    assert (line.unit_price, line.discount) == (Decimal("3.34"), Decimal("0.02"))


def test_a_line_total_beside_a_price_is_a_check() -> None:
    good = {"unit_price": "4", "quantity": "3", "discount": "2", "line_total": "10.00"}
    assert assemble(good).draft is not None
    assert codes(assemble({**good, "discount": "1"})) == [(2, "line_total", "total_mismatch")]


@given(
    st.sampled_from(["EUR", "JPY", "KWD"]),
    st.integers(0, 10_000_000),
    st.integers(0, 10_000),
    st.integers(1, 1_000_000),
)
def test_a_line_total_is_kept_to_the_minor_unit(
    currency: str, total: int, discount: int, units: int
) -> None:
    line_total = money.from_minor(total, currency)
    given_discount = money.from_minor(discount, currency)
    price, taken = rules.unit_price(line_total, given_discount, units, currency)
    assert price * units - taken == line_total
    assert money.is_quantized(price, currency)
    assert given_discount <= taken < given_discount + units * money.smallest(currency)


def test_the_digest_covers_rows_that_are_set_aside() -> None:
    def digest(*rows: Mapping[str, str]) -> str:
        draft = assemble(*rows, skip_bad_rows=True).draft
        assert draft is not None
        return draft.fingerprint()

    assert digest({}, {"quantity": "0"}) == digest({}, {"quantity": "0"})
    assert digest({}, {"quantity": "0"}) != digest({})
    assert digest({}) != digest({"quantity": "3"})


def test_too_many_rows_are_refused_by_name() -> None:
    found, _ = layout(list(GOOD), Reading())
    assert found is not None
    row = Row(2, tuple(GOOD.values()))
    assembled = rules.assemble(
        [row], range(2, rules.MOST_ROWS + 3), found, currency="EUR", is_sku=lambda _: False
    )
    assert assembled.draft is None
    assert [p.code for p in assembled.problems] == ["too_many_lines"]
    assert len(assembled.rows) == rules.MOST_ROWS + 1


def test_what_placing_refuses_is_told_by_row_and_column() -> None:
    assembled = assemble({}, {"quantity": "0"}, {"sku": "CUP"}, skip_bad_rows=True)
    problems = [FieldProblem("/lines/1/sku", "unknown_sku", "There is no such sellable SKU.")]
    found, only_rows = rules.placing_problems(problems, assembled)
    assert [(p.row, p.column) for p in found] == [(4, "sku")]
    assert only_rows
    found, only_rows = rules.placing_problems(
        [*problems, FieldProblem("/ship_to/postcode", "invalid_postcode", "…")], assembled
    )
    assert [(p.row, p.column) for p in found] == [(4, "sku"), (2, "postcode")]
    assert not only_rows


def test_a_billing_address_is_read_where_the_file_has_one() -> None:
    bill = {"bill_name": "Lovelace Ltd", "bill_street": "1 King St", "bill_city": "London"}
    found = assemble({**bill, "bill_postcode": "sw1a 1aa", "bill_country": "gb"})
    assert found.draft is not None
    assert found.draft.bill_to == Address(
        name="Lovelace Ltd",
        street=("1 King St",),
        city="London",
        postcode="SW1A 1AA",
        country="GB",
    )
