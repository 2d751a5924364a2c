from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, model_validator

from oms.core import errors
from oms.core.address import Address
from oms.core.api import parsing, rendering, schemas
from oms.core.api.schemas import AddressIn, Answer, Command, Items, Text


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Line(Command):
    sku: schemas.SkuCode
    quantity: schemas.Quantity
    price: schemas.MoneyAmount | None = None


class Body(Command):
    external_id: schemas.ExternalId
    lines: Annotated[list[Line], Items(3, few="no_lines", many="too_many_lines")]
    count: schemas.Count = 0
    delta: schemas.SignedAmount = Decimal(0)
    note: Annotated[str, Text(20, multiline=True, blank=True)] = ""
    name: Annotated[str, Text(10)] = "x"
    email: schemas.EmailText = "a@example.com"
    country: schemas.CountryCode = "DE"
    currency: schemas.CurrencyCode = "EUR"
    language: schemas.LanguageCode = "en"
    placed_at: schemas.Instant | None = None
    due_on: schemas.Day | None = None
    ship_to: AddressIn | None = None
    id: schemas.Uuid | None = None
    gift: bool = False
    kind: Literal["sale", "sample"] = "sale"
    color: Annotated[Color, Field(strict=False)] = Color.RED


GOOD: dict[str, Any] = {"external_id": "A-1", "lines": [{"sku": "S-1", "quantity": 2}]}


def problems_of(changes: dict[str, Any], model: type[Command] = Body) -> list[tuple[str, str]]:
    with pytest.raises(errors.Invalid) as caught:
        schemas.parse(model, {**GOOD, **changes})
    assert all(len(problem.message) < 200 for problem in caught.value.problems)
    return [(problem.pointer, problem.code) for problem in caught.value.problems]


def codes_of(data: Any) -> list[str]:
    try:
        schemas.parse(Body, data)
    except errors.Invalid as error:
        return [problem.code for problem in error.problems] or ["?"]
    return []


def line(**changes: Any) -> dict[str, Any]:
    return {"lines": [{**GOOD["lines"][0], **changes}]}


