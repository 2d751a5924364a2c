"""Addresses of the reporting API, below /api/v1/."""

from django.urls import path

from oms.reporting.margins import api as margins

urlpatterns = [
    path("margins", margins.MarginsView.as_view(), name="margins"),
]
