"""Units come and go at a level in three places, each of which tells the bins: nobody adds a fourth unnoticed."""

import re

from tests.architecture.test_layout import ROOT, sources

# Statements that write counters of levels, and the modules that have them: incoming, which is not here yet; what is
# promised, and units of orders and transfers that leave; everything else. The demo makes its past, and no bins in it.
WRITES = re.compile(
    r"UPDATE inventory_level\b|Level\.objects\.filter\([^\n]*\)\.update\(|guarded = Level"
)
KNOWN = {
    "inventory/inbound/services.py": 1,
    "inventory/reservations/statements.py": 4,
    "inventory/stock/services/moving.py": 2,
    "oms/demo/history.py": 1,
}
CALLS = {
    "inventory/stock/services/moving.py": "contents.follow(",
    "inventory/reservations/services/promising.py": "stock.follow(",
}


def test_the_counters_of_levels_are_written_where_it_is_known() -> None:
    found = {
        str(file.relative_to(ROOT)): count
        for file in sources()
        if (count := len(WRITES.findall(file.read_text(encoding="utf-8"))))
    }

    assert found == KNOWN


def test_whoever_takes_units_in_or_out_tells_the_bins() -> None:
    for name, call in CALLS.items():
        assert call in (ROOT / name).read_text(encoding="utf-8"), name


def test_contents_are_written_in_one_module() -> None:
    writing = re.compile(
        r"(?:Content|BinMove)\.objects\.(?:bulk_|create|update)|\bContent\(\s*level|\bBinMove\("
    )
    found = {
        str(file.relative_to(ROOT))
        for file in sources()
        if file.name != "models.py" and writing.search(file.read_text(encoding="utf-8"))
    }

    assert found == {"inventory/stock/services/contents.py"}
