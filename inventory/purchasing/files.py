"""The forms in which a purchase order leaves the house."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inventory.purchasing import documents, queries, ubl, x12
from inventory.purchasing.models import PurchaseOrder
from inventory.purchasing.sheet import Sheet
from inventory.purchasing.states import OrderFile
from oms.messaging.attachments import File

PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Form:
    """A form of an order: what its file is, and how it is made."""

    media_type: str
    make: Callable[[Sheet], bytes]


# By suffix.
FORMS: Mapping[str, Form] = {
    PDF: Form("application/pdf", documents.purchase_order),
    OrderFile.X12: Form(x12.MEDIA_TYPE, lambda sheet: x12.purchase_order(sheet).encode("ascii")),
    OrderFile.UBL: Form(ubl.MEDIA_TYPE, ubl.order),
}


def of(order: PurchaseOrder, form: str) -> File:
    """Return the order in one of its forms (its suffix), as it was placed; its supplier and location are at hand."""
    how = FORMS[form]
    return File(
        name=f"{order.number}.{form}",
        content=how.make(queries.sheet(order)),
        media_type=how.media_type,
    )
