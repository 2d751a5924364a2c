"""A purchase order as it is sent out, the same in every test."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from inventory.purchasing.sheet import Party, Sheet, SheetLine

_SHEET = Sheet(
    number="PO-4K7QM-9XBTR",
    control=1234,
    placed_at=datetime(2026, 3, 3, 9, 5, 7, tzinfo=UTC),
    currency="EUR",
    language="de",
    account_number="K-900",
    edi_id="4099999000005",
    note="Bitte * vor 12 Uhr ~ anliefern",
    seller=Party(
        code="toepferei",
        name="Töpferei Groß",
        street=("Kai 1",),
        city="Hamburg",
        postcode="20457",
        country="DE",
    ),
    buyer=Party(
        code="BER",
        name="Berlin warehouse",
        street=("Hafenstr. 1", "Tor 3", "Rampe B"),
        city="Berlin",
        postcode="10115",
        country="DE",
    ),
    lines=(
        SheetLine(
            position=1,
            sku="MUG-1",
            supplier_code="T 77",
            barcode="4006381333931",
            name="Becher, moosgrün",
            quantity=120,
            unit_cost=Decimal("1.9975"),
            amount=Decimal("239.70"),
            expected_on=date(2026, 3, 12),
        ),
        SheetLine(
            position=2,
            sku="CUP-1",
            supplier_code="",
            barcode="own-code",
            name="Tasse & Teller <weiß>",
            quantity=6,
            unit_cost=Decimal("3.00"),
            amount=Decimal("18.00"),
            expected_on=None,
        ),
    ),
    total=Decimal("257.70"),
)


def sheet(**changes: Any) -> Sheet:
    """Return it, changed in places."""
    return replace(_SHEET, **changes)