CASES: list[tuple[dict[str, Any], str, str]] = [
    # fields that nobody may send
    ({"pric": 1}, "/pric", "unknown_field"),
    ({"status": "paid"}, "/status", "unknown_field"),
    ({"a/b~c": 1}, "/a~1b~0c", "unknown_field"),
    (line(id=1), "/lines/0/id", "unknown_field"),
    # lists
    ({"lines": []}, "/lines", "no_lines"),
    ({"lines": [GOOD["lines"][0]] * 5_001}, "/lines", "too_many_lines"),
    ({"lines": {}}, "/lines", "not_list"),
    ({"lines": "x"}, "/lines", "not_list"),
    ({"lines": None}, "/lines", "null_not_allowed"),
    ({"lines": [[]]}, "/lines/0", "not_object"),
    ({"lines": ["x"]}, "/lines/0", "not_object"),
    ({"lines": [None]}, "/lines/0", "null_not_allowed"),
    # quantities
    (line(quantity=0), "/lines/0/quantity", "number_range"),
    (line(quantity=-1), "/lines/0/quantity", "number_range"),
    (line(quantity=Decimal("1.5")), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity=Decimal("1.0")), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity=Decimal("1E+3")), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity=True), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity=""), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity=None), "/lines/0/quantity", "null_not_allowed"),
    (line(quantity=10**30), "/lines/0/quantity", "number_range"),
    (line(quantity=2**31), "/lines/0/quantity", "number_range"),
    (line(quantity=1_000_001), "/lines/0/quantity", "number_range"),
    (line(quantity="12"), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity="１２"), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity="1_000"), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity="1e3"), "/lines/0/quantity", "not_plain_integer"),
    ({"count": -1}, "/count", "number_range"),
    # amounts
    (line(price="1,00"), "/lines/0/price", "not_plain_decimal"),
    (line(price="-0"), "/lines/0/price", "not_plain_decimal"),
    (line(price="-0.00"), "/lines/0/price", "not_plain_decimal"),
    (line(price=Decimal("-0")), "/lines/0/price", "not_plain_decimal"),
    (line(price="١٢"), "/lines/0/price", "not_plain_decimal"),
    (line(price="１２"), "/lines/0/price", "not_plain_decimal"),
    (line(price="1_0"), "/lines/0/price", "not_plain_decimal"),
    (line(price="1e3"), "/lines/0/price", "not_plain_decimal"),
    (line(price=Decimal("1E+3")), "/lines/0/price", "not_plain_decimal"),
    (line(price="+1"), "/lines/0/price", "not_plain_decimal"),
    (line(price="01"), "/lines/0/price", "not_plain_decimal"),
    (line(price=" 1"), "/lines/0/price", "not_plain_decimal"),
    (line(price="1\n"), "/lines/0/price", "not_plain_decimal"),
    (line(price=""), "/lines/0/price", "not_plain_decimal"),
    (line(price="NaN"), "/lines/0/price", "not_plain_decimal"),
    (line(price=True), "/lines/0/price", "not_plain_decimal"),
    (line(price=[]), "/lines/0/price", "not_plain_decimal"),
    (line(price="1.00001"), "/lines/0/price", "not_plain_decimal"),
    (line(price="-1"), "/lines/0/price", "number_range"),
    (line(price="9" * 15), "/lines/0/price", "number_range"),
    (line(price=10**40), "/lines/0/price", "number_range"),
    ({"delta": None}, "/delta", "null_not_allowed"),
    # text
    ({"external_id": ""}, "/external_id", "blank"),
    ({"external_id": "  \u00a0"}, "/external_id", "blank"),
    ({"external_id": "x" * 300}, "/external_id", "too_long"),
    ({"external_id": 5}, "/external_id", "not_text"),
    ({"external_id": None}, "/external_id", "null_not_allowed"),
    ({"name": "a\u202eb"}, "/name", "control_char"),
    ({"name": "a\nb"}, "/name", "control_char"),
    ({"name": "a\x7fb"}, "/name", "control_char"),
    ({"note": "a\x0bb"}, "/note", "control_char"),
    ({"note": "   "}, "/note", "blank"),
    ({"note": "x" * 21}, "/note", "too_long"),
    (line(sku="S\u200b1"), "/lines/0/sku", "control_char"),
    (line(sku="S" * 65), "/lines/0/sku", "too_long"),
    # e-mail
    ({"email": "a@b"}, "/email", "invalid_email"),
    ({"email": "a@example.com\r\nBcc: b@example.com"}, "/email", "control_char"),
    ({"email": "x" * 320 + "@example.com"}, "/email", "too_long"),
    # codes
    ({"country": "XX"}, "/country", "unknown_country"),
    ({"country": "de"}, "/country", "unknown_country"),
    ({"country": "DEU"}, "/country", "too_long"),
    ({"currency": "XXX"}, "/currency", "unknown_currency"),
    ({"currency": "eur"}, "/currency", "unknown_currency"),
    ({"language": "EN"}, "/language", "invalid_language"),
    ({"language": "en_US"}, "/language", "invalid_language"),
    ({"language": "english"}, "/language", "invalid_language"),
    ({"kind": "gift"}, "/kind", "unknown_choice"),
    ({"color": "green"}, "/color", "unknown_choice"),
    ({"color": None}, "/color", "null_not_allowed"),
    ({"gift": 1}, "/gift", "not_boolean"),
    ({"gift": "yes"}, "/gift", "not_boolean"),
    ({"id": "123"}, "/id", "not_uuid"),
    ({"id": 123}, "/id", "not_uuid"),
    # time
    ({"placed_at": "9999-01-01T00:00:00Z"}, "/placed_at", "instant_range"),
    ({"placed_at": "1969-12-31T23:59:59Z"}, "/placed_at", "instant_range"),
    ({"placed_at": "2026-02-30T00:00:00Z"}, "/placed_at", "not_instant"),
    ({"placed_at": "2026-03-29T02:30:00"}, "/placed_at", "offset_required"),
    ({"placed_at": "2026-03-29"}, "/placed_at", "not_instant"),
    ({"placed_at": "２026-03-29T02:30:00Z"}, "/placed_at", "not_instant"),
    ({"placed_at": "2026-03-29T24:30:00Z"}, "/placed_at", "not_instant"),
    ({"placed_at": "2026-03-29T02:30:00+25:00"}, "/placed_at", "not_instant"),
    ({"placed_at": 1_774_000_000}, "/placed_at", "not_instant"),
    ({"due_on": "2026-02-30"}, "/due_on", "not_date"),
    ({"due_on": "2026-2-3"}, "/due_on", "not_date"),
    ({"due_on": "9999-01-01"}, "/due_on", "instant_range"),
    ({"due_on": 1}, "/due_on", "not_date"),
    # addresses: the shape
    ({"ship_to": {}}, "/ship_to/country", "required"),
    ({"ship_to": {"country": "DE", "street": ["x" * 5_000]}}, "/ship_to/street/0", "too_long"),
    ({"ship_to": {"country": "DE", "street": ["x"] * 5}}, "/ship_to/street", "too_many_lines"),
    ({"ship_to": {"country": "DE", "street": "x"}}, "/ship_to/street", "not_list"),
    ({"ship_to": {"country": "DE", "name": "\u202e"}}, "/ship_to/name", "control_char"),
    ({"ship_to": {"country": "DE", "zip": "1"}}, "/ship_to/zip", "unknown_field"),
    ({"ship_to": []}, "/ship_to", "not_object"),
]


