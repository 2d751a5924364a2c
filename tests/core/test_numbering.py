import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core import numbering

RANDOM = st.text(numbering.ALPHABET, min_size=9, max_size=9)
POSITION = st.integers(0, 9)


def body_of(random: str) -> str:
    return random + numbering.check_character(random)


def test_the_alphabet_can_be_spoken() -> None:
    assert len(numbering.ALPHABET) == len(set(numbering.ALPHABET)) == 31
    assert not set("01ILO") & set(numbering.ALPHABET)


def test_a_new_number_is_valid_and_unlike_the_last() -> None:
    made = {numbering.new_number("WEB") for _ in range(2_000)}
    assert len(made) == 2_000
    for number in made:
        assert len(number) == len("WEB-4K7QM-9XBTR")
        assert numbering.normalize(number) == number
        assert numbering.is_valid(number)


@pytest.mark.parametrize("prefix", ["", "web", "1A", "A-B", "ABCDEFGHI", "É", "A\n"])
def test_a_prefix_is_capital_letters_and_digits(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        numbering.new_number(prefix)


@given(RANDOM, POSITION, st.sampled_from(numbering.ALPHABET))
def test_every_replaced_character_is_found(random: str, position: int, symbol: str) -> None:
    body = body_of(random)
    changed = body[:position] + symbol + body[position + 1 :]
    assert numbering.is_valid(f"WEB-{changed}") == (changed == body)


@given(RANDOM, POSITION, POSITION)
def test_every_exchange_of_two_characters_is_found(random: str, one: int, two: int) -> None:
    body = list(body_of(random))
    whole = "".join(body)
    body[one], body[two] = body[two], body[one]
    changed = "".join(body)
    assert numbering.is_valid(f"WEB-{changed}") == (changed == whole)


def test_one_body_with_all_its_typing_errors() -> None:
    body = body_of("4K7QM9XBT")
    replaced = [
        body[:at] + symbol + body[at + 1 :]
        for at in range(10)
        for symbol in numbering.ALPHABET
        if symbol != body[at]
    ]
    assert len(replaced) == 300
    assert not any(numbering.is_valid(f"WEB-{wrong}") for wrong in replaced)


@pytest.mark.parametrize(
    "typed",
    [
        "web-{0}-{1}",
        " WEB {0} {1} ",
        "WEB{0}{1}",
        "WEB\u2013{0}\u2011{1}",
        "WEB_{0}.{1}",
        "w e b {0}{1}\n",
        "ＷＥＢ-{0}-{1}",
    ],
)
def test_a_number_is_read_however_it_was_typed(typed: str) -> None:
    body = body_of("4K7QM9XBT")
    text = typed.format(body[:5].lower(), body[5:])
    assert numbering.normalize(text) == f"WEB-{body[:5]}-{body[5:]}"
    assert numbering.is_valid(text)


@given(st.text(max_size=80))
def test_normalizing_any_text_is_harmless_and_done_once(text: str) -> None:
    once = numbering.normalize(text)
    numbering.is_valid(text)
    if len(once) <= 64 and len(text) <= 64:
        assert numbering.normalize(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "",
        "WEB",
        "4K7QM-9XBT",
        "4K7QM-9XBTR",
        "WEB-4K7QM-9XBT0",
        "WEB-4K7QM-9XBTRR",
        "WEB--",
        "x" * 10_000,
    ],
)
def test_what_is_no_whole_number_is_not_valid(text: str) -> None:
    assert not numbering.is_valid(text)


def test_a_part_of_a_number_stays_searchable() -> None:
    assert numbering.normalize(" 4k7qm ") == "4K7QM"


@pytest.mark.parametrize(
    ("service", "serial", "country", "expected"),
    [
        ("EE", 12_345_678, "DE", "EE123456785DE"),
        ("RA", 47_312_482, "GB", "RA473124829GB"),
        ("RR", 0, "US", "RR000000005US"),  # remainder 0: the digit 5
    ],
)
def test_a_postal_number_has_its_check_digit(
    service: str, serial: int, country: str, expected: str
) -> None:
    number = numbering.s10(service, serial, country)
    assert len(number) == 13
    assert number == expected
    assert numbering.is_valid_s10(number)


@given(st.integers(0, 10**8 - 1), st.integers(2, 9), st.integers(0, 9))
def test_a_replaced_digit_of_a_postal_number_is_found(
    serial: int, position: int, digit: int
) -> None:
    # The standard writes both remainder 0 and remainder 6 as the digit 5, so a few replacements pass by design.
    number = numbering.s10("EE", serial, "DE")
    changed = number[:position] + str(digit) + number[position + 1 :]
    if number[10] != "5":
        assert numbering.is_valid_s10(changed) == (changed == number)


@pytest.mark.parametrize(
    "number",
    ["EE123456784DE", "ee123456785DE", "EE12345678DE", "EE123456785D", "EE１23456785DE", ""],
)
def test_a_wrong_postal_number_is_not_valid(number: str) -> None:
    assert not numbering.is_valid_s10(number)


@pytest.mark.parametrize(
    ("service", "serial", "country"),
    [("E", 1, "DE"), ("EE", -1, "DE"), ("EE", 10**8, "DE"), ("EE", 1, "de")],
)
def test_a_postal_number_is_not_made_from_wrong_parts(
    service: str, serial: int, country: str
) -> None:
    with pytest.raises(ValueError, match=r"serial|Service"):
        numbering.s10(service, serial, country)
