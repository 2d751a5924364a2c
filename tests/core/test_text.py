import pytest

from oms.core import text


@pytest.mark.parametrize(
    "value",
    [
        "Zoë",
        "Müller & Söhne",
        "مرحبا",
        "नमस्ते",
        "क्‍ष",
        "👩‍🚀",
        "<script>{{7*7}}",
        "",
        "a\u00a0b",
        "שלום\u200f",
    ],
)
def test_what_people_write_is_clean(value: str) -> None:
    assert text.is_clean(value)


@pytest.mark.parametrize(
    "symbol",
    [
        "\x00",
        "\x1b",
        "\x7f",
        "\x85",
        "\u2028",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\ud800",
        "\uffff",
    ],
)
@pytest.mark.parametrize("multiline", [False, True])
def test_what_nobody_sees_is_not_clean(symbol: str, multiline: bool) -> None:
    assert not text.is_clean(f"a{symbol}b", multiline=multiline)


@pytest.mark.parametrize("symbol", ["\t", "\n", "\r\n"])
def test_line_feeds_and_tabs_stand_in_blocks_only(symbol: str) -> None:
    assert not text.is_clean(f"a{symbol}b")
    assert text.is_clean(f"a{symbol}b", multiline=True)


@pytest.mark.parametrize("value", ["", "  ", "\u00a0\u2003", "\u200d", " \u200e ", "\u3164"])
def test_what_shows_nothing_is_blank(value: str) -> None:
    assert text.is_blank(value)
    assert not text.is_blank(value + "x")


def test_text_in_a_message_is_short_and_harmless() -> None:
    assert text.shortened("abc") == "abc"
    assert text.shortened("x" * 10_000) == "x" * 40 + "…"
    assert text.shortened("a\r\n\x1b[31m") == "a\ufffd\ufffd\ufffd[31m"
