"""What a parcel can be, and how its number is written. Pure."""

import unicodedata

from oms.core.errors import FieldProblem

MAX_WEIGHT_G = 1_000_000
MAX_SIDE_MM = 10_000
LONGEST_NUMBER = 40  # of a tracking number

LIMITS = {
    "weight_g": MAX_WEIGHT_G,
    "length_mm": MAX_SIDE_MM,
    "width_mm": MAX_SIDE_MM,
    "height_mm": MAX_SIDE_MM,
}


def problems(measures: dict[str, int]) -> list[FieldProblem]:
    """Return what is wrong with weight (grams) and outer size (millimetres); all are needed."""
    return [
        FieldProblem(f"/{name}", "number_range", f"This lies between 1 and {limit}.")
        for name, limit in LIMITS.items()
        if not 1 <= measures[name] <= limit
    ]


def normal_number(written: str) -> str:
    """Return a tracking number as it is stored: no spaces, capitals, plain digits."""
    plain = unicodedata.normalize("NFKC", written)
    return "".join(plain.split()).upper()
