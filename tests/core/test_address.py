from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core import address
from oms.core.address import Address

GOOD = {
    "DE": Address("Ada Lovelace", "", ("Torstraße 1",), "Berlin", "", "10119", "DE"),
    "US": Address("Ada Lovelace", "", ("1 Main St", "Apt 2"), "Cupertino", "CA", "95014", "US"),
    "GB": Address("Ada Lovelace", "", ("10 Downing Street",), "London", "", "SW1A 2AA", "GB"),
    "JP": Address("山田太郎", "", ("丸の内1-1-1",), "千代田区", "東京都", "100-0005", "JP"),
    "IE": Address("Ada Lovelace", "", ("1 Dame Street",), "Dublin", "Dublin", "", "IE"),
    "HK": Address("Ada Lovelace", "", ("1 Nathan Road",), "Tsim Sha Tsui", "Kowloon", "", "HK"),
    "BR": Address("Ada", "", ("Rua Augusta 1",), "São Paulo", "SP", "01304-000", "BR"),
}


def codes(value: Address) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in address.problems(value)]


@pytest.mark.parametrize("country", GOOD)
def test_a_good_address_has_no_problem_and_stays_as_it_is(country: str) -> None:
    good = GOOD[country]
    assert address.problems(good) == []
    assert address.normalized(good) == good
    assert Address.from_dict(good.to_dict()) == good


