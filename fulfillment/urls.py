"""Addresses of the fulfillment API, below /api/v1/."""

from django.urls import path

from fulfillment.counting import api as counting
from fulfillment.packing import api as packing
from fulfillment.picking import api as picking
from fulfillment.recalls import api as recalls
from fulfillment.shipping import api as shipping
from fulfillment.tracking import api as tracking
from fulfillment.work import api as work

WORK = "fulfillment-orders/<str:reference>"
SHIPMENT = "shipments/<str:reference>"
COUNT = "counts/<str:reference>"
LOT = "lots/<str:reference>"

urlpatterns = [
    path("counts", counting.CountsView.as_view(), name="counts"),
    path(COUNT, counting.CountView.as_view(), name="count"),
    path(f"{COUNT}/start", counting.StartView.as_view(), name="count-start"),
    path(f"{COUNT}/record", counting.RecordView.as_view(), name="count-record"),
    path(f"{COUNT}/finish", counting.FinishView.as_view(), name="count-finish"),
    path(f"{COUNT}/recount", counting.RecountView.as_view(), name="count-recount"),
    path(f"{COUNT}/post", counting.PostView.as_view(), name="count-post"),
    path(f"{COUNT}/cancel", counting.CancelView.as_view(), name="count-cancel"),
    path("lots", recalls.LotsView.as_view(), name="lots"),
    path(LOT, recalls.LotView.as_view(), name="lot"),
    path(f"{LOT}/recipients", recalls.RecipientsView.as_view(), name="lot-recipients"),
    path(f"{LOT}/trace", recalls.TraceView.as_view(), name="lot-trace"),
    path(f"{LOT}/quarantine", recalls.QuarantineView.as_view(), name="lot-quarantine"),
    path(f"{LOT}/release", recalls.ReleaseView.as_view(), name="lot-release"),
    path(f"{LOT}/recall", recalls.RecallView.as_view(), name="lot-recall"),
    path("fulfillment-orders", work.WorkListView.as_view(), name="fulfillment-orders"),
    path(WORK, work.WorkDetailView.as_view(), name="fulfillment-order"),
    path(f"{WORK}/pick-list.pdf", picking.PickListView.as_view(), name="pick-list"),
    path(f"{WORK}/pick", picking.PickView.as_view(), name="pick"),
    path(f"{WORK}/unpick", picking.UnpickView.as_view(), name="unpick"),
    path(f"{WORK}/short", picking.ShortView.as_view(), name="short"),
    path(f"{WORK}/pack", packing.PackView.as_view(), name="pack"),
    path("shipments", packing.ShipmentListView.as_view(), name="shipments"),
    path(SHIPMENT, packing.ShipmentView.as_view(), name="shipment"),
    path(f"{SHIPMENT}/slip.pdf", packing.SlipView.as_view(), name="shipment-slip"),
    path(f"{SHIPMENT}/unpack", packing.UnpackView.as_view(), name="shipment-unpack"),
    path(f"{SHIPMENT}/rates", shipping.RatesView.as_view(), name="shipment-rates"),
    path(f"{SHIPMENT}/label", shipping.LabelView.as_view(), name="shipment-label"),
    path(
        f"{SHIPMENT}/record-label",
        shipping.RecordLabelView.as_view(),
        name="shipment-record-label",
    ),
    path(f"{SHIPMENT}/void-label", shipping.VoidLabelView.as_view(), name="shipment-void-label"),
    path(f"{SHIPMENT}/label.pdf", shipping.LabelPdfView.as_view(), name="shipment-label-pdf"),
    path(f"{SHIPMENT}/label.zpl", shipping.LabelZplView.as_view(), name="shipment-label-zpl"),
    path(f"{SHIPMENT}/ship", shipping.ShipView.as_view(), name="shipment-ship"),
    path(f"{SHIPMENT}/tracking", tracking.TrackingView.as_view(), name="shipment-tracking"),
    path("tracking/scans", tracking.ScansView.as_view(), name="tracking-scans"),
]
