"""Addresses of the inventory API, below /api/v1/."""

from django.urls import path

from inventory.costing import api as costing
from inventory.kits import api as kits
from inventory.packs import api as packs
from inventory.planning import api as planning
from inventory.production import api as production
from inventory.purchasing import api as purchasing
from inventory.stock import api as stock
from inventory.storing import api as storing
from inventory.transfers import api as transfers

urlpatterns = [
    path("bins", storing.BinsView.as_view(), name="bins"),
    path("bins/contents", storing.ContentsView.as_view(), name="bin-contents"),
    path("bins/moves", storing.BinMovesView.as_view(), name="bin-moves"),
    path("bins/proposals", storing.ProposalsView.as_view(), name="bin-proposals"),
    path("packs", packs.PacksView.as_view(), name="packs"),
    path("packs/<path:sku>", packs.PacksOfSkuView.as_view(), name="packs-of-sku"),
    path(
        "production/capable-to-promise",
        production.CapableView.as_view(),
        name="production-capable-to-promise",
    ),
    path("production/bills/<str:sku>", production.BillView.as_view(), name="production-bill"),
    path("production/orders", production.ProductionOrdersView.as_view(), name="production-orders"),
    path(
        "production/orders/<str:reference>",
        production.ProductionOrderView.as_view(),
        name="production-order",
    ),
    path(
        "production/orders/<str:reference>/confirm",
        production.ConfirmView.as_view(),
        name="production-order-confirm",
    ),
    path(
        "production/orders/<str:reference>/start",
        production.StartView.as_view(),
        name="production-order-start",
    ),
    path(
        "production/orders/<str:reference>/post",
        production.PostView.as_view(),
        name="production-order-post",
    ),
    path(
        "production/orders/<str:reference>/undo",
        production.UndoView.as_view(),
        name="production-order-undo",
    ),
    path(
        "production/orders/<str:reference>/schedule",
        production.ScheduleView.as_view(),
        name="production-order-schedule",
    ),
    path(
        "production/orders/<str:reference>/finish",
        production.FinishView.as_view(),
        name="production-order-finish",
    ),
    path(
        "production/orders/<str:reference>/cancel",
        production.CancelView.as_view(),
        name="production-order-cancel",
    ),
    path("kits", kits.KitsView.as_view(), name="kits"),
    path("kits/<path:sku>/dissolve", kits.DissolveView.as_view(), name="kit-dissolve"),
    path("kits/<path:sku>", kits.KitView.as_view(), name="kit"),
    path("purchase-orders", purchasing.PurchaseOrdersView.as_view(), name="purchase-orders"),
    path(
        "purchase-orders/<str:reference>",
        purchasing.PurchaseOrderView.as_view(),
        name="purchase-order",
    ),
    path(
        "purchase-orders/<str:reference>/change",
        purchasing.ChangeView.as_view(),
        name="purchase-order-change",
    ),
    path(
        "purchase-orders/<str:reference>/place",
        purchasing.PlaceView.as_view(),
        name="purchase-order-place",
    ),
    path(
        "purchase-orders/<str:reference>/acknowledge",
        purchasing.AcknowledgeView.as_view(),
        name="purchase-order-acknowledge",
    ),
    path(
        "purchase-orders/<str:reference>/receive",
        purchasing.ReceiveView.as_view(),
        name="purchase-order-receive",
    ),
    path(
        "purchase-orders/<str:reference>/receipts/<str:receipt>/undo",
        purchasing.UndoView.as_view(),
        name="purchase-order-undo",
    ),
    path(
        "purchase-orders/<str:reference>/close",
        purchasing.CloseView.as_view(),
        name="purchase-order-close",
    ),
    path(
        "purchase-orders/<str:reference>/cancel",
        purchasing.CancelView.as_view(),
        name="purchase-order-cancel",
    ),
    path(
        "purchase-orders/<str:reference>/pdf",
        purchasing.PdfView.as_view(),
        name="purchase-order-pdf",
    ),
    path(
        "purchase-orders/<str:reference>/x12",
        purchasing.X12View.as_view(),
        name="purchase-order-x12",
    ),
    path(
        "purchase-orders/<str:reference>/ubl",
        purchasing.UblView.as_view(),
        name="purchase-order-ubl",
    ),
    path(
        "purchase-orders/<str:reference>/charges",
        costing.ChargesView.as_view(),
        name="purchase-order-charges",
    ),
    path(
        "purchase-orders/<str:reference>/charges/<str:charge>/withdraw",
        costing.WithdrawView.as_view(),
        name="purchase-order-charge-withdraw",
    ),
    path("stock/value", costing.StockValueView.as_view(), name="stock-value"),
    path("planning/forecasts", planning.ForecastsView.as_view(), name="forecasts"),
    path("planning/proposals", planning.ProposalsView.as_view(), name="proposals"),
    path("planning/proposals/approve", planning.ApproveView.as_view(), name="proposals-approve"),
    path("planning/proposals/reject", planning.RejectView.as_view(), name="proposals-reject"),
    path("planning/proposals/<str:reference>", planning.ProposalView.as_view(), name="proposal"),
    path("stock/receipts", stock.ReceiptsView.as_view(), name="stock-receipts"),
    path("stock/balance", stock.BalanceView.as_view(), name="stock-balance"),
    path("stock/history", stock.HistoryView.as_view(), name="stock-history"),
    path("stock/adjustments", stock.AdjustmentsView.as_view(), name="stock-adjustments"),
    path("transfers", transfers.TransfersView.as_view(), name="transfers"),
    path("transfers/<str:reference>", transfers.TransferView.as_view(), name="transfer"),
    path(
        "transfers/<str:reference>/release",
        transfers.ReleaseView.as_view(),
        name="transfer-release",
    ),
    path(
        "transfers/<str:reference>/pick-list",
        transfers.PickListView.as_view(),
        name="transfer-pick-list",
    ),
    path("transfers/<str:reference>/ship", transfers.ShipView.as_view(), name="transfer-ship"),
    path(
        "transfers/<str:reference>/receive",
        transfers.ReceiveView.as_view(),
        name="transfer-receive",
    ),
    path(
        "transfers/<str:reference>/settle", transfers.SettleView.as_view(), name="transfer-settle"
    ),
    path(
        "transfers/<str:reference>/cancel", transfers.CancelView.as_view(), name="transfer-cancel"
    ),
]