@pytest.mark.parametrize(
    ("country", "changes", "expected"),
    [
        ("DE", {"postcode": "1011"}, [("postcode", "invalid_postcode")]),
        (
            "DE",
            {"postcode": "10119\n"},
            [("postcode", "control_char"), ("postcode", "invalid_postcode")],
        ),
        ("DE", {"postcode": ""}, [("postcode", "required")]),
        ("DE", {"city": ""}, [("city", "required")]),
        ("DE", {"street": ()}, [("street", "required")]),
        ("DE", {"street": ("",)}, [("street", "required")]),
        ("DE", {"name": ""}, [("name", "required")]),
        ("DE", {"name": "", "company": "Analytical Engines"}, []),
        ("DE", {"region": "Nowhere"}, []),
        ("DE", {"country": "XX"}, [("country", "unknown_country")]),
        ("DE", {"country": "de"}, [("country", "unknown_country")]),
        ("DE", {"country": "../DE"}, [("country", "unknown_country")]),
        ("DE", {"country": ""}, [("country", "required")]),
        ("DE", {"name": "a\u202eb"}, [("name", "control_char")]),
        ("DE", {"street": ("a\nb",)}, [("street", "control_char")]),
        ("DE", {"street": ("x" * 5_000,)}, [("street", "too_long")]),
        ("DE", {"street": ("x",) * 5}, [("street", "too_many_lines")]),
        ("DE", {"name": "x" * 201}, [("name", "too_long")]),
        ("DE", {"phone": "call me"}, [("phone", "invalid_phone")]),
        ("DE", {"email": "a@b"}, [("email", "invalid_email")]),
        ("US", {"region": ""}, [("region", "required")]),
        ("US", {"region": "ZZ"}, [("region", "unknown_region")]),
        ("US", {"region": "NY"}, [("postcode", "postcode_not_in_region")]),
        ("US", {"postcode": "9501"}, [("postcode", "invalid_postcode")]),
        ("US", {"postcode": "95014-1234"}, []),
        ("GB", {"postcode": "12345"}, [("postcode", "invalid_postcode")]),
        ("JP", {"region": "Berlin"}, [("region", "unknown_region")]),
        ("JP", {"postcode": "1000005"}, []),
        ("IE", {"postcode": "D02 X285"}, []),
        ("IE", {"postcode": "10119"}, [("postcode", "invalid_postcode")]),
        ("HK", {"region": ""}, [("region", "required")]),
        ("HK", {"postcode": "999077"}, []),
        ("BR", {"region": "XX"}, [("region", "unknown_region")]),
        ("BR", {"city": "Sao Paulo"}, []),
    ],
)
def test_each_rule_of_a_country_is_named(
    country: str, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert codes(replace(GOOD[country], **changes)) == expected


def test_all_problems_are_told_at_once() -> None:
    empty = Address(country="US", email="x", phone="y")
    assert codes(empty) == [
        ("name", "required"),
        ("street", "required"),
        ("city", "required"),
        ("region", "required"),
        ("postcode", "required"),
        ("phone", "invalid_phone"),
        ("email", "invalid_email"),
    ]


def test_only_what_needs_no_guess_is_cleaned() -> None:
    typed = Address(
        " Ada ", " ", (" 1 Main St ", " "), " Cupertino ", "california", " 95014", " us ",
        "(408) 996-1010", " Ada@EXAMPLE.com ",
    )  # fmt: skip
    assert address.normalized(typed) == Address(
        "Ada",
        "",
        ("1 Main St",),
        "Cupertino",
        "CA",
        "95014",
        "US",
        "+14089961010",
        "Ada@example.com",
    )
    wrong = Address("A", "", ("x",), "y", "Atlantis", "??", "US", "letters", "no mail")
    assert address.normalized(wrong) == wrong


@pytest.mark.parametrize(
    ("country", "typed", "expected"),
    [
        ("US", "new york", "NY"),
        ("BR", "Sao Paulo", "SP"),
        ("JP", "tokyo", "Tokyo"),
        ("JP", "東京都", "東京都"),
        ("HK", "九龍", "九龍"),
        ("IE", "co. dublin", "Co. Dublin"),
        ("DE", "Bayern", "Bayern"),
    ],
)
def test_a_known_region_gets_its_official_writing(country: str, typed: str, expected: str) -> None:
    assert address.normalized(replace(GOOD[country], region=typed)).region == expected


def test_full_width_postcodes_become_plain() -> None:
    assert (
        address.normalized(replace(GOOD["JP"], postcode="１００-０００５")).postcode == "100-0005"
    )
    assert address.normalized(replace(GOOD["GB"], postcode="sw1a 2aa")).postcode == "SW1A 2AA"


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("DE", ["Ada Lovelace", "Torstraße 1", "10119 BERLIN", "GERMANY"]),
        ("US", ["Ada Lovelace", "1 Main St", "Apt 2", "CUPERTINO, CA 95014", "UNITED STATES"]),
        ("GB", ["Ada Lovelace", "10 Downing Street", "LONDON", "SW1A 2AA", "UNITED KINGDOM"]),
        ("JP", ["〒100-0005", "東京都", "千代田区", "丸の内1-1-1", "山田太郎", "JAPAN"]),
        ("IE", ["Ada Lovelace", "1 Dame Street", "DUBLIN", "Dublin", "IRELAND"]),
        ("HK", ["Ada Lovelace", "1 Nathan Road", "Tsim Sha Tsui", "KOWLOON", "HONG KONG"]),
        ("BR", ["Ada", "Rua Augusta 1", "SÃO PAULO-SP", "01304-000", "BRAZIL"]),
    ],
)
def test_a_label_follows_the_layout_of_the_destination(country: str, expected: list[str]) -> None:
    assert address.lines(GOOD[country]) == expected
    assert address.lines(GOOD[country], sender_country=country) == expected[:-1]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # No city in the layout: it is printed all the same.
        (
            Address("A", "", ("1-1-1 Marunouchi",), "Chiyoda-ku", "Tokyo", "100-0005", "JP"),
            ["A", "1-1-1 Marunouchi", "Chiyoda-ku, TOKYO", "100-0005", "JAPAN"],
        ),
        (
            Address("A", "", ("1 Orchard Road",), "Singapore", "", "238823", "SG"),
            ["A", "1 Orchard Road", "SINGAPORE 238823", "REP. OF SINGAPORE"],
        ),
        # Punctuation of empty parts goes.
        (
            Address("A", "", ("1 Main St",), "Cupertino", "", "95014", "US"),
            ["A", "1 Main St", "CUPERTINO 95014", "UNITED STATES"],
        ),
        (
            Address("A", "B Ltd", ("Weg 1",), "Bern", "", "", "CH"),
            ["B Ltd", "A", "Weg 1", "Bern", "SWITZERLAND"],
        ),
        (
            Address("A", "", ("Weg 1",), "Bern", "", "3000", "CH"),
            ["A", "Weg 1", "CH-3000 Bern", "SWITZERLAND"],
        ),
        (Address("A", "", ("x",), "y", "z", "1", "XX"), ["A", "x", "1 y", "z", "XX"]),
    ],
)
def test_a_label_loses_nothing_that_finds_the_door(value: Address, expected: list[str]) -> None:
    assert address.lines(value) == expected


