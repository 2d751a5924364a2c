"""A long past behind a stock, written set-based."""

from django.db import connection

PART = 50_000
DOCUMENT = "bench"
_MOVEMENTS = """
    INSERT INTO inventory_movement
        (level_id, kind, source, target, quantity, document, cause, actor, reason, at)
    SELECT l.ids[1 + n %% array_length(l.ids, 1)],
        CASE WHEN n %% 2 = 0 THEN 'receipt' ELSE 'shipment' END,
        CASE WHEN n %% 2 = 0 THEN 'supplier' ELSE 'available' END,
        CASE WHEN n %% 2 = 0 THEN 'available' ELSE 'customer' END,
        1, 'bench', 'bench:' || n, 'bench', '', now() - n * interval '1 second'
    FROM generate_series(%s::bigint, %s::bigint) AS n, (SELECT array_agg(id) AS ids FROM inventory_level) AS l
"""
_BIN_MOVES = """
    INSERT INTO inventory_binmove
        (level_id, kind, source_id, target_id, condition, became, quantity, document, cause, part, actor, reason, at)
    SELECT c.level_ids[i], 'follows',
        CASE WHEN n %% 2 = 0 THEN NULL ELSE c.bin_ids[i] END,
        CASE WHEN n %% 2 = 0 THEN c.bin_ids[i] END,
        'good', 'good', 1, 'bench', 'bench:' || n, 0, 'bench', '', now() - n * interval '1 second'
    FROM generate_series(%s::bigint, %s::bigint) AS n,
        (SELECT array_agg(level_id ORDER BY id) AS level_ids, array_agg(bin_id ORDER BY id) AS bin_ids
         FROM inventory_content) AS c,
        LATERAL (SELECT 1 + n %% array_length(c.bin_ids, 1) AS i) AS at
"""


def write_movements(first: int, last: int) -> None:
    """Write movements `first` to `last`, spread over all levels, in parts that no statement timeout stops."""
    _write(_MOVEMENTS, first, last)


def write_bin_moves(first: int, last: int) -> None:
    """Write moves of bins `first` to `last`, spread over all that lies in bins."""
    _write(_BIN_MOVES, first, last)


def _write(statement: str, first: int, last: int) -> None:
    with connection.cursor() as cursor:
        for begin in range(first, last + 1, PART):
            cursor.execute(statement, [begin, min(last, begin + PART - 1)])
        cursor.execute("ANALYZE")
