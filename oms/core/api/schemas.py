"""Command bodies: what a client may send, said once and checked as a whole.

A command is a pydantic model derived from `Command`: strict (no text for a number, no number for a truth value), every
unknown member refused, every problem reported at once with its JSON pointer and a stable code. Nothing is corrected
silently; messages never repeat what was sent at length.

    class PlaceLine(Command):
        sku: SkuCode
        quantity: Quantity
        note: Annotated[str, Text(500, multiline=True)] = ""
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self, TypeVar, get_args
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from oms.core import address, errors, money, text
from oms.core.address import Address
from oms.core.api import parsing

CommandT = TypeVar("CommandT", bound=BaseModel)

LARGEST_QUANTITY = 1_000_000
MOST_PROBLEMS = 1_000

_DECIMAL = re.compile(r"(-?)(?:0|[1-9][0-9]{0,13})(?:\.[0-9]{1,4})?")
_LARGE_DECIMAL = re.compile(r"-?[1-9][0-9]{14,}(?:\.[0-9]{1,4})?")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(Z|z|[+-][0-9]{2}:[0-9]{2})?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
YEARS = range(1970, 2201)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")


class Command(BaseModel):
    """Base of all bodies that clients send, and of their parts."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, hide_input_in_errors=True, allow_inf_nan=False
    )


class Answer(BaseModel):
    """Base of all bodies that we send. Decimals are written as strings, instants in UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def made(cls, **values: Any) -> Self:
        """Return an answer of values that are right already: nothing is checked, and no field may be missing.

        `model_construct` looks at each field, which costs eight times as much.
        """
        answer = cls.__new__(cls)
        object.__setattr__(answer, "__dict__", values)
        object.__setattr__(answer, "__pydantic_fields_set__", set(values))
        object.__setattr__(answer, "__pydantic_extra__", None)
        object.__setattr__(answer, "__pydantic_private__", None)
        return answer


def parse(model: type[CommandT], data: Any) -> CommandT:
    """Return `data` as `model`; raise Invalid with every problem at once."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False)
        problems = [_problem(detail) for detail in found[:MOST_PROBLEMS]]
        if len(found) > MOST_PROBLEMS:
            raise errors.Invalid(
                problems=problems, problems_left_off=len(found) - MOST_PROBLEMS
            ) from None
        raise errors.Invalid(problems=problems) from None


# Text -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """Text of at most `longest` characters, kept exactly as it was sent: `Annotated[str, Text(200)]`.

    Refused: control characters and bidirectional overrides (`control_char`; `multiline` allows tabs and line ends),
    text that shows nothing (`blank`; with `blank=True` it may be empty).
    """

    longest: int
    multiline: bool = False
    blank: bool = False

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return the schema: type and length in pydantic's core, characters here."""
        return core_schema.no_info_after_validator_function(
            self._checked, core_schema.str_schema(strict=True, max_length=self.longest)
        )

    def _checked(self, value: str) -> str:
        if not text.is_clean(value, multiline=self.multiline):
            raise refused("control_char")
        if text.is_blank(value) and not (self.blank and not value):
            raise refused("blank")
        return value


def _email(value: str) -> str:
    if not text.is_clean(value):
        raise refused("control_char")
    try:
        return address.normalize_email(value)
    except address.InvalidEmail as error:
        raise refused(error.code, str(error)) from None


def _country(value: str) -> str:
    if not address.is_country(value):
        raise refused("unknown_country")
    return value


def _currency(value: str) -> str:
    if not money.is_known(value):
        raise refused("unknown_currency")
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise refused("invalid_language")
    return value


ExternalId = Annotated[str, Text(128)]
SkuCode = Annotated[str, Text(64)]
EmailText = Annotated[
    str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(_email)
]
CountryCode = Annotated[
    str, Field(max_length=2, json_schema_extra={"pattern": "^[A-Z]{2}$"}), AfterValidator(_country)
]
CurrencyCode = Annotated[
    str, Field(max_length=3, json_schema_extra={"pattern": "^[A-Z]{3}$"}), AfterValidator(_currency)
]
LanguageCode = Annotated[
    str, Field(max_length=11, json_schema_extra={"example": "de-AT"}), AfterValidator(_language)
]
Uuid = Annotated[UUID, Field(strict=False)]

