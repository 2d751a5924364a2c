"""What suppliers are written: the order with its paper, and that one is cancelled."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from inventory.purchasing import files as order_files
from inventory.purchasing import queries
from inventory.purchasing.models import PurchaseOrder
from oms.messaging import services as messages
from oms.messaging import writing
from oms.messaging.attachments import File
from oms.messaging.models import Message

ORDER = "purchase_order"
CANCELLATION = "purchase_order_cancelled"


def send_order(*, order_id: int, version: int) -> Message | None:
    """Queue the order to its supplier, once per version; None when that is done, or without an address (noted)."""
    return _send(order_id, ORDER, version)


def send_cancellation(*, order_id: int, version: int) -> Message | None:
    """Queue word of the cancellation, once per version; None as above."""
    return _send(order_id, CANCELLATION, version)


def files(document_id: int) -> Sequence[File]:
    """Return what the mail with an order carries: the order as PDF, and as the file that the supplier reads."""
    order = PurchaseOrder.objects.select_related("supplier", "location").get(pk=document_id)
    forms = [order_files.PDF, order.supplier.order_file]
    return [order_files.of(order, form) for form in forms if form]


def _send(order_id: int, kind: str, version: int) -> Message | None:
    order = PurchaseOrder.objects.select_related("supplier", "location").get(pk=order_id)
    trigger = f"version:{version}"
    if not order.supplier.email:
        messages.leave_out(document=order, kind=kind, trigger=trigger)
        return None
    with writing.written_in(order.supplier.language) as language:
        subject = (
            _("Purchase order %(number)s")
            if kind == ORDER
            else _("Purchase order %(number)s is cancelled")
        )
        text, html = writing.bodies(
            f"inventory/purchasing/{kind}", {"order": order, "sheet": queries.sheet(order)}
        )
        return messages.queue(
            document=order,
            kind=kind,
            trigger=trigger,
            recipient=order.supplier.email,
            language=language,
            subject=subject % {"number": order.number},
            text=text,
            html=html,
        )
