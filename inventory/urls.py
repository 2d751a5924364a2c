"""Addresses of the inventory API, below /api/v1/."""

from django.urls import path

from inventory.stock import api as stock
from inventory.transfers import api as transfers

urlpatterns = [
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