# Numbers --------------------------------------------------------------------------------------------------------------

Quantity = Annotated[int, Field(ge=1, le=LARGEST_QUANTITY)]
Count = Annotated[int, Field(ge=0, le=LARGEST_QUANTITY)]


def _signed_amount(value: Any) -> Decimal:
    """Return an amount written as a plain decimal, as JSON text or number; at most 4 decimals."""
    if isinstance(value, str | Decimal) or type(value) is int:
        written = str(value)
    elif value is None:
        raise refused("null_not_allowed")
    else:
        raise refused("not_plain_decimal")
    if match := _DECIMAL.fullmatch(written):
        amount = Decimal(written)
        if match[1] and not amount:
            raise refused("not_plain_decimal")
        return amount
    if _LARGE_DECIMAL.fullmatch(written):
        raise refused("number_range")
    raise refused("not_plain_decimal")


def _amount(value: Any) -> Decimal:
    """Return an amount that is not negative."""
    amount = _signed_amount(value)
    if amount < 0:
        raise refused("number_range")
    return amount


def _decimal_schema(sign: str) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^{sign}(0|[1-9][0-9]{{0,13}})(\.[0-9]{{1,4}})?$",
            "example": "19.90",
        }
    )


MoneyAmount = Annotated[Decimal, PlainValidator(_amount), _decimal_schema("")]
SignedAmount = Annotated[Decimal, PlainValidator(_signed_amount), _decimal_schema("-?")]

# Time -----------------------------------------------------------------------------------------------------------------


def _instant(value: Any) -> datetime:
    """Return an instant in UTC from its RFC 3339 writing with an offset."""
    if value is None:
        raise refused("null_not_allowed")
    if not isinstance(value, str) or not (match := _INSTANT.fullmatch(value)):
        raise refused("not_instant")
    if match[1] is None:
        raise refused("offset_required")
    if int(value[:4]) not in YEARS:
        raise refused("instant_range")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except ValueError:
        raise refused("not_instant") from None


def _day(value: Any) -> date:
    """Return a calendar date from its writing YYYY-MM-DD."""
    if value is None:
        raise refused("null_not_allowed")
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise refused("not_date")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise refused("not_date") from None
    if day.year not in YEARS:
        raise refused("instant_range")
    return day


Instant = Annotated[
    datetime, PlainValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]

# Lists ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Items:
    """Bounds of a list, with codes of its own: `Annotated[list[Line], Items(500, few="no_lines")]`.

    A list that is too long is refused before its items are looked at.
    """

    most: int
    least: int = 1
    few: str = "too_few"
    many: str = "too_many"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return the schema of the list behind the check of its length."""
        return core_schema.no_info_before_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the list's JSON schema with the bounds."""
        return {**handler(schema), "minItems": self.least, "maxItems": self.most}

    def _checked(self, value: Any) -> Any:
        if isinstance(value, list):
            if len(value) < self.least:
                raise refused(self.few, f"At least {self.least} needed.")
            if len(value) > self.most:
                raise refused(self.many, f"At most {self.most} allowed.")
        return value


# Addresses ------------------------------------------------------------------------------------------------------------


class AddressIn(Command):
    """An address as clients send it. Here only its shape is checked; the country's rules are for `address.problems`."""

    name: Annotated[str, Text(address.LONGEST["name"], blank=True)] = ""
    company: Annotated[str, Text(address.LONGEST["company"], blank=True)] = ""
    street: Annotated[
        list[Annotated[str, Text(address.LONGEST_STREET_LINE, blank=True)]],
        Items(address.MOST_STREET_LINES, least=0, many="too_many_lines"),
    ] = []
    city: Annotated[str, Text(address.LONGEST["city"], blank=True)] = ""
    region: Annotated[str, Text(address.LONGEST["region"], blank=True)] = ""
    postcode: Annotated[str, Text(address.LONGEST["postcode"], blank=True)] = ""
    country: CountryCode
    phone: Annotated[str, Text(40, blank=True)] = ""
    email: EmailText | None = None

    def to_address(self) -> Address:
        """Return the address, cleaned where that needs no guess."""
        return address.normalized(
            Address(
                name=self.name,
                company=self.company,
                street=tuple(self.street),
                city=self.city,
                region=self.region,
                postcode=self.postcode,
                country=self.country,
                phone=self.phone,
                email=self.email or "",
            )
        )


