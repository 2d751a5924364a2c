"""The header of a file against our columns."""

from orders.importing.rules.columns import Reading, layout

OWN = ["external_id", "customer_name", "country", "sku", "quantity"]


def codes(header: list[str], reading: Reading) -> list[tuple[str, str]]:
    """Return what is wrong with a header, as (pointer, code)."""
    found, problems = layout(header, reading)
    assert (found is None) == bool(problems)
    return [(problem.pointer, problem.code) for problem in problems]


def test_our_own_columns_are_found_whatever_their_case_and_order() -> None:
    found, problems = layout(
        ["Quantity", " SKU ", "country", "CUSTOMER_NAME", "external_id"], Reading()
    )
    assert problems == []
    assert found is not None
    assert found.value("sku", ["2", " MUG ", "DE", "Ada", "A-1"]) == "MUG"


def test_missing_unknown_and_doubled_columns_are_all_named_at_once() -> None:
    assert codes(["external_id", "customer_name", "country", "qty", "sku", "SKU"], Reading()) == [
        ("/SKU", "duplicate_column"),
        ("/quantity", "missing_column"),
        ("/qty", "unknown_column"),
    ]


def test_the_columns_of_our_own_error_file_may_stay() -> None:
    assert codes(["row", "error", *OWN], Reading()) == []


def test_a_foreign_file_may_hold_more_than_we_read() -> None:
    reading = Reading(columns={"external_id": "basket"}, is_foreign=True)
    found, _ = layout(["basket", *OWN[1:], "shelf", "shelf"], reading)
    assert found is not None
    assert found.ignored == ("shelf", "shelf")


def test_a_mapped_column_that_the_file_lacks_is_named() -> None:
    reading = Reading(columns={"external_id": "basket"}, is_foreign=True)
    assert codes(OWN, reading) == [("/columns/external_id", "missing_column")]


def test_a_column_mapped_to_nothing_is_not_read() -> None:
    reading = Reading(columns={"discount": ""}, is_foreign=True)
    found, _ = layout([*OWN, "discount"], reading)
    assert found is not None
    assert not found.has("discount")


def test_a_default_stands_for_what_the_file_does_not_say_and_may_quote_it() -> None:
    reading = Reading(
        defaults={"customer_name": "Household {household_id}", "country": "US"}, is_foreign=True
    )
    found, _ = layout(["external_id", "sku", "quantity", "household_id", "country"], reading)
    assert found is not None
    row = ["A-1", "MUG", "1", "853", ""]
    assert found.value("customer_name", row) == "Household 853"
    assert found.value("country", row) == "US"
    assert found.value("country", [*row[:4], "DE"]) == "DE"


def test_a_default_that_quotes_a_column_the_file_lacks_is_named() -> None:
    reading = Reading(defaults={"customer_name": "{who}"}, is_foreign=True)
    assert codes(OWN, reading) == [("/defaults", "missing_column")]


def test_a_mapping_that_makes_no_sense_is_refused_whatever_the_file() -> None:
    reading = Reading(
        columns={"sku": "a", "quantity": "a", "colour": "b"},
        defaults={"size": "L"},
        decimal_separator=";",
        time_zone="Berlin",
        is_foreign=True,
    )
    assert codes(OWN, reading) == [
        ("/columns/colour", "unknown_column"),
        ("/defaults/size", "unknown_column"),
        ("/decimal_separator", "unknown_choice"),
        ("/time_zone", "unknown_time_zone"),
        ("/columns", "duplicate_column"),
    ]
