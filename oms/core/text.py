"""What may stand in text that people read.

Text comes from shops, marketplaces, files and forms, and goes to labels, mails, screens and CSV files. Characters that
nobody sees but that change what is seen or how a line is split are refused at every entrance, never silently removed.
"""

import re

# C0 and C1 controls, line and paragraph separators; bidirectional embeddings, overrides and isolates; zero-width space,
# word joiner and byte-order mark; surrogates; noncharacters. The joiners U+200C and U+200D and the marks U+200E and
# U+200F stay: Persian, Hindi, Hebrew and many emoji need them.
_FORBIDDEN = (
    "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069"
    "\\u200b\\u2060\\ufeff\\ud800-\\udfff\\ufdd0-\\ufdef\\ufffe\\uffff"
)
_IN_BLOCK = re.compile(f"[{_FORBIDDEN}]")
_IN_LINE = re.compile(f"[\\t\\n\\r{_FORBIDDEN}]")


def is_clean(text: str, *, multiline: bool = False) -> bool:
    """Say whether `text` holds visible characters and spaces only; `multiline` allows tab and line ends."""
    return not (_IN_BLOCK if multiline else _IN_LINE).search(text)


def is_blank(text: str) -> bool:
    """Say whether `text` is empty or shows nothing (spaces, joiners and marks alone)."""
    return not text.strip().strip("\u200c\u200d\u200e\u200f\u00ad\u2800\u3164").strip()


def shortened(text: str, longest: int = 40) -> str:
    """Return `text` fit for an error message: in one line, escaped, at most about `longest` characters."""
    part = text[:longest]
    escaped = "".join(
        symbol if symbol.isprintable() else "\N{REPLACEMENT CHARACTER}" for symbol in part
    )
    return escaped if len(text) <= longest else f"{escaped}\N{HORIZONTAL ELLIPSIS}"