@given(
    st.builds(
        Address,
        name=st.text(max_size=20),
        street=st.lists(st.text(max_size=20), max_size=5).map(tuple),
        city=st.text(max_size=20),
        region=st.text(max_size=20),
        postcode=st.text(max_size=20),
        country=st.sampled_from([*GOOD, "SG", "CN", "AE", "xx", ""]) | st.text(max_size=4),
        phone=st.text(max_size=20),
        email=st.text(max_size=20),
    )
)
def test_any_address_is_judged_and_written_without_failing(value: Address) -> None:
    once = address.normalized(value)
    assert address.normalized(once) == once
    address.problems(once)
    address.lines(once)


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("Ada@Example.COM", "Ada@example.com"),
        (" ada@example.com ", "ada@example.com"),
        ("ada+shop@mail.example.com", "ada+shop@mail.example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@例え.jp", "ada@xn--r8jz45g.jp"),
    ],
)
def test_an_email_address_is_normalized(email: str, expected: str) -> None:
    assert address.normalize_email(email) == expected


@pytest.mark.parametrize(
    "email",
    [
        "", "a@b", "@example.com", "a@", "ada", "a@@example.com", "a b@example.com",
        "a@example.com\r\nBcc: x@example.com", "a@example.com\n", "a\x00@example.com",
        "a@exa mple.com", "a@-example.com", "a@example..com", "a@example.com.", "a@b_c.com",
        "a@127.0.0.1", "a@[127.0.0.1]", ".a@example.com", "a.@example.com", "a..b@example.com",
        "x" * 65 + "@example.com", "a@" + "x" * 64 + ".com", "a@" + "x." * 130 + "com",
        "x" * 1_000_000, "\u202ea@example.com", "Ada <a@example.com>", '"a"@example.com',
    ],
)  # fmt: skip
def test_what_is_no_email_address_is_refused(email: str) -> None:
    with pytest.raises(address.InvalidEmail):
        address.normalize_email(email)


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("030 123456", "DE", "+4930123456"),
        ("+49 (0)30 123456", "US", "+4930123456"),
        ("0049 30 123456", "DE", "+4930123456"),
        ("(408) 996-1010", "US", "+14089961010"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("03-1234-5678", "JP", "+81312345678"),
        ("+1 408.996.1010", "", "+14089961010"),
    ],
)
def test_a_telephone_number_is_normalized(number: str, country: str, expected: str) -> None:
    assert address.normalize_phone(number, country) == expected


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("1-800-FLOWERS", "US"), ("030 123456 ext 1", "DE"), ("", "DE"), ("12", "DE"),
        ("030 123456", ""), ("030 123456", "XX"), ("+999 123456789", "DE"), ("0" * 39, "DE"),
        ("１２３４５６７", "DE"), ("030\r\n123456", "DE"), ("1" * 100_000, "DE"),
    ],
)  # fmt: skip
def test_what_is_no_telephone_number_is_refused(number: str, country: str) -> None:
    with pytest.raises(address.InvalidPhone):
        address.normalize_phone(number, country)


def test_an_address_is_rebuilt_from_what_an_older_writer_left_out() -> None:
    assert Address.from_dict({"name": "A", "street": None, "gone": 1}) == Address("A")
