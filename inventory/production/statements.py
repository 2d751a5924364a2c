"""Which lots were made with a lot, and of which lots it was made, over every level; for PostgreSQL and SQLite.

One statement each: from lot to lot by the lines of postings that stand. UNION keeps each lot once, so that it ends even
where goods went back into their own components.
"""

from django.db.models.expressions import RawSQL

from inventory.production.states import MADE, PostingKind

_USED = f"('{PostingKind.CONSUME.value}')"
_MADE = "(" + ", ".join(f"'{kind.value}'" for kind in MADE) + ")"


def _reached(known: str, found: str) -> str:
    """Return the statement that goes on from lots of `known` lines to those of `found` lines of the same posting."""
    return f"""
WITH RECURSIVE reached (lot_id) AS (
    SELECT CAST(%s AS bigint)
    UNION
    SELECT other."lot_id"
    FROM reached
    JOIN "inventory_postedlot" here ON here."lot_id" = reached.lot_id
    JOIN "inventory_productionpostingline" line ON line."id" = here."line_id" AND line."kind" IN {known}
    JOIN "inventory_productionposting" posting ON posting."id" = line."posting_id" AND posting."undone_at" IS NULL
    JOIN "inventory_productionpostingline" beside ON beside."posting_id" = posting."id" AND beside."kind" IN {found}
    JOIN "inventory_postedlot" other ON other."line_id" = beside."id"
)
SELECT lot_id FROM reached
"""  # noqa: S608  # constants of this module only


_MADE_WITH = _reached(_USED, _MADE)
_MADE_OF = _reached(_MADE, _USED)


def made_with(lot_id: int) -> RawSQL:
    """Return the keys of a lot and of all lots made with it, to be used within another statement."""
    return RawSQL(_MADE_WITH, (lot_id,))  # noqa: S611  # constants and one parameter


def made_of(lot_id: int) -> RawSQL:
    """Return the keys of a lot and of all lots that it was made of, to be used within another statement."""
    return RawSQL(_MADE_OF, (lot_id,))  # noqa: S611  # constants and one parameter
