"""Addresses of the inventory API, below /api/v1/."""

from django.urls import path

from inventory.reservations import api as reservations
from inventory.stock import api as stock

urlpatterns = [
    path("availability", reservations.AvailabilityView.as_view(), name="availability"),
    path("stock/receipts", stock.ReceiptsView.as_view(), name="stock-receipts"),
    path("stock/adjustments", stock.AdjustmentsView.as_view(), name="stock-adjustments"),
]