# Problems -------------------------------------------------------------------------------------------------------------

_MESSAGES = {
    "blank": "This may not be blank.",
    "control_char": "Control characters and direction overrides are not allowed.",
    "instant_range": f"The year lies outside {YEARS.start} to {YEARS.stop - 1}.",
    "invalid_language": "A language is written like de, de-AT or zh-Hant.",
    "not_boolean": "This is true or false.",
    "not_date": "A date is written YYYY-MM-DD and exists in the calendar.",
    "not_instant": "An instant is written like 2026-03-31T14:05:00Z (RFC 3339) and exists.",
    "not_list": "This is a list.",
    "not_object": "This is an object.",
    "not_plain_decimal": 'An amount is written in plain digits like "19.90", with at most 4 decimals.',
    "not_plain_integer": "This is a whole number in plain digits, sent as a number.",
    "not_text": "This is text.",
    "not_uuid": "This is a UUID.",
    "null_not_allowed": "This may not be null.",
    "number_range": "This number is out of range.",
    "offset_required": "An instant needs its offset, such as Z or +01:00.",
    "required": "This is required.",
    "too_long": "This text is too long.",
    "unknown_choice": "This is none of the choices.",
    "unknown_country": "This is no ISO 3166 country code in capitals.",
    "unknown_currency": "This is no ISO 4217 code of a currency in circulation.",
    "unknown_field": "There is no such field here.",
}

_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "invalid_key": "unknown_field",
    "model_type": "not_object",
    "model_attributes_type": "not_object",
    "dict_type": "not_object",
    "mapping_type": "not_object",
    "list_type": "not_list",
    "tuple_type": "not_list",
    "set_type": "not_list",
    "too_short": "too_few",
    "too_long": "too_many",
    "string_type": "not_text",
    "string_unicode": "control_char",
    "string_too_short": "blank",
    "string_too_long": "too_long",
    "string_pattern_mismatch": "wrong_form",
    "bool_type": "not_boolean",
    "bool_parsing": "not_boolean",
    "int_type": "not_plain_integer",
    "int_parsing": "not_plain_integer",
    "int_from_float": "not_plain_integer",
    "int_parsing_size": "number_range",
    "greater_than": "number_range",
    "greater_than_equal": "number_range",
    "less_than": "number_range",
    "less_than_equal": "number_range",
    "finite_number": "number_range",
    "multiple_of": "number_range",
    "enum": "unknown_choice",
    "literal_error": "unknown_choice",
    "union_tag_invalid": "unknown_choice",
    "union_tag_not_found": "required",
    "uuid_type": "not_uuid",
    "uuid_parsing": "not_uuid",
    "uuid_version": "not_uuid",
}
# Where pydantic's own words say more than ours (bounds, choices) and repeat nothing of the input.
_SAID_BETTER_BY_CORE = {
    "greater_than",
    "greater_than_equal",
    "less_than",
    "less_than_equal",
    "string_too_long",
    "too_long",
    "too_short",
    "literal_error",
    "enum",
    "multiple_of",
}
_TYPE_CODES = {code for code in _CODES.values() if code.startswith("not_")} | {"unknown_choice"}
_CORE_TYPES = frozenset(get_args(core_schema.ErrorType))


def refused(code: str, message: str = "") -> PydanticCustomError:
    """Return what a validator of a command raises: a stable snake_case code and words that repeat no input."""
    return PydanticCustomError(code, message or _MESSAGES[code])


def pointer_of(location: Sequence[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of a path of members and indexes."""
    return "".join(f"/{parsing.escape_pointer(step)}" for step in location)


def _problem(detail: ErrorDetails) -> errors.FieldProblem:
    """Translate one problem of pydantic into ours."""
    kind = detail["type"]
    # Our own validators name the stable code itself; a type of the core that has no code of ours is just invalid.
    code = _CODES.get(kind) or ("invalid" if kind in _CORE_TYPES else kind)
    if code in _TYPE_CODES and detail["input"] is None:
        code = "null_not_allowed"
    said_by_us = code in _MESSAGES and kind not in _SAID_BETTER_BY_CORE
    message = _MESSAGES[code] if said_by_us else detail["msg"].removeprefix("Value error, ")
    return errors.FieldProblem(pointer_of(detail["loc"]), code, message)