@pytest.mark.parametrize(("changes", "pointer", "code"), CASES, ids=lambda value: str(value)[:50])
def test_each_wrong_value_has_its_place_and_code(
    changes: dict[str, Any], pointer: str, code: str
) -> None:
    assert problems_of(changes) == [(pointer, code)]


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "external_id", "A-1"),
        ({"external_id": " a b "}, "external_id", " a b "),
        ({"name": "Zoe\u0308"}, "name", "Zoe\u0308"),
        ({"name": "<b>{{7}}"}, "name", "<b>{{7}}"),
        ({"note": ""}, "note", ""),
        ({"note": "a\r\n\tb"}, "note", "a\r\n\tb"),
        ({"delta": "-1.5"}, "delta", Decimal("-1.5")),
        ({"delta": 3}, "delta", Decimal(3)),
        ({"delta": Decimal("0.10")}, "delta", Decimal("0.10")),
        ({"delta": "99999999999999.9999"}, "delta", Decimal("99999999999999.9999")),
        ({"email": "A@BÜCHER.example"}, "email", "A@xn--bcher-kva.example"),
        ({"language": "zh-Hant-TW"}, "language", "zh-Hant-TW"),
        ({"color": "blue"}, "color", Color.BLUE),
        (
            {"placed_at": "2026-03-29T02:30:00.5+02:00"},
            "placed_at",
            datetime(2026, 3, 29, 0, 30, 0, 500_000, UTC),
        ),
        (
            {"placed_at": "2026-03-29t02:30:00z"},
            "placed_at",
            datetime(2026, 3, 29, 2, 30, tzinfo=UTC),
        ),
        ({"due_on": "2024-02-29"}, "due_on", date(2024, 2, 29)),
        (
            {"id": "01890000-0000-7000-8000-000000000000"},
            "id",
            UUID("01890000-0000-7000-8000-000000000000"),
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_right_value_is_kept_as_sent(changes: dict[str, Any], field: str, expected: Any) -> None:
    assert getattr(schemas.parse(Body, {**GOOD, **changes}), field) == expected


def test_all_problems_are_told_at_once() -> None:
    found = problems_of(
        {
            "external_id": "",
            "lines": [{"sku": "", "quantity": 0}, {"quantity": "x", "price": "1,0"}],
            "pric": 1,
        }
    )
    assert found == [
        ("/external_id", "blank"),
        ("/lines/0/sku", "blank"),
        ("/lines/0/quantity", "number_range"),
        ("/lines/1/sku", "required"),
        ("/lines/1/quantity", "not_plain_integer"),
        ("/lines/1/price", "not_plain_decimal"),
        ("/pric", "unknown_field"),
    ]


@pytest.mark.parametrize("data", [[], [GOOD], "x", 5, True])
def test_a_body_that_is_no_object_is_refused_at_the_root(data: Any) -> None:
    with pytest.raises(errors.Invalid) as caught:
        schemas.parse(Body, data)
    assert [(p.pointer, p.code) for p in caught.value.problems] == [("", "not_object")]


def test_thousands_of_problems_are_cut_and_said_so() -> None:
    data = {**GOOD, **{f"x{number}": 1 for number in range(1_200)}}
    with pytest.raises(errors.Invalid) as caught:
        schemas.parse(Body, data)
    assert len(caught.value.problems) == 1_000
    assert caught.value.fields == {"problems_left_off": 200}


def test_a_hostile_name_is_neither_repeated_whole_nor_raw() -> None:
    ((pointer, code),) = problems_of({"x" * 100_000: 1})
    assert code == "unknown_field"
    assert len(pointer) < 110
    ((pointer, _),) = problems_of({"a\r\nb": 1})
    assert pointer.isprintable()


def test_a_rule_over_several_fields_names_its_own_code() -> None:
    class Window(Command):
        least: schemas.Count
        most: schemas.Count

        @model_validator(mode="after")
        def _ordered(self) -> "Window":
            if self.least > self.most:
                raise schemas.refused("least_above_most", "The least is above the most.")
            return self

    with pytest.raises(errors.Invalid) as caught:
        schemas.parse(Window, {"least": 2, "most": 1})
    assert caught.value.problems == (
        errors.FieldProblem("", "least_above_most", "The least is above the most."),
    )


def test_an_address_body_becomes_a_clean_address() -> None:
    body = schemas.parse(
        AddressIn,
        {"name": " Ada ", "street": ["1 Main St", ""], "city": "Cupertino", "region": "california",
         "postcode": "9501", "country": "US", "phone": "(408) 996-1010", "email": "a@EXAMPLE.com"},
    )  # fmt: skip
    address = body.to_address()
    assert address == Address(
        "Ada", "", ("1 Main St",), "Cupertino", "CA", "9501", "US", "+14089961010", "a@example.com"
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.decimals(),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*Body.model_fields, *Line.model_fields]), inner, max_size=6),
    )
)  # fmt: skip
def test_any_value_is_accepted_or_refused_by_code(data: Any) -> None:
    assert all(code.replace("_", "").isalpha() for code in codes_of(data))


