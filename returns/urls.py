"""Addresses of the returns API, below /api/v1/."""

from django.urls import path

from returns.authorizations import api as authorizations
from returns.receiving import api as receiving
from returns.settlement import api as settlement

urlpatterns = [
    path("returns", authorizations.ReturnsView.as_view(), name="returns"),
    path("returns/<str:reference>", authorizations.ReturnView.as_view(), name="return"),
    path(
        "returns/<str:reference>/approve",
        authorizations.ApproveView.as_view(),
        name="return-approve",
    ),
    path(
        "returns/<str:reference>/decline",
        authorizations.DeclineView.as_view(),
        name="return-decline",
    ),
    path(
        "returns/<str:reference>/cancel", authorizations.CancelView.as_view(), name="return-cancel"
    ),
    path("returns/<str:reference>/receive", receiving.ReceiveView.as_view(), name="return-receive"),
    path("returns/<str:reference>/settle", settlement.SettleView.as_view(), name="return-settle"),
]
