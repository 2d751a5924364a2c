"""The recall list as a file: one row for each parcel that a lot, or a lot of goods made with it, left in."""

import csv
import io
from collections.abc import Iterable, Iterator

from fulfillment.recalls.queries import Recipient
from orders.importing.rules import cells

COLUMNS = (
    "sku",
    "lot",
    "order",
    "channel",
    "external_id",
    "customer",
    "email",
    "phone",
    "country",
    "postcode",
    "parcel",
    "tracking_number",
    "shipped_at",
    "units",
)


def rows(recipients: Iterable[Recipient], *, with_contact: bool = True) -> Iterator[str]:
    """Yield the lines of the file; a cell that a spreadsheet would calculate is written as text."""
    yield "\ufeff" + _line(COLUMNS)
    for each in recipients:
        yield _line(
            [
                each.sku_code,
                each.lot_number,
                each.order_number,
                each.channel_code,
                each.external_id,
                each.customer_name,
                each.email if with_contact else "",
                each.phone if with_contact else "",
                each.country,
                each.postcode,
                each.shipment_number,
                each.tracking_number,
                "" if each.shipped_at is None else each.shipped_at.isoformat(),
                str(each.units),
            ]
        )


def _line(values: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([cells.escaped(value) for value in values])
    return written.getvalue()
