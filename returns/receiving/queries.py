"""Reads of what came back."""

from collections.abc import Collection

from returns.receiving.models import Receipt

CAUSE = "return-receipt"  # what the movement of a receipt is caused by, with its key


def order_lines_of(receipt_ids: Collection[int]) -> dict[int, int]:
    """Return the order line from which the units of each receipt came back."""
    rows = Receipt.objects.filter(pk__in=receipt_ids)
    return dict(rows.values_list("pk", "return_line__order_line_id"))