def test_the_published_schema_knows_the_bounds() -> None:
    schema = Body.model_json_schema()
    lines = schema["properties"]["lines"]
    assert (lines["type"], lines["minItems"], lines["maxItems"]) == ("array", 1, 3)
    assert schema["additionalProperties"] is False
    quantity = schema["$defs"]["Line"]["properties"]["quantity"]
    assert (quantity["minimum"], quantity["maximum"]) == (1, 1_000_000)


def test_a_whole_body_goes_from_bytes_to_a_command() -> None:
    raw = b'{"external_id": "A-1", "lines": [{"sku": "S", "quantity": 2, "price": 19.90}]}'
    command = schemas.parse(Body, parsing.loads(raw))
    assert str(command.lines[0].price) == "19.90"


class Parcel(Answer):
    """An answer with an answer in it."""

    number: str
    amount: Decimal
    inner: list["Parcel"]


def test_an_answer_that_is_made_is_the_same_as_one_that_was_checked() -> None:
    inner = {"number": "2", "amount": Decimal("0.10"), "inner": []}
    checked = Parcel(number="1", amount=Decimal("19.90"), inner=[Parcel(**inner)])
    made = Parcel.made(number="1", amount=Decimal("19.90"), inner=[Parcel.made(**inner)])

    assert made == checked
    assert rendering.json_bytes(made) == rendering.json_bytes(checked)
