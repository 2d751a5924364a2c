"""Numbers for people: OMS document numbers and postal item numbers.

An OMS number such as `WEB-4K7QM-9XBTR` can be read out on the telephone (no 0/O, 1/I/L), cannot be counted from outside
(9 random characters) and tells a typing error (1 check character). It identifies; it is never a credential.
"""

import re
import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
BODY_LENGTH = 10

# The alphabet has a prime number of symbols and the weights differ from each other and from 0 modulo that prime. So the
# sum finds each replaced character and each exchange of two different characters, next to each other or not. The prefix
# stays outside: it is chosen by a person and may use letters that the alphabet lacks.
_WEIGHTS = range(BODY_LENGTH, 0, -1)
_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
_PREFIX = re.compile(r"[A-Z][A-Z0-9]{0,7}", re.ASCII)
_LONGEST_INPUT = 64
_HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad_./"

_S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}", re.ASCII)
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_S10_SERIALS = 10**8


def new_number(prefix: str) -> str:
    """Return a fresh number under `prefix` (a capital letter, then up to 7 capital letters or digits).

    Nothing is locked or counted: the unique constraint of the table decides in the rare case that two are equal.
    """
    if not is_prefix(prefix):
        raise ValueError("A prefix is a capital letter and up to 7 capital letters or digits.")
    random = "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH - 1))
    return _written(prefix, random + check_character(random))


def is_prefix(text: str) -> bool:
    """Say whether `text` may stand before an OMS number."""
    return bool(_PREFIX.fullmatch(text))


def check_character(random: str) -> str:
    """Return the character that makes the weighted sum of the body divisible by 31."""
    total = sum(weight * _VALUES[symbol] for weight, symbol in zip(_WEIGHTS, random, strict=False))
    return ALPHABET[-total % len(ALPHABET)]


def normalize(text: str) -> str:
    """Return the number as it is written, however it was typed: case, spaces, other or missing hyphens.

    What cannot be a whole number (a part of one, another shop's number) comes back in capitals without outer spaces, so
    that a search may still use it.
    """
    if len(text) > _LONGEST_INPUT:
        return text
    plain = unicodedata.normalize("NFKC", text).upper()
    bare = "".join(symbol for symbol in plain if not symbol.isspace() and symbol not in _HYPHENS)
    prefix, body = bare[:-BODY_LENGTH], bare[-BODY_LENGTH:]
    if is_prefix(prefix) and _is_body(body):
        return _written(prefix, body)
    return plain.strip()


def is_valid(number: str) -> bool:
    """Say whether `number`, however it was typed, is an OMS number with the right check character."""
    prefix, _, body = normalize(number).partition("-")
    body = body.replace("-", "", 1)
    if not is_prefix(prefix) or not _is_body(body):
        return False
    return check_character(body[:-1]) == body[-1]


def s10(service: str, serial: int, country: str) -> str:
    """Return a postal item number by UPU standard S10: service, 8-digit serial, check digit, country.

    `service` is two capital letters (EE: express), `serial` is below 100,000,000, `country` two capital letters.
    """
    if not 0 <= serial < _S10_SERIALS:
        raise ValueError("A serial has at most eight digits.")
    digits = f"{serial:08d}"
    number = f"{service}{digits}{_s10_check(digits)}{country}"
    if not _S10.fullmatch(number):
        raise ValueError("Service and country are two capital letters each.")
    return number


def is_valid_s10(number: str) -> bool:
    """Say whether `number` has the 13 characters of UPU standard S10 and the right check digit."""
    return bool(_S10.fullmatch(number)) and _s10_check(number[2:10]) == number[10]


def _written(prefix: str, body: str) -> str:
    """Return the number with its hyphens."""
    return f"{prefix}-{body[:5]}-{body[5:]}"


def _is_body(text: str) -> bool:
    """Say whether `text` has the length and the symbols of a body."""
    return len(text) == BODY_LENGTH and all(symbol in _VALUES for symbol in text)


def _s10_check(digits: str) -> str:
    """Return the check digit: 11 minus the weighted sum modulo 11, where 10 is written 0 and 11 is written 5."""
    total = sum(weight * int(digit) for weight, digit in zip(_S10_WEIGHTS, digits, strict=True))
    return {10: "0", 11: "5"}.get(11 - total % 11, str(11 - total % 11))
